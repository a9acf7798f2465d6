// Features brought to mean 0 and variance 1, by statistics given or taken from data.

import { epsilon } from '../../defaults.js';
import { ValueError } from '../../errors.js';
import { asTensor, constant, type TensorLike } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, cast, divide, maximum, multiply, sqrt, subtract } from '../../ops/elementwise.js';
import { broadcastTo, concatenate, reshape } from '../../ops/movement.js';
import { mean as meanOf, variance as varianceOf } from '../../ops/reduce.js';
import type { Field } from '../../options.js';
import { formatShape, normalizeAxis } from '../../shape.js';
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

  /** Takes mean and variance from a tensor or array whose first axis is the samples, or from a data set of batches. */
  readonly adapt = adapting(
    (data: TensorLike) => {
      const x = cast(asTensor(data), 'float32');
      this.ensureBuilt(x.shape);
      if (!this.#mean || !this.#variance) {
        throw new ValueError('Cannot `adapt` a Normalization layer that was given its mean and variance.');
      }
      const reduced = x.shape.map((_, each) => each).filter(each => !this.#kept.includes(each));
      this.#mean.write(meanOf(x, reduced).data());
      this.#variance.write(varianceOf(x, reduced).data());
    },
    batches => concatenate(batches, 0),
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
