// Ten steps of every optimizer, and the learning rate schedules, as Keras recorded them.

import { describe, expect, test } from 'vitest';
import { compileFunction } from '../../src/compiler/function.js';
import { deserializeObject, type KerasObject } from '../../src/config.js';
import { asTensor } from '../../src/graph/apply.js';
import { Variable } from '../../src/ops/variable.js';
import type { Optimizer } from '../../src/optimizers/optimizer.js';
import '../../src/optimizers/optimizers.js';
import type { LearningRateSchedule } from '../../src/optimizers/schedules.js';
import { maxError } from '../support/kernel.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface NamedValue {
  readonly name?: string;
  readonly path?: string;
  readonly value: TensorDescriptor;
}

interface OptimizerCase {
  readonly id: string;
  readonly optimizer: KerasObject;
  readonly variables: readonly NamedValue[];
  readonly steps: readonly {
    gradients: readonly TensorDescriptor[];
    learning_rate: number;
    values: readonly TensorDescriptor[];
  }[];
  readonly optimizer_variables: readonly NamedValue[];
  readonly finalized: readonly TensorDescriptor[];
  readonly tolerance: number;
}

interface ScheduleCase {
  readonly id: string;
  readonly schedule: KerasObject;
  readonly steps: readonly number[];
  readonly learning_rates: readonly number[];
  readonly tolerance: number;
}

const { cases, tensor } = loadFamily<OptimizerCase | ScheduleCase>('optimizers');
const optimizerCases = cases.filter(each => 'optimizer' in each);
const scheduleCases = cases.filter(each => 'schedule' in each);

describe('optimizers take the steps that Keras takes', () => {
  test.each(optimizerCases.map(each => [each.id, each] as const))('%s', (_, recorded) => {
    const optimizer = deserializeObject<Optimizer>(recorded.optimizer, 'keras.optimizers');
    const variables = recorded.variables.map(
      ({ name, value }) => new Variable({ shape: value.shape, dtype: 'float32', data: tensor(value) }, { name: name! }),
    );
    const step = compileFunction(variables, gradients => {
      optimizer.apply(gradients, variables);
      return [];
    });
    for (const { gradients, learning_rate, values } of recorded.steps) {
      expect(asTensor(optimizer.learningRate).item()).toBeCloseTo(learning_rate, 6);
      for (const [i, slot] of step.inputs.entries()) slot.write(tensor(gradients[i]!));
      step.run();
      variables.forEach((variable, i) => {
        expect(maxError(variable.read(), tensor(values[i]!)), variable.name).toBeLessThan(recorded.tolerance);
      });
    }
    expect(
      optimizer.variables
        .map(variable => `${optimizer.name}/${variable.name}`)
        .filter(name => !name.endsWith('/variable')),
    ).toEqual(recorded.optimizer_variables.map(({ path }) => path).filter(path => path!.includes('/')));
    optimizer.variables.forEach((variable, i) => {
      const { path, value } = recorded.optimizer_variables[i]!;
      expect(maxError(variable.read(), tensor(value)), path!).toBeLessThan(recorded.tolerance);
    });
    optimizer.finalizeVariableValues(variables);
    variables.forEach((variable, i) => {
      expect(maxError(variable.read(), tensor(recorded.finalized[i]!)), variable.name).toBeLessThan(recorded.tolerance);
    });
  });

  test.each(optimizerCases.map(each => [each.id, each] as const))(
    '%s has the config that Keras writes',
    (_, recorded) => {
      const optimizer = deserializeObject<Optimizer>(recorded.optimizer, 'keras.optimizers');
      expect(optimizer.getConfig()).toEqual(recorded.optimizer.config);
    },
  );
});

describe('schedules give the rates that Keras gives', () => {
  test.each(scheduleCases.map(each => [each.id, each] as const))('%s', (_, recorded) => {
    const schedule = deserializeObject<LearningRateSchedule>(recorded.schedule, 'keras.optimizers.schedules');
    recorded.steps.forEach((step, i) => {
      const rate = schedule(asTensor(step, 'int32')).item();
      expect(Math.abs(rate - recorded.learning_rates[i]!), `step ${step}`).toBeLessThan(recorded.tolerance);
    });
    expect(schedule.getConfig()).toEqual(recorded.schedule.config);
  });
});
