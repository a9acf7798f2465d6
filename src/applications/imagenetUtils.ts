// keras.applications.imagenet_utils: pixels as the trained models expect them, and names for what they answer.

import { platform } from '#platform';
import { cast } from '../backend/ops/core.js';
import { add, divide, flip, subtract } from '../backend/ops/numpy.js';
import { imageDataFormat } from '../defaults.js';
import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { KerasTensor } from '../layers/kerasTensor.js';
import type { DataFormat } from '../ops/window.js';
import { formatShape } from '../shape.js';

/**
 * - 'caffe': channels in the order BGR, minus their means on ImageNet, not scaled
 * - 'tf': scaled to -1..1
 * - 'torch': scaled to 0..1, then each channel minus its mean on ImageNet, divided by its standard deviation
 */
export type PreprocessMode = 'caffe' | 'tf' | 'torch';

export interface PreprocessOptions {
  /** Default: that of the layers, 'channels_last'. */
  readonly dataFormat?: DataFormat | null;
  /** Default 'caffe'. */
  readonly mode?: PreprocessMode;
}

/** Pixels 0..255 to what a model expects. Symbolic tensors give symbolic tensors. */
export interface Preprocessor<Options> {
  (x: KerasTensor, options?: Options): KerasTensor;
  (x: TensorLike, options?: Options): Tensor;
}

const caffe = { mean: [103.939, 116.779, 123.68], deviation: null };
const torch = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/** Pixels of RGB images (height, width, 3) or batches of them, with values 0..255, as `mode` says. @throws ValueError */
export const preprocessInput: Preprocessor<PreprocessOptions> = ((
  x: KerasTensor | TensorLike,
  { dataFormat, mode = 'caffe' }: PreprocessOptions = {},
) => {
  const format = dataFormat ?? imageDataFormat();
  if (!['caffe', 'tf', 'torch'].includes(mode)) {
    throw new ValueError(`Expected mode to be one of 'caffe', 'tf' or 'torch'. Received: mode=${String(mode)}`);
  }
  if (format !== 'channels_first' && format !== 'channels_last') {
    throw new ValueError(
      `Expected dataFormat to be one of 'channels_first' or 'channels_last'. Received: dataFormat=${String(dataFormat)}`,
    );
  }
  const given = x instanceof KerasTensor ? x : asTensor(x);
  const pixels = (given.dtype === 'float32' ? given : cast(given, 'float32')) as Tensor;
  if (mode === 'tf') return subtract(divide(pixels, 127.5), 1);
  // The values of the channels, in the shape in which they meet the image.
  const perChannel = (values: readonly number[]) =>
    format === 'channels_last' ? [...values] : values.map(each => [[each]]);
  const { mean, deviation } = mode === 'torch' ? torch : caffe;
  const scaled = mode === 'torch' ? divide(pixels, 255) : flip(pixels, format === 'channels_last' ? -1 : -3);
  const centred = add(scaled, perChannel(mean.map(each => -each)));
  return deviation ? divide(centred, perChannel(deviation)) : centred;
}) as Preprocessor<PreprocessOptions>;

/** The function `preprocessInput` of an architecture that was trained on pixels of that mode. */
export function preprocessor(mode: PreprocessMode): Preprocessor<Omit<PreprocessOptions, 'mode'>> {
  return ((x: TensorLike, options: PreprocessOptions = {}) => preprocessInput(x, { ...options, mode })) as never;
}

/** `preprocessInput` of architectures that do it inside of the model: gives back what it gets. */
export function unchanged<T>(x: T, _options?: Omit<PreprocessOptions, 'mode'>): T {
  return x;
}

/** Keras's table of classes: by index, the WordNet id and the name. */
export type ClassIndex = { readonly [index: string]: readonly [id: string, name: string] };

export interface DecodeOptions {
  /** Path or address of Keras's imagenet_class_index.json, or its content. Default: where Keras publishes it. */
  readonly classIndex?: string | ClassIndex;
}

/** One guess. */
export type Prediction = [id: string, name: string, score: number];

const publishedIndex = 'https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json';
const tables = new Map<string, Promise<ClassIndex>>();

/**
 * The `top` best guesses for each sample of predictions (samples, 1000), best first.
 * @throws ValueError for another shape, or if the table of classes cannot be read.
 */
export async function decodePredictions(
  predictions: TensorLike,
  top = 5,
  { classIndex = publishedIndex }: DecodeOptions = {},
): Promise<Prediction[][]> {
  const tensor = asTensor(predictions);
  const { shape } = tensor;
  if (shape.length !== 2 || shape[1] !== 1000) {
    throw new ValueError(
      '`decodePredictions` expects a batch of predictions (i.e. a 2D array of shape (samples, 1000)). ' +
        `Received array with shape: ${formatShape(shape)}`,
    );
  }
  const table = typeof classIndex === 'string' ? await tableAt(classIndex) : classIndex;
  const data = tensor.data();
  return Array.from({ length: shape[0]! }, (_, sample) => {
    const scores = data.subarray(1000 * sample, 1000 * (sample + 1));
    const best = Array.from(scores, (_score, i) => i)
      .sort((a, b) => scores[b]! - scores[a]!)
      .slice(0, top);
    return best.map((i): Prediction => [...table[i]!, scores[i]!]);
  });
}

function tableAt(path: string): Promise<ClassIndex> {
  let table = tables.get(path);
  if (!table) {
    table = readTable(path);
    tables.set(path, table);
    table.catch(() => tables.delete(path));
  }
  return table;
}

async function readTable(path: string): Promise<ClassIndex> {
  try {
    return JSON.parse(new TextDecoder().decode(await platform.readFile(path))) as ClassIndex;
  } catch (error) {
    throw new ValueError(
      `Could not read the names of ImageNet's classes: ${(error as Error).message} ` +
        "Pass `classIndex`: the path of Keras's imagenet_class_index.json, or its content.",
    );
  }
}
