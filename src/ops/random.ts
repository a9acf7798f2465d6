// Random tensors. The same seed gives the same numbers as keras.random on JAX, in any build, on any number of threads.
// Nothing here is differentiable but dropout, whose gradient drops what it dropped: the mask follows from the seed.

import type { DType } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import { defineOp, type OpDef } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { drawSeed, type Seed } from '../random/seed.js';
import { formatShape, normalizeAxis, type Shape, stridesOf } from '../shape.js';
import { add, bitwiseXor, cast, less, log, negative } from './elementwise.js';
import { takeAlongAxis } from './indexing.js';
import { expandDims } from './movement.js';
import { argmax } from './reduce.js';
import { argsort } from './sort.js';

/** Scalar operations per element: Threefry alone is about 200 vector instructions for eight. */
const BITS_WORK = 32;
const NORMAL_WORK = 64;

interface DrawAttrs extends Record<string, unknown> {
  readonly shape: Shape;
  readonly a: number;
  readonly b: number;
}

type DrawKernel = 'randomBits' | 'randomUniform' | 'randomNormal' | 'randomTruncatedNormal';

function drawOp(kernel: DrawKernel, dtype: DType, work: number) {
  return defineOp<DrawAttrs>({
    name: kernel,
    infer: (_, { shape }) => [{ shape, dtype }],
    vjp: 'none', // the numbers depend on the seed alone
    emit: (k, { inputs: [seed], outputs: [y], attrs: { a, b } }) =>
      k.call(kernel, { seed: seed!, y: y!, n: y!.size, a, b }, y!.size * work),
  });
}

const bitsOp = drawOp('randomBits', 'int32', BITS_WORK);
const uniformOp = drawOp('randomUniform', 'float32', BITS_WORK);
const normalOp = drawOp('randomNormal', 'float32', NORMAL_WORK);
const truncatedNormalOp = drawOp('randomTruncatedNormal', 'float32', NORMAL_WORK);

/** 32 random bits per element, as int32. */
export function randomBits(shape: Shape, seed?: Seed): Tensor {
  return apply(bitsOp, [drawSeed(seed)], { shape, a: 0, b: 0 });
}

const deriveSeedOp = defineOp<{ readonly index: number }>({
  name: 'deriveSeed',
  infer: () => [{ shape: [2], dtype: 'int32' }],
  vjp: 'none', // integers
  inPlace: [[0, 0]],
  emit: (k, { inputs: [seed], outputs: [y], attrs: { index } }) =>
    k.call('deriveSeed', { seed: seed!, y: y!, index }, false),
});

/** The key number `index` of those that jax.random.split makes of a key: for several independent draws from one seed. */
export function deriveSeed(seed: Tensor, index: number): Tensor {
  return apply(deriveSeedOp, [seed], { index });
}

/**
 * Uniform in [minval, maxval).
 * @throws ValueError for a dtype other than float32: for integers there is `randint`
 */
export function uniform(shape: Shape, minval = 0, maxval = 1, dtype: DType = 'float32', seed?: Seed): Tensor {
  checkFloat('uniform', dtype);
  return apply(uniformOp, [drawSeed(seed)], { shape, a: minval, b: maxval });
}

/** Normal with the given mean and standard deviation. */
export function normal(shape: Shape, mean = 0, stddev = 1, dtype: DType = 'float32', seed?: Seed): Tensor {
  checkFloat('normal', dtype);
  return apply(normalOp, [drawSeed(seed)], { shape, a: mean, b: stddev });
}

/** Normal, but what lies more than two standard deviations from the mean is drawn again (in effect: by inversion). */
export function truncatedNormal(shape: Shape, mean = 0, stddev = 1, dtype: DType = 'float32', seed?: Seed): Tensor {
  checkFloat('truncatedNormal', dtype);
  return apply(truncatedNormalOp, [drawSeed(seed)], { shape, a: mean, b: stddev });
}

function checkFloat(name: string, dtype: DType): void {
  if (dtype !== 'float32') {
    throw new ValueError(`${name}: expected dtype float32. Received: ${dtype}. For integers use randint.`);
  }
}

const randintOp = defineOp<{ readonly shape: Shape; readonly min: number; readonly max: number }>({
  name: 'randint',
  infer: (_, { shape }) => [{ shape, dtype: 'int32' }],
  vjp: 'none', // integers
  emit: (k, { inputs: [seed], outputs: [y], attrs: { min, max } }) =>
    k.call('randomIntegers', { seed: seed!, y: y!, n: y!.size, min, max }, y!.size * 4 * BITS_WORK),
});

/**
 * Uniform integers in [minval, maxval), dtype int32.
 * @throws ValueError if a bound is no integer
 */
export function randint(shape: Shape, minval: number, maxval: number, dtype: DType = 'int32', seed?: Seed): Tensor {
  if (dtype !== 'int32')
    throw new ValueError(`randint: expected dtype int32. Received: ${dtype}. For floats use uniform.`);
  if (!Number.isInteger(minval) || !Number.isInteger(maxval)) {
    throw new ValueError(`randint: expected integer bounds. Received: minval=${minval}, maxval=${maxval}.`);
  }
  return apply(randintOp, [drawSeed(seed)], { shape, min: minval, max: maxval });
}

interface DropoutAttrs extends Record<string, unknown> {
  readonly rate: number;
  /** Same rank as x, each dimension that of x or 1. */
  readonly noiseShape: Shape;
}

