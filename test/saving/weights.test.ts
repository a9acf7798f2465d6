import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Input, Layer, layers, Model, metrics, models, NDArray, optimizers, Sequential } from '../../src/index.js';
import type { KerasTensor } from '../../src/layers/kerasTensor.js';
import type { WeightStore } from '../../src/layers/weight.js';
import { add } from '../../src/ops/elementwise.js';
import { readHdf5, writeHdf5 } from '../../src/saving/hdf5.js';
import { encodeModel } from '../../src/saving/modelFile.js';
import { decodeWeights, encodeWeights } from '../../src/saving/weights.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerasm-'));
});

const stack = (...units: number[]) =>
  Sequential(units.map((n, i) => layers.Dense(n, i === 0 ? { inputShape: [3] } : {})));
const values = (model: Layer) => model.getWeights().map(weight => [...weight.data()]);

describe('a .weights.h5 file', () => {
  test('gives a model of the same architecture the same weights, whatever the layers are called', async () => {
    const path = join(folder, 'a.weights.h5');
    const [from, to] = [stack(4, 2), stack(4, 2)];
    await from.saveWeights(path);
    await to.loadWeights(path);
    expect(values(to)).toEqual(values(from));
    expect(to.layers[0]!.name).not.toBe(from.layers[0]!.name);
  });

  test('keeps the state of the optimizer, so that training goes on', async () => {
    const x = [
      [1, 2, 3],
      [0, 1, 0],
    ];
    const y = [[1], [0]];
    const trained = async (epochs: number, path?: string) => {
      const model = stack(4, 1);
      model.setWeights(start);
      model.compile({ optimizer: 'adam', loss: 'mse' });
      if (path) {
        model.optimizer!.build(model.trainableWeights);
        await model.loadWeights(path);
      }
      await model.fit(x, y, { epochs, verbose: 0 });
      return model;
    };
    const start = stack(4, 1).getWeights();
    const path = join(folder, 'optimizer.weights.h5');
    await (await trained(2)).saveWeights(path);
    const [resumed, straight] = [await trained(3, path), await trained(5)];
    expect(values(resumed)).toEqual(values(straight));
    expect(resumed.optimizer!.iterations.read()[0]).toBe(5);
  });

  test('leaves an optimizer alone that has no slots yet, with a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const model = stack(1);
    model.compile({ optimizer: 'adam', loss: 'mse' });
    await model.fit([[1, 2, 3]], [[1]], { verbose: 0 });
    const other = stack(1);
    other.compile({ optimizer: 'adam', loss: 'mse' });
    await decodeWeights(other, await encodeWeights(model), 'x.weights.h5');
    expect(warn.mock.calls[0]![0]).toMatch(/has 2 variables whereas the saved optimizer has 6 variables/);
    warn.mockRestore();
  });

  test('of another architecture changes nothing and says what does not fit', async () => {
    const path = join(folder, 'other.weights.h5');
    await stack(4, 7).saveWeights(path);
    const model = stack(4, 2);
    const before = values(model);
    await expect(model.loadWeights(path)).rejects.toThrow(
      /another architecture than "sequential.*weight .*kernel has shape \(4, 2\), the file has \(4, 7\)/s,
    );
    expect(values(model)).toEqual(before);
    await expect(stack(4, 2, 1).loadWeights(path)).rejects.toThrow(/A total of 2 objects could not be loaded/);
  });

  test('can be taken in part with skipMismatch', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const [from, to] = [stack(4, 7), stack(4, 2)];
    const before = values(to);
    await decodeWeights(to, await encodeWeights(from), 'the file', { skipMismatch: true });
    expect(values(to)).toEqual([...values(from).slice(0, 2), ...before.slice(2)]);
    expect(warn.mock.calls[0]![0]).toMatch(/A total of 1 objects could not be loaded/);
    warn.mockRestore();
  });

  test('with more layers than the model loads with a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await decodeWeights(stack(4), await encodeWeights(stack(4, 2)), 'the file');
    expect(warn.mock.calls[0]![0]).toMatch(/no place for, in layers\/dense_1\/vars/);
    warn.mockRestore();
  });

  test('that is cut off, or no such file at all, is refused', async () => {
    const model = stack(2);
    const bytes = await encodeWeights(model);
    await expect(decodeWeights(model, bytes.subarray(0, bytes.length - 100), 'x.weights.h5')).rejects.toThrow(
      /x\.weights\.h5 is cut off: it has \d+ bytes of \d+/,
    );
    await expect(decodeWeights(model, new Uint8Array(50), 'x.weights.h5')).rejects.toThrow(/is not an HDF5 file/);
    await expect(decodeWeights(model, await writeHdf5(() => {}), 'x.weights.h5')).rejects.toThrow(
      /neither "vars" nor "layers"/,
    );
    await expect(model.loadWeights(join(folder, 'nothing.weights.h5'))).rejects.toThrow(/no such file/);
  });

  test('must have the right extension', async () => {
    await expect(stack(2).saveWeights('x.txt')).rejects.toThrow(
      'The filename must end in `.weights.h5`. Received: filepath=x.txt',
    );
    await expect(stack(2).loadWeights('x.txt')).rejects.toThrow(/File format not supported: filepath=x\.txt/);
  });

  test('is not loaded into a model without weights', async () => {
    await expect(Sequential([layers.Dense(2)]).loadWeights('x.weights.h5')).rejects.toThrow(/has not yet been built/);
  });

  test('replaces an older one at once, and not at all without permission', async () => {
    const path = join(folder, 'new', 'folder', 'b.weights.h5');
    const model = stack(2);
    await model.saveWeights(path);
    await model.saveWeights(path);
    expect(await readdir(join(folder, 'new', 'folder'))).toEqual(['b.weights.h5']);
    await expect(model.saveWeights(path, { overwrite: false })).rejects.toThrow(/exists already/);
  });

  test('that cannot be written leaves nothing behind', async () => {
    const taken = join(folder, 'taken.weights.h5');
    await mkdir(taken);
    await writeFile(join(taken, 'inside'), '');
    await expect(stack(2).saveWeights(taken)).rejects.toThrow();
    expect((await readdir(folder)).filter(name => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('groups', () => {
  test('follow the fields of custom models and layers as in Keras', async () => {
    class Block extends Layer {
      zed = layers.Dense(2);
      several = [layers.Dense(2), layers.Dense(2), [layers.Dense(2)]];
      byName = { b: layers.Dense(2) };
      override build() {
        this.addWeight({ shape: [2], name: 'w' });
        this.addWeight({ shape: [1], name: 'rest', trainable: false });
        this.addWeight({ shape: [3], name: 'v' });
      }
      override call(x: Tensor) {
        return [
          this.zed,
          this.several[0] as Layer,
          this.several[1] as Layer,
          (this.several[2] as Layer[])[0]!,
          this.byName.b,
        ].reduce((y, layer) => layer(y), x);
      }
    }
    class Mine extends Model {
      lastLayer = layers.Dense(1);
      zLayer = layers.Dense(1);
      block = new Block();
      override call(x: Tensor) {
        return this.zLayer(this.lastLayer(this.block(x))) as Tensor;
      }
    }
    const model = new Mine();
    await model.predict([[1, 2]], { verbose: 0 });
    const shapes = await readHdf5(await encodeWeights(model), 'file', file => ({
      own: file.keys('block/vars').map(key => file.array(`block/vars/${key}`).shape),
      layer: file.attribute('block/zed/vars', 'name'),
      paths: [
        'block/several/dense/vars',
        'block/several/dense_1/vars',
        'block/several/container/dense/vars',
        'block/by_name/dense/vars',
        // What comes after "layers" in the alphabet is found in the list of layers first.
        'last_layer/vars',
        'layers/dense_1/vars',
      ].map(path => file.keys(path).length),
    }));
    expect(shapes.own).toEqual([[2], [3], [1]]);
    expect(shapes.layer).toBe(model.block.zed.name);
    expect(shapes.paths).toEqual([2, 2, 2, 2, 2, 2]);
  });

  test('hold what a layer itself wants to save', async () => {
    class Counter extends Layer {
      count = 0;
      override call(x: Tensor) {
        return x;
      }
      override saveOwnVariables(store: WeightStore) {
        store['count'] = new NDArray(Int32Array.of(this.count), []);
      }
      override loadOwnVariables(store: WeightStore) {
        this.count = store['count']!.data[0]!;
      }
    }
    const [from, to] = [new Counter(), new Counter()];
    from.count = 7;
    const model = (layer: Layer) => Sequential([layers.Dense(1, { inputShape: [1] }), layer]);
    await decodeWeights(model(to), await encodeWeights(model(from)), 'file');
    expect(to.count).toBe(7);
  });
});

test('HDF5 numbers of other types are read as those we have', async () => {
  const bytes = await writeHdf5(file => {
    file.array('a/doubles', new NDArray(Float64Array.of(1.5, -2), [2]));
    file.array('a/scalar', new NDArray(Int32Array.of(3), []));
    file.array('a/empty', new NDArray(new Float32Array(0), [0, 2]));
    file.group('a', { list: ['x', 'yz'], text: 'µ' });
  });
  await readHdf5(bytes, 'file', file => {
    expect([...file.array('a/doubles').data]).toEqual([1.5, -2]);
    expect([...file.array('a/scalar').data]).toEqual([3]);
    expect(file.array('a/scalar').shape).toEqual([]);
    expect(file.array('a/empty').shape).toEqual([0, 2]);
    expect(file.attribute('a', 'list')).toEqual(['x', 'yz']);
    expect(file.attribute('a', 'text')).toBe('µ');
    expect([file.has('a'), file.has('b'), file.has('b/c'), file.has('a/x/y')]).toEqual([true, false, false, false]);
    expect(() => file.array('a/x')).toThrow('file has no dataset "a/x".');
  });
});

test('a vocabulary taken from data is a file of its own in a .keras file, weights of tokens are with the weights', async () => {
  const counts = layers.IntegerLookup({ outputMode: 'multi_hot' });
  counts.adapt(constant([7, 7, 7, 5, 5, 3], 'int32'));
  const rare = layers.IntegerLookup({ outputMode: 'tf_idf', vocabulary: [7, 5], idfWeights: [0.5, 2] });
  const x = Input({ shape: [3], dtype: 'int32' });
  const bytes = await encodeModel(Model(x, [counts(x), rare(x)] as KerasTensor[]));
  expect(strFromU8(unzipSync(bytes)['assets/layers/integer_lookup/vocabulary.txt']!)).toBe('-1\n7\n5\n3');
  const again = await models.loadModel<Layer>(bytes);
  const outputs = again.callOnTensors(constant([[5, 7, 9]], 'int32'), {}) as Tensor[];
  expect(outputs.map(output => output.array())).toEqual([[[1, 1, 1, 0]], [[1.25, 0.5, 2]]]);
});

test('GroupQueryAttention stands in files under the name of its class in Keras', async () => {
  const x = Input({ shape: [2, 4] });
  const model = Model(x, layers.GroupQueryAttention(2, 2, 1)(x, x) as KerasTensor);
  await readHdf5(await encodeWeights(model), 'the file', file => {
    expect(file.keys('layers/grouped_query_attention')).toEqual([
      ...['key', 'output', 'query', 'value'].map(name => `_${name}_dense`),
      'vars',
    ]);
  });
  expect(JSON.parse(model.toJson()).config.layers[1].class_name).toBe('GroupQueryAttention');
});

test('a whole model in a .keras file needs that extension and all members', async () => {
  const path = join(folder, 'm.keras');
  const model = stack(2);
  await model.save(path);
  await expect(model.save('m.zip')).rejects.toThrow(/Please add either a `\.keras` extension/);
  const { loadModel } = models;
  await expect(loadModel('m.zip')).rejects.toThrow(/File format not supported/);
  const bytes = new Uint8Array(await readFile(path));
  await expect(loadModel(bytes.subarray(0, bytes.length - 30))).rejects.toThrow(/is not a whole zip file/);
  const cut = zipSync({ ...unzipSync(bytes), 'config.json': strToU8('{"a":') });
  await expect(loadModel(cut)).rejects.toThrow(/^The given data\/config\.json is damaged: /);
  expect(values(await loadModel(path))).toEqual(values(model));
});

test('what Keras takes as a float only is written with a point', async () => {
  const model = stack(1);
  model.compile({ optimizer: optimizers.SGD({ learningRate: 1 }), metrics: [metrics.FBetaScore({ beta: 2 })] });
  const text = strFromU8(unzipSync(await encodeModel(model))['config.json']!);
  for (const part of ['"momentum":0.0,', '"learning_rate":1.0,', '"beta":2.0,']) expect(text).toContain(part);
});

test("a Lambda layer's Python code is not run: a function of the layer's name takes its place", async () => {
  const model = Sequential([layers.Lambda((x: Tensor) => x, { inputShape: [2], name: 'twice' })]);
  const code = { class_name: '__lambda__', config: { code: '4wEAAAA=', defaults: null, closure: null } };
  const files = unzipSync(await encodeModel(model));
  const config = JSON.parse(strFromU8(files['config.json']!), (key, value: unknown) =>
    key === 'function' ? code : value,
  );
  const bytes = zipSync({ ...files, 'config.json': strToU8(JSON.stringify(config)) });
  const { loadModel } = models;
  await expect(loadModel(bytes)).rejects.toThrow(/Lambda "twice" holds Python code, which is never run here/);
  const loaded = await loadModel<Model>(bytes, { customObjects: { twice: (x: Tensor) => add(x, x) } });
  expect((await loaded.predict([[1, 2]], { verbose: 0 })).array()).toEqual([[2, 4]]);
});
