// Data sets, in the manner of tf.data, and the files of NumPy.

export { Dataset } from './dataset.js';
export { encodeNpy, encodeNpz, loadNpy, loadNpz, parseNpy, parseNpz } from './npy.js';
