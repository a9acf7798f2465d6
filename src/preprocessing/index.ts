// keras.preprocessing: text and sequences as Keras 2 has them.

export { timeseriesDatasetFromArray } from '../utils/timeseries.js';
export * as sequence from './sequence.js';
export * as text from './text.js';
