import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { platform } from '#platform';
import { gradients } from '../../src/autodiff.js';
import { Callback, type Logs } from '../../src/callbacks/callback.js';
import { Dataset } from '../../src/data/dataset.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { BatchNormalization, Dense, Input, subtract as subtractLayers } from '../../src/layers/index.js';
import type { KerasTensor } from '../../src/layers/kerasTensor.js';
import { Precision } from '../../src/metrics/metrics.js';
import { Model } from '../../src/models/functional.js';
import { Sequential } from '../../src/models/sequential.js';
import type { StepData } from '../../src/models/step.js';
import { NDArray } from '../../src/ndarray.js';
import { abs, multiply, subtract } from '../../src/ops/elementwise.js';
import { mean } from '../../src/ops/reduce.js';
import { SGD } from '../../src/optimizers/sgd.js';
import { getThreads, setThreads } from '../../src/runtime/engine.js';
import { randomFloats } from '../support/kernel.js';

const quiet = { verbose: 0 };
let written: string[];

beforeEach(() => {
  written = [];
  vi.spyOn(platform, 'write').mockImplementation(text => void written.push(text));
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** y = 2 a - b for `n` samples. */
function samples(n: number): { x: number[][]; y: number[] } {
  const values = randomFloats(2 * n);
  const x = Array.from({ length: n }, (_, i) => [values[2 * i]!, values[2 * i + 1]!]);
  return { x, y: x.map(([a, b]) => 2 * a! - b!) };
}

function regression(options: object = {}) {
  const model = Sequential([Input({ shape: [2] }), Dense(1, { kernelInitializer: 'ones' })]);
  model.compile({ optimizer: SGD(0.1), loss: 'mse', ...options });
  return model;
}

function twoOutputs() {
  const input = Input({ shape: [2], name: 'in' });
  const a = Dense(1, { name: 'a', kernelInitializer: 'ones' })(input);
  const b = Dense(1, { name: 'b', kernelInitializer: 'ones' })(input);
  return Model({ inputs: input, outputs: [a, b] });
}

describe('fit', () => {
  test('learns, and its history has what was compiled under the names that were written', async () => {
    const { x, y } = samples(64);
    const model = regression({ metrics: ['mae', 'mse'] });
    const { history, epoch, params } = await model.fit(x, y, {
      ...quiet,
      epochs: 30,
      batchSize: 8,
      validationData: [x, y],
    });
    expect(Object.keys(history)).toEqual(['loss', 'mae', 'mse', 'val_loss', 'val_mae', 'val_mse']);
    expect(history['loss']!.at(-1)).toBeLessThan(1e-3);
    expect(epoch).toHaveLength(30);
    expect(params).toEqual({ verbose: 0, epochs: 30, steps: 8 });
  });

  test('validates on the same first batches after each epoch', async () => {
    const model = regression({ optimizer: SGD(0) });
    const validationData = [
      [
        [0, 0],
        [0, 1],
      ],
      [2, 0],
    ];
    const options = { ...quiet, epochs: 2, validationData, validationBatchSize: 1, validationSteps: 1 };
    const { history } = await model.fit([[1, 1]], [2], options);
    expect(history['val_loss']).toEqual([4, 4]);
  });

  test('weighs batches by their size, the small last one included', async () => {
    const model = regression({ optimizer: SGD(0) });
    // Errors of 1 in the first four samples and 5 in the last.
    const { history } = await model.fit(
      [
        [1, 0],
        [1, 0],
        [1, 0],
        [1, 0],
        [5, 0],
      ],
      [0, 0, 0, 0, 0],
      { ...quiet, batchSize: 4 },
    );
    expect(history['loss']![0]).toBeCloseTo((4 * 1 + 25) / 5, 4);
  });

  test('keeps the last samples for validation, whatever the order of training', async () => {
    const seen: number[] = [];
    const model = regression({ optimizer: SGD(0), metrics: [(_: Tensor, p: Tensor) => p] });
    const x = Array.from({ length: 10 }, (_, i) => [i < 7 ? 0 : 1, 0]);
    const { history } = await model.fit(x, new Array(10).fill(0), {
      ...quiet,
      validationSplit: 0.3,
      callbacks: { onTestBatchEnd: (_, logs) => void seen.push(logs!['loss'] as number) },
    });
    expect(seen).toEqual([1]);
    expect([history['loss']![0], history['val_loss']![0]]).toEqual([0, 1]);
  });

  test('calls hooks in order and lets them stop it', async () => {
    const calls: string[] = [];
    class Recorder extends Callback {
      override onTrainBegin(): void {
        calls.push('train begin');
      }
      override onEpochBegin(epoch: number): void {
        calls.push(`epoch ${epoch} begin`);
      }
      override onTrainBatchEnd(batch: number, logs: Logs = {}): void {
        calls.push(`batch ${batch} ${Object.keys(logs)}`);
        if (batch === 1) this.model.stopTraining = true;
      }
      override onTestBegin(): void {
        calls.push('test begin');
      }
      override onEpochEnd(epoch: number, logs: Logs = {}): void {
        calls.push(`epoch ${epoch} end ${Object.keys(logs)}`);
      }
      override async onTrainEnd(): Promise<void> {
        calls.push('train end');
      }
    }
    const { x, y } = samples(12);
    await regression().fit(x, y, {
      ...quiet,
      batchSize: 4,
      epochs: 3,
      callbacks: [new Recorder()],
      validationData: [x, y],
    });
    expect(calls).toEqual([
      'train begin',
      'epoch 0 begin',
      'batch 0 loss',
      'batch 1 loss',
      'test begin',
      'epoch 0 end loss,val_loss',
      'train end',
    ]);
  });

  test('takes typed arrays with a shape, nested arrays, tensors and dicts alike', async () => {
    const { x, y } = samples(8);
    const flat = Float64Array.from(x.flat());
    const losses = [];
    for (const [inputs, targets] of [
      [x, y],
      [new NDArray(flat, [8, 2]), Float32Array.from(y)],
      [{ data: flat, shape: [8, 2] }, y.map(value => [value])],
      [[x], [new NDArray(Float32Array.from(y), [8, 1])]],
      [{ in: x }, { a: y }],
    ] as const) {
      const input = Input({ shape: [2], name: 'in' });
      const model = Model({
        inputs: input,
        outputs: Dense(1, { name: 'a', kernelInitializer: 'ones' })(input),
      });
      model.compile('sgd', 'mse');
      losses.push((await model.fit(inputs, targets, { ...quiet, shuffle: false })).history['loss']![0]);
    }
    expect(new Set(losses).size).toBe(1);
  });

  test('takes generators and data sets of batches', async () => {
    const { x, y } = samples(12);
    const model = regression();
    const expected = (await model.evaluate(x, y, { ...quiet, batchSize: 4 })) as unknown as number;
    function* batches() {
      for (let i = 0; i < 12; i += 4) yield [x.slice(i, i + 4), y.slice(i, i + 4)];
    }
    expect(await model.evaluate(batches, null, quiet)).toBeCloseTo(expected, 5);
    const set = Dataset.fromTensorSlices([x, y]).batch(5);
    expect(await model.evaluate(set, null, quiet)).toBeCloseTo(expected, 5);
    const { history, params } = await model.fit(set.repeat(), { ...quiet, epochs: 2, stepsPerEpoch: 4 });
    expect(history['loss']).toHaveLength(2);
    expect(params!.steps).toBe(4);
    await expect(model.fit(set.repeat(), quiet)).rejects.toThrow(/repeat without end.*stepsPerEpoch/);
  });

  test('stops with a warning when a generator runs out of data', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { x, y } = samples(4);
    function* once() {
      yield [x, y];
    }
    const { history } = await regression().fit(once(), { ...quiet, epochs: 3, stepsPerEpoch: 2 });
    expect(history['loss']!.length).toBeGreaterThanOrEqual(1);
    expect(warn.mock.calls[0]![0]).toMatch(/ran out of data/);
  });

  test('weighs classes and samples in the loss, and in weighted metrics only', async () => {
    const x = [
      [1, 0],
      [2, 0],
    ];
    const options = { optimizer: SGD(0), metrics: ['mse'], weightedMetrics: ['mse'] };
    const weighted = await regression(options).fit(x, [0, 0], { ...quiet, sampleWeight: [3, 0] });
    expect(weighted.history).toEqual({ loss: [1.5], mse: [2.5], weighted_mse: [1] });
    const byClass = await regression({ optimizer: SGD(0) }).fit(x, [1, 0], {
      ...quiet,
      classWeight: { 0: 2 },
    });
    expect(byClass.history['loss']).toEqual([4]);
    await expect(
      regression().fit(x, [0, 1], { ...quiet, classWeight: { 0: 2 }, sampleWeight: [1, 1] }),
    ).rejects.toThrow(/same time/);
  });

  test('lets the event loop breathe', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const { x, y } = samples(512);
    // Epochs until half a second has passed: then timers must have had their turn several times.
    const end = performance.now() + 500;
    const callbacks = {
      onEpochEnd(this: Callback) {
        if (performance.now() > end) this.model.stopTraining = true;
      },
    };
    await regression().fit(x, y, { ...quiet, batchSize: 1, epochs: 10_000, callbacks });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(1);
  });

  test('compiles one program for whole batches and one for the last', async () => {
    const { x, y } = samples(10);
    const model = regression();
    let traces = 0;
    const call = model.computeLoss.bind(model);
    model.computeLoss = (...args) => {
      traces++;
      return call(...args);
    };
    await model.fit(x, y, { ...quiet, batchSize: 4, epochs: 3 });
    // One more looks for mistakes before anything is trained.
    expect(traces).toBe(3);
    await model.fit(x, y, { ...quiet, batchSize: 4, epochs: 3 });
    expect(traces).toBe(3);
  });

  test('does not depend on the number of threads', async () => {
    const before = getThreads();
    const { x, y } = samples(32);
    const losses: number[][] = [];
    for (const threads of [1, 2]) {
      await setThreads(threads);
      losses.push((await regression().fit(x, y, { ...quiet, shuffle: false, epochs: 2 })).history['loss']!);
    }
    await setThreads(before);
    for (const [i, loss] of losses[0]!.entries()) expect(loss).toBeCloseTo(losses[1]![i]!, 5);
  });
});

