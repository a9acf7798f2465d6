// Functional models: made from symbolic inputs and outputs, and Keras's config for them.

import { type CallableClass, callable } from '../callable.js';
import {
  type Config,
  type ConfigurableClass,
  deserializeObject,
  type Json,
  type KerasObject,
  register,
  serializeObject,
  toOptions,
  toSnakeKey,
} from '../config.js';
import { ValueError } from '../errors.js';
import type { KerasTensor, Node } from '../layers/kerasTensor.js';
import type { Layer, LayerOptions } from '../layers/layer.js';
import { isDict, mapStructure, type Structure } from '../structure.js';
import { argumentFromConfig, argumentToConfig, later } from './callArguments.js';
import { LayerGraph } from './graph.js';
import { BaseModel } from './model.js';

export interface ModelOptions extends LayerOptions {
  /** Symbolic inputs: one, a list or a dict. */
  inputs?: Structure<KerasTensor>;
  /** Symbolic outputs: one, a list or a dict. */
  outputs?: Structure<KerasTensor>;
}

type FunctionalArgs =
  | [options: ModelOptions & { inputs: Structure<KerasTensor>; outputs: Structure<KerasTensor> }]
  | [inputs: Structure<KerasTensor>, outputs: Structure<KerasTensor>, options?: LayerOptions];

/** The inputs and outputs among a model's constructor arguments; null if there are none. */
function functionalArgs(args: readonly unknown[]): ModelOptions | null {
  const [first, second, third] = args;
  if (args.length >= 2)
    return {
      ...(third as LayerOptions | undefined),
      inputs: first as KerasTensor,
      outputs: second as KerasTensor,
    };
  return isDict(first) && first['inputs'] !== undefined && first['outputs'] !== undefined
    ? (first as ModelOptions)
    : null;
}

class ModelClass extends BaseModel {
  static override readonly className: string = 'Model';

  constructor(...args: [options?: ModelOptions] | FunctionalArgs) {
    const functional = functionalArgs(args);
    const { inputs, outputs, ...options } = functional ?? (args[0] as ModelOptions | undefined) ?? {};
    super(options);
    if (!functional) return;
    this.graph = new LayerGraph(inputs!, outputs!);
    this.built = true;
  }

  static override fromConfig<T>(this: new (...args: never) => T, config: Config): T {
    const cls = this as unknown as new (options: object) => T;
    if (!('layers' in config && 'input_layers' in config)) return new cls(config);
    const { layers, input_layers, output_layers, ...rest } = config;
    const graph = graphFromConfig(layers as unknown as readonly LayerConfig[], input_layers!, output_layers!);
    // What the model's own flag says does not reach its layers: each has its own in the config.
    const { name, trainable } = rest as { name?: string; trainable?: boolean };
    return new cls({
      ...graph,
      name,
      ...(trainable === undefined || trainable === null ? {} : { trainable }),
    });
  }

  override getConfig(): Config {
    return this.graph ? functionalConfig(this, this.graph) : super.getConfig();
  }
}

class FunctionalClass extends ModelClass {
  static override readonly className = 'Functional';
  static readonly registeredName = 'Functional';

  constructor(...args: FunctionalArgs) {
    super(...args);
  }
}

/** A model made of symbolic inputs and outputs: what `Model(inputs, outputs)` gives. */
export const Functional: CallableClass<typeof FunctionalClass> = callable(FunctionalClass);
export type Functional = FunctionalClass;

// `Model` itself stands for Functional when it gets inputs and outputs; classes derived from it stay what they are.
const ModelBase: CallableClass<typeof ModelClass> = callable(ModelClass);
/**
 * `Model({ inputs, outputs })` or `Model(inputs, outputs)` makes a functional model; `class Mine extends Model` with
 * `call` makes a model by subclassing.
 */
export const Model: CallableClass<typeof ModelClass> = new Proxy(ModelBase, {
  apply: (_target, _self, args) => Reflect.construct(Model, args) as object,
  construct: (target, args, newTarget) =>
    newTarget === Model && functionalArgs(args)
      ? new Functional(...(args as unknown as FunctionalArgs))
      : Reflect.construct(target, args, newTarget),
});
Object.defineProperty(ModelClass.prototype, 'constructor', {
  value: Model,
  configurable: true,
  writable: true,
});
export type Model = ModelClass;

register('keras.src.models.functional', Functional as unknown as ConfigurableClass);
register('keras', Functional as unknown as ConfigurableClass);
register('keras', Model as unknown as ConfigurableClass);

// ---- Config ------------------------------------------------------------------------------------------------------

type LayerConfig = KerasObject & { readonly name: string; readonly inbound_nodes: readonly Json[] };

/** Keras counts the calls of a functional model from 1 where it lists outputs: node 0 is the model's own. */
const firstNode = (layer: Layer): number => (layer instanceof ModelClass && layer.layerGraph ? 1 : 0);

