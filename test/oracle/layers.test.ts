// Every layer against recordings of real Keras: outputs, gradients, masks, losses, configs, output shapes.

import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { evaluate } from '../../src/compiler/evaluate.js';
import { deserializeObject, findClass, type KerasObject, serializeObject } from '../../src/config.js';
import type { TypedArray } from '../../src/dtype.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { trace } from '../../src/graph/trace.js';
import type { Layer, ShapeStructure } from '../../src/layers/layer.js';
import '../../src/layers/index.js';
import { getMask, setMask } from '../../src/layers/mask.js';
import { flatten, type Structure } from '../../src/structure.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

/** Recorded strings stay in the JSON. */
interface Texts {
  readonly dtype: 'string';
  readonly shape: readonly number[];
  readonly values: readonly string[];
}

interface Call {
  readonly inputs: readonly TensorDescriptor[];
  readonly outputs: readonly TensorDescriptor[];
}

interface Case extends Call {
  readonly id: string;
  readonly class_name: string;
  readonly layer: KerasObject;
  readonly input_structure: 'single' | 'list' | 'args' | 'cell';
  readonly mask?: TensorDescriptor | readonly (TensorDescriptor | null)[];
  readonly call_tensors: { readonly [name: string]: TensorDescriptor | readonly TensorDescriptor[] };
  readonly call_kwargs: { readonly [name: string]: unknown };
  readonly weights: readonly {
    readonly path: string;
    readonly trainable: boolean;
    readonly value: TensorDescriptor;
  }[];
  readonly count_params?: number;
  readonly output_mask?: readonly (TensorDescriptor | null)[];
  readonly cotangents?: readonly TensorDescriptor[];
  readonly input_grads?: readonly (TensorDescriptor | null)[];
  readonly weight_grads?: readonly { readonly path: string; readonly value: TensorDescriptor }[];
  readonly further_calls?: readonly Call[];
  readonly weights_after?: readonly TensorDescriptor[];
  readonly losses?: readonly (number | TensorDescriptor)[];
  readonly adapt_data?: TensorDescriptor;
  readonly compute_output_shape?: readonly {
    readonly input: ShapeStructure;
    readonly output?: ShapeStructure;
    readonly error?: string;
  }[];
  readonly vocabulary?: readonly string[];
  readonly tolerance: number;
}

const { cases, tensor: read } = loadFamily<Case>('layers');

function load(descriptor: TensorDescriptor): Tensor {
  const dtype = descriptor.dtype === 'uint8' ? 'int32' : descriptor.dtype;
  return constant(read(descriptor), dtype, descriptor.shape);
}

/** max |a - b| / (1 + max |a|), as the recordings' tolerances are meant. */
function difference(expected: TypedArray, actual: TypedArray): number {
  expect(actual.length).toBe(expected.length);
  let largest = 0;
  let worst = 0;
  expected.forEach((a, i) => {
    const b = actual[i]!;
    largest = Math.max(largest, Math.abs(a));
    worst = Math.max(
      worst,
      Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.isNaN(a - b) ? (a === b ? 0 : Infinity) : Math.abs(a - b),
    );
  });
  return worst / (1 + largest);
}

function expectClose(descriptor: TensorDescriptor, actual: Tensor, tolerance: number, what: string): void {
  expect(actual.shape, `shape of ${what}`).toEqual(descriptor.shape);
  expect(difference(read(descriptor), evaluate([actual])[0]!), what).toBeLessThanOrEqual(tolerance);
}

function makeLayer(c: Case): Layer {
  return deserializeObject<Layer>(c.layer, 'keras.layers');
}

/** The layer after it has seen the data it is to learn from, if there are any. */
function makeAdapted(c: Case): Layer {
  const layer = makeLayer(c) as Layer & { adapt?(data: Tensor): void };
  if (c.adapt_data) layer.adapt!(load(c.adapt_data));
  return layer;
}

