// Whole trainings of the classic models from given weights, as Keras recorded them: histories, weights, predictions.

import { describe, expect, test } from 'vitest';
import { EarlyStopping } from '../../src/callbacks/earlyStopping.js';
import { LearningRateScheduler } from '../../src/callbacks/learningRateScheduler.js';
import { ReduceLROnPlateau } from '../../src/callbacks/reduceLROnPlateau.js';
import { type Config, deserializeObject, isKerasObject, type KerasObject, toOptions } from '../../src/config.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import '../../src/layers/index.js';
import '../../src/backend/ops/index.js';
import type { BaseModel } from '../../src/models/model.js';
import '../../src/models/functional.js';
import '../../src/models/sequential.js';
import { flatten, isDict, type Structure } from '../../src/structure.js';
import { maxError } from '../support/kernel.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

type Recorded = Structure<TensorDescriptor>;

interface TrainingCase {
  readonly id: string;
  readonly model: KerasObject;
  readonly compile: Config;
  readonly fit: Config;
  readonly callbacks: readonly {
    readonly class_name: string;
    readonly config?: Config;
    readonly rates?: readonly number[];
  }[];
  readonly mode: 'fit' | 'train_on_batch';
  readonly initial_weights: readonly { readonly path: string; readonly value: TensorDescriptor }[];
  readonly x: Recorded;
  readonly y: Recorded;
  readonly sample_weight: Recorded | null;
  readonly validation_data: readonly Recorded[] | null;
  readonly history: { readonly [name: string]: readonly number[] };
  readonly epochs: readonly number[];
  readonly learning_rates: readonly number[] | null;
  readonly final_weights: readonly TensorDescriptor[];
  readonly predict_batch_size: number;
  readonly evaluate_batch_size: number;
  readonly predict: Recorded;
  readonly evaluate: { readonly [name: string]: number };
  readonly train_on_batch?: TensorDescriptor;
  readonly test_on_batch?: TensorDescriptor;
  readonly tolerance: number;
}

const { cases, tensor } = loadFamily<TrainingCase>('training');

type Loaded = Tensor | Tensor[] | { [name: string]: Tensor };

function isDescriptor(recorded: Recorded): recorded is TensorDescriptor {
  return 'offset' in recorded && 'dtype' in recorded;
}

function load(recorded: Recorded): Loaded {
  if (isDescriptor(recorded)) {
    return fromTypedArray(tensor(recorded), recorded.shape, recorded.dtype === 'uint8' ? 'bool' : recorded.dtype);
  }
  if (Array.isArray(recorded)) return recorded.map(each => load(each as Recorded) as Tensor);
  return Object.fromEntries(Object.entries(recorded).map(([name, each]) => [name, load(each) as Tensor]));
}

/** Objects in Keras's JSON become objects; strings stay strings. */
function revive(value: unknown): unknown {
  if (isKerasObject(value)) return deserializeObject(value, value.module ?? 'keras');
  if (Array.isArray(value)) return value.map(revive);
  return isDict(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)])) : value;
}

function callbacksOf({ callbacks }: TrainingCase) {
  return callbacks.map(({ class_name, config = {}, rates = [] }) => {
    if (class_name === 'EarlyStopping') return EarlyStopping(toOptions(config));
    if (class_name === 'ReduceLROnPlateau') return ReduceLROnPlateau(toOptions(config));
    if (class_name === 'LearningRateScheduler') return LearningRateScheduler(epoch => rates[epoch]!);
    throw new Error(`no callback ${class_name}`);
  });
}

/**
 * Weights without effect: the softmax behind this bias cancels it, so that its gradient is rounding, which Nadam turns
 * into steps of full size.
 */
const effectless = new Set(['training/attention_by_hand/00 dense/bias']);