function functionalConfig(model: BaseModel, graph: LayerGraph): Config {
  const nodes = new Set<Node>(graph.nodes);
  // Calls of a layer that belong to other models do not count.
  const indexOf = ({ layer, nodeIndex }: { layer: Layer; nodeIndex: number }) =>
    layer.inboundNodes.slice(0, nodeIndex).filter(node => nodes.has(node)).length;
  const historyOf = ({ history }: KerasTensor): Json => [history!.layer.name, indexOf(history!), history!.tensorIndex];
  const nodeConfig = (node: Node): Json => {
    const kwargs = Object.entries(node.kwargs).map(([key, value]) => [
      toSnakeKey(key),
      argumentToConfig(value, historyOf),
    ]);
    return { args: argumentToConfig(node.args, historyOf), kwargs: Object.fromEntries(kwargs) as Json };
  };
  const place = (tensor: KerasTensor) => {
    const { layer, tensorIndex } = tensor.history!;
    return [layer.name, indexOf(tensor.history!) + firstNode(layer), tensorIndex];
  };
  return {
    name: model.name,
    trainable: model.trainable,
    layers: graph.layers.map(layer => ({
      ...serializeObject(layer),
      name: layer.name,
      inbound_nodes: layer.inboundNodes.filter(node => nodes.has(node) && !node.isInput).map(nodeConfig),
    })),
    input_layers: mapStructure(graph.inputStructure, place) as Json,
    output_layers: mapStructure(graph.outputStructure, place) as Json,
  };
}

function graphFromConfig(
  configs: readonly LayerConfig[],
  inputLayers: Json,
  outputLayers: Json,
): { inputs: Structure<KerasTensor>; outputs: Structure<KerasTensor> } {
  const layers = new Map<string, Layer>();
  const waiting = new Map<string, Json[]>();
  for (const config of configs) {
    layers.set(config.name, deserializeObject<Layer>(config, 'keras.layers'));
    waiting.set(config.name, [...config.inbound_nodes]);
  }
  // Keras 2 lists calls without names, and counts those of a model that knows its inputs from 1.
  const keras2 = configs.some(config => config.inbound_nodes.some(Array.isArray));
  const knowsInputs = (layer: Layer) => layer instanceof BaseModel && layer.layerGraph !== null;
  const counted = new Set([...layers.values()].filter(keras2 ? knowsInputs : layer => firstNode(layer) === 1));
  const layerNamed = (name: string): Layer => {
    const layer = layers.get(name);
    if (!layer) throw new ValueError(`Invalid Functional model configuration. Missing layer: ${name}`);
    return layer;
  };
  const tensorAt = (history: readonly unknown[]): KerasTensor | typeof later => {
    const [name, nodeIndex, tensorIndex] = history as [string, number, number];
    return layerNamed(name).inboundNodes[nodeIndex]?.outputTensors[tensorIndex] ?? later;
  };
  /** The same where calls of models are counted from 1. */
  const tensorFrom = ([name, nodeIndex, tensorIndex]: readonly unknown[]) =>
    tensorAt([name, (nodeIndex as number) - Number(counted.has(layerNamed(name as string))), tensorIndex]);
  /** Whether the call could be made. */
  const callNode = (layer: Layer, data: Json): boolean => {
    if (Array.isArray(data)) {
      // Keras 2: a list of [layer, node, tensor, kwargs].
      const tensors = data.map(each => tensorFrom(each as unknown[]));
      if (tensors.includes(later)) return false;
      const kwargs = (data[0] as readonly unknown[] | undefined)?.[3] as Config | undefined;
      layer.invoke(tensors.length === 1 ? tensors[0] : tensors, toOptions(kwargs ?? {}));
      return true;
    }
    const { args, kwargs } = data as { args: readonly Json[]; kwargs: Config };
    const filled = argumentFromConfig(args, tensorAt);
    const named = argumentFromConfig(toOptions(kwargs), tensorAt);
    if (filled === later || named === later) return false;
    layer.invoke(...(filled as unknown[]), named);
    return true;
  };
  while (waiting.size > 0) {
    let progress = false;
    for (const [name, nodes] of waiting) {
      while (nodes.length > 0 && callNode(layerNamed(name), nodes[0]!)) {
        nodes.shift();
        progress = true;
      }
      if (nodes.length === 0) {
        waiting.delete(name);
        progress = true;
      }
    }
    if (!progress) {
      throw new ValueError(
        'Invalid Functional model configuration. The graph of the Functional model either has loops or disconnected ' +
          `nodes. The following layers could not be called: ${[...waiting.keys()].join(', ')}`,
      );
    }
  }
  const tensorsOf = (place: Json): Structure<KerasTensor> => {
    if (Array.isArray(place) && place.length === 3 && typeof place[0] === 'string') {
      const tensor = tensorFrom(place);
      if (tensor === later)
        throw new ValueError(`Invalid Functional model configuration. Missing output of layer ${place[0]}.`);
      return tensor;
    }
    if (Array.isArray(place)) return place.map(tensorsOf);
    return Object.fromEntries(
      Object.entries(place as { [key: string]: Json }).map(([key, each]) => [key, tensorsOf(each)]),
    );
  };
  return { inputs: tensorsOf(inputLayers), outputs: tensorsOf(outputLayers) };
}
