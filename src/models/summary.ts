// Keras 3's summary: the table that the Python library `rich` draws, character by character.

import { platform } from '#platform';
import { ValueError } from '../errors.js';
import type { Node, SymbolicShape } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import type { Weight } from '../layers/weight.js';
import { fixed } from '../numberText.js';
import { formatShape, sizeOf } from '../shape.js';
import type { BaseModel } from './model.js';

export interface SummaryOptions {
  /** Width of the table. Default 88, or 108 with connections, as far as the terminal allows. */
  readonly lineLength?: number;
  /** Where each column ends: shares of the width. */
  readonly positions?: readonly number[];
  /** Gets the whole text instead of the console. */
  readonly printFn?: (text: string) => void;
  /** Also lists the layers of models inside. */
  readonly expandNested?: boolean;
  /** Adds a column that says whether each layer is trained. */
  readonly showTrainable?: boolean;
  /** First and last layer to list, by name or regular expression. */
  readonly layerRange?: readonly [string, string];
}

type Align = 'left' | 'right' | 'center';

interface OptimizerLike {
  readonly built: boolean;
  readonly variables: readonly { readonly shape: readonly number[]; readonly dtype: string }[];
}

/** The text of `model.summary()`. */
export function summaryText(model: BaseModel, options: SummaryOptions): string {
  const graph = model.layerGraph;
  const stacked = model.className === 'Sequential' || !graph || isChain(model);
  const header = ['Layer (type)', 'Output Shape', 'Param #'];
  const aligns: Align[] = ['left', 'left', 'right'];
  let positions = options.positions ?? (stacked ? [0.45, 0.8, 1] : [0.3, 0.56, 0.74, 1]);
  let width = stacked ? 88 : 108;
  if (!stacked) {
    header.push('Connected to');
    aligns.push('left');
  }
  if (options.showTrainable) {
    width += 12;
    positions = [...positions.map(position => position * 0.9), 1];
    header.push('Trainable');
    aligns.push('center');
  }
  if (positions.length < header.length) {
    throw new ValueError(
      `summary: expected positions of ${header.length} columns (${header.join(', ')}). Received [${positions.join(', ')}].`,
    );
  }
  width = options.lineLength ?? Math.min(width, platform.columns() - 4);
  let used = 0;
  const columns = positions.slice(0, header.length).map(position => {
    const column = Math.trunc(position * width) - used;
    if (column < 4) throw new ValueError('Insufficient console width to print summary.');
    used += column;
    return column;
  });
  const rows: string[][] = [];
  const addLayer = (layer: Layer, level: number): void => {
    const fields = [
      `${level > 0 ? `${'   '.repeat(level)}└ ` : ''}${layer.name} (${layer.className})`,
      outputShape(layer),
      layer.built ? layer.countParams().toLocaleString('en-US') : '0 (unbuilt)',
    ];
    if (!stacked) fields.push(connections(layer, new Set(graph!.nodes)));
    if (options.showTrainable) fields.push(layer.weights.length === 0 ? '-' : layer.trainable ? 'Y' : 'N');
    rows.push(fields);
    if (options.expandNested && 'layers' in layer) {
      for (const inner of layer.layers as readonly Layer[]) addLayer(inner, level + 1);
    }
  };
  const layers = model.className === 'Sequential' || !graph ? model.layers : graph.layers;
  for (const layer of inRange(layers, options.layerRange)) addLayer(layer, 0);
  return [`Model: "${model.name}"`, ...table(header, rows, columns, aligns, width), ...totals(model), ''].join('\n');
}

/** Whether the graph is a plain chain, which needs no column of connections. */
function isChain(model: BaseModel): boolean {
  const graph = model.layerGraph!;
  const levels = [...graph.nodesByDepth.values()];
  if (levels.some(nodes => nodes.length > 1 || nodes[0]!.inputTensors.length > 1)) return false;
  const nodes = new Set(graph.nodes);
  return graph.layers.every(layer => layer.inboundNodes.filter(node => nodes.has(node)).length <= 1);
}

function outputShape(layer: Layer): string {
  const node = layer.inboundNodes.at(-1);
  const graph = 'layerGraph' in layer ? (layer as BaseModel).layerGraph : null;
  let shapes: readonly SymbolicShape[];
  if (node) shapes = node.outputTensors.map(tensor => tensor.shape);
  else if (graph) {
    shapes = graph.outputs.map(tensor => tensor.shape);
    if (shapes.length > 1) return `(${shapes.map(formatShape).join(', ')})`;
  } else {
    const build = layer.getBuildConfig() as { readonly input_shape?: SymbolicShape | null } | null;
    if (!build?.input_shape) return '?';
    try {
      shapes = [layer.computeOutputShape(build.input_shape) as SymbolicShape];
    } catch {
      return '?';
    }
  }
  // Python writes lists of several shapes in brackets, and a tuple of one element without its comma here.
  const texts = shapes.map(shape => formatShape(shape).replace(',)', ')'));
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}

function connections(layer: Layer, relevant: ReadonlySet<Node>): string {
  const texts = layer.inboundNodes
    .filter(node => relevant.has(node))
    .flatMap(node =>
      node.inputTensors.map(({ history }) => `${history!.layer.name}[${history!.nodeIndex}][${history!.tensorIndex}]`),
    );
  return texts.join(', ') || '-';
}

