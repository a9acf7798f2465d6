// Keras's activation names and the functions they stand for.

import {
  type Configurable,
  customObject,
  deserializeObject,
  isKerasObject,
  type Json,
  type KerasObject,
  serializeObject,
} from './config.js';
import { ValueError } from './errors.js';
import type { Tensor } from './graph/tensor.js';
import { toSnakeCase } from './naming.js';
import * as functions from './ops/activations.js';
import { logSoftmax, softmax, sparsemax } from './ops/softmax.js';

/** An element-wise (or, like softmax, axis-wise) function of a layer's result. */
export type ActivationFunction = (x: Tensor) => Tensor;

/** The activations that layers take by name; others (such as threshold) need arguments. */
const byName = {
  celu: x => functions.celu(x),
  elu: x => functions.elu(x),
  exponential: x => functions.exponential(x),
  gelu: x => functions.gelu(x),
  glu: x => functions.glu(x),
  hard_shrink: x => functions.hardShrink(x),
  hard_sigmoid: x => functions.hardSigmoid(x),
  hard_silu: x => functions.hardSilu(x),
  hard_tanh: x => functions.hardTanh(x),
  leaky_relu: x => functions.leakyRelu(x),
  linear: x => x,
  log_sigmoid: x => functions.logSigmoid(x),
  log_softmax: x => logSoftmax(x),
  mish: x => functions.mish(x),
  relu: x => functions.relu(x),
  relu6: x => functions.relu6(x),
  selu: x => functions.selu(x),
  sigmoid: x => functions.sigmoid(x),
  silu: x => functions.silu(x),
  soft_shrink: x => functions.softShrink(x),
  softmax: x => softmax(x),
  softplus: x => functions.softplus(x),
  softsign: x => functions.softsign(x),
  sparse_plus: x => functions.sparsePlus(x),
  sparse_sigmoid: x => functions.sparseSigmoid(x),
  sparsemax: x => sparsemax(x),
  squareplus: x => functions.squareplus(x),
  tanh: x => functions.tanh(x),
  tanh_shrink: x => functions.tanhShrink(x),
} satisfies { [name: string]: ActivationFunction };

export type ActivationName = keyof typeof byName | 'swish' | 'hard_swish';

const aliases: { readonly [name: string]: keyof typeof byName } = { swish: 'silu', hard_swish: 'hard_silu' };

// The functions of keras.activations are known by the same names as these.
const nameOf = new Map<unknown, string>([
  ...Object.entries(byName).map(([name, fn]) => [fn, name] as const),
  ...Object.entries(functions).map(([name, fn]) => [fn, toSnakeCase(name)] as const),
  [softmax, 'softmax'],
  [logSoftmax, 'log_softmax'],
  [sparsemax, 'sparsemax'],
]);

/** What an activation may be given as. */
export type ActivationIdentifier = ActivationName | ActivationFunction | (string & {}) | KerasObject | null;

/** The function that an identifier stands for; null means linear. @throws ValueError for an unknown name. */
export function getActivation(identifier: ActivationIdentifier | undefined): ActivationFunction {
  if (identifier === null || identifier === undefined) return byName.linear;
  if (typeof identifier === 'function') return identifier;
  // A layer such as LeakyReLU, which can be called like a function.
  if (isKerasObject(identifier) && identifier.class_name !== 'function')
    return deserializeObject<ActivationFunction>(identifier, 'keras.layers');
  const name = isKerasObject(identifier) ? String(identifier.config) : String(identifier);
  const known =
    byName[(aliases[name] ?? name) as keyof typeof byName] ?? byName[toSnakeCase(name) as keyof typeof byName];
  const found = (customObject(name) as ActivationFunction | undefined) ?? known;
  if (!found) {
    throw new ValueError(
      `Unknown activation "${name}". Expected a function or one of: ${Object.keys(byName).join(', ')}.`,
    );
  }
  return found;
}

/** Makes configs name a function by one of Keras's words. */
export function nameActivation(activation: object, name: string): void {
  nameOf.set(activation, name);
}

/** How a config names an activation: Keras's word for its own, the JSON of a layer, a function object for others. */
export function serializeActivation(activation: ActivationFunction): Json {
  if ('getConfig' in activation) return serializeObject(activation as ActivationFunction & Configurable) as Json;
  const name = nameOf.get(activation);
  if (name !== undefined) return name;
  return { module: 'builtins', class_name: 'function', config: activation.name, registered_name: 'function' };
}