const dropoutOp: OpDef<DropoutAttrs> = defineOp<DropoutAttrs>({
  name: 'dropout',
  infer: ([x]) => [{ shape: x!.shape, dtype: 'float32' }],
  // dx = mask(seed) ⊙ dy / keep: the same op on dy.
  vjp: ({ inputs: [, seed], attrs }, [dy]) => [apply(dropoutOp, [dy!, seed!], attrs), undefined],
  inPlace: [[0, 0]],
  emit: (k, { inputs: [x, seed], outputs: [y], attrs: { rate, noiseShape } }) => {
    const { dims, strides } = maskLayout(x!.shape, noiseShape);
    const inner = dims.pop()!;
    const step = strides.pop()!;
    const args = { x: x!, seed: seed!, y: y!, n: x!.size, keep: 1 - rate, inner, step, rank: dims.length };
    k.call('dropout', args, x!.size * BITS_WORK, [...dims, ...strides]);
  },
});

/** x's dimensions with the mask's strides along them (0: broadcast), neighbours that can be walked as one merged. */
function maskLayout(shape: Shape, noiseShape: Shape): { dims: number[]; strides: number[] } {
  const noiseStrides = stridesOf(noiseShape);
  const dims: number[] = [];
  const strides: number[] = [];
  shape.forEach((dim, axis) => {
    if (dim === 1) return;
    const stride = noiseShape[axis] === 1 ? 0 : noiseStrides[axis]!;
    const last = dims.length - 1;
    if (last >= 0 && strides[last] === stride * dim) {
      dims[last]! *= dim;
      strides[last] = stride;
    } else {
      dims.push(dim);
      strides.push(stride);
    }
  });
  return dims.length > 0 ? { dims, strides } : { dims: [1], strides: [1] };
}

/**
 * Sets a share `rate` of the elements to 0 and divides the others by 1 - rate, so that the expected sum stays.
 * @param noiseShape shape of the mask, broadcast to x: 1 where slices drop together, null for x's own dimension.
 *   Default: x's shape
 * @throws ValueError if rate is not in [0, 1]; ShapeError if noiseShape does not broadcast to x's shape
 * Source: Srivastava et al., "Dropout" (2014); inverted as in Keras.
 */
export function dropout(
  x: TensorLike,
  rate: number,
  noiseShape: readonly (number | null)[] | null = null,
  seed?: Seed,
): Tensor {
  const input = asTensor(x);
  if (!(rate >= 0 && rate <= 1)) throw new ValueError(`dropout: expected a rate from 0 to 1. Received: ${rate}.`);
  if (input.dtype !== 'float32')
    throw new ValueError(`dropout: expected a float32 tensor. Received dtype ${input.dtype}.`);
  const noise = input.shape.map((dim, axis) => noiseShape?.[axis] ?? dim);
  if (
    noiseShape &&
    (noiseShape.length !== input.rank || noise.some((dim, axis) => dim !== 1 && dim !== input.shape[axis]))
  ) {
    throw new ShapeError(
      `dropout: noiseShape ${formatShape(noiseShape)} does not broadcast to the input's shape ${formatShape(input.shape)}: ` +
        'expected the same rank, and each dimension equal, 1 or null.',
    );
  }
  return apply(dropoutOp, [input, drawSeed(seed)], { rate, noiseShape: noise });
}

/** true with probability p: bool. */
export function bernoulli(shape: Shape, p = 0.5, seed?: Seed): Tensor {
  return less(uniform(shape, 0, 1, 'float32', seed), p);
}

/** Smallest normal float32: keeps the logarithm of a uniform number finite. */
const TINY = 1.1754943508222875e-38;

/**
 * Draws `numSamples` class indices per row from unnormalized log-probabilities: logits [batch, classes] →
 * [batch, numSamples]. The largest of the logits plus Gumbel noise.
 * @throws ShapeError if the logits are no matrix
 */
export function categorical(logits: TensorLike, numSamples: number, dtype: DType = 'int32', seed?: Seed): Tensor {
  const scores = asTensor(logits);
  if (scores.rank !== 2) {
    throw new ShapeError(
      `categorical: expected logits of shape (batch, classes). Received shape ${formatShape(scores.shape)}.`,
    );
  }
  const u = uniform([...scores.shape, numSamples], TINY, 1, 'float32', seed);
  const gumbel = negative(log(negative(log(u))));
  return cast(argmax(add(expandDims(scores, 2), gumbel), 1), dtype);
}

/**
 * The elements in random order along an axis (default 0). Each vector along the axis is shuffled on its own, as Keras
 * does on JAX.
 */
export function shuffle(x: TensorLike, axis = 0, seed?: Seed): Tensor {
  let result = asTensor(x);
  const along = normalizeAxis(axis, result.rank);
  // Sorted by random words, which may collide: so often that no collision survives all rounds (jax.random.permutation).
  const rounds = Math.ceil((3 * Math.log(Math.max(1, result.size))) / Math.log(0xffffffff));
  let key = drawSeed(seed);
  for (let round = 0; round < rounds; round++) {
    const words = randomBits(result.shape, deriveSeed(key, 1));
    // Flipping the sign makes the order of int32 that of uint32.
    result = takeAlongAxis(result, argsort(bitwiseXor(words, -0x80000000), along), along);
    key = deriveSeed(key, 0);
  }
  return result;
}