function inputsOf(c: Case, inputs: readonly Tensor[]): unknown[] {
  switch (c.input_structure) {
    case 'single':
      return [inputs[0]];
    case 'list':
      return [inputs];
    case 'args':
      return [...inputs];
    case 'cell':
      return [inputs[0], inputs.slice(1)];
  }
}

const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function call(layer: Layer, c: Case, inputs: readonly Tensor[]): Structure<Tensor> {
  const kwargs = Object.fromEntries(
    [
      ...Object.entries(c.call_kwargs),
      ...Object.entries(c.call_tensors).map(([name, given]) => [
        name,
        Array.isArray(given) ? given.map(load) : load(given as TensorDescriptor),
      ]),
    ].map(([name, value]) => [camel(name as string), value]),
  );
  return layer.invoke(...inputsOf(c, inputs), kwargs) as Structure<Tensor>;
}

function withMasks(c: Case, inputs: readonly Tensor[]): readonly Tensor[] {
  const masks = c.mask === undefined ? [] : [c.mask].flat();
  masks.forEach((mask, i) => {
    if (mask) setMask(inputs[i]!, load(mask as TensorDescriptor));
  });
  return inputs;
}

/** Text has no place in tensors: layers that read or write it are called outside of models. */
const isText = (descriptor: unknown): descriptor is Texts => (descriptor as Texts).dtype === 'string';
const handlesText = (c: Case) => isText(c.inputs[0]) || isText(c.outputs[0]);

const ofNumbers = cases.filter(c => !handlesText(c));

/** Layers that take statistics from data find those that were recorded as weights. */
test.each(ofNumbers.filter(c => c.adapt_data).map(c => [c.id, c] as const))('%s adapts to data', (_id, c) => {
  const layer = makeAdapted(c);
  c.weights.forEach(({ value, path }, i) => {
    expectClose(value, layer.weights[i]!.value, c.tolerance, path);
  });
});

test('every recorded class exists', () => {
  expect(cases.filter(c => !findClass('keras.layers', c.class_name)).map(c => c.class_name)).toEqual([]);
});

describe.each(cases.filter(handlesText).map(c => [c.id, c] as const))('%s', (_id, c) => {
  const nest = ({ values, shape }: Texts): unknown =>
    shape.length === 2
      ? Array.from({ length: shape[0]! }, (_, i) => values.slice(i * shape[1]!, (i + 1) * shape[1]!))
      : values;
  const given = (descriptor: TensorDescriptor | Texts) => (isText(descriptor) ? nest(descriptor) : load(descriptor));

  test('gives the recorded output', () => {
    const layer = makeLayer(c) as Layer & { adapt(texts: unknown): void; getVocabulary(): unknown };
    if (c.adapt_data) layer.adapt(given(c.adapt_data));
    if (c.vocabulary) expect(layer.getVocabulary()).toEqual(c.vocabulary);
    const output = layer.invoke(given(c.inputs[0]!));
    if (isText(c.outputs[0])) expect(output).toEqual(nest(c.outputs[0]));
    else expectClose(c.outputs[0]!, output as Tensor, 0, 'output');
  });

  test('writes its config as Keras does', () => {
    const { build_config: _build, ...written } = serializeObject(makeLayer(c));
    const { build_config: _recorded, ...recorded } = c.layer;
    expect(written).toEqual(recorded);
  });
});

