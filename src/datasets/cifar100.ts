// CIFAR-100: 60,000 small colour photographs of 100 classes in 20 groups, by Krizhevsky (2009).

import { ValueError } from '../errors.js';
import { type CifarOptions, type CifarPart, loadCifar } from './cifar.js';
import { loader } from './loader.js';

export interface Cifar100Options extends CifarOptions {
  /** Whether labels are the 100 classes ('fine') or the 20 groups ('coarse'). Default 'fine'. */
  readonly labelMode?: 'fine' | 'coarse';
}

const archive = {
  name: 'cifar-100-python-target_archive',
  origin: 'https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz',
  hash: '85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7',
};

/** [[xTrain, yTrain], [xTest, yTest]] with 50,000 and 10,000 images. Keras: keras.datasets.cifar100.load_data. */
export const loadData = loader('cifar100.loadData', load, 'labelMode', 'path');

async function load(options: Cifar100Options): Promise<[train: CifarPart, test: CifarPart]> {
  const { labelMode = 'fine' } = options;
  if (labelMode !== 'fine' && labelMode !== 'coarse') {
    throw new ValueError(`\`labelMode\` must be one of 'fine', 'coarse'. Received: labelMode=${String(labelMode)}.`);
  }
  const [train, test] = await loadCifar(archive, [['train'], ['test']], `${labelMode}_labels`, options);
  return [train!, test!];
}
