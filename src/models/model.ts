// Models: layers that hold a graph of layers, and can be trained, saved and summarized.

import type { TrainedModel } from '../callbacks/callback.js';
import {
  type Config,
  type CustomObjects,
  deserializeObject,
  isKerasObject,
  type Json,
  jsonText,
  serializeObject,
} from '../config.js';
import type { Port } from '../data/column.js';
import { ValueError } from '../errors.js';
import { parameter } from '../graph/leaves.js';
import type { Tensor } from '../graph/tensor.js';
import { trace } from '../graph/trace.js';
import { mapShapes } from '../layers/arguments.js';
import { checkInputs } from '../layers/inputSpec.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import type { CallOptions, Layer, LayerOptions, ShapeStructure } from '../layers/layer.js';
import { getMask, setMask } from '../layers/mask.js';
import { Operation } from '../layers/operation.js';
import { castTo } from '../ops/convert.js';
import { expandDims, squeeze } from '../ops/movement.js';
import {
  type FileSource,
  loadWeights,
  type SaveModelOptions,
  type SaveOptions,
  saveModel,
  saveWeights,
} from '../saving/files.js';
import type { LegacyLoadOptions } from '../saving/legacyFile.js';
import type { LoadWeightsOptions } from '../saving/weights.js';
import { flatten, isDict, placesOf, type Structure } from '../structure.js';
import { compileConfig, optionsFromConfig } from './compileConfig.js';
import type { LayerGraph } from './graph.js';
import { type SummaryOptions, summaryText } from './summary.js';
import { Trainer } from './trainer.js';

/** Base class of all models: `class Mine extends Model` implements `call`; functional models and stacks have a graph. */
export class BaseModel extends Trainer implements TrainedModel {
  static override readonly className: string = 'Model';

  /** The graph of layers that calling the model runs; null where `call` says what to do. */
  protected graph: LayerGraph | null = null;

  constructor(options: LayerOptions = {}) {
    super(options);
    this.supportsMasking = true;
  }

  /** The layers, in the order of the graph or of the fields. Ops applied to symbolic tensors are not among them. */
  get layers(): readonly Layer[] {
    return this.sublayers.filter(layer => !(layer instanceof Operation));
  }

  override get sublayers(): readonly Layer[] {
    const ofFields = super.sublayers;
    return this.graph ? [...new Set([...this.graph.layers, ...ofFields])] : ofFields;
  }

  /** The symbolic inputs, in order. @throws ValueError if the model has none. */
  get inputs(): readonly KerasTensor[] {
    return this.#definedGraph('inputs').inputs;
  }

  /** The symbolic outputs, in order. @throws ValueError if the model has none. */
  get outputs(): readonly KerasTensor[] {
    return this.#definedGraph('outputs').outputs;
  }

  /** The names of the inputs: those of their layers. */
  get inputNames(): string[] {
    return this.inputs.map(nameOf);
  }

  /** The names of the layers that make the outputs. */
  get outputNames(): string[] {
    return this.outputs.map(nameOf);
  }

  /** The inputs in the structure they were given in. */
  override get input(): Structure<KerasTensor> {
    return this.#definedGraph('input').inputStructure;
  }

  override get output(): Structure<KerasTensor> {
    return this.#definedGraph('output').outputStructure;
  }

  override get inputShape(): ShapeStructure {
    const shapes = this.inputs.map(tensor => tensor.shape);
    return shapes.length === 1 ? shapes[0]! : shapes;
  }

  override get outputShape(): ShapeStructure {
    const shapes = this.outputs.map(tensor => tensor.shape);
    return shapes.length === 1 ? shapes[0]! : shapes;
  }

  protected override get inputPorts(): readonly Port[] | null {
    const { graph } = this;
    if (!graph) return null;
    return portsOf(graph.inputStructure, tensor => {
      const range = graph.rangeOf(tensor);
      return { rank: tensor.rank, dtype: tensor.dtype, ...(range && { range }) };
    });
  }

  protected override get outputPorts(): readonly Port[] | null {
    return this.graph && portsOf(this.graph.outputStructure, () => ({}));
  }

  protected override get hasCall(): boolean {
    return this.graph !== null || this.call !== BaseModel.prototype.call;
  }

