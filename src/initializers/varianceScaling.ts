// Initializers whose spread follows from the number of a layer's inputs and outputs.

import { toOptions } from '../config.js';
import { configured, known } from '../configured.js';
import type { DType } from '../dtype.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { normal, truncatedNormal, uniform } from '../ops/random.js';
import { type Field, value, word } from '../options.js';
import { normalizeAxes, type Shape, sizeOf } from '../shape.js';
import { Initializer, type InitializerSeed, seed } from './initializer.js';

type Axes = number | readonly number[] | null;
export type FanMode = 'fan_in' | 'fan_out' | 'fan_avg';
export type ScalingDistribution = 'truncated_normal' | 'untruncated_normal' | 'uniform';

/** Standard deviation of a standard normal that is cut at ±2. */
const CUT_DEVIATION = 0.8796256610342398;

/**
 * The numbers of inputs and outputs of a weight: (in, out) for matrices, both times the product of the other axes for
 * convolution kernels (…, in, out). Where both kinds of axes are given, the products of their sizes.
 */
export function computeFans(
  shape: Shape,
  inputAxes: Axes = null,
  outputAxes: Axes = null,
): [fanIn: number, fanOut: number] {
  const rank = shape.length;
  if (inputAxes !== null && outputAxes !== null) {
    const product = (axes: number | readonly number[]) => sizeOf(normalizeAxes(axes, rank).map(axis => shape[axis]!));
    return [product(inputAxes), product(outputAxes)];
  }
  if (rank === 0) return [1, 1];
  if (rank === 1) return [shape[0]!, shape[0]!];
  return [sizeOf(shape) / shape[rank - 1]!, sizeOf(shape) / shape[rank - 2]!];
}

/** Base of the initializers that go by the numbers of a weight's inputs and outputs. */
export class FanInitializer extends Initializer {
  declare readonly seed: InitializerSeed;
  declare readonly inputAxes: Axes;
  declare readonly outputAxes: Axes;

  /** The initializer for a weight with these axes, drawing with the same seed; itself if it was told other ones. */
  forAxes(inputAxes: readonly number[], outputAxes: readonly number[]): FanInitializer {
    if (this.inputAxes !== null && this.outputAxes !== null) return this;
    const options = { ...toOptions(this.getConfig()), seed: this.seed, inputAxes, outputAxes };
    return new (this.constructor as new (options: object) => FanInitializer)(options);
  }
}

interface Scaling {
  readonly scale: number;
  readonly mode: FanMode;
  readonly distribution: ScalingDistribution;
  readonly seed: InitializerSeed;
  readonly inputAxes: Axes;
  readonly outputAxes: Axes;
}

function draw(
  { scale, mode, distribution, seed: { used }, inputAxes, outputAxes }: Scaling,
  shape: Shape,
  dtype: DType,
): Tensor {
  const [fanIn, fanOut] = computeFans(shape, inputAxes, outputAxes);
  const fan = mode === 'fan_in' ? fanIn : mode === 'fan_out' ? fanOut : (fanIn + fanOut) / 2;
  const variance = scale / Math.max(1, fan);
  if (distribution === 'uniform') {
    const limit = Math.sqrt(3 * variance);
    return uniform(shape, -limit, limit, dtype, used);
  }
  if (distribution === 'untruncated_normal') return normal(shape, 0, Math.sqrt(variance), dtype, used);
  return truncatedNormal(shape, 0, Math.sqrt(variance) / CUT_DEVIATION, dtype, used);
}

const positive: Field<number, number, false> = {
  required: false,
  parse(given, where) {
    const kept = given ?? 1;
    if (!(kept > 0)) throw new ValueError(`${where} must be positive. Received: ${kept}`);
    return kept;
  },
  toConfig: kept => kept,
};

const distributions = word<ScalingDistribution>('truncated_normal', 'untruncated_normal', 'uniform');

const fanOptions = { inputAxes: value<Axes>(null), outputAxes: value<Axes>(null) };
const scalingOptions = {
  seed,
  scale: positive,
  mode: word<FanMode>('fan_in', 'fan_out', 'fan_avg'),
  // Keras 2 called the truncated normal distribution 'normal'.
  distribution: {
    ...distributions,
    parse: (given: ScalingDistribution | 'normal' | undefined, where: string) =>
      distributions.parse(given === 'normal' ? 'truncated_normal' : given, where),
  } satisfies Field<ScalingDistribution | 'normal', ScalingDistribution, false>,
  ...fanOptions,
};

class VarianceScalingClass extends configured(FanInitializer, 'VarianceScaling', scalingOptions, [
  'scale',
  'mode',
  'distribution',
  'seed',
]) {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return draw(this, shape, dtype);
  }
}

/**
 * Variance scale / fan, where fan is the number of inputs, of outputs, or the mean of both.
 * Defaults: scale 1, mode 'fan_in', distribution 'truncated_normal'.
 */
export const VarianceScaling = known('keras.initializers', VarianceScalingClass);
export type VarianceScaling = VarianceScalingClass;

/** A variance scaling of fixed scale, mode and distribution, with a seed as its one positional option. */
function fixed(className: string, scale: number, mode: FanMode, distribution: ScalingDistribution) {
  class Fixed extends configured(FanInitializer, className, { seed, ...fanOptions }, ['seed']) {
    override call(shape: Shape, dtype: DType = 'float32'): Tensor {
      return draw(
        { scale, mode, distribution, seed: this.seed, inputAxes: this.inputAxes, outputAxes: this.outputAxes },
        shape,
        dtype,
      );
    }
  }
  return known('keras.initializers', Fixed);
}

/** Uniform within ±√(6 / (fanIn + fanOut)). Source: Glorot, Bengio (2010). */
export const GlorotUniform = fixed('GlorotUniform', 1, 'fan_avg', 'uniform');
/** Truncated normal of variance 2 / (fanIn + fanOut). Source: Glorot, Bengio (2010). */
export const GlorotNormal = fixed('GlorotNormal', 1, 'fan_avg', 'truncated_normal');
/** Uniform within ±√(6 / fanIn). Source: He et al. (2015). */
export const HeUniform = fixed('HeUniform', 2, 'fan_in', 'uniform');
/** Truncated normal of variance 2 / fanIn. Source: He et al. (2015). */
export const HeNormal = fixed('HeNormal', 2, 'fan_in', 'truncated_normal');
/** Uniform within ±√(3 / fanIn). Source: Klambauer et al. (2017). */
export const LecunUniform = fixed('LecunUniform', 1, 'fan_in', 'uniform');
/** Truncated normal of variance 1 / fanIn. Source: Klambauer et al. (2017). */
export const LecunNormal = fixed('LecunNormal', 1, 'fan_in', 'truncated_normal');
