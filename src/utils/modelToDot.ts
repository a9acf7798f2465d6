// Pictures of models in the language DOT of Graphviz, line by line as Keras writes them with pydot.

import { type ActivationFunction, serializeActivation } from '../activations.js';
import { isKerasObject } from '../config.js';
import { ValueError } from '../errors.js';
import type { KerasTensor, Node } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import type { BaseModel } from '../models/model.js';
import { formatShape } from '../shape.js';
import { flatten, isDict, type Structure } from '../structure.js';

export interface DotOptions {
  /** Adds the shapes of inputs and outputs. Default false. */
  readonly showShapes?: boolean;
  /** Adds the type of the outputs. Default false. */
  readonly showDtype?: boolean;
  /** Whether a box has the layer's name besides its class. Default true. */
  readonly showLayerNames?: boolean;
  /** Direction: 'TB' downwards, 'LR' to the right. Default 'TB'. */
  readonly rankdir?: string;
  /** Draws models inside of the model as frames around their layers. Default false. */
  readonly expandNested?: boolean;
  /** Dots per inch. Default 200. */
  readonly dpi?: number;
  /** Adds the activation of layers that have one. Default false. */
  readonly showLayerActivations?: boolean;
  /** Adds whether the layer is trained. Default false. */
  readonly showTrainable?: boolean;
  /** How edges are drawn: 'ortho', 'curved', 'polyline', 'spline' or 'line'. Default 'ortho'. */
  readonly splines?: string;
}

/**
 * The layers of a model as boxes with edges between them, in the language DOT. Keras: keras.utils.model_to_dot.
 * @throws ValueError if the model is not built yet
 */
export function modelToDot(model: Layer, options: DotOptions = {}): string {
  if (!model.built) {
    throw new ValueError(
      'This model has not yet been built. Build the model first by calling `build()` or by calling the model on a batch ' +
        'of data.',
    );
  }
  const { rankdir = 'TB', dpi = 200, splines = 'ortho' } = options;
  const drawing = new Drawing(options);
  return [
    'digraph G {',
    `rankdir=${quoteValue(rankdir)};`,
    'concentrate=true;',
    `dpi=${dpi};`,
    `splines=${quoteValue(splines)};`,
    'node [shape=record];',
    ...drawing.linesOf(model),
    '}',
    '',
  ].join('\n');
}

class Drawing {
  readonly #options: DotOptions;
  readonly #ids = new Map<Layer, string>();

  constructor(options: DotOptions) {
    this.#options = options;
  }

  /** The boxes of a model's layers, then the edges between them. */
  linesOf(model: Layer): string[] {
    if (!isModel(model)) return [this.#box(model)];
    const graph = model.layerGraph!;
    const layers = isSequential(model) ? model.layers : graph.layers;
    const boxes = layers.flatMap(layer =>
      this.#options.expandNested && isModel(layer) ? this.#frame(layer) : [this.#box(layer)],
    );
    const nodes = new Set(graph.nodes);
    // The input of a stack has no box.
    const edges = layers
      .slice(isSequential(model) ? 1 : 0)
      .flatMap(layer => layer.inboundNodes.filter(node => nodes.has(node)))
      .flatMap(node => this.#edgesInto(node));
    return [...boxes, ...new Set(edges)];
  }

  #frame(model: BaseModel): string[] {
    return [
      `subgraph ${quote(`cluster_${model.name}`)} {`,
      'style=dashed;',
      `label=${quoteValue(model.name)};`,
      'labeljust=l;',
      ...this.linesOf(model),
      '}',
    ];
  }

  #box(layer: Layer): string {
    const label = labelOf(layer, this.#options);
    return `${this.#id(layer)} [label=<${label}>, fontname=Helvetica, border=0, margin=0];`;
  }

  #edgesInto(node: Node): string[] {
    return node.inputTensors.map((tensor, inputIndex) => {
      const { layer, tensorIndex } = tensor.history!;
      const { expandNested } = this.#options;
      const from = expandNested ? producerOf(layer, tensorIndex) : layer;
      const to = expandNested ? consumerOf(node.layer, inputIndex) : node.layer;
      return `${this.#id(from)} -> ${this.#id(to)} [penwidth=2];`;
    });
  }

  #id(layer: Layer): string {
    let id = this.#ids.get(layer);
    if (id === undefined) this.#ids.set(layer, (id = `n${this.#ids.size}`));
    return id;
  }
}

function isModel(layer: Layer): layer is BaseModel {
  return 'layerGraph' in layer && layer.layerGraph !== null;
}

function isSequential(model: BaseModel): boolean {
  return model.className === 'Sequential';
}

/** The layer, inside of any models, that makes output `index` of a layer. */
function producerOf(layer: Layer, index: number): Layer {
  if (!isModel(layer)) return layer;
  const { history } = layer.layerGraph!.outputs[index]!;
  return producerOf(history!.layer, history!.tensorIndex);
}

/** The layer, inside of any models, that reads input `index` of a layer. */
function consumerOf(layer: Layer, index: number): Layer {
  if (!isModel(layer)) return layer;
  if (isSequential(layer)) return consumerOf(layer.layers[0]!, 0);
  return consumerOf(layer.layerGraph!.inputs[index]!.history!.layer, 0);
}