describe('several outputs', () => {
  const x = [
    [1, 1],
    [2, 0],
    [0, 1],
  ];
  const y = { a: [0, 0, 0], b: [1, 1, 1] };

  test('have losses and metrics of their own in the logs', async () => {
    const model = twoOutputs();
    model.compile({
      optimizer: SGD(0),
      loss: { a: 'mse', b: 'mae' },
      lossWeights: { a: 1, b: 10 },
      metrics: { b: ['mae'] },
    });
    const logs = await model.evaluate(x, y, { ...quiet, returnDict: true });
    const third = expect.closeTo(2 / 3, 5);
    expect(logs).toEqual({ loss: expect.closeTo(3 + 20 / 3, 4), a_loss: 3, b_loss: third, b_mae: third });
    expect(model.metricsNames).toEqual(['loss', 'a_loss', 'b_loss', 'b_mae']);
  });

  test('of subclassed models have the names of their losses, and those of metrics alone', async () => {
    class Two extends Model {
      readonly a = Dense(1);
      readonly b = Dense(3, { activation: 'softmax' });
      override call(inputs: Tensor): Tensor[] {
        return [this.a.invoke(inputs), this.b.invoke(inputs)] as Tensor[];
      }
    }
    const model = new Two();
    const sparse = 'sparse_categorical_crossentropy';
    model.compile({ loss: ['mse', sparse], metrics: [['mae'], ['acc']] });
    const { history } = await model.fit(
      x,
      [
        [[1], [2], [3]],
        [0, 1, 2],
      ],
      quiet,
    );
    expect(Object.keys(history)).toEqual(['acc', 'loss', 'mae', 'mse_loss', `${sparse}_loss`]);
  });

  test('in a dict may go without a loss, and are evaluated in the order of the losses', async () => {
    const input = Input({ shape: [2] });
    const ones = { kernelInitializer: 'ones' } as const;
    const model = Model(input, { a: Dense(1, ones)(input), b: Dense(1, ones)(input), c: Dense(1, ones)(input) });
    model.compile({ loss: { c: 'mse', a: 'mae' } });
    const y = { a: [1, 1, 1], b: [0, 0, 0], c: [2, 2, 1] };
    expect(await model.evaluate(x, y, quiet)).toEqual([2 / 3, 0, 2 / 3].map(value => expect.closeTo(value, 5)));
  });

  test('share one loss, its weights and a flat list of metrics, as in Keras 2', async () => {
    const model = twoOutputs();
    model.compile({ optimizer: 'sgd', loss: 'mse', lossWeights: [1, 0.5], metrics: ['mae'] });
    const logs = await model.evaluate(x, [y.a, y.b], { ...quiet, returnDict: true });
    expect(Object.keys(logs).sort()).toEqual(['a_loss', 'a_mae', 'b_loss', 'b_mae', 'loss']);
    expect(logs['loss']).toBeCloseTo((logs['a_loss'] as number) + 0.5 * (logs['b_loss'] as number), 5);
  });

  test('and inputs may be nested, in dicts with keys of their own', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map(name => Input({ shape: [1], name })) as [
      KerasTensor,
      KerasTensor,
      KerasTensor,
    ];
    const difference = subtractLayers([a, b]);
    const nested = Model([a, [b, c]], { s: [difference], c });
    const [p, q, r] = [1, 2, 4].map(value => constant([[value]])) as [Tensor, Tensor, Tensor];
    nested.compile({ loss: 'mae' });
    for (const data of [[p, [q, r]], [p, q, r], { a: p, b: q, c: r, other: r }]) {
      const { s, c: last } = await nested.predict<{ s: Tensor[]; c: Tensor }>(data, quiet);
      expect([s[0]!.item(), last.item()]).toEqual([-1, 4]);
      expect(await nested.evaluate(data, { s: [q], c: q }, quiet)).toEqual([5, 2, 3]);
    }
    const keyed = Model({ left: b, right: a }, difference);
    expect((await keyed.predict({ left: p, right: q }, quiet)).item()).toBe(1);
    await expect(keyed.predict({ a: p, b: q }, quiet)).rejects.toThrow(
      'x: no input of the model is called a, b. Expected data for: left, right.',
    );
  });

  test('are predicted as a list', async () => {
    const model = twoOutputs();
    const [a, b] = await model.predict<Tensor[]>(x, { ...quiet, batchSize: 2 });
    expect(a!.array()).toEqual([[2], [2], [1]]);
    expect(b!.shape).toEqual([3, 1]);
  });

  test('must all be named rightly', async () => {
    const model = twoOutputs();
    model.compile({ loss: { a: 'mse', c: 'mse' } });
    await expect(model.fit(x, y, quiet)).rejects.toThrow(
      /No output of the model is called c\. Expected losses for: a, b/,
    );
    model.compile({ loss: ['mse', 'mse', 'mse'] });
    await expect(model.fit(x, y, quiet)).rejects.toThrow(/one loss per output \(a, b\)\. Received 3 losses/);
    model.compile({ loss: 'mse' });
    await expect(model.fit(x, [[0, 0, 0]], quiet)).rejects.toThrow(/2 output\(s\) \(a, b\)\. Received a list of 1/);
    await expect(model.fit(x, { a: y.a, z: y.b }, quiet)).rejects.toThrow(/no output of the model is called z/);
  });
});

