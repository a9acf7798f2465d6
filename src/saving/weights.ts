// Weights as Keras 3's `.weights.h5` files: one group per part of the model, its arrays numbered under `vars`, and the
// optimizer's state beside them.

import { ShapeError, ValueError } from '../errors.js';
import { Layer } from '../layers/layer.js';
import type { WeightStore } from '../layers/weight.js';
import { NDArray } from '../ndarray.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { formatShape, sameShape } from '../shape.js';
import { type Hdf5Reader, readHdf5, writeHdf5 } from './hdf5.js';
import { statefulParts } from './state.js';

export interface LoadWeightsOptions {
  /** Leaves layers alone that differ in the number or the shapes of their weights, with a warning. Default false. */
  skipMismatch?: boolean;
}

/** The bytes of a `.weights.h5` file. */
export function encodeWeights(model: Layer): Promise<Uint8Array> {
  const groups = statefulParts(model).map(({ path, object }) => {
    const store: WeightStore = {};
    if (object instanceof Layer) object.saveOwnVariables(store);
    else
      for (const [i, variable] of object.variables.entries()) store[i] = new NDArray(variable.read(), variable.shape);
    return { path: within(path, 'vars'), name: object.name, store };
  });
  return writeHdf5(file => {
    for (const { path, name, store } of groups) {
      file.group(path, { name });
      for (const [key, value] of Object.entries(store)) file.array(`${path}/${key}`, value);
    }
  });
}

/**
 * Sets the weights of a built model from the bytes of a `.weights.h5` file, which errors call `name`. If something does
 * not fit, all weights keep their values.
 */
export async function decodeWeights(
  model: Layer,
  bytes: Uint8Array,
  name: string,
  options: LoadWeightsOptions = {},
): Promise<void> {
  requireBuilt(model);
  await readHdf5(bytes, name, file => readWeights(model, file, name, options));
}

export function requireBuilt(model: Layer): void {
  if (model.built) return;
  throw new ValueError(
    `You are loading weights into a model that has not yet been built. Build "${model.name}" first by giving its input ` +
      'shape, by calling it on some data, or with `build()`.',
  );
}

function readWeights(model: Layer, file: Hdf5Reader, name: string, { skipMismatch = false }: LoadWeightsOptions): void {
  if (!file.has('vars') && !file.has('layers')) {
    throw new ValueError(
      `${name} is an HDF5 file, but not one of Keras 3's weights: it has neither "vars" nor "layers".`,
    );
  }
  const failures: Failure[] = [];
  const read = new Set<string>();
  const undo = rememberWeights(model);
  for (const { path, object } of statefulParts(model)) {
    const group = within(path, 'vars');
    read.add(group);
    const keys = file.keys(group);
    const store: WeightStore = Object.fromEntries(keys.map(key => [key, file.array(`${group}/${key}`)]));
    try {
      if (object instanceof Layer) object.loadOwnVariables(store);
      else readOptimizer(object, store);
    } catch (error) {
      failures.push({ object, error });
    }
  }
  if (failures.length > 0) {
    const message = failureText(failures, name, model);
    if (!skipMismatch) {
      undo();
      throw new ValueError(message);
    }
    console.warn(message);
  }
  const unread = unreadGroups(file, read);
  if (unread.length > 0) {
    console.warn(
      `${name} has weights that "${model.name}" has no place for, in ${unread.join(', ')}. They were left aside.`,
    );
  }
}

function readOptimizer(optimizer: Optimizer, store: WeightStore): void {
  const count = Object.keys(store).length;
  if (count === 0) return;
  const { variables } = optimizer;
  if (count !== variables.length) {
    console.warn(
      `Skipping variable loading for optimizer '${optimizer.name}', because it has ${variables.length} variables whereas the ` +
        `saved optimizer has ${count} variables.`,
    );
    return;
  }
  variables.forEach((variable, i) => {
    const { data, shape } = store[i]!;
    if (!sameShape(shape, variable.shape)) {
      throw new ShapeError(
        `Optimizer '${optimizer.name}': ${variable.name} has shape ${formatShape(variable.shape)}, the file has ${formatShape(shape)}.`,
      );
    }
    variable.write(data);
  });
}

/** Keeps all values; calling the result puts them back. */
function rememberWeights(model: Layer): () => void {
  const optimizers = statefulParts(model).flatMap(({ object }) => (object instanceof Layer ? [] : object.variables));
  const before = [...model.weights, ...optimizers].map(variable => [variable, variable.read()] as const);
  return () => {
    for (const [variable, value] of before) variable.write(value);
  };
}

interface Failure {
  readonly object: Layer | Optimizer;
  readonly error: unknown;
}

function failureText(failures: readonly Failure[], name: string, model: Layer): string {
  const { object, error } = failures[0]!;
  const label = (each: Layer | Optimizer) => (each instanceof Layer ? String(each) : `<optimizer ${each.name}>`);
  return (
    `${name} holds the weights of another architecture than "${model.name}". A total of ${failures.length} objects could not be ` +
    `loaded. Example error message for object ${label(object)}:\n\n${error instanceof Error ? error.message : String(error)}\n\n` +
    `List of objects that could not be loaded:\n[${failures.map(failure => label(failure.object)).join(', ')}]`
  );
}

/** Groups of layers with arrays that no part of the model asked for. Seeds of earlier versions do not count. */
function unreadGroups(file: Hdf5Reader, read: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const key of file.keys(path)) {
      const inner = within(path, key);
      if (key === 'vars') {
        if (!read.has(inner) && file.keys(inner).length > 0) found.push(inner);
      } else if (!(path === '' && key === 'optimizer') && !key.includes('seed_generator')) visit(inner);
    }
  };
  visit('');
  return found;
}

function within(path: string, name: string): string {
  return path ? `${path}/${name}` : name;
}