describe.each(ofNumbers.map(c => [c.id, c] as const))('%s', (_id, c) => {
  test('gives the recorded outputs and gradients', () => {
    const layer = makeAdapted(c);
    const inputs = withMasks(c, c.inputs.map(load));
    // The first call creates what the build config does not: then the recorded weights come in.
    if (!layer.built) trace(() => call(layer, c, inputs));
    expect(layer.weights.map(weight => weight.shape)).toEqual(c.weights.map(weight => weight.value.shape));
    expect(layer.weights.map(weight => weight.trainable)).toEqual(c.weights.map(weight => weight.trainable));
    layer.setWeights(c.weights.map(weight => load(weight.value)));
    if (c.count_params !== undefined) expect(layer.countParams()).toBe(c.count_params);
    const before = layer.weights.map(weight => weight.value);
    const outputs = flatten(call(layer, c, inputs));
    expect(outputs.length).toBe(c.outputs.length);
    c.outputs.forEach((descriptor, i) => {
      expectClose(descriptor, outputs[i]!, c.tolerance, `output ${i}`);
    });
    if (c.output_mask !== undefined && c.class_name !== 'MultiHeadAttention') {
      c.output_mask.forEach((descriptor, i) => {
        const mask = getMask(outputs[i]!);
        if (descriptor === null) expect(mask).toBeNull();
        else expectClose(descriptor, mask!, 0, `mask of output ${i}`);
      });
    }
    c.losses?.forEach((loss, i) => {
      const expected = typeof loss === 'number' ? loss : read(loss)[0]!;
      expect(Math.abs(layer.losses[i]!.item() - expected)).toBeLessThanOrEqual(c.tolerance * (1 + Math.abs(expected)));
    });
    for (const further of c.further_calls ?? []) {
      const again = flatten(call(layer, c, further.inputs.map(load)));
      further.outputs.forEach((descriptor, i) => {
        expectClose(descriptor, again[i]!, c.tolerance, `further output ${i}`);
      });
    }
    c.weights_after?.forEach((after, i) => {
      expectClose(after, layer.weights[i]!.value, c.tolerance, `weight ${i} afterwards`);
    });
    if (!c.cotangents || (c.further_calls && layer.weights.length === before.length && 'resetState' in layer)) return;
    checkGradients(c);
  });

  test('writes its config as Keras does', () => {
    const { build_config: _build, ...written } = serializeObject(makeLayer(c));
    const { build_config: _recorded, ...recorded } = c.layer;
    expect(withoutBuild(written)).toEqual(withoutBuild(recorded));
  });

  test.each((c.compute_output_shape ?? []).filter(shape => shape.output))(
    'computes the output shape for $input',
    ({ input, output }) => {
      const layer = deserializeObject<Layer>({ ...c.layer, build_config: null } as KerasObject, 'keras.layers');
      expect(layer.computeOutputShape(input)).toEqual(output);
    },
  );
});

/** Gradients in a fresh layer, so that no update of the calls before gets in. */
function checkGradients(c: Case): void {
  const layer = makeAdapted(c);
  const inputs = withMasks(c, c.inputs.map(load));
  if (!layer.built) trace(() => call(layer, c, inputs));
  layer.setWeights(c.weights.map(weight => load(weight.value)));
  trace(() => {
    const outputs = flatten(call(layer, c, inputs)).filter(output => output.dtype === 'float32');
    const weights = layer.trainableWeights;
    const wrt = [...inputs, ...weights.map(weight => weight.value)];
    const grads = gradients(outputs, wrt, c.cotangents!.map(load));
    c.input_grads?.forEach((descriptor, i) => {
      if (descriptor) expectGradient(descriptor, grads[i], c.tolerance, `gradient of input ${i}`);
    });
    c.weight_grads?.forEach(({ path, value }, i) => {
      expectGradient(value, grads[inputs.length + i], c.tolerance, `gradient of ${path}`);
    });
  });
}

function expectGradient(
  descriptor: TensorDescriptor,
  actual: Tensor | undefined,
  tolerance: number,
  what: string,
): void {
  if (actual) expectClose(descriptor, actual, tolerance, what);
  else expect(Math.max(...read(descriptor).map(Math.abs)), what).toBe(0);
}

/** Build configs of layers inside of layers say what happened, not what was asked for. */
function withoutBuild(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBuild);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'build_config')
      .map(([key, item]) => [key, withoutBuild(item)]),
  );
}