describe('mistakes get a clear error before anything changes', () => {
  const { x, y } = samples(4);
  const cases: [name: string, run: (model: ReturnType<typeof regression>) => Promise<unknown>, message: RegExp][] = [
    [
      'too few targets',
      model => model.fit(x, y.slice(1), quiet),
      /cardinality is ambiguous.*'x' sizes: 4; 'y' sizes: 3/,
    ],
    ['no data', model => model.fit([], [], quiet), /at least one sample|Received/],
    ['ragged rows', model => model.fit([[1, 2], [3]], [0, 0], quiet), /x: nested arrays must be regular/],
    ['text', model => model.fit([['a', 'b']], [0], quiet), /x: expected numbers.*"a"/],
    [
      'batchSize 0',
      model => model.fit(x, y, { ...quiet, batchSize: 0 }),
      /batchSize to be a positive whole number or null\. Received: 0/,
    ],
    [
      'a validation split of 1',
      model => model.fit(x, y, { ...quiet, validationSplit: 1 }),
      /validationSplit to be a number in \[0, 1\)/,
    ],
    [
      'a validation split that leaves nothing',
      model => model.fit(x, y, { ...quiet, validationSplit: 0.9 }),
      /not sufficient to split it/,
    ],
    ['inputs of another size', model => model.fit([[1, 2, 3]], [0], quiet), /value 2|\(None, 2\)|expected/i],
    ['nothing as x', model => model.fit(undefined as never, y, quiet), /Expected data as x/],
    ['negative epochs', model => model.fit(x, y, { ...quiet, epochs: -1 }), /epochs to be a whole number/],
    ['weights of other samples', model => model.fit(x, y, { ...quiet, sampleWeight: [1] }), /'sampleWeight' sizes: 1/],
  ];

  test.each(cases)('%s', async (_, run, message) => {
    const model = regression();
    const before = model.getWeights().map(weight => weight.array());
    await expect(run(model)).rejects.toThrow(message);
    expect(model.getWeights().map(weight => weight.array())).toEqual(before);
    expect(model.optimizer!.iterations.read()[0]).toBe(0);
  });

  test('not compiled', async () => {
    const model = Sequential([Input({ shape: [2] }), Dense(1)]);
    await expect(model.fit(x, y)).rejects.toThrow(/must call compile\(\) before fit\(\)/);
    expect(() => model.trainOnBatch(x, y)).toThrow(/compile\(\)/);
    expect(() => model.compile({ optimizer: 'adamm', loss: 'mse' })).toThrow(/Unknown optimizer "adamm"/);
    // @ts-expect-error: it is called loss
    expect(() => model.compile({ lss: 'mse' })).toThrow(/unknown option lss/);
  });

  test('a label that is no class', async () => {
    const model = Sequential([Input({ shape: [2] }), Dense(3, { activation: 'softmax' })]);
    model.compile('sgd', 'sparse_categorical_crossentropy', ['accuracy']);
    await expect(model.fit(x, [0, 1, 2, 3], quiet)).rejects.toThrow(/classes from 0 to 2.*Received 3 in sample 3/);
    expect((await model.fit(x, [0, 1, 2, 2], quiet)).history['accuracy']).toHaveLength(1);
  });
});

