// keras.applications.inception_v3: towers of small and of one-dimensional convolutions.
// Source: Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception Architecture for Computer Vision" (2015).

import type { KerasTensor } from '../layers/kerasTensor.js';
import { Concatenate } from '../layers/merging/concatenate.js';
import { application, classifier, pooled } from './application.js';
import { preprocessor } from './imagenetUtils.js';
import { mixed, type Step, stem, tower } from './inception.js';
import { tensorflowFiles } from './weights.js';

export { decodePredictions } from './imagenetUtils.js';

const row = [1, 7] as const;
const column = [7, 1] as const;

/** 35 x 35: 1x1, 5x5 and twice 3x3, and a pooled tower of `pool` channels. */
// biome-ignore format: a table, row by row
const small = (pool: number): Step[][] =>
  [[[64, 1]], [[48, 1], [64, 5]], [[64, 1], [96, 3], [96, 3]], ['average', [pool, 1]]];

/** 17 x 17: convolutions of 7 along one axis at a time, with `n` channels inside. */
// biome-ignore format: a table, row by row
const factorized = (n: number): Step[][] => [
  [[192, 1]],
  [[n, 1], [n, row], [192, column]],
  [[n, 1], [n, column], [n, row], [n, column], [192, row]],
  ['average', [192, 1]],
];

// biome-ignore format: a table, row by row
const blocks: readonly Step[][][] = [
  small(32),
  small(64),
  small(64),
  [[[384, 3, 'half']], [[64, 1], [96, 3], [96, 3, 'half']], ['halve']],
  factorized(128),
  factorized(160),
  factorized(160),
  factorized(192),
  [[[192, 1], [320, 3, 'half']], [[192, 1], [192, row], [192, column], [192, 3, 'half']], ['halve']],
];

/** 8 x 8: two of the towers fork into a row and a column. */
function forked(x: KerasTensor, i: number): KerasTensor {
  const fork: Step[][] = [[[384, [1, 3]]], [[384, [3, 1]]]];
  const straight = tower(x, [[320, 1]]);
  const short = mixed(tower(x, [[384, 1]]), fork, `mixed9_${i}`);
  const long = mixed(
    tower(x, [
      [448, 1],
      [384, 3],
    ]),
    fork,
  );
  const pool = tower(x, ['average', [192, 1]]);
  return Concatenate({ axis: 3, name: `mixed${9 + i}` })([straight, short, long, pool]);
}

/** 24 million parameters. Images 299x299. */
export const InceptionV3 = application('InceptionV3', {
  name: 'inception_v3',
  options: {},
  size: 299,
  minSize: 75,
  features(image) {
    const x = blocks.reduce((y, towers, i) => mixed(y, towers, `mixed${i}`), tower(image, stem));
    return forked(forked(x, 0), 1);
  },
  top: classifier(),
  bottom: pooled({ named: false }),
  file: tensorflowFiles('inception_v3', 'inception_v3'),
});

/** Scales pixels to -1..1. */
export const preprocessInput = preprocessor('tf');
