// keras.preprocessing: text and sequences as Keras 2 has them, pictures and time series.

export { timeseriesDatasetFromArray } from '../utils/timeseries.js';
export * as image from './image.js';
export * as sequence from './sequence.js';
export * as text from './text.js';