describe('one model at several things at once', () => {
  const { x, y } = samples(16);
  const options = { ...quiet, batchSize: 4, shuffle: false };

  test('trains once, predicts meanwhile, and says so to others', async () => {
    const model = regression();
    const alone = await regression().fit(x, y, { ...options, epochs: 2 });
    const training = model.fit(x, y, { ...options, epochs: 2 });
    expect(() => model.trainOnBatch(x, y)).toThrow(/trainOnBatch: fit\(\) is still running/);
    await expect(model.fit(x, y, options)).rejects.toThrow(/fit\(\) is still running on model "sequential/);
    await expect(model.evaluate(x, y, quiet)).rejects.toThrow(/evaluate: fit\(\) is still running/);
    expect((await model.predict([[1, 1]], quiet)).shape).toEqual([1, 1]);
    expect((await training).history).toEqual(alone.history);
    expect((await model.fit(x, y, options)).epoch).toEqual([0]);
  });

  test('evaluates in callbacks without disturbing what the training counts', async () => {
    const alone = await regression().fit(x, y, options);
    const model = regression();
    const onTrainBatchEnd = async () => void (await model.evaluate(x, y, quiet));
    expect((await model.fit(x, y, { ...options, callbacks: { onTrainBatchEnd } })).history).toEqual(alone.history);
  });

  test('does not go on beside an evaluation that a callback did not wait for', async () => {
    const model = regression();
    let evaluation: Promise<unknown> = Promise.resolve();
    const onTrainBatchEnd = () => void (evaluation = model.evaluate(x, y, { ...quiet, batchSize: 1 }));
    await expect(model.fit(x, y, { ...options, callbacks: { onTrainBatchEnd } })).rejects.toThrow(
      /did not wait for it/,
    );
    await evaluation;
    expect((await model.fit(x, y, options)).epoch).toEqual([0]);
  });

  test('can be trained again after a callback has thrown', async () => {
    const model = regression();
    const callbacks = {
      onEpochEnd: () => {
        throw new Error('mine');
      },
    };
    await expect(model.fit(x, y, { ...options, callbacks })).rejects.toThrow('mine');
    expect((await model.fit(x, y, options)).epoch).toEqual([0]);
  });
});

describe('steps', () => {
  test("can be the model's own, and are compiled all the same", async () => {
    let traced = 0;
    class Mine extends Model {
      readonly dense = Dense(1, { kernelInitializer: 'ones' });
      override call(inputs: Tensor): Tensor {
        return this.dense(inputs);
      }
      override trainStep([x, y]: StepData): { [name: string]: Tensor } {
        traced++;
        const loss = mean(abs(subtract(this.call(x as Tensor), y as Tensor)));
        const variables = this.trainableVariables;
        this.optimizer!.apply(gradients([loss], variables), variables);
        return { myLoss: loss, twice: multiply(loss, 2) };
      }
    }
    const model = new Mine();
    model.compile({ optimizer: SGD(0.01) });
    const { x, y } = samples(16);
    const { history } = await model.fit(
      x,
      y.map(value => [value]),
      { ...quiet, epochs: 20, batchSize: 16 },
    );
    expect(Object.keys(history)).toEqual(['myLoss', 'twice']);
    expect(history['twice']![0]).toBeCloseTo(2 * history['myLoss']![0]!, 5);
    expect(history['myLoss']!.at(-1)).toBeLessThan(history['myLoss']![0]!);
    expect(traced).toBe(1);
  });

  test('let a model do without `call` where nobody asks for its outputs', async () => {
    class Twins extends Model {
      readonly encoder = Sequential([Dense(2, { kernelInitializer: 'ones' })]);
      readonly decoder = Sequential([Dense(1, { kernelInitializer: 'ones' })]);
      override trainStep([x]: StepData): { [name: string]: Tensor } {
        const loss = mean(abs(subtract(this.decoder(this.encoder(x as Tensor)), x as Tensor)));
        const variables = this.trainableVariables;
        this.optimizer!.apply(gradients([loss], variables), variables);
        return { loss };
      }
    }
    const model = new Twins();
    model.compile({ optimizer: SGD(0.01) });
    const { history } = await model.fit([[1], [3]], null, { ...quiet, epochs: 3 });
    // |2 x - x| for x = 1 and 3.
    expect(history['loss']![0]).toBe(2);
    expect(history['loss']![2]).toBeLessThan(history['loss']![1]!);
    await expect(model.predict([[1]], { verbose: 0 })).rejects.toThrow(/Twins does not have a `call\(\)`/);
  });

  test("run the model's code for each batch if asked to, with the same results", async () => {
    const { x, y } = samples(8);
    const options = { ...quiet, shuffle: false, batchSize: 4, epochs: 2 };
    const compiled = await regression().fit(x, y, options);
    const eager = await regression({ runEagerly: true }).fit(x, y, options);
    for (const [i, loss] of compiled.history['loss']!.entries()) expect(eager.history['loss']![i]).toBeCloseTo(loss, 5);
  });

  test("run eagerly, show the values of each op to the model's code, before gradients are taken", async () => {
    const seen: string[] = [];
    class Shown extends Model {
      readonly dense = Dense(1, { kernelInitializer: 'ones' });
      override call(x: Tensor): Tensor {
        const doubled = multiply(x, 2);
        seen.push(inspect(doubled), String(doubled.data()));
        return this.dense.invoke(doubled) as Tensor;
      }
    }
    const model = new Shown();
    model.compile({ optimizer: SGD(0.5), loss: 'mae', runEagerly: true });
    await model.fit([[1, 2]], [[0]], quiet);
    expect(seen.slice(-2)).toEqual(['<Tensor shape=(1, 2), dtype=float32> [ [ 2, 4 ] ]', '2,4']);
    expect(model.getWeights().map(weight => weight.array())).toEqual([[[0], [-1]], [-0.5]]);
    expect((await model.predict([[3, 1]], quiet)).array()).toEqual([[-2.5]]);
    expect(seen.at(-1)).toBe('6,2');
  });

  test('on single batches give the values of that batch', () => {
    const model = regression({ metrics: ['mae'] });
    expect(model.trainOnBatch([[1, 1]], [0])).toEqual([4, 2]);
    expect(model.testOnBatch<{ loss: number }>([[0, 0]], [1], { returnDict: true }).loss).toBeGreaterThan(0);
    expect(model.predictOnBatch([[0, 0]]).shape).toEqual([1, 1]);
  });

  test('train what was trainable when the model was compiled', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const model = regression();
    const kernel = model.weights[0]!;
    model.trainable = false;
    model.trainOnBatch([[1, 1]], [0]);
    expect(Array.from(kernel.read())).not.toEqual([1, 1]);
    expect(warn.mock.calls[0]![0]).toMatch(/`trainable` state has changed/);
    expect(model.trainable).toBe(false);
    const now = kernel.read();
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    model.trainOnBatch([[1, 1]], [0]);
    expect(kernel.read()).toEqual(now);
  });

  test('move the averages of BatchNormalization in training only', async () => {
    const model = Sequential([Input({ shape: [2] }), BatchNormalization(), Dense(1)]);
    model.compile('sgd', 'mse');
    const average = model.weights.find(({ name }) => name === 'moving_mean')!;
    await model.evaluate(
      [
        [2, 4],
        [4, 8],
      ],
      [0, 0],
      quiet,
    );
    expect(Array.from(average.read())).toEqual([0, 0]);
    await model.fit(
      [
        [2, 4],
        [4, 8],
      ],
      [0, 0],
      quiet,
    );
    expect(average.read()[1]).toBeCloseTo(0.06, 5);
  });
});

