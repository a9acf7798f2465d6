// 506 districts of Boston with 13 features, and the median house price in thousands of dollars, from the 1970s.
// Its feature "B" builds on racist assumptions: prefer californiaHousing.

import { type HousingOptions, loadTable, type TablePart } from './housing.js';
import { loader } from './loader.js';

const file = {
  name: 'boston_housing.npz',
  hash: 'f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5',
};

/** [[xTrain, yTrain], [xTest, yTest]]. Keras: keras.datasets.boston_housing.load_data. */
export const loadData = loader('bostonHousing.loadData', load, 'path', 'testSplit', 'seed');

function load(options: HousingOptions): Promise<[train: TablePart, test: TablePart]> {
  return loadTable(file, options);
}
