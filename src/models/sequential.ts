// A stack of layers with one input and one output.

import { type CallableClass, callable } from '../callable.js';
import {
  type Config,
  type ConfigurableClass,
  deserializeObject,
  type Json,
  type KerasObject,
  register,
  serializeObject,
} from '../config.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { withScope } from '../layers/context.js';
import { InputLayer } from '../layers/core/inputLayer.js';
import { KerasTensor, type SymbolicShape } from '../layers/kerasTensor.js';
import { type CallOptions, Layer, type LayerOptions, type ShapeStructure } from '../layers/layer.js';
import { uniqueName } from '../naming.js';
import { isDict, type Structure } from '../structure.js';
import { LayerGraph } from './graph.js';
import { BaseModel } from './model.js';

export interface SequentialOptions extends LayerOptions {
  layers?: Layer | KerasTensor | readonly (Layer | KerasTensor)[] | null;
}

class SequentialClass extends BaseModel {
  static override readonly className = 'Sequential';

  /** All layers, the one of the input included. */
  readonly #stack: Layer[] = [];

  /** `layers` is a list, or a single layer. */
  constructor(layers: SequentialOptions['layers'] | SequentialOptions = [], options: LayerOptions = {}) {
    const { layers: listed, ...rest } = isDict(layers) ? (layers as SequentialOptions) : { ...options, layers };
    super(rest as LayerOptions);
    for (const layer of [(listed as SequentialOptions['layers']) ?? []].flat()) this.#push(layer);
    this.#rebuild();
  }

  /** The layers without the one of the input. */
  override get layers(): readonly Layer[] {
    return this.#stack[0] instanceof InputLayer ? this.#stack.slice(1) : [...this.#stack];
  }

  override get sublayers(): readonly Layer[] {
    return this.#stack;
  }

  /** Adds a layer on top. @throws ValueError if its name is taken, or it is no layer. */
  add(layer: Layer | KerasTensor): void {
    this.#push(layer);
    this.#rebuild();
  }

  /** Removes the top layer and returns it. */
  pop(): Layer {
    const layer = this.#stack.pop();
    if (!layer) throw new ValueError(`Sequential model '${this.name}' has no layers to pop.`);
    if (this.graph && layer.inboundNodes.at(-1)?.outputTensors[0] === this.graph.outputs[0]) layer.inboundNodes.pop();
    this.graph = null;
    this.built = false;
    this.#rebuild();
    return layer;
  }

  #push(given: Layer | KerasTensor): void {
    const layer =
      given instanceof KerasTensor && given.history?.layer instanceof InputLayer ? given.history.layer : given;
    if (!(layer instanceof Layer)) {
      throw new ValueError(
        `Only instances of \`Layer\` can be added to a Sequential model. Received: ${String(layer)}`,
      );
    }
    if (this.#stack.length === 0 && layer.batchInputShape)
      this.#stack.push(new InputLayer({ batchShape: layer.batchInputShape }));
    if (this.#stack.some(each => each.name === layer.name && each !== layer)) {
      throw new ValueError(
        `All layers added to a Sequential model should have unique names. Name '${layer.name}' is already the name of a ` +
          'layer in this model. Update the `name` argument to pass a unique name.',
      );
    }
    const [first] = this.#stack;
    if (layer instanceof InputLayer && first instanceof InputLayer) {
      throw new ValueError(
        `Sequential model '${this.name}' has already been configured to use input shape [${first.batchShape.join(', ')}]. ` +
          'You cannot add a different Input layer to it.',
      );
    }
    this.#stack.push(layer);
  }

  /** Extends the graph to all layers, if the input is known. Layers that are in it already are not called again. */
  #rebuild(): void {
    const [first, ...others] = this.#stack;
    const known = first instanceof InputLayer && others.length > 0;
    if (known) this.#connect(first.batchShape);
    else if (first && others.length > 0 && first instanceof BaseModel && first.layerGraph)
      this.#connect(first.inputShape);
    else {
      this.graph = null;
      this.built = false;
    }
  }

  override build(inputShape: ShapeStructure): void {
    this.#connect(inputShape);
  }

  /** Calls the layers that are not in the graph yet, one on the other. */
  #connect(inputShape: ShapeStructure): void {
    const single = Array.isArray(inputShape) && inputShape.every(dim => dim === null || typeof dim === 'number');
    if (!single) return;
    const shape = inputShape as SymbolicShape;
    if (this.#stack.length === 0) {
      throw new ValueError(
        `Sequential model ${this.name} cannot be built because it has no layers. Call \`model.add(layer)\`.`,
      );
    }
    const [first] = this.#stack;
    if (!(first instanceof InputLayer)) {
      this.#stack.unshift(new InputLayer({ batchShape: shape, dtype: first!.computeDtype }));
    } else if (first.batchShape.length !== shape.length || first.batchShape.some((dim, axis) => dim !== shape[axis])) {
      throw new ValueError(
        `Sequential model '${this.name}' has already been configured to use input shape [${first.batchShape.join(', ')}]. ` +
          `You cannot build it with inputShape [${shape.join(', ')}]`,
      );
    }
    const [input, ...layers] = this.#stack as [InputLayer, ...Layer[]];
    const before = this.graph?.layers ?? [];
    const start = input.inboundNodes[0]!.outputTensors[0]!;
    withScope(this, this.name, () => {
      let x: Structure<KerasTensor> = before.length > 0 ? this.graph!.outputStructure : start;
      for (const layer of layers.slice(Math.max(0, before.length - 1))) x = layer.invoke(x) as Structure<KerasTensor>;
      this.graph = new LayerGraph(start, x);
    });
    // Keras makes a functional model of its own here, which takes a name.
    uniqueName('functional');
    this.built = true;
  }

  override call(inputs: Structure<Tensor>, options: CallOptions): Structure<Tensor> {
    if (this.graph) return super.call(inputs, options);
    return this.layers.reduce((x, layer) => layer.invoke(x) as Structure<Tensor>, inputs);
  }

  override getBuildConfig(): Json {
    return this.graph ? { input_shape: this.graph.inputs[0]!.shape as Json } : null;
  }

  override getConfig(): Config {
    const config: Config = { ...super.getConfig(), layers: this.#stack.map(layer => serializeObject(layer)) };
    if (this.graph) config['build_input_shape'] = this.graph.inputs[0]!.shape as Json;
    return config;
  }

  static override fromConfig<T>(this: new (...args: never) => T, config: Config | readonly Json[]): T {
    // Keras before 2.2.3 wrote just the list of layers.
    const {
      name,
      trainable,
      layers,
      build_input_shape: shape,
    } = (Array.isArray(config) ? { layers: config } : config) as Config;
    const model = new (this as unknown as new (options: SequentialOptions) => SequentialClass)({
      name: (name as string | null | undefined) ?? null,
      trainable: trainable !== false,
      layers: (layers as unknown as readonly KerasObject[]).map(each => deserializeObject<Layer>(each, 'keras.layers')),
    });
    if (!model.graph && Array.isArray(shape)) model.ensureBuilt(shape as SymbolicShape);
    return model as unknown as T;
  }
}

/**
 * A stack of layers: `Sequential([Dense(64, { activation: 'relu' }), Dense(10)])`. Built at once if its first layer
 * is an Input or has an input shape, else by its first call.
 */
export const Sequential: CallableClass<typeof SequentialClass> = callable(SequentialClass);
export type Sequential = SequentialClass;
register('keras', Sequential as unknown as ConfigurableClass);