function checkWeights(model: BaseModel, recorded: TrainingCase): void {
  model.weights.forEach((weight, i) => {
    if (effectless.has(`${recorded.id} ${weight.path}`)) return;
    expect(maxError(weight.read(), tensor(recorded.final_weights[i]!)), weight.path).toBeLessThan(recorded.tolerance);
  });
}

function checkValues(
  values: { readonly [name: string]: unknown },
  recorded: { readonly [name: string]: number },
  tolerance: number,
): void {
  expect(Object.keys(values).sort()).toEqual(Object.keys(recorded).sort());
  for (const [name, value] of Object.entries(recorded))
    expect(maxError([values[name] as number], [value]), name).toBeLessThan(tolerance);
}

/** Stateful layers begin each pass with no state. */
function resetStates(model: BaseModel): void {
  for (const layer of model.flattenLayers()) (layer as { resetState?: () => void }).resetState?.();
}

async function run(recorded: TrainingCase): Promise<void> {
  const model = deserializeObject<BaseModel>(recorded.model, 'keras');
  model.setWeights(recorded.initial_weights.map(({ value }) => load(value) as Tensor));
  model.compile(toOptions(revive(recorded.compile) as Config));
  const x = load(recorded.x);
  const y = load(recorded.y);
  const sampleWeight = recorded.sample_weight && load(recorded.sample_weight);
  const { tolerance } = recorded;
  if (recorded.mode === 'train_on_batch') {
    trainOnBatches(model, x as Tensor, y as Tensor, recorded);
  } else {
    const fit = toOptions(recorded.fit) as object;
    const { history, epoch } = await model.fit(x, y, {
      ...fit,
      sampleWeight,
      verbose: 0,
      callbacks: callbacksOf(recorded),
      validationData: recorded.validation_data?.map(load) ?? null,
    });
    expect(epoch).toEqual(recorded.epochs);
    expect(Object.keys(history)).toEqual(Object.keys(recorded.history));
    for (const [name, values] of Object.entries(recorded.history)) {
      expect(maxError(history[name]!, values), name).toBeLessThan(tolerance);
    }
  }
  checkWeights(model, recorded);
  resetStates(model);
  const predictions = await model.predict<Structure<Tensor>>(x, {
    batchSize: recorded.predict_batch_size,
    verbose: 0,
  });
  const expected = flatten<Tensor>(load(recorded.predict));
  flatten<Tensor>(predictions).forEach((prediction, i) => {
    expect(prediction.shape).toEqual(expected[i]!.shape);
    expect(maxError(prediction.data(), expected[i]!.data()), `prediction ${i}`).toBeLessThan(tolerance);
  });
  resetStates(model);
  const values = await model.evaluate(x, y, {
    batchSize: recorded.evaluate_batch_size,
    sampleWeight,
    verbose: 0,
    returnDict: true,
  });
  checkValues(values, recorded.evaluate, tolerance);
}

function trainOnBatches(model: BaseModel, x: Tensor, y: Tensor, recorded: TrainingCase): void {
  const { batch_size: size, epochs } = recorded.fit as { batch_size: number; epochs: number };
  const rows = (from: Tensor, start: number) => {
    const step = from.size / from.shape[0]!;
    return fromTypedArray(
      from.data().slice(start * step, (start + size) * step),
      [size, ...from.shape.slice(1)],
      from.dtype,
    );
  };
  const results: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let start = 0; start < x.shape[0]!; start += size)
      results.push(...model.trainOnBatch(rows(x, start), rows(y, start)));
  }
  expect(maxError(results, tensor(recorded.train_on_batch!))).toBeLessThan(recorded.tolerance);
  expect(maxError(model.testOnBatch(rows(x, 0), rows(y, 0)), tensor(recorded.test_on_batch!))).toBeLessThan(
    recorded.tolerance,
  );
}

describe('trainings go as they go in Keras', () => {
  test.each(cases.map(each => [each.id, each] as const))('%s', async (_, recorded) => {
    await run(recorded);
  });
});
