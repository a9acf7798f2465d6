// The files of CIFAR: Python dicts with 32 x 32 images, one row each, all red values first, then green, then blue.

import { platform } from '#platform';
import { PickledArray, parsePickle } from '../data/pickle.js';
import { imageDataFormat } from '../defaults.js';
import { ValueError } from '../errors.js';
import { NDArray } from '../ndarray.js';
import { filesOf } from '../utils/archive.js';
import { datasetFile, type KerasFile } from './source.js';

/** Images [n, 32, 32, 3] of 0..255 ([n, 3, 32, 32] where that is the image data format) and labels [n, 1]. */
export type CifarPart = [images: NDArray<Uint8Array>, labels: NDArray<Uint8Array>];

export interface CifarOptions {
  /** Local path or address of the archive (.tar.gz), or of the folder with its files. Default: Keras's own archive. */
  readonly path?: string;
}

const PIXELS = 32 * 32;

/** The images and labels of files one after the other. `labelKey` is where the dicts have their labels. */
export async function loadCifar(
  archive: KerasFile,
  parts: readonly (readonly string[])[],
  labelKey: string,
  { path }: CifarOptions,
): Promise<CifarPart[]> {
  const read = await reader(archive, path);
  const loaded: CifarPart[] = [];
  for (const names of parts) {
    const batches: CifarPart[] = [];
    for (const name of names) batches.push(parseBatch(await read(name), name, labelKey));
    loaded.push(joined(batches));
  }
  return loaded;
}

/** Gives the bytes of a file of the data set. */
async function reader(archive: KerasFile, path: string | undefined): Promise<(name: string) => Promise<Uint8Array>> {
  if (path !== undefined && !/\.(tar|tgz|tar\.gz)$/.test(path)) return name => platform.readFile(`${path}/${name}`);
  const files = await filesOf(await datasetFile(archive, path), ['tar']);
  const byName = new Map([...(files ?? [])].map(([file, bytes]) => [file.slice(file.lastIndexOf('/') + 1), bytes]));
  return async name => {
    const bytes = byName.get(name);
    if (!bytes) throw new ValueError(`${path ?? archive.name}: expected an archive with a file ${name}.`);
    return bytes;
  };
}

function parseBatch(bytes: Uint8Array, name: string, labelKey: string): CifarPart {
  const batch = parsePickle(bytes, name);
  const data: unknown = batch instanceof Map ? batch.get('data') : undefined;
  const labels: unknown = batch instanceof Map ? batch.get(labelKey) : undefined;
  if (!(data instanceof PickledArray && data.data instanceof Uint8Array && Array.isArray(labels))) {
    throw new ValueError(`${name}: expected a batch of CIFAR with data and ${labelKey}.`);
  }
  const planes = data.data;
  const count = labels.length;
  if (planes.length !== count * 3 * PIXELS) {
    throw new ValueError(`${name}: expected ${count} images of ${3 * PIXELS} bytes. Received ${planes.length} bytes.`);
  }
  const y = new NDArray(Uint8Array.from(labels as number[]), [count, 1]);
  if (imageDataFormat() === 'channels_first') return [new NDArray(planes, [count, 3, 32, 32]), y];
  const images = new Uint8Array(planes.length);
  for (let image = 0; image < count; image++) {
    const start = image * 3 * PIXELS;
    for (let color = 0; color < 3; color++) {
      const plane = start + color * PIXELS;
      for (let pixel = 0; pixel < PIXELS; pixel++) images[start + 3 * pixel + color] = planes[plane + pixel]!;
    }
  }
  return [new NDArray(images, [count, 32, 32, 3]), y];
}

function joined(batches: readonly CifarPart[]): CifarPart {
  const [images, labels] = ([0, 1] as const).map(i => {
    const arrays = batches.map(batch => batch[i]);
    const data = new Uint8Array(arrays.reduce((sum, array) => sum + array.data.length, 0));
    let at = 0;
    for (const array of arrays) {
      data.set(array.data, at);
      at += array.data.length;
    }
    const count = arrays.reduce((sum, array) => sum + array.length, 0);
    return new NDArray(data, [count, ...arrays[0]!.shape.slice(1)]);
  });
  return [images!, labels!];
}
