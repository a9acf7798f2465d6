// keras.utils

export { standardizeDtype } from '../backend/dtypes.js';
export { Progbar, type ProgbarOptions } from '../callbacks/progbar.js';
export {
  getCustomObjects,
  registerCustomObject,
  serializeObject as serializeKerasObject,
  withCustomObjects as CustomObjectScope,
  withCustomObjects as customObjectScope,
} from '../config.js';
export { PyDataset, PyDataset as Sequence } from '../data/pyDataset.js';
export {
  disableInteractiveLogging,
  enableInteractiveLogging,
  isInteractiveLoggingEnabled,
} from '../defaults.js';
export { setRandomSeed } from '../random/seed.js';
export {
  deserializeKerasObject,
  getRegisteredName,
  getRegisteredObject,
  registerKerasSerializable,
} from '../saving/customObjects.js';
export { type GetFileOptions, getFile } from './getFile.js';
export { arrayToImg, type ImageLike, type ImageOptions, imgToArray } from './images.js';
export { type DotOptions, modelToDot } from './modelToDot.js';
export { normalize, toCategorical } from './numerical.js';
export { type PadSequencesOptions, padSequences } from './padSequences.js';
export { type PlotOptions, plotModel } from './plotModel.js';
export { packXYSampleWeight, unpackXYSampleWeight } from './sampleWeight.js';
export { clearSession } from './session.js';
export { getSourceInputs, isKerasTensor } from './sourceInputs.js';
export { type SplitDatasetOptions, splitDataset } from './splitDataset.js';
export { type TimeseriesOptions, timeseriesDatasetFromArray } from './timeseries.js';