  #definedGraph(what: string): LayerGraph {
    if (!this.graph) {
      throw new ValueError(
        `${this.className} '${this.name}' has no defined ${what} yet. Give its input shape, or call it on data first.`,
      );
    }
    return this.graph;
  }

  protected override get hasOwnDtype(): boolean {
    return false;
  }

  override call(inputs: Structure<Tensor>, options: CallOptions): Structure<Tensor> {
    if (!this.graph) return super.call(inputs, options);
    const tensors = this.standardizeInputs(inputs, this.graph);
    flatten<Tensor | null>(options.mask).forEach((each, i) => {
      if (each && tensors[i]) setMask(tensors[i], each);
    });
    const outputs = this.graph.run<Tensor>(
      tensors,
      // Whether this is training is known to layers from the call going on, unless theirs said so itself.
      (layer, args, kwargs) => layer.invoke(...args, kwargs) as Structure<Tensor>,
    );
    return Array.isArray(outputs) && outputs.length === 1 ? (outputs[0] as Tensor) : outputs;
  }

  /** Runs `call` once on a stand-in, so that the layers it uses get their weights. */
  override buildInside(inputShape: ShapeStructure): void {
    if (this.graph || this.sublayers.every(layer => layer.built)) return;
    const standIn = mapShapes(inputShape, shape => parameter({ shape: shape.map(dim => dim ?? 1), dtype: 'float32' }));
    trace(() => this.keepingLosses(() => this.callOnTensors(standIn, {})));
  }

  /** Masks travel on the tensors inside of the model; there is nothing to add. */
  override computeMask(): null {
    return null;
  }

  /** Inputs given as one tensor, a list or a dict, in the order, rank and dtype of the model's. */
  private standardizeInputs(inputs: Structure<Tensor>, graph: LayerGraph): Tensor[] {
    let given = inputs;
    if (isDict(inputs) && !isDict(graph.inputStructure)) {
      given = this.inputNames.map((name, i) => {
        const tensor = inputs[name] ?? inputs[graph.inputs[i]!.name];
        if (!tensor) {
          throw new ValueError(
            `Missing data for input "${name}". You passed a data dictionary with keys [${Object.keys(inputs).join(', ')}]. ` +
              `Expected the following keys: [${this.inputNames.join(', ')}]`,
          );
        }
        return tensor as Tensor;
      });
    } else if (isDict(inputs) && isDict(graph.inputStructure)) {
      // Keys that the model does not know are left aside.
      given = Object.fromEntries(
        Object.keys(graph.inputStructure).map(key => {
          if (!(key in inputs))
            throw new ValueError(
              `Missing data for input "${key}". Received keys: [${Object.keys(inputs).join(', ')}].`,
            );
          return [key, inputs[key] as Structure<Tensor>];
        }),
      );
    }
    const tensors = flatten(given);
    if (tensors.length !== graph.inputs.length) {
      throw new ValueError(
        `Layer "${this.name}" expects ${graph.inputs.length} input(s), but it received ${tensors.length} input tensors.`,
      );
    }
    const adjusted = tensors.map((tensor, i) => adjust(tensor, graph.inputs[i]!));
    checkInputs(
      graph.inputs.map(input => ({ shape: [null, ...input.shape.slice(1)], name: nameOf(input) })),
      adjusted,
      this.name,
    );
    return adjusted;
  }

  /**
   * The layer of that name or at that index: `getLayer('dense')`, `getLayer(0)`, `getLayer({ index: 0 })`, or Keras's
   * `getLayer(null, 0)`. @throws ValueError if there is none.
   */
  getLayer(
    which?: string | number | { readonly name?: string | null; readonly index?: number | null } | null,
    at?: number | null,
  ): Layer {
    const given = typeof which === 'string' ? { name: which } : typeof which === 'number' ? { index: which } : which;
    const { name, index } = { name: null, index: at ?? null, ...given };
    if ((name === null) === (index === null)) {
      throw new ValueError(
        `Provide ${name === null ? 'either' : 'only'} a layer name or a layer index. Received: name=${name}, index=${index}.`,
      );
    }
    const { layers } = this;
    if (index !== null) {
      const found = layers.at(index);
      if (!found)
        throw new ValueError(
          `Was asked to retrieve layer at index ${index} but model only has ${layers.length} layers.`,
        );
      return found;
    }
    const found = layers.find(layer => layer.name === name);
    if (!found) {
      throw new ValueError(
        `No such layer: ${name}. Existing layers are: [${layers.map(layer => `'${layer.name}'`).join(', ')}].`,
      );
    }
    return found;
  }

  /** Prints Keras's table of the layers, or hands its text to `printFn`. */
  summary(options: SummaryOptions = {}): void {
    const text = summaryText(this, options);
    if (options.printFn) options.printFn(text);
    else console.log(text.replace(/\n$/, ''));
  }

  /** @internal The graph, for those who draw or print it. */
  get layerGraph(): LayerGraph | null {
    return this.graph;
  }

  /** The architecture as Keras's JSON text: `modelFromJson` makes the model again, without weights. */
  toJson({ indent }: { readonly indent?: number } = {}): string {
    return jsonText(serializeObject(this), indent);
  }

  /** Saves the whole model as a `.keras` file, or as an `.h5` file of Keras 2. */
  save(path: string, options: SaveModelOptions = {}): Promise<void> {
    return saveModel(this, path, options);
  }

  /** Saves the weights as a `.weights.h5` file. The file is replaced at once, when all is written. */
  saveWeights(path: string, options: SaveOptions = {}): Promise<void> {
    return saveWeights(this, path, options);
  }

  /**
   * Loads weights from a `.weights.h5`, `.keras` or `.h5` file: a path, an address, or its bytes. If something does not fit, no
   * weight changes. @throws ValueError if the model is not built, or the file is damaged or of another architecture
   */
  loadWeights(source: FileSource, options: LoadWeightsOptions & LegacyLoadOptions = {}): Promise<void> {
    return loadWeights(this, source, options);
  }

  override getBuildConfig(): Json {
    return this.graph ? { input_shape: null } : super.getBuildConfig();
  }

  /** What `compile` was told, for files; empty before. */
  getCompileConfig(): Json {
    const options = this.compileArguments;
    return options ? compileConfig(options, this.optimizer) : {};
  }

  /** Compiles the model as `getCompileConfig` remembers. */
  compileFromConfig(config: Json): void {
    if (!isDict(config) || Object.keys(config).length === 0) return;
    this.compile(optionsFromConfig(config as Config));
    if (this.built) this.optimizer?.build(this.trainableWeights);
  }
}

