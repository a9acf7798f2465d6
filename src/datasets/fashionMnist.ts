// Fashion-MNIST: 70,000 pictures of clothes in the form of MNIST, by Xiao, Rasul, Vollgraf (2017), © Zalando SE, MIT licence.

import { platform } from '#platform';
import type { NDArray } from '../ndarray.js';
import { gunzip } from '../utils/archive.js';
import { parseIdx } from './idx.js';
import { loader } from './loader.js';
import { datasetFile } from './source.js';

export interface FashionMnistOptions {
  /**
   * Folder or address with the four files train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz,
   * t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz. Default: Keras's own files.
   */
  readonly path?: string;
}

/** Images [n, 28, 28] of 0..255 and labels [n] of 0..9. */
type Part = [images: NDArray<Uint8Array>, labels: NDArray<Uint8Array>];

/**
 * [[xTrain, yTrain], [xTest, yTest]] with 60,000 and 10,000 pictures. Classes: T-shirt, trousers, pullover, dress, coat,
 * sandal, shirt, sneaker, bag, ankle boot. Keras: keras.datasets.fashion_mnist.load_data.
 */
export const loadData = loader('fashionMnist.loadData', load, 'path');

async function load({ path }: FashionMnistOptions): Promise<[train: Part, test: Part]> {
  const read = async (name: string) => {
    const file = { name: `${name}.gz`, folder: 'datasets/fashion-mnist' };
    const bytes = path === undefined ? datasetFile(file) : platform.readFile(`${path}/${name}.gz`);
    return parseIdx(await gunzip(await bytes), name);
  };
  return await Promise.all([
    Promise.all([read('train-images-idx3-ubyte'), read('train-labels-idx1-ubyte')]),
    Promise.all([read('t10k-images-idx3-ubyte'), read('t10k-labels-idx1-ubyte')]),
  ]);
}
