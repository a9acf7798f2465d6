// The arguments of a layer's call in configs: symbolic tensors by where they come from, and what JSON has no word for.

import type { Json } from '../config.js';
import { nearestDType } from '../dtype.js';
import { asTensor, constant } from '../graph/apply.js';
import { Tensor } from '../graph/tensor.js';
import { KerasTensor } from '../layers/kerasTensor.js';
import { isDict } from '../structure.js';

const tagged = (name: string, config: { readonly [key: string]: unknown }): Json => ({
  class_name: name,
  config: config as Json,
});

/** Whether an argument is a range of positions, as `ops.getItem` takes them. */
function isRange(value: { readonly [key: string]: unknown }): boolean {
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every(key => key === 'start' || key === 'stop' || key === 'step');
}

/** An argument as Keras writes it. `placeOf` says which output of which call a symbolic tensor is. */
export function argumentToConfig(value: unknown, placeOf: (tensor: KerasTensor) => Json): Json {
  if (value instanceof KerasTensor) {
    return tagged('__keras_tensor__', { shape: value.shape, dtype: value.dtype, keras_history: placeOf(value) });
  }
  if (value instanceof Tensor || ArrayBuffer.isView(value)) {
    const tensor = asTensor(value as Tensor);
    return tagged('__tensor__', { value: tensor.array(), dtype: tensor.dtype });
  }
  if (value === '...') return tagged('__ellipsis__', {});
  if (value === ':') return tagged('__slice__', { start: null, stop: null, step: null });
  if (Array.isArray(value)) return value.map(each => argumentToConfig(each, placeOf));
  if (!isDict(value)) return value as Json;
  if (isRange(value)) return tagged('__slice__', { start: null, stop: null, step: null, ...value });
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, argumentToConfig(each, placeOf)]));
}

/** The call whose inputs do not exist yet: it is tried again once other layers have been called. */
export const later = Symbol('later');

/** The argument that a config describes; `later` if a tensor in it does not exist yet. */
export function argumentFromConfig(
  value: unknown,
  tensorAt: (place: readonly unknown[]) => KerasTensor | typeof later,
): unknown {
  if (Array.isArray(value)) {
    const items = value.map(each => argumentFromConfig(each, tensorAt));
    return items.includes(later) ? later : items;
  }
  if (!isDict(value)) return value;
  const { class_name: tag, config } = value;
  if (isDict(config)) {
    if (tag === '__keras_tensor__') return tensorAt(config['keras_history'] as readonly unknown[]);
    if (tag === '__tensor__' || tag === '__numpy__')
      return constant(config['value'] as number[], nearestDType(config['dtype'] as string));
    if (tag === '__ellipsis__') return '...';
    if (tag === '__slice__') return config;
  }
  const items = Object.entries(value).map(([key, each]) => [key, argumentFromConfig(each, tensorAt)] as const);
  return items.some(([, each]) => each === later) ? later : Object.fromEntries(items);
}
