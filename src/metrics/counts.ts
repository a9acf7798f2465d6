// Precision, recall and the four counts they are made of.

import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import { ValueError } from '../errors.js';
import type { TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { divideNoNan } from '../losses/reduction.js';
import { add, greaterEqual, where } from '../ops/elementwise.js';
import { max } from '../ops/reduce.js';
import type { Variable } from '../ops/variable.js';
import { namedArguments } from '../options.js';
import { type Confusion, confusionCounts, NEVER, parseThresholds, single } from './confusion.js';
import { Metric, type MetricArgs, type MetricClass, type MetricOptions } from './metric.js';

export interface CountOptions extends MetricOptions {
  /** Predictions above a threshold count as positive; several give one result each. Default 0.5. */
  thresholds?: number | readonly number[] | null;
}

/** A metric class that adds up one of the four counts. */
function countClass(className: string, count: keyof Confusion, ...aliases: string[]) {
  class CountMetric extends Metric {
    static readonly className = className;
    readonly #given: number | readonly number[] | null;
    readonly thresholds: readonly number[];
    readonly accumulator: Variable;

    constructor(...args: MetricArgs<CountOptions>) {
      const named = namedArguments(className, ['thresholds', 'name', 'dtype'], args);
      const { thresholds = null, ...options } = named as CountOptions;
      super(options);
      this.#given = thresholds;
      this.thresholds = parseThresholds(thresholds);
      this.accumulator = this.addVariable({ name: 'accumulator', shape: [this.thresholds.length] });
    }

    override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
      const counts = confusionCounts(yTrue, yPred!, { thresholds: this.thresholds, sampleWeight });
      this.accumulator.assign(add(this.accumulator, counts[count]));
    }

    override result(): Tensor {
      return single(this.accumulator.value);
    }

    override getConfig(): Config {
      return { ...super.getConfig(), thresholds: this.#given };
    }
  }
  return register('keras.metrics', callable(CountMetric), ...aliases) as MetricClass<MetricArgs<CountOptions>>;
}

/** How many samples were rightly predicted positive. */
export const TruePositives = countClass('TruePositives', 'truePositives');
/** How many samples were wrongly predicted positive. */
export const FalsePositives = countClass('FalsePositives', 'falsePositives');
/** How many samples were rightly predicted negative. */
export const TrueNegatives = countClass('TrueNegatives', 'trueNegatives');
/** How many samples were wrongly predicted negative. */
export const FalseNegatives = countClass('FalseNegatives', 'falseNegatives');

export interface PrecisionOptions extends CountOptions {
  /** Only the k greatest predictions of a sample count as positive. Default null. */
  topK?: number | null;
  /** Only this class counts. Default null: all. */
  classId?: number | null;
}

/** A metric class: true positives divided by themselves plus the false ones of some kind. */
function ratioClass(className: string, other: 'falsePositives' | 'falseNegatives', otherName: string) {
  class RatioMetric extends Metric {
    static readonly className = className;
    override readonly direction = 'up';
    readonly #given: PrecisionOptions;
    readonly thresholds: readonly number[];
    readonly truePositives: Variable;
    readonly others: Variable;

    constructor(...args: MetricArgs<PrecisionOptions>) {
      const named = namedArguments(className, ['thresholds', 'topK', 'classId', 'name', 'dtype'], args);
      const { thresholds = null, topK = null, classId = null, ...options } = named as PrecisionOptions;
      super(options);
      this.#given = { thresholds, topK, classId };
      this.thresholds = parseThresholds(thresholds, topK === null ? 0.5 : NEVER);
      const shape = [this.thresholds.length];
      this.truePositives = this.addVariable({ name: 'true_positives', shape });
      this.others = this.addVariable({ name: otherName, shape });
    }

    override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
      const { topK, classId } = this.#given;
      const counts = confusionCounts(yTrue, yPred!, {
        thresholds: this.thresholds,
        topK,
        classId,
        sampleWeight,
      });
      this.truePositives.assign(add(this.truePositives, counts.truePositives));
      this.others.assign(add(this.others, counts[other]));
    }

    override result(): Tensor {
      return single(divideNoNan(this.truePositives.value, add(this.truePositives, this.others)));
    }

    override getConfig(): Config {
      const { thresholds, topK, classId } = this.#given;
      return { ...super.getConfig(), thresholds: thresholds!, top_k: topK!, class_id: classId! };
    }
  }
  return register('keras.metrics', callable(RatioMetric)) as MetricClass<MetricArgs<PrecisionOptions>>;
}

