// Sequences of updates of every metric, as Keras recorded them.

import { describe, expect, test } from 'vitest';
import { compileFunction } from '../../src/compiler/function.js';
import { type Config, deserializeObject, type KerasObject, serializeObject } from '../../src/config.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import type { Metric } from '../../src/metrics/metric.js';
import '../../src/metrics/metrics.js';
import { maxError } from '../support/kernel.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface MetricCase {
  readonly id: string;
  readonly class_name: string;
  readonly kwargs: Config;
  readonly metric: KerasObject;
  readonly default_name: string;
  readonly updates: readonly {
    readonly args: readonly TensorDescriptor[];
    readonly sample_weight: TensorDescriptor | null;
    readonly result: TensorDescriptor;
  }[];
  readonly variables: readonly { readonly name: string; readonly value: TensorDescriptor }[];
  readonly after_reset: TensorDescriptor;
  readonly tolerance: number;
}

const { cases, tensor } = loadFamily<MetricCase>('metrics');

function read(descriptor: TensorDescriptor): Tensor {
  const dtype = descriptor.dtype === 'uint8' ? 'bool' : descriptor.dtype;
  return fromTypedArray(tensor(descriptor), descriptor.shape, dtype);
}

function metricOf({ class_name, kwargs }: MetricCase): Metric {
  return deserializeObject<Metric>(
    { module: 'keras.metrics', class_name, config: kwargs, registered_name: null },
    'keras.metrics',
  );
}

function checkState(metric: Metric, recorded: MetricCase): void {
  expect(metric.variables.map(({ name }) => name)).toEqual(recorded.variables.map(({ name }) => name));
  metric.variables.forEach((variable, i) => {
    const { name, value } = recorded.variables[i]!;
    expect(maxError(variable.read(), tensor(value)), name).toBeLessThan(recorded.tolerance);
  });
  metric.resetState();
  const error = maxError(metric.result().data(), tensor(recorded.after_reset));
  expect(error, 'after reset').toBeLessThan(recorded.tolerance);
}

describe('metrics have the results that Keras has', () => {
  test.each(cases.map(each => [each.id, each] as const))('%s', (_, recorded) => {
    const metric = metricOf(recorded);
    expect(metric.name).toMatch(new RegExp(`^${recorded.default_name}(_\\d+)?$`));
    for (const { args, sample_weight, result } of recorded.updates) {
      metric.updateState(...args.map(read), ...(sample_weight ? [read(sample_weight)] : []));
      const value = metric.result();
      expect(value.shape).toEqual(result.shape);
      expect(maxError(value.data(), tensor(result))).toBeLessThan(recorded.tolerance);
    }
    checkState(metric, recorded);
  });

  test.each(cases.map(each => [each.id, each] as const))('%s, updated by a compiled program', (_, recorded) => {
    const metric = metricOf(recorded);
    const inputs = (update: MetricCase['updates'][number]) =>
      [...update.args, ...(update.sample_weight ? [update.sample_weight] : [])].map(read);
    const program = compileFunction(inputs(recorded.updates[0]!), tensors => {
      metric.updateState(...tensors);
      return [metric.result()];
    });
    for (const update of recorded.updates) {
      for (const [i, input] of inputs(update).entries()) program.inputs[i]!.write(input.data());
      program.run();
      expect(maxError(program.outputs[0]!.read(), tensor(update.result))).toBeLessThan(recorded.tolerance);
    }
    checkState(metric, recorded);
  });

  test.each(cases.map(each => [each.id, each] as const))('%s has the config that Keras writes', (_, recorded) => {
    const { config, ...rest } = serializeObject(deserializeObject<Metric>(recorded.metric, 'keras.metrics'));
    expect(config).toMatchObject(recorded.metric.config as object);
    expect(rest).toMatchObject({ module: 'keras.metrics', class_name: recorded.class_name });
  });
});
