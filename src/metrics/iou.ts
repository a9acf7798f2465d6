// Intersection over union of classes, from a confusion matrix of targets (rows) and predictions (columns).

import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import { epsilon } from '../defaults.js';
import { ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import {
  add,
  cast,
  divide,
  greater,
  greaterEqual,
  less,
  logicalAnd,
  multiply,
  notEqual,
  round,
  subtract,
} from '../ops/elementwise.js';
import { oneHot } from '../ops/indexing.js';
import { matmul } from '../ops/matmul.js';
import { broadcastTo, expandDims, reshape, transpose } from '../ops/movement.js';
import { argmax, sum } from '../ops/reduce.js';
import type { Variable } from '../ops/variable.js';
import { namedArguments } from '../options.js';
import { Metric, type MetricArgs, type MetricOptions } from './metric.js';

export interface MeanIoUOptions extends MetricOptions {
  numClasses?: number;
  /** Targets of this class count nothing. Default null. */
  ignoreClass?: number | null;
  /** The targets are class numbers, not one-hot vectors. Default true. */
  sparseYTrue?: boolean;
  /** The predictions are class numbers, not probabilities. Default true. */
  sparseYPred?: boolean;
  /** The axis of the classes of dense targets and predictions. Default -1. */
  axis?: number;
}

export interface IoUOptions extends MeanIoUOptions {
  /** The classes whose mean is wanted. */
  targetClassIds?: readonly number[];
}

export interface BinaryIoUOptions extends MetricOptions {
  /** Default [0, 1]. */
  targetClassIds?: readonly number[];
  /** Predictions of at least this count as class 1. Default 0.5. */
  threshold?: number;
}

/** Keras's order of further arguments; the second one where targets are one-hot in any case. */
const order = ['name', 'dtype', 'ignoreClass', 'sparseYTrue', 'sparseYPred', 'axis'];
const oneHotOrder = order.filter(option => option !== 'sparseYTrue');

class IoUMetric extends Metric {
  static readonly className: string = 'IoU';
  override readonly direction = 'up';
  readonly numClasses: number;
  readonly targetClassIds: readonly number[];
  protected readonly options: {
    ignoreClass: number | null;
    sparseYTrue: boolean;
    sparseYPred: boolean;
    axis: number;
  };
  readonly #matrix: Variable;

  constructor(...args: MetricArgs<IoUOptions>) {
    const {
      numClasses: count,
      targetClassIds: targets,
      ignoreClass = null,
      sparseYTrue = true,
      sparseYPred = true,
      axis = -1,
      dtype = 'int32',
      ...options
    } = namedArguments('IoU', ['numClasses', 'targetClassIds', ...order], args) as IoUOptions;
    super({ dtype, ...options });
    if (!count) throw new ValueError(`${this.name}: expected numClasses, a positive integer. Received: ${count}.`);
    if (!targets)
      throw new ValueError(`${this.name}: expected targetClassIds, a list of classes. Received: ${targets}.`);
    if (Math.max(...targets) >= count) {
      throw new ValueError(
        `${this.name}: expected target class ids from 0 to ${count - 1}. Received: ${Math.max(...targets)}.`,
      );
    }
    this.numClasses = count;
    this.targetClassIds = [...targets];
    this.options = { ignoreClass, sparseYTrue, sparseYPred, axis };
    this.#matrix = this.addVariable({ name: 'total_confusion_matrix', shape: [count, count] });
  }

  override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const { ignoreClass, sparseYTrue, sparseYPred, axis } = this.options;
    const classesOf = (y: TensorLike, sparse: boolean) => reshape(cast(sparse ? y : argmax(y, axis), 'int32'), [-1]);
    const t = classesOf(yTrue, sparseYTrue);
    const p = classesOf(yPred!, sparseYPred);
    const known = (y: Tensor) => logicalAnd(greaterEqual(y, 0), less(y, this.numClasses));
    let valid = logicalAnd(known(t), known(p));
    if (ignoreClass !== null) valid = logicalAnd(valid, notEqual(t, ignoreClass));
    // Weights are of the metric's dtype: with the default int32 their fractions are cut off, as in Keras.
    let weight = cast(cast(asTensor(sampleWeight ?? 1), this.dtype), 'float32');
    if (weight.rank > 1) weight = reshape(weight, [-1]);
    weight = multiply(broadcastTo(weight, t.shape), cast(valid, 'float32'));
    const rows = multiply(cast(oneHot(t, this.numClasses), 'float32'), expandDims(weight, 1));
    const counts = matmul(transpose(rows), cast(oneHot(p, this.numClasses), 'float32'));
    this.#matrix.assign(add(this.#matrix, this.dtype === 'float32' ? counts : cast(round(counts), this.dtype)));
  }

  override result(): Tensor {
    const n = this.numClasses;
    const matrix = cast(this.#matrix, 'float32');
    const diagonal = constant(
      Float32Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0)),
      'float32',
      [n, n],
    );
    const common = sum(multiply(matrix, diagonal), 0);
    const union = subtract(add(sum(matrix, 0), sum(matrix, 1)), common);
    const wanted = constant(
      Float32Array.from({ length: n }, (_, i) => this.targetClassIds.filter(id => id === i).length),
    );
    const present = multiply(wanted, cast(greater(union, 1e-9), 'float32'));
    const iou = multiply(divide(common, add(union, epsilon())), present);
    return divide(sum(iou), add(sum(present), epsilon()));
  }

  override getConfig(): Config {
    const { ignoreClass, sparseYTrue, sparseYPred, axis } = this.options;
    return {
      ...super.getConfig(),
      num_classes: this.numClasses,
      target_class_ids: [...this.targetClassIds],
      ignore_class: ignoreClass,
      sparse_y_true: sparseYTrue,
      sparse_y_pred: sparseYPred,
      axis,
    };
  }
}

