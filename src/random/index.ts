// keras.random: the public names.

export { beta, binomial, gamma } from '../ops/distributions.js';
export { categorical, dropout, normal, randint, shuffle, truncatedNormal, uniform } from '../ops/random.js';
export { type Seed, SeedGenerator } from './seed.js';