/** Share of the positive predictions that are right: tp / (tp + fp). */
export const Precision = ratioClass('Precision', 'falsePositives', 'false_positives');
/** Share of the positive samples that were found: tp / (tp + fn). */
export const Recall = ratioClass('Recall', 'falseNegatives', 'false_negatives');

/** n thresholds from 0 to 1 at equal distances; 0.5 alone for n = 1. */
function evenThresholds(count: number): readonly number[] {
  return count === 1 ? [0.5] : Array.from({ length: count }, (_, i) => i / (count - 1));
}

export interface AtOptions extends MetricOptions {
  /** Thresholds tried, at equal distances. Default 200. */
  numThresholds?: number;
  /** Only this class counts. Default null: all. */
  classId?: number | null;
}

type Rate = (counts: { [K in keyof Confusion]: Variable }) => Tensor;
const share = (part: Variable, rest: Variable) => divideNoNan(part.value, add(part, rest));
const sensitivity: Rate = c => share(c.truePositives, c.falseNegatives);
const specificity: Rate = c => share(c.trueNegatives, c.falsePositives);
const precision: Rate = c => share(c.truePositives, c.falsePositives);

/** A metric class: the best value of one rate over all thresholds at which another rate is at least a given value. */
function atClass<K extends string>(className: string, bound: K, constrained: Rate, wanted: Rate) {
  type Options = AtOptions & { [key in K]?: number };
  class AtMetric extends Metric {
    static readonly className = className;
    override readonly direction = 'up';
    readonly value: number;
    readonly numThresholds: number;
    readonly classId: number | null;
    readonly #thresholds: readonly number[];
    readonly #counts: { [key in keyof Confusion]: Variable };

    constructor(...args: MetricArgs<Options>) {
      const named = namedArguments(className, [bound, 'numThresholds', 'classId', 'name', 'dtype'], args);
      const { [bound]: value, numThresholds = 200, classId = null, ...options } = named as Options;
      super(options as MetricOptions);
      this.value = value as number;
      if (!(this.value >= 0 && this.value <= 1)) {
        throw new ValueError(`${className}: expected ${bound} in [0, 1]. Received: ${this.value}.`);
      }
      this.numThresholds = numThresholds;
      if (!(this.numThresholds > 0))
        throw new ValueError(`${className}: expected numThresholds > 0. Received: ${this.numThresholds}.`);
      this.classId = classId;
      this.#thresholds = evenThresholds(this.numThresholds);
      const shape = [this.numThresholds];
      this.#counts = {
        truePositives: this.addVariable({ name: 'true_positives', shape }),
        falsePositives: this.addVariable({ name: 'false_positives', shape }),
        trueNegatives: this.addVariable({ name: 'true_negatives', shape }),
        falseNegatives: this.addVariable({ name: 'false_negatives', shape }),
      };
    }

    override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
      addCounts(
        this.#counts,
        confusionCounts(yTrue, yPred!, { thresholds: this.#thresholds, classId: this.classId, sampleWeight }),
      );
    }

    override result(): Tensor {
      const feasible = greaterEqual(constrained(this.#counts), this.value);
      return max(where(feasible, wanted(this.#counts), 0));
    }

    override getConfig(): Config {
      return {
        ...super.getConfig(),
        class_id: this.classId,
        num_thresholds: this.numThresholds,
        [bound]: this.value,
      };
    }
  }
  return register('keras.metrics', callable(AtMetric)) as MetricClass<MetricArgs<Options>>;
}

/** Adds a batch's counts to the state. */
export function addCounts(state: { [key in keyof Confusion]: Variable }, counts: Confusion): void {
  for (const key of Object.keys(state) as (keyof Confusion)[]) state[key].assign(add(state[key], counts[key]));
}

/** The best sensitivity where the specificity is at least `specificity`. */
export const SensitivityAtSpecificity = atClass('SensitivityAtSpecificity', 'specificity', specificity, sensitivity);
/** The best specificity where the sensitivity is at least `sensitivity`. */
export const SpecificityAtSensitivity = atClass('SpecificityAtSensitivity', 'sensitivity', sensitivity, specificity);
/** The best precision where the recall is at least `recall`. */
export const PrecisionAtRecall = atClass('PrecisionAtRecall', 'recall', sensitivity, precision);
/** The best recall where the precision is at least `precision`. */
export const RecallAtPrecision = atClass('RecallAtPrecision', 'precision', precision, sensitivity);
