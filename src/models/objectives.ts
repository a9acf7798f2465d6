// What training aims at: the losses and metrics given to `compile`, and the outputs of the model they belong to.

import type { Column } from '../data/column.js';
import { ValueError } from '../errors.js';
import type { Spec, Tensor } from '../graph/tensor.js';
import type { Metric } from '../metrics/metric.js';
import { flatten, isDict, type Structure } from '../structure.js';
import { CompiledLosses } from './compiledLosses.js';
import { CompiledMetrics } from './compiledMetrics.js';
import type { CompileOptions } from './compileOptions.js';

type Values = Structure<Tensor | null> | null;

export class Objectives {
  readonly #losses: CompiledLosses | null;
  readonly #metrics: CompiledMetrics | null;
  /** Whether a first batch has shown what targets and outputs look like. */
  #matched = false;

  constructor({ loss, lossWeights, metrics, weightedMetrics }: CompileOptions) {
    this.#losses = loss === null ? null : new CompiledLosses(loss, lossWeights);
    this.#metrics = metrics === null && weightedMetrics === null ? null : new CompiledMetrics(metrics, weightedMetrics);
  }

  /** Whether it is known which losses and metrics belong to which output. */
  get matched(): boolean {
    return this.#matched;
  }

  /** The metrics given to `compile`. */
  get metrics(): readonly Metric[] {
    return this.#metrics?.metrics ?? [];
  }

  /** The mean losses of single outputs, where there are several. */
  get lossMetrics(): readonly Metric[] {
    return this.#losses?.metrics ?? [];
  }

  /** The results of the metrics given to `compile`, by their names in the logs. */
  results(): { [name: string]: Tensor } {
    return this.#metrics?.results() ?? {};
  }

  /** The metric that a name in the logs belongs to. */
  find(name: string): Metric | undefined {
    return this.#metrics?.find(name);
  }

  /** Finds out once which losses and metrics belong to which output. `names` are those of the outputs, if they have any. */
  match(y: Values, yPred: Structure<Tensor>, names: readonly string[]): void {
    if (this.#matched || (!this.#losses && !this.#metrics)) return;
    const predictions = flatten<Tensor>(yPred);
    const targets = perOutput(y, predictions.length);
    const outputs = predictions.map((prediction, i) => ({
      name: names[i] ?? null,
      prediction: specOf(prediction),
      target: targets[i] ? specOf(targets[i]) : null,
    }));
    this.#losses?.build(outputs, isDict(yPred));
    this.#metrics?.build(outputs);
    this.#matched = true;
  }

  /** The weighted sum of the losses of a batch; null if no output has one. */
  loss(y: Values, predictions: readonly Tensor[], sampleWeight: Values): Tensor | null {
    const count = predictions.length;
    return this.#losses?.call(perOutput(y, count), predictions, perOutput(sampleWeight, count)) ?? null;
  }

  /** Takes a batch into the metrics. */
  update(y: Values, predictions: readonly Tensor[], sampleWeight: Values): void {
    const count = predictions.length;
    this.#metrics?.update(perOutput(y, count), predictions, perOutput(sampleWeight, count));
  }

  /** @throws ValueError for targets that the losses cannot mean, such as classes that are none. */
  checkTargets(y: Structure<Column | null> | null): void {
    if (this.#losses?.built && y !== null) this.#losses.checkTargets(flatten<Column | null>(y));
  }
}

/** Shape and dtype alone, without the graph behind a tensor. */
function specOf({ shape, dtype }: Tensor): Spec {
  return { shape, dtype };
}

/** The leaves of targets or weights, one per output; null where there are none. */
function perOutput(structure: Values, count: number): (Tensor | null)[] {
  if (structure === null) return new Array<null>(count).fill(null);
  const leaves = flatten<Tensor | null>(structure);
  if (leaves.length === count) return leaves;
  if (leaves.length === 1) return new Array<Tensor | null>(count).fill(leaves[0]!);
  throw new ValueError(
    `Expected one array of targets per output. Received ${leaves.length} arrays for ${count} outputs.`,
  );
}