describe('what is shown', () => {
  test("is Keras's text, one line per epoch away from terminals", async () => {
    const { x, y } = samples(8);
    const model = regression({ metrics: [Precision()] });
    await model.fit(
      x,
      y.map(value => Number(value > 0)),
      { epochs: 2, batchSize: 4, verbose: 2 },
    );
    expect(written[0]).toBe('Epoch 1/2\n');
    expect(written[1]).toMatch(/^2\/2 - 0s - \d+(ms|us)\/step - loss: [\d.]+ - precision: [\de.+-]+\n$/);
    written = [];
    await model.evaluate(x, y, { verbose: 1 });
    expect(written.join('')).toMatch(/^1\/1 ━{20} 0s \d+(ms|us)\/step - loss: /);
    written = [];
    await model.predict(x, quiet);
    expect(written).toEqual([]);
  });
});

describe('programs', () => {
  test('of a model can be looked at: one for each way of running and signature, listed instruction by instruction', async () => {
    const model = regression();
    expect(model.programs().size).toBe(0);
    const { x, y } = samples(12);
    await model.fit(x, y, { ...quiet, batchSize: 8 });
    await model.predict(x, { ...quiet, batchSize: 12 });
    const programs = model.programs();
    expect([...programs.keys()].sort()).toEqual([
      'metrics',
      'predict float32[12,2]',
      'train float32[4,2] float32[4]',
      'train float32[8,2] float32[8]',
    ]);
    const listing = String(programs.get('train float32[8,2] float32[8]'));
    expect(listing).toMatch(/^program: \d+ instructions, \d+ threads, arena \d+ bytes/m);
    expect(listing).toMatch(/gemm.*; matmul/);
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    expect(model.programs().size).toBe(0);
  });
});
