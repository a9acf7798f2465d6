// CIFAR-10: 60,000 small colour photographs of 10 classes (aeroplane, car, bird, cat, deer, dog, frog, horse, ship, lorry),
// by Krizhevsky (2009).

import { type CifarOptions, type CifarPart, loadCifar } from './cifar.js';
import { loader } from './loader.js';

const archive = {
  name: 'cifar-10-batches-py-target_archive',
  origin: 'https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz',
  hash: '6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce',
};

/** [[xTrain, yTrain], [xTest, yTest]] with 50,000 and 10,000 images. Keras: keras.datasets.cifar10.load_data. */
export const loadData = loader('cifar10.loadData', load, 'path');

async function load(options: CifarOptions): Promise<[train: CifarPart, test: CifarPart]> {
  const train = [1, 2, 3, 4, 5].map(batch => `data_batch_${batch}`);
  const [trained, tested] = await loadCifar(archive, [train, ['test_batch']], 'labels', options);
  return [trained!, tested!];
}
