// keras.ops: one line per module of Keras.

export * from './core.js';
export * as image from './image.js';
export * from './linalg.js';
export * from './math.js';
export * from './nn.js';
export * from './numpy.js';
