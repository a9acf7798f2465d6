// Files that real Keras wrote: they load, predict what Keras predicted, and training goes on as it did there.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import type { Config } from '../../src/config.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import '../../src/index.js';
import type { BaseModel } from '../../src/models/model.js';
import { loadModel } from '../../src/saving/files.js';
import { readHdf5 } from '../../src/saving/hdf5.js';
import { encodeLegacyModel } from '../../src/saving/legacyFile.js';
import { encodeModel } from '../../src/saving/modelFile.js';
import { encodeWeights } from '../../src/saving/weights.js';
import { flatten } from '../../src/structure.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface TreeEntry {
  readonly path: string;
  readonly kind: 'group' | 'dataset';
  readonly shape?: readonly number[];
}

interface Case {
  readonly id: string;
  readonly name: string;
  readonly architecture_only?: boolean;
  readonly count_params: number;
  readonly inputs: readonly TensorDescriptor[];
  readonly outputs: readonly TensorDescriptor[];
  readonly weights: readonly {
    readonly path: string;
    readonly shape: readonly number[];
    readonly sum: number;
  }[];
  readonly weights_h5_tree: { readonly entries: readonly TreeEntry[] };
  readonly compile?: Config;
  readonly train_x: TensorDescriptor;
  readonly train_y: TensorDescriptor;
  readonly batch_size: number;
  readonly first_epochs: number;
  readonly next_epochs: number;
  readonly next_history: { readonly [name: string]: readonly number[] };
  readonly next_weights: readonly TensorDescriptor[];
  readonly tolerance: number;
}

const { cases, tensor: read } = loadFamily<Case>('files');
// The applications are too large to be kept here.
const stored = cases.filter(({ name }) => !/^app_|^weights_/.test(name));
const load = (descriptor: TensorDescriptor): Tensor =>
  constant(read(descriptor), descriptor.dtype === 'uint8' ? 'int32' : descriptor.dtype, descriptor.shape);
const file = (name: string, kind: string) =>
  fileURLToPath(new URL(`../oracle/public/files/${name}/model.${kind}`, import.meta.url));

async function expectPredictions(model: BaseModel, c: Case): Promise<void> {
  const inputs = c.inputs.map(load);
  const outputs = flatten<Tensor>(await model.predict(inputs.length === 1 ? inputs[0]! : inputs, { verbose: 0 }));
  expect(outputs.map(({ shape }) => shape)).toEqual(c.outputs.map(({ shape }) => shape));
  outputs.forEach((output, i) => {
    const expected = read(c.outputs[i]!);
    const worst = Math.max(...output.data().map((value, k) => Math.abs(value - expected[k]!)));
    expect(worst).toBeLessThanOrEqual(c.tolerance * (1 + Math.max(...expected.map(Math.abs))));
  });
}

describe.each(stored.map(c => [c.name, c] as const))('%s', (name, c) => {
  test('loads as a whole model and predicts as recorded', async () => {
    const model = await loadModel<BaseModel>(file(name, 'keras'));
    expect(model.countParams()).toBe(c.count_params);
    expect(model.weights.map(({ shape }) => shape)).toEqual(c.weights.map(({ shape }) => shape));
    model.weights.forEach((weight, i) => {
      expect([...weight.read()].reduce((sum, value) => sum + value, 0)).toBeCloseTo(c.weights[i]!.sum, 3);
    });
    await expectPredictions(model, c);
  });

  test('takes its weights from a .weights.h5 file', async () => {
    const model = await loadModel<BaseModel>(file(name, 'keras'));
    for (const weight of model.weights) weight.write(new Float32Array(weight.size));
    await model.loadWeights(file(name, 'weights.h5'));
    await expectPredictions(model, c);
  });

  test('loads from an .h5 file as Keras 2 had them, and back', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const model = await loadModel<BaseModel>(file(name, 'h5'));
    await expectPredictions(model, c);
    await expectPredictions(await loadModel<BaseModel>(await encodeLegacyModel(model)), c);
    for (const weight of model.weights) weight.write(new Float32Array(weight.size));
    await model.loadWeights(file(name, 'h5'));
    await expectPredictions(model, c);
    vi.restoreAllMocks();
  });

  test('is written with the same groups and datasets as Keras writes', async () => {
    const model = await loadModel<BaseModel>(file(name, 'keras'));
    const paths = c.weights_h5_tree.entries
      .filter(({ kind }) => kind === 'dataset')
      .map(({ path, shape }) => `${path} ${shape}`)
      .sort();
    await readHdf5(await encodeWeights(model), 'the written file', written => {
      const found: string[] = [];
      const visit = (path: string): void => {
        const keys = written.keys(path);
        if (path.endsWith('/vars'))
          found.push(...keys.map(key => `${path}/${key} ${written.array(`${path}/${key}`).shape}`));
        else for (const key of keys) visit(path ? `${path}/${key}` : key);
      };
      visit('');
      expect(found.sort()).toEqual(paths);
    });
  });

  test('comes back the same from a file of our own', async () => {
    const model = await loadModel<BaseModel>(file(name, 'keras'));
    const copy = await loadModel<BaseModel>(await encodeModel(model));
    expect(copy.toJson()).toBe(model.toJson());
    await expectPredictions(copy, c);
  });
});

const resumed = stored.filter(c => c.compile).flatMap(c => ['keras', 'h5'].map(kind => [c.name, kind, c] as const));
test.each(resumed)('%s: training goes on after loading from .%s as it did in Keras', async (name, kind, c) => {
  const model = await loadModel<BaseModel>(await readFile(file(name, kind)));
  const { history } = await model.fit(load(c.train_x), load(c.train_y), {
    batchSize: c.batch_size,
    epochs: c.next_epochs,
    shuffle: false,
    verbose: 0,
  });
  for (const [key, values] of Object.entries(c.next_history)) {
    for (const [i, value] of values.entries()) expect(history[key]![i]).toBeCloseTo(value, 4);
  }
  model.weights.forEach((weight, i) => {
    const expected = read(c.next_weights[i]!);
    for (const [k, value] of weight.read().entries()) expect(value).toBeCloseTo(expected[k]!, 4);
  });
});

test('loading without compiling leaves the model uncompiled', async () => {
  expect((await loadModel<BaseModel>(file('resume_adam', 'keras'), { compile: false })).compiled).toBe(false);
});
