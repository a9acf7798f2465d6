// Blocks of houses in California from the census of 1990: 8 features, and the median price in dollars.

import { ValueError } from '../errors.js';
import { type HousingOptions, loadTable, type TablePart } from './housing.js';
import { loader } from './loader.js';

export interface CaliforniaHousingOptions extends HousingOptions {
  /** 'large': all 20,640 blocks, 'small': the first 600. Default 'large'. */
  readonly version?: 'large' | 'small';
}

const file = {
  name: 'california_housing.npz',
  hash: '1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f',
};

/** [[xTrain, yTrain], [xTest, yTest]]. Keras: keras.datasets.california_housing.load_data. */
export const loadData = loader('californiaHousing.loadData', load, 'version', 'path', 'testSplit', 'seed');

async function load(options: CaliforniaHousingOptions): Promise<[train: TablePart, test: TablePart]> {
  const { version = 'large' } = options;
  if (version !== 'large' && version !== 'small') {
    throw new ValueError(`Argument \`version\` must be one of 'small', 'large'. Received: version=${String(version)}`);
  }
  return loadTable(file, options, version === 'small' ? 600 : Infinity);
}
