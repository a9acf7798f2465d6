// keras.utils

export { setRandomSeed } from '../random/seed.js';
