// What a loss is: values per sample from `call`, then weights, masks and a reduction.

import { callableRoot } from '../callable.js';
import { type Config, type Json, toOptions, toSnakeKey } from '../config.js';
import type { DType } from '../dtype.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import { getMask } from '../graph/mask.js';
import type { Tensor } from '../graph/tensor.js';
import { autoName } from '../naming.js';
import { cast } from '../ops/elementwise.js';
import { checkNames } from '../options.js';
import { squeezeOrExpandToSameRank } from './rank.js';
import { bothMasks, checkReduction, type Reduction, reduceWeightedValues } from './reduction.js';

export interface LossOptions {
  /** Default: the snake case of the class's name. */
  name?: string;
  /** How the values of a batch become one number. Default 'sum_over_batch_size', their mean. */
  reduction?: Reduction;
  /** Losses compute in float32, whatever is given here. */
  dtype?: DType | null;
}

/** A function of targets and predictions that gives one value per sample (or per step of each sample). */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** What calling a loss does: the weighted and reduced value of a batch. */
export type LossCall = (yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike | null) => Tensor;

/**
 * Base class of all losses. Extend it and write `call(yTrue, yPred)`, which gives the values per sample; calling the
 * loss itself, `loss(yTrue, yPred, sampleWeight)`, weighs and reduces them.
 */
export abstract class Loss extends callableRoot<LossCall>() {
  override readonly name: string;
  readonly reduction: Reduction;

  constructor(options: LossOptions = {}) {
    super();
    const { className, name: ownName } = this.constructor as { className?: string; name: string };
    checkNames(className ?? ownName, options, ['name', 'reduction', 'dtype']);
    const { name, reduction = 'sum_over_batch_size' } = options;
    this.name = name ?? autoName(className ?? ownName);
    this.reduction = checkReduction(reduction);
  }

  static fromConfig(config: Config): Loss {
    return new (this as unknown as new (options: object) => Loss)(toOptions(config));
  }

  /** The values per sample, not reduced. Both arguments are float32. */
  abstract override call(yTrue: Tensor, yPred: Tensor): Tensor;

  override invoke(yTrue: TensorLike, yPred: TensorLike, sampleWeight?: TensorLike | null): Tensor {
    const predictions = asTensor(yPred);
    const values = this.call(cast(yTrue, 'float32'), cast(predictions, 'float32'));
    return reduceWeightedValues(values, sampleWeight, bothMasks(getMask(predictions), getMask(values)), this.reduction);
  }

  getConfig(): Config {
    return { name: this.name, reduction: this.reduction };
  }
}

/** A loss made of a function and options for it. */
export class LossFunctionWrapper<O extends object = object> extends Loss {
  readonly fn: (yTrue: Tensor, yPred: Tensor, options: O) => Tensor;
  readonly options: O;

  constructor(fn: (yTrue: Tensor, yPred: Tensor, options: O) => Tensor, options: O, lossOptions: LossOptions = {}) {
    super({ name: fn.name, ...lossOptions });
    this.fn = fn;
    this.options = options;
  }

  override call(yTrue: Tensor, yPred: Tensor): Tensor {
    return this.fn(...squeezeOrExpandToSameRank(yTrue, yPred), this.options);
  }

  override getConfig(): Config {
    const own = Object.entries(this.options).map(([key, value]) => [toSnakeKey(key), value as Json]);
    return { ...super.getConfig(), ...(Object.fromEntries(own) as Config) };
  }
}
