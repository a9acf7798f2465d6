// Numbers as categories: the bins that they fall into.

import type { Config } from '../../config.js';
import { ValueError } from '../../errors.js';
import { asTensor, constant, type TensorLike } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { cast, greaterEqual } from '../../ops/elementwise.js';
import { expandDims } from '../../ops/movement.js';
import { sum } from '../../ops/reduce.js';
import { layer, layerWith } from '../define.js';
import { only, value, word } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { Layer } from '../layer.js';
import { adapting } from './adapting.js';
import { encodeCategories, encodedShape } from './categories.js';

/** Keras writes the config of this layer by hand, with the plain name of the dtype. */
class PlainConfigLayer extends Layer {
  override getConfig(): Config {
    return { name: this.name, dtype: this.dtype };
  }
}

const discretizationSchema = {
  /** Where one bin ends and the next begins, ascending. Or call `adapt`. */
  binBoundaries: value<readonly number[] | null>(null),
  /** Number of bins that `adapt` finds. */
  numBins: value<number | null>(null),
  epsilon: value<number>(0.01),
  /** 'int' (default) for the bin's number, or as for CategoryEncoding. */
  outputMode: word('int', 'one_hot', 'multi_hot', 'count'),
  sparse: only(false),
};

/** Where the values lie, ascending, and how many of them each point stands for. */
interface Summary {
  readonly points: Float32Array;
  readonly weights: Float32Array;
}

const nothing: Summary = { points: new Float32Array(), weights: new Float32Array() };

/** The curve through (xs, ys), xs ascending, at x; level outside. */
function interpolate(x: number, xs: ArrayLike<number>, ys: ArrayLike<number>): number {
  const last = xs.length - 1;
  if (!(x < xs[last]!)) return ys[last]!;
  if (x < xs[0]!) return ys[0]!;
  let i = 0;
  while (xs[i + 1]! <= x) i++;
  return ys[i]! + ((ys[i + 1]! - ys[i]!) / (xs[i + 1]! - xs[i]!)) * (x - xs[i]!);
}

/** The summary by points that each stand for the share `epsilon` of the values; itself where it is coarser than that. */
function compressed({ points, weights }: Summary, epsilon: number): Summary {
  if (points.length * epsilon < 1) return { points, weights };
  let sum = 0;
  const sums = weights.map(weight => {
    sum = Math.fround(sum + weight);
    return sum;
  });
  const shares = sums.map(each => each / sum);
  const percents = Array.from({ length: Math.ceil(1 / epsilon) }, (_, i) => epsilon + i * epsilon);
  const at = percents.map(share => interpolate(share, shares, sums));
  return {
    points: Float32Array.from(percents, share => interpolate(share, shares, points)),
    weights: Float32Array.from(at, (each, i) => each - (at[i - 1] ?? 0)),
  };
}

/** Keras's sketch of values: every n-th of them in order. */
function summaryOf(values: Float32Array, epsilon: number): Summary {
  const step = Math.max(values.length / (1 / epsilon), 1);
  const first = Math.trunc(step - 1);
  const points = values.sort().filter((_, i) => i >= first && (i - first) % Math.trunc(step) === 0);
  return { points, weights: points.map(() => step) };
}

/** The summary of the values of two, as exact as `epsilon` says. */
function merged(a: Summary, b: Summary, epsilon: number): Summary {
  const points = [...a.points, ...b.points];
  const weights = [...a.weights, ...b.weights];
  const order = [...points.keys()].sort((i, j) => points[i]! - points[j]!);
  const sorted = (values: readonly number[]) => Float32Array.from(order, i => values[i]!);
  return compressed({ points: sorted(points), weights: sorted(weights) }, epsilon);
}

class DiscretizationLayer extends layerWith(
  'Discretization',
  discretizationSchema,
  ['binBoundaries', 'numBins'],
  PlainConfigLayer,
) {
  override build(_inputShape: SymbolicShape): void {}

  #summary: Summary = nothing;

  /**
   * Takes boundaries from an array, or from a data set of batches, so that each of `numBins` bins gets about as many
   * values, as exactly as `epsilon` says.
   */
  readonly adapt = adapting(
    (batch: TensorLike) => {
      if (this.numBins === null) {
        throw new ValueError(
          'Cannot adapt a Discretization layer that has been initialized with `binBoundaries`, use `numBins` instead.',
        );
      }
      const values = Float32Array.from(asTensor(batch).data());
      this.#summary = merged(summaryOf(values, this.epsilon), this.#summary, this.epsilon);
    },
    () => {
      this.binBoundaries = [...compressed(this.#summary, 1 / this.numBins!).points.subarray(0, -1)];
      this.#summary = nothing;
    },
  );

  override call(x: Tensor): Tensor {
    if (this.binBoundaries === null) {
      throw new ValueError(
        'You need to either pass the `binBoundaries` argument at construction time or call `adapt(data)` before you can ' +
          'start using the `Discretization` layer.',
      );
    }
    const boundaries = constant(Float32Array.from(this.binBoundaries));
    const bins = sum(cast(greaterEqual(expandDims(cast(x, 'float32'), -1), boundaries), 'int32'), -1);
    return encodeCategories(bins, this.outputMode, this.binBoundaries.length + 1);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return encodedShape(inputShape, this.outputMode, (this.binBoundaries?.length ?? this.numBins! - 1) + 1);
  }
}

/** The number of the bin that each value falls into. */
export const Discretization = layer(DiscretizationLayer);
export type Discretization = DiscretizationLayer;