/** A table in Graphviz's HTML: the name, the activation, and a row with all else. */
function labelOf(layer: Layer, options: DotOptions): string {
  const { showShapes, showDtype, showTrainable, showLayerActivations, showLayerNames = true } = options;
  const span = Math.max(1, Number(!!showDtype) + Number(!!showTrainable) + (showShapes ? 2 : 0));
  const name = escapeHtml(layer.name);
  const title = showLayerNames ? `<b>${name}</b> (${layer.className})` : `<b>${layer.className}</b>`;
  const rows = [`<td colspan="${span}" bgcolor="black"><font point-size="16" color="white">${title}</font></td>`];
  const activation = showLayerActivations ? activationOf(layer) : null;
  if (activation !== null) {
    const text = `Activation: <b>${escapeHtml(activation)}</b>`;
    rows.push(`<td bgcolor="white" colspan="${span}"><font point-size="14">${text}</font></td>`);
  }
  const cells = cellsOf(layer, options);
  if (cells.length > 0) rows.push(cells.join(''));
  const table = rows.map(row => `<tr>${row}</tr>`).join('');
  return `<table border="0" cellborder="1" bgcolor="black" cellpadding="10">${table}</table>`;
}

function cellsOf(layer: Layer, { showShapes, showDtype, showTrainable }: DotOptions): string[] {
  const cell = (what: string, value: string) =>
    `<td bgcolor="white"><font point-size="14">${what}: <b>${value}</b></font></td>`;
  const cells: string[] = [];
  const [input, output] = tensorsOf(layer);
  if (showShapes) {
    if (layer.className !== 'InputLayer') cells.push(cell('Input shape', shapeText(input)));
    cells.push(cell('Output shape', shapeText(output)));
  }
  if (showDtype) cells.push(cell('Output dtype', output === null ? '?' : dtypeText(output)));
  if (showTrainable && layer.weights.length > 0) {
    const [color, text] = layer.trainable ? ['forestgreen', 'Trainable'] : ['firebrick', 'Non-trainable'];
    cells.push(`<td bgcolor="${color}"><font point-size="14" color="white"><b>${text}</b></font></td>`);
  }
  return cells;
}

type Tensors = Structure<KerasTensor> | null;

/** The symbolic inputs and outputs of a model, or of the first call of a layer; null if there are none. */
function tensorsOf(layer: Layer): [input: Tensors, output: Tensors] {
  if (isModel(layer)) return [layer.layerGraph!.inputStructure, layer.layerGraph!.outputStructure];
  const node = layer.inboundNodes[0];
  return node ? [single(node.inputTensors), single(node.outputTensors)] : [null, null];
}

function single(tensors: readonly KerasTensor[]): Structure<KerasTensor> {
  return tensors.length === 1 ? tensors[0]! : tensors;
}

function shapeText(tensors: Tensors): string {
  if (tensors === null) return '?';
  if (isDict(tensors)) {
    const entries = Object.keys(tensors).map(key => `${key}: ${shapeText(tensors[key] as Structure<KerasTensor>)}`);
    return escapeHtml(entries.join(', '));
  }
  const shapes = flatten<KerasTensor>(tensors).map(({ shape }) => formatShape(shape));
  return Array.isArray(tensors) ? `[${shapes.join(', ')}]` : shapes[0]!;
}

/** As Python prints names, lists and dicts of them. */
function dtypeText(tensors: Structure<KerasTensor>): string {
  if (isDict(tensors)) {
    const entries = Object.keys(tensors).map(key => `'${key}': '${(tensors[key] as KerasTensor).dtype}'`);
    return escapeHtml(`{${entries.join(', ')}}`);
  }
  const dtypes = flatten<KerasTensor>(tensors).map(({ dtype }) => dtype);
  return Array.isArray(tensors) ? `[${dtypes.map(dtype => `'${dtype}'`).join(', ')}]` : dtypes[0]!;
}

/** The name of a layer's activation; null if the layer has none. */
function activationOf(layer: Layer): string | null {
  const { activation } = layer as { readonly activation?: ActivationFunction | null };
  if (!activation) return null;
  const name = serializeActivation(activation);
  if (typeof name === 'string') return name;
  return isKerasObject(name) && typeof name.config === 'string' ? name.config : activation.name;
}

const digits = /^(?:\d+\.?\d*|\d*\.\d+)$/;

/** DOT takes plain words and numbers as they are. */
function quote(text: string): string {
  return /^[A-Za-z_]\w*$/.test(text) || digits.test(text) ? quoteKeyword(text) : quoted(text);
}

/** Values of attributes are quoted already for an underscore. */
function quoteValue(text: string): string {
  return /^[\p{L}\p{Nl}\p{No}][\p{L}\p{N}]*$/u.test(text) || digits.test(text) ? quoteKeyword(text) : quoted(text);
}

function quoteKeyword(text: string): string {
  return /^(?:node|edge|graph|digraph|subgraph|strict)$/i.test(text) ? quoted(text) : text;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