function nameOf(tensor: KerasTensor): string {
  return tensor.history!.layer.name;
}

/** What data for inputs or outputs are matched with: they are called by the keys of a dict, or by their layers. */
function portsOf(tensors: Structure<KerasTensor>, describe: (tensor: KerasTensor) => Omit<Port, 'name'>): Port[] {
  const leaves = flatten(tensors);
  return placesOf(tensors).map((place, i) => {
    const [key] = place;
    const name = place.length === 1 && typeof key === 'string' ? key : nameOf(leaves[i]!);
    return { name, place, ...describe(leaves[i]!) };
  });
}

/** The tensor in the dtype of an input, with a last axis of 1 added or dropped where only that differs. */
function adjust(tensor: Tensor, input: KerasTensor): Tensor {
  let result = castTo(tensor, input.dtypeName);
  if (tensor.rank === input.rank + 1 && tensor.shape.at(-1) === 1) result = squeeze(result, -1);
  else if (tensor.rank === input.rank - 1 && input.shape.at(-1) === 1) result = expandDims(result, -1);
  const mask = getMask(tensor);
  if (mask && result !== tensor) setMask(result, mask);
  return result;
}

/** The model that `toJson` described. `customObjects` names your own classes and functions. */
export function modelFromJson(
  json: string,
  { customObjects }: { readonly customObjects?: CustomObjects } = {},
): BaseModel {
  const object: unknown = JSON.parse(json);
  if (!isKerasObject(object))
    throw new ValueError('modelFromJson expects the JSON text of a model, as `toJson` writes it.');
  return deserializeObject<BaseModel>(object, 'keras', customObjects);
}