function inRange(layers: readonly Layer[], range: readonly [string, string] | undefined): readonly Layer[] {
  if (!range) return layers;
  const matches = (layer: Layer, pattern: string) =>
    layer.name === pattern || new RegExp(`^(?:${pattern})`).test(layer.name);
  const from = layers.findIndex(layer => matches(layer, range[0]));
  const to = layers.findLastIndex(layer => matches(layer, range[1]));
  if (from < 0 || to < 0)
    throw new ValueError(`Passed layerRange does not match any layers of the model: ${range.join(', ')}`);
  return layers.slice(Math.min(from, to), Math.max(from, to) + 1);
}

function totals(model: BaseModel): string[] {
  const trainable = sizes(model.trainableWeights);
  const others = sizes(model.nonTrainableWeights);
  const { optimizer } = model as { optimizer?: OptimizerLike | null };
  const slots = optimizer?.built ? sizes(optimizer.variables) : null;
  const line = (label: string, ...parts: readonly { count: number; bytes: number }[]) => {
    const count = parts.reduce((sum, part) => sum + part.count, 0);
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    return ` ${label}: ${count.toLocaleString('en-US')} (${readableSize(bytes)})`;
  };
  return [
    line('Total params', trainable, others, ...(slots ? [slots] : [])),
    line('Trainable params', trainable),
    line('Non-trainable params', others),
    ...(slots ? [line('Optimizer params', slots)] : []),
  ];
}

/** Elements and bytes. Keras keeps counters in 64 bits. */
function sizes(weights: readonly (Weight | OptimizerLike['variables'][number])[]): {
  count: number;
  bytes: number;
} {
  let count = 0;
  let bytes = 0;
  for (const { shape, dtype } of new Set(weights)) {
    count += sizeOf(shape);
    bytes += sizeOf(shape) * (dtype === 'float32' ? 4 : dtype === 'int32' ? 8 : 1);
  }
  return { count, bytes };
}

function readableSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  for (const unit of units) {
    if (value < 1024) return `${fixed(value, 2)} ${unit}`;
    value /= 1024;
  }
  return `${fixed(value, 2)} PB`;
}

// ---- The table as `rich` draws it ----------------------------------------------------------------------------------

function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: readonly number[],
  aligns: readonly Align[],
  width: number,
): string[] {
  const outer = fit(
    columns.map(column => column + 2),
    width - columns.length - 1,
  );
  const inner = outer.map(each => each - 2);
  const rule = (left: string, fill: string, middle: string, right: string) =>
    left + outer.map(each => fill.repeat(each)).join(middle) + right;
  const lines = (cells: readonly string[], bar: string, onTop: boolean): string[] => {
    const wrapped = cells.map((cell, i) => wrap(cell, inner[i]!));
    const height = Math.max(...wrapped.map(each => each.length));
    return Array.from({ length: height }, (_, y) => {
      const texts = wrapped.map(each => each[onTop ? y : y - height + each.length] ?? '');
      return bar + texts.map((text, i) => ` ${align(text, inner[i]!, aligns[i]!)} `).join(bar) + bar;
    });
  };
  return [
    rule('┏', '━', '┳', '┓'),
    ...lines(header, '┃', false),
    rule('┡', '━', '╇', '┩'),
    ...rows.flatMap((row, i) => [...(i > 0 ? [rule('├', '─', '┼', '┤')] : []), ...lines(row, '│', true)]),
    rule('└', '─', '┴', '┘'),
  ];
}

/**
 * Widths with `available` as their sum: what is too much is taken off all columns evenly, rounding half to even as Python
 * does; what is missing is given to each in proportion to its width.
 */
function fit(widths: readonly number[], available: number): number[] {
  let total = widths.reduce((sum, each) => sum + each, 0);
  let excess = total - available;
  return widths.map((each, i) => {
    const share = excess / (widths.length - i);
    const taken = excess > 0 ? roundHalfToEven(share) : -Math.ceil((each * -excess) / total);
    total -= each;
    excess -= taken;
    return each - taken;
  });
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

// Chinese, Japanese and Korean characters and pictograms take two columns of a terminal, combining marks none.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const columnsOf = (character: string): number => (wide.test(character) ? 2 : /\p{Mn}/u.test(character) ? 0 : 1);

/** How many columns of a terminal a text takes. */
function cells(text: string): number {
  let sum = 0;
  for (const character of text) sum += columnsOf(character);
  return sum;
}

/** Breaks at spaces; a word that is too long is cut with an ellipsis. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/\s*\S+\s*/g) ?? [text]) {
    if (line !== '' && cells(line) + cells(word.trimEnd()) > width) {
      lines.push(line);
      line = '';
    }
    line += word;
  }
  lines.push(line);
  return lines.map(each => truncate(each.trimEnd(), width));
}

function truncate(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += columnsOf(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept.padEnd(kept.length + width - 1 - cells(kept))}…`;
}

function align(text: string, width: number, how: Align): string {
  const free = width - cells(text);
  if (how === 'right') return ' '.repeat(free) + text;
  const left = how === 'center' ? Math.floor(free / 2) : 0;
  return ' '.repeat(left) + text + ' '.repeat(free - left);
}
