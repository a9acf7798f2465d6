// Features brought to mean 0 and variance 1, by statistics given or taken from data.

import { epsilon } from '../../defaults.js';
import { ShapeError, ValueError } from '../../errors.js';
import { asTensor, constant, type TensorLike } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, cast, divide, maximum, multiply, sqrt, square, subtract } from '../../ops/elementwise.js';
import { broadcastTo, reshape } from '../../ops/movement.js';
import { mean as meanOf, variance as varianceOf } from '../../ops/reduce.js';
import type { Field } from '../../options.js';
import { formatShape, normalizeAxis, sameShape } from '../../shape.js';
import { layer, layerWith } from '../define.js';
import { value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { Weight } from '../weight.js';
import { adapting } from './adapting.js';

const axis: Field<number | readonly number[] | null, readonly number[], false> = {
  required: false,
  parse: given => (given === null ? [] : [given ?? -1].flat()),
  toConfig: kept => kept,
};

const schema = {
  /** The axis or axes along which elements have statistics of their own; null for one mean of all. Default -1. */
  axis,
  /** Known mean; without it, call `adapt`. */
  mean: value<number | readonly number[] | null>(null),
  /** Known variance. */
  variance: value<number | readonly number[] | null>(null),
  /** Undoes the normalization instead. Default false. */
  invert: value<boolean>(false),
};

const Options = layerWith('Normalization', schema, ['axis', 'mean', 'variance']);

interface Moments {
  readonly count: number;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** The moments of two batches together. */
function joined(a: Moments | null, b: Moments): Moments {
  if (!a) return b;
  const count = a.count + b.count;
  const mix = (x: Tensor, y: Tensor) => add(multiply(x, a.count / count), multiply(y, b.count / count));
  const mean = mix(a.mean, b.mean);
  const around = ({ mean: own, variance }: Moments) => add(variance, square(subtract(own, mean)));
  return { count, mean, variance: mix(around(a), around(b)) };
}

class NormalizationLayer extends Options {
  override supportsMasking = true;
  #kept: readonly number[] = [];
  #shape: readonly number[] = [];
  #mean: Weight | null = null;
  #variance: Weight | null = null;

  constructor(...args: ConstructorParameters<typeof Options>) {
    super(...args);
    if ((this.mean === null) !== (this.variance === null)) {
      throw new ValueError('When setting values directly, both `mean` and `variance` must be set.');
    }
  }

  override build(inputShape: SymbolicShape): void {
    const rank = inputShape.length;
    this.#kept = this.axis.map(each => normalizeAxis(each, rank)).sort((a, b) => a - b);
    if (this.#kept.some(each => inputShape[each] === null)) {
      throw new ValueError(
        `All \`axis\` values to be kept must have a known shape. Received axis=[${this.axis.join(', ')}], ` +
          `inputs.shape=${formatShape(inputShape)}`,
      );
    }
    this.#shape = inputShape.map((dim, each) => (this.#kept.includes(each) ? dim! : 1));
    if (this.mean !== null) return;
    const shape = this.#kept.map(each => inputShape[each]!);
    this.#mean = this.addWeight({ name: 'mean', shape, initializer: 'zeros', trainable: false });
    this.#variance = this.addWeight({ name: 'variance', shape, initializer: 'ones', trainable: false });
    this.addWeight({ name: 'count', shape: [], dtype: 'int32', initializer: 'zeros', trainable: false });
  }

  #moments: Moments | null = null;

  /** Takes mean and variance from a tensor or array whose first axis is the samples, or from a data set of batches. */
  readonly adapt = adapting(
    (batch: TensorLike) => {
      const x = cast(asTensor(batch), 'float32');
      this.ensureBuilt(x.shape);
      if (!this.#mean || !this.#variance) {
        throw new ValueError('Cannot `adapt` a Normalization layer that was given its mean and variance.');
      }
      const expected = this.#shape.map((dim, each) => (this.#kept.includes(each) ? dim : x.shape[each]!));
      if (!sameShape(expected, x.shape)) {
        throw new ShapeError(
          `Normalization "${this.name}" was built for ${formatShape(expected)}, but adapt() was called with data of ` +
            `shape ${formatShape(x.shape)}. Expected the same sizes along axis=[${this.axis.join(', ')}].`,
        );
      }
      const reduced = x.shape.map((_, each) => each).filter(each => !this.#kept.includes(each));
      this.#moments = joined(this.#moments, {
        count: reduced.reduce((count, each) => count * x.shape[each]!, 1),
        mean: meanOf(x, reduced),
        variance: varianceOf(x, reduced),
      });
    },
    () => {
      if (!this.#moments) throw new ValueError('adapt() received no batches. Expected at least one.');
      this.#mean!.write(this.#moments.mean.data());
      this.#variance!.write(this.#moments.variance.data());
      this.#moments = null;
    },
  );

  override call(inputs: Tensor): Tensor {
    const x = cast(inputs, 'float32');
    const mean = this.#along(this.mean ?? this.#mean!);
    const deviation = maximum(sqrt(this.#along(this.variance ?? this.#variance!)), epsilon());
    return this.invert ? add(mean, multiply(x, deviation)) : divide(subtract(x, mean), deviation);
  }

  /** A statistic, in the shape in which it meets the input. */
  #along(statistic: Weight | number | readonly number[]): Tensor {
    const tensor =
      typeof statistic === 'number' || Array.isArray(statistic)
        ? constant(statistic as number | number[])
        : (statistic as Weight).value;
    const shape = this.#shape.map(() => 1);
    tensor.shape.forEach((dim, i) => {
      shape[this.#kept[this.#kept.length - tensor.rank + i]!] = dim;
    });
    return broadcastTo(reshape(tensor, shape), this.#shape);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return inputShape;
  }
}

/** (x - mean) / sqrt(variance) per feature, after `adapt(data)` or with given values. */
export const Normalization = layer(NormalizationLayer);
export type Normalization = NormalizationLayer;