function without(config: Config, ...keys: string[]): Config {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)));
}

class BinaryIoUMetric extends IoUMetric {
  static override readonly className = 'BinaryIoU';
  readonly threshold: number;

  constructor(...args: MetricArgs<BinaryIoUOptions>) {
    const named = namedArguments('BinaryIoU', ['targetClassIds', 'threshold', 'name', 'dtype'], args);
    const { targetClassIds = [0, 1], threshold = 0.5, ...options } = named as BinaryIoUOptions;
    super({ numClasses: 2, targetClassIds, ...options });
    this.threshold = threshold;
  }

  override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    super.updateState(yTrue, cast(greaterEqual(cast(yPred!, 'float32'), this.threshold), 'int32'), sampleWeight);
  }

  override getConfig(): Config {
    const { name, dtype, target_class_ids } = super.getConfig();
    return { target_class_ids: target_class_ids!, threshold: this.threshold, name: name!, dtype: dtype! };
  }
}

class MeanIoUMetric extends IoUMetric {
  static override readonly className: string = 'MeanIoU';

  constructor(...args: MetricArgs<MeanIoUOptions>) {
    const options = namedArguments('MeanIoU', ['numClasses', ...order], args) as MeanIoUOptions;
    super({ ...options, targetClassIds: Array.from({ length: options.numClasses ?? 0 }, (_, i) => i) });
  }

  override getConfig(): Config {
    return without(super.getConfig(), 'target_class_ids');
  }
}

class OneHotIoUMetric extends IoUMetric {
  static override readonly className = 'OneHotIoU';

  constructor(...args: MetricArgs<IoUOptions>) {
    const named = namedArguments('OneHotIoU', ['numClasses', 'targetClassIds', ...oneHotOrder], args) as IoUOptions;
    super({ sparseYPred: false, ...named, sparseYTrue: false });
  }

  override getConfig(): Config {
    return without(super.getConfig(), 'sparse_y_true');
  }
}

class OneHotMeanIoUMetric extends MeanIoUMetric {
  static override readonly className = 'OneHotMeanIoU';

  constructor(...args: MetricArgs<MeanIoUOptions>) {
    const named = namedArguments('OneHotMeanIoU', ['numClasses', ...oneHotOrder], args) as MeanIoUOptions;
    super({ sparseYPred: false, ...named, sparseYTrue: false });
  }

  override getConfig(): Config {
    return without(super.getConfig(), 'sparse_y_true');
  }
}

/** common / union of chosen classes, averaged: `IoU(numClasses, targetClassIds)`. */
export const IoU = register('keras.metrics', callable(IoUMetric));
/** IoU of two classes, predictions being probabilities of class 1. */
export const BinaryIoU = register('keras.metrics', callable(BinaryIoUMetric));
/** IoU averaged over all classes: `MeanIoU(numClasses)`. */
export const MeanIoU = register('keras.metrics', callable(MeanIoUMetric));
/** IoU of one-hot targets and probabilities: `OneHotIoU(numClasses, targetClassIds)`. */
export const OneHotIoU = register('keras.metrics', callable(OneHotIoUMetric));
/** IoU of one-hot targets and probabilities over all classes: `OneHotMeanIoU(numClasses)`. */
export const OneHotMeanIoU = register('keras.metrics', callable(OneHotMeanIoUMetric));
