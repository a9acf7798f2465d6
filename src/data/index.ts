// Data sets, in the manner of tf.data.

export { Dataset } from './dataset.js';
