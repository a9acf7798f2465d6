// Copies of models with new weights.

import type { Config } from '../config.js';
import { ValueError } from '../errors.js';
import { InputLayer } from '../layers/core/inputLayer.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import { flatten, mapStructure, type Structure } from '../structure.js';
import { Functional } from './functional.js';
import type { BaseModel } from './model.js';
import { Sequential } from './sequential.js';

export interface CloneOptions {
  /** Inputs for the copy; by default new ones like the model's. */
  readonly inputTensors?: Structure<KerasTensor>;
  /** Makes the copy of each layer but the inputs; by default from its config. */
  readonly cloneFunction?: (layer: Layer) => Layer;
}

/** A layer like the given one, with new weights. */
function cloneLayer(layer: Layer): Layer {
  return (layer.constructor as unknown as { fromConfig(config: Config): Layer }).fromConfig(layer.getConfig());
}

/**
 * A model of the same architecture with new weights. Models made by subclassing are copied by their config.
 * @throws ValueError if `inputTensors` or `cloneFunction` are given for a model without a graph.
 */
export function cloneModel(
  model: BaseModel,
  { inputTensors, cloneFunction = cloneLayer }: CloneOptions = {},
): BaseModel {
  if (model instanceof Sequential && !inputTensors) {
    const [input] = model.sublayers;
    const layers = model.layers.map(cloneFunction);
    return new Sequential(input instanceof InputLayer ? [cloneLayer(input), ...layers] : layers, {
      name: model.name,
    });
  }
  const graph = model.layerGraph;
  if (!graph) {
    if (inputTensors || cloneFunction !== cloneLayer) {
      throw new ValueError(
        `cloneModel: model "${model.name}" has no graph of layers, so its inputs and layers cannot be replaced.`,
      );
    }
    return cloneLayer(model) as BaseModel;
  }
  const copies = new Map<Layer, Layer>();
  const copyOf = (layer: Layer): Layer => {
    let copy = copies.get(layer);
    if (!copy) copies.set(layer, (copy = layer instanceof InputLayer ? cloneLayer(layer) : cloneFunction(layer)));
    return copy;
  };
  const inputs =
    inputTensors ??
    mapStructure(graph.inputStructure, tensor => copyOf(tensor.history!.layer).inboundNodes[0]!.outputTensors[0]!);
  const outputs = graph.run<KerasTensor>(
    flatten(inputs),
    (layer, args, kwargs) => copyOf(layer).invoke(...args, kwargs) as Structure<KerasTensor>,
  );
  return new Functional({ inputs, outputs, name: model.name });
}
