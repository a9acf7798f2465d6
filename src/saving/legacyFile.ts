// The `.h5` files of Keras 2, which Keras 3 still reads and writes: the configs as JSON in attributes, and the weights of
// each layer of the model in a group of its own, matched by their order.

import {
  type Config,
  type CustomObjects,
  deserializeObject,
  findClass,
  isKerasObject,
  type Json,
  jsonText,
  type KerasObject,
  serializeObject,
} from '../config.js';
import { ShapeError, ValueError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import type { Weight } from '../layers/weight.js';
import { NDArray } from '../ndarray.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { formatShape, sameShape } from '../shape.js';
import { isDict } from '../structure.js';
import { type Hdf5Reader, type Hdf5Writer, readHdf5, writeHdf5 } from './hdf5.js';
import { type DecodeModelOptions, kerasVersion, parseJson } from './modelFile.js';
import { requireBuilt } from './weights.js';

/** A model, as far as these files are concerned. */
interface LegacyModel extends Layer {
  readonly layers: readonly Layer[];
  readonly optimizer: Optimizer | null;
  getCompileConfig(): Json;
  compileFromConfig(config: Json): void;
}

export interface LegacyLoadOptions {
  /** Leaves weights alone that differ in shape, with a warning. Default false. */
  skipMismatch?: boolean;
  /** Matches layers by name instead of by order: layers without a counterpart stay as they are. Default false. */
  byName?: boolean;
}

/** Attributes must not be longer than this; longer lists are cut in pieces. */
const ATTRIBUTE_LIMIT = 64512;

/** The backend whose layout of kernels is written: readers of other layouts would turn them around. */
const backend = 'tensorflow';

// ---- Writing -----------------------------------------------------------------------------------------------------

/** The bytes of an `.h5` file with the whole model. */
export function encodeLegacyModel(
  given: Layer,
  { includeOptimizer = true }: { readonly includeOptimizer?: boolean } = {},
): Promise<Uint8Array> {
  const model = given as LegacyModel;
  const { class_name, config } = withoutModules(serializeObject(model));
  const { optimizer: described, ...compiled } = model.getCompileConfig() as Config;
  const training = includeOptimizer &&
    isKerasObject(described) && {
      ...compiled,
      optimizer_config: { class_name: described.class_name, config: described.config },
    };
  return writeHdf5(file => {
    file.group('', {
      keras_version: kerasVersion,
      backend,
      model_config: jsonText({ class_name, config }),
      ...(training && { training_config: jsonText(training) }),
    });
    writeLayers(file, 'model_weights', model);
    const slots = includeOptimizer ? (model.optimizer?.variables ?? []) : [];
    if (slots.length > 0) {
      const arrays = slots.map(
        slot => [`${model.optimizer!.name}/${slot.name}`, new NDArray(slot.read(), slot.shape)] as const,
      );
      writeArrays(file, 'optimizer_weights', arrays);
    }
  });
}

/** The bytes of an `.h5` file with the weights alone, as Keras 2 wrote them. */
export function encodeLegacyWeights(model: Layer): Promise<Uint8Array> {
  return writeHdf5(file => writeLayers(file, '', model as LegacyModel));
}

function writeLayers(file: Hdf5Writer, path: string, model: LegacyModel): void {
  file.group(path, { backend, keras_version: kerasVersion });
  writeList(
    file,
    path,
    'layer_names',
    model.layers.map(({ name }) => name),
  );
  const arraysOf = (weights: readonly Weight[]) =>
    distinct(weights.map(weight => [weight.path, new NDArray(weight.read(), weight.shape)]));
  for (const layer of model.layers) writeArrays(file, within(path, layer.name), arraysOf(legacyWeights(layer)));
  writeArrays(file, within(path, 'top_level_model_weights'), arraysOf(model.ownWeights));
}

function writeArrays(
  file: Hdf5Writer,
  path: string,
  arrays: readonly (readonly [name: string, value: NDArray])[],
): void {
  file.group(path);
  writeList(
    file,
    path,
    'weight_names',
    arrays.map(([name]) => name),
  );
  for (const [name, value] of arrays) file.array(`${path}/${name}`, value);
}

/** The same arrays under names of their own: layers inside of one layer may be called the same. */
function distinct(arrays: readonly (readonly [name: string, value: NDArray])[]): (readonly [string, NDArray])[] {
  const used = new Set<string>();
  return arrays.map(([name, value]) => {
    let free = name;
    for (let i = 1; used.has(free); i++) free = `${name}_${i}`;
    used.add(free);
    return [free, value];
  });
}

function writeList(file: Hdf5Writer, path: string, name: string, items: readonly string[]): void {
  const width = Math.max(0, ...items.map(item => new TextEncoder().encode(item).length + 1));
  const pieces = Math.max(1, Math.ceil((items.length * width) / ATTRIBUTE_LIMIT));
  const size = Math.ceil(items.length / pieces);
  for (let i = 0; i < pieces; i++) {
    file.group(path, { [pieces === 1 ? name : `${name}${i}`]: items.slice(i * size, (i + 1) * size) });
  }
}

/** Layers as Keras 2 described them: the name of the class itself, not the one it is exported by, and config alone. */
function withoutModules(object: KerasObject): KerasObject {
  const { module, class_name, config, name, inbound_nodes } = object as KerasObject & {
    name?: Json;
    inbound_nodes?: Json;
  };
  const layers = layersIn(config);
  return {
    class_name: (module && findClass(module, class_name)?.className) || class_name,
    config: layers
      ? { ...(config as Config), layers: layers.map(each => withoutModules(each) as unknown as Json) }
      : config,
    ...(name !== undefined && { name }),
    ...(inbound_nodes !== undefined && { inbound_nodes }),
  } as KerasObject;
}

/** The layers in the config of a model; null for other configs. */
function layersIn(config: unknown): readonly KerasObject[] | null {
  return isDict(config) && Array.isArray(config['layers']) ? (config['layers'] as readonly KerasObject[]) : null;
}

// ---- Reading -----------------------------------------------------------------------------------------------------

/** The model in the bytes of an `.h5` file, which errors call `name`. */
export function decodeLegacyModel(
  bytes: Uint8Array,
  name: string,
  { customObjects, compile = true }: DecodeModelOptions = {},
): Promise<Layer> {
  return readHdf5(bytes, name, file => {
    const config = jsonAttribute(file, 'model_config', name);
    if (!isKerasObject(config))
      throw new ValueError(`No model config found in ${name}. If it holds weights alone, use loadWeights.`);
    const model = deserializeObject<LegacyModel>(withOperations(config), 'keras', customObjects);
    readLayers(model, file, 'model_weights', name, {});
    if (compile) compileAsSaved(model, file, name, customObjects);
    return model;
  });
}

/** Sets the weights of a built model from the bytes of an `.h5` file. If something does not fit, none of them changes. */
export async function decodeLegacyWeights(
  model: Layer,
  bytes: Uint8Array,
  name: string,
  options: LegacyLoadOptions = {},
): Promise<void> {
  requireBuilt(model);
  await readHdf5(bytes, name, file => {
    const whole = listAttribute(file, '', 'layer_names').length === 0 && file.has('model_weights');
    readLayers(model as LegacyModel, file, whole ? 'model_weights' : '', name, options);
  });
}

/** Where the classes of operations on symbolic tensors are. */
const operationModules = ['numpy', 'nn', 'core', 'math', 'linalg', 'image'].map(name => `keras.src.ops.${name}`);

/** Operations share the names of layers, such as Add, and are told from them by having none of the options of all layers. */
function withOperations(object: KerasObject): KerasObject {
  const { class_name, config } = object;
  const layers = layersIn(config);
  if (layers) {
    const restored = layers.map(each => withOperations(each) as unknown as Json);
    return { ...object, config: { ...(config as Config), layers: restored } };
  }
  if (!isDict(config) || 'trainable' in config || 'dtype' in config) return object;
  const module = operationModules.find(each => findClass(each, class_name));
  return module ? { ...object, module } : object;
}

function compileAsSaved(
  model: LegacyModel,
  file: Hdf5Reader,
  name: string,
  customObjects: CustomObjects | undefined,
): void {
  const training = jsonAttribute(file, 'training_config', name);
  if (!isDict(training)) {
    console.warn(
      'No training configuration found in the save file, so the model was *not* compiled. Compile it manually.',
    );
    return;
  }
  const { optimizer_config: described, sample_weight_mode: _, ...compiled } = training as Config;
  const optimizer = deserializeObject<Optimizer>(
    described as unknown as KerasObject,
    'keras.optimizers',
    customObjects,
  );
  model.compileFromConfig({ ...compiled, optimizer: serializeObject(optimizer) as unknown as Json });
  const names = listAttribute(file, 'optimizer_weights', 'weight_names');
  if (names.length === 0 || !model.optimizer) return;
  if (!model.optimizer.built) model.optimizer.build(model.trainableWeights);
  const { variables } = model.optimizer;
  const values = names.map(each => file.array(`optimizer_weights/${each}`));
  if (values.length !== variables.length || values.some(({ shape }, i) => !sameShape(shape, variables[i]!.shape))) {
    console.warn(
      'Error in loading the saved optimizer state. As a result, your model is starting with a freshly initialized optimizer.',
    );
    return;
  }
  for (const [i, variable] of variables.entries()) variable.write(values[i]!.data);
}

function readLayers(
  model: LegacyModel,
  file: Hdf5Reader,
  path: string,
  name: string,
  options: LegacyLoadOptions,
): void {
  const saved = listAttribute(file, path, 'layer_names').map(layer => {
    const group = within(path, layer);
    return {
      layer,
      values: listAttribute(file, group, 'weight_names').map(each => file.array(`${group}/${each}`)),
    };
  });
  if (saved.length === 0) throw new ValueError(`${name} has no layers: it is none of Keras's files, or damaged.`);
  const changes: (readonly [Weight, NDArray])[] = [];
  if (options.byName) {
    for (const { layer, values } of saved) {
      for (const target of model.layers)
        if (target.name === layer) match(target, legacyWeights(target), values, changes, name, options);
    }
  } else {
    const targets = model.layers.filter(layer => layer.weights.length > 0);
    const sources = saved.filter(({ values }) => values.length > 0);
    if (targets.length !== sources.length) {
      throw new ValueError(
        `Layer count mismatch when loading weights from ${name}. Model "${model.name}" expected ${targets.length} layers, found ` +
          `${sources.length} saved layers.`,
      );
    }
    for (const [i, target] of targets.entries())
      match(target, legacyWeights(target), sources[i]!.values, changes, name, options);
  }
  const top = within(path, 'top_level_model_weights');
  const names = listAttribute(file, top, 'weight_names');
  if (names.length > 0)
    match(
      model,
      model.ownWeights,
      names.map(each => file.array(`${top}/${each}`)),
      changes,
      name,
      options,
    );
  for (const [weight, { data }] of changes) weight.write(data);
}

/** Finds the value of each weight of a layer. */
function match(
  layer: Layer,
  weights: readonly Weight[],
  values: readonly NDArray[],
  changes: (readonly [Weight, NDArray])[],
  name: string,
  { skipMismatch = false }: LegacyLoadOptions,
): void {
  const differ = (message: string, error: typeof ValueError): void => {
    if (!skipMismatch) throw new error(message);
    console.warn(`Skipped: ${message}`);
  };
  if (weights.length !== values.length) {
    differ(
      `Weight count mismatch for layer "${layer.name}": it expects ${weights.length} weight(s), ${name} has ${values.length}.`,
      ValueError,
    );
    return;
  }
  for (const [i, weight] of weights.entries()) {
    const { shape } = values[i]!;
    if (sameShape(shape, weight.shape)) changes.push([weight, values[i]!]);
    else {
      differ(
        `Shape mismatch in layer "${layer.name}": weight ${weight.path} expects shape ${formatShape(weight.shape)}, ${name} has ` +
          `${formatShape(shape)}.`,
        ShapeError,
      );
    }
  }
}

/** Keras 2's order of a layer's weights, which matters for layers with layers inside. */
function legacyWeights(layer: Layer): Weight[] {
  return [...layer.trainableWeights, ...layer.nonTrainableWeights];
}

function jsonAttribute(file: Hdf5Reader, attribute: string, name: string): unknown {
  const text = file.attribute('', attribute);
  return typeof text === 'string' ? parseJson(text, `${name}: ${attribute}`) : undefined;
}

/** A list of strings, which may be cut in pieces: `layer_names0`, `layer_names1`, ... */
function listAttribute(file: Hdf5Reader, path: string, attribute: string): string[] {
  const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  const whole = file.attribute(path, attribute);
  if (whole !== undefined) return strings(whole);
  const items: string[] = [];
  for (let i = 0; ; i++) {
    const piece = file.attribute(path, `${attribute}${i}`);
    if (piece === undefined) return items;
    items.push(...strings(piece));
  }
}

function within(path: string, name: string): string {
  return path ? `${path}/${name}` : name;
}
