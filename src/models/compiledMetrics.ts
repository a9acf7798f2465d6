// The metrics given to `compile`, matched with the outputs of the model.

import { isKerasObject } from '../config.js';
import { inContext, ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { Metric } from '../metrics/metric.js';
import {
  BinaryAccuracy,
  CategoricalAccuracy,
  getMetric,
  type MetricIdentifier,
  SparseCategoricalAccuracy,
} from '../metrics/metrics.js';
import { isDict } from '../structure.js';
import { classification, describeShapes, forEachIdentifier, namesOf, type Output } from './outputs.js';

type PerOutput = MetricIdentifier | null | readonly (MetricIdentifier | null)[];
/** Metrics for the only output, a list of lists with one for each output, or a dict by the outputs' names. */
export type MetricSpec = MetricIdentifier | readonly PerOutput[] | { readonly [output: string]: PerOutput };

interface Entry {
  readonly output: number;
  readonly metric: Metric;
  /** The name in logs and histories. */
  readonly key: string;
  readonly weighted: boolean;
}

export class CompiledMetrics {
  readonly #metrics: MetricSpec | null;
  readonly #weighted: MetricSpec | null;
  #entries: readonly Entry[] | null = null;
  #outputs: readonly Output[] = [];

  constructor(metrics: MetricSpec | null, weighted: MetricSpec | null) {
    for (const spec of [metrics, weighted])
      forEachIdentifier(spec, (identifier: MetricIdentifier) => isAutomatic(identifier) || getMetric(identifier));
    this.#metrics = metrics;
    this.#weighted = weighted;
  }

  get built(): boolean {
    return this.#entries !== null;
  }

  /** All metrics, unweighted ones first, in the order of the outputs. */
  get metrics(): readonly Metric[] {
    return (this.#entries ?? []).map(({ metric }) => metric);
  }

  /** The metric that a name in the logs belongs to. */
  find(key: string): Metric | undefined {
    return this.#entries?.find(entry => entry.key === key || entry.metric.name === key)?.metric;
  }

  /** Finds the metrics of each output. @throws ValueError if metrics and outputs do not match. */
  build(outputs: readonly Output[]): void {
    const entries: Entry[] = [];
    const used = new Map<string, number>();
    const keyOf = (output: number, metric: Metric, weighted: boolean): string => {
      const { name } = outputs[output]!;
      const prefix = outputs.length > 1 && name !== null ? `${name}_` : '';
      let key = prefix + metric.name;
      if (weighted && used.has(key)) key = `${prefix}weighted_${metric.name}`;
      const count = used.get(key) ?? 0;
      used.set(key, count + 1);
      return count === 0 ? key : `${key}_${count}`;
    };
    for (const [spec, weighted] of [
      [this.#metrics, false],
      [this.#weighted, true],
    ] as const) {
      if (spec === null) continue;
      this.#perOutput(spec, outputs).forEach((identifiers, output) => {
        for (const identifier of identifiers) {
          const metric = resolve(identifier, outputs[output]!);
          entries.push({ output, metric, key: keyOf(output, metric, weighted), weighted });
        }
      });
    }
    this.#outputs = outputs;
    this.#entries = entries;
  }

  /** Takes in a batch. Outputs without targets are left out. */
  update(
    targets: readonly (Tensor | null)[],
    predictions: readonly Tensor[],
    weights: readonly (Tensor | null)[],
  ): void {
    for (const { output, metric, weighted } of this.#entries!) {
      const target = targets[output];
      if (!target)
        throw new ValueError(`Metric "${metric.name}" needs targets for output ${output}. None were passed.`);
      const prediction = predictions[output]!;
      const weight = weighted ? weights[output] : null;
      inContext(
        () => `Metric "${metric.name}" ${describeShapes(this.#outputs[output]!, target, prediction, weight)}`,
        () => metric.updateState(target, prediction, weight),
      );
    }
  }

  /** Results by name. */
  results(): { [key: string]: Tensor } {
    return Object.fromEntries((this.#entries ?? []).map(({ key, metric }) => [key, metric.result()]));
  }

  #perOutput(spec: MetricSpec, outputs: readonly Output[]): MetricIdentifier[][] {
    const list = (item: PerOutput): MetricIdentifier[] =>
      (Array.isArray(item) ? (item as readonly (MetricIdentifier | null)[]) : [item as MetricIdentifier | null]).filter(
        each => each !== null,
      );
    if (isDict(spec) && !isKerasObject(spec)) {
      const dict = spec as { readonly [output: string]: PerOutput };
      const unknown = Object.keys(dict).filter(name => !outputs.some(output => output.name === name));
      if (unknown.length > 0)
        throw new ValueError(
          `No output of the model is called ${unknown.join(', ')}. Expected metrics for: ${namesOf(outputs)}.`,
        );
      return outputs.map(({ name }) => list(dict[name!] ?? null));
    }
    if (!Array.isArray(spec)) return outputs.map(() => [spec as MetricIdentifier]);
    const items = spec as readonly PerOutput[];
    if (outputs.length === 1) return [items.flatMap(list)];
    if (items.length === outputs.length) return items.map(list);
    // A flat list counts for every output, as in Keras 2.
    if (items.every(item => !Array.isArray(item) && item !== null)) {
      return outputs.map(() =>
        items.map(item => {
          if (item instanceof Metric)
            throw new ValueError(
              `Metric "${item.name}" cannot be shared by several outputs: give one list of metrics per output (${namesOf(outputs)}).`,
            );
          return item as MetricIdentifier;
        }),
      );
    }
    throw new ValueError(
      `Expected one list of metrics per output (${namesOf(outputs)}). Received ${items.length} for ${outputs.length} outputs.`,
    );
  }
}

/** 'accuracy' means what targets and predictions look like; it keeps the name it was written with. */
function resolve(identifier: MetricIdentifier, { target, prediction }: Output): Metric {
  if (typeof identifier !== 'string') return getMetric(identifier);
  let metric: Metric;
  if (isAutomatic(identifier)) {
    const kind = classification(target?.shape ?? prediction.shape, prediction.shape);
    metric =
      kind === 'binary' ? BinaryAccuracy() : kind === 'sparse' ? SparseCategoricalAccuracy() : CategoricalAccuracy();
  } else {
    metric = getMetric(identifier);
  }
  metric.name = identifier;
  return metric;
}

/** Whether the shapes of targets and outputs decide which accuracy is meant. */
function isAutomatic(identifier: MetricIdentifier): boolean {
  return typeof identifier === 'string' && /^acc(uracy)?$/i.test(identifier);
}
