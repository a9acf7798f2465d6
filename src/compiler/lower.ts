// Lowering: gives every tensor a place in memory (a buffer of the arena, a variable's or a constant's memory) and
// collects the instructions of all nodes in order.

import type { Emitter, Place } from '../graph/op.js';
import type { Node, Tensor } from '../graph/tensor.js';
import type { BaseVariable } from '../graph/variable.js';
import type { Instruction } from '../runtime/encode.js';
import type { Buffer, Location } from '../runtime/pointer.js';
import { formatShape, sizeOf } from '../shape.js';
import { type Graph, rootsOf } from './graph.js';
import { ArenaBuffer } from './plan.js';
import { schedule, storageOf, variableOf } from './schedule.js';

/** Work (about one scalar operation each) from which an instruction is worth waking other threads for. */
const PARALLEL_WORK = 16384;

/** An instruction with the node it belongs to, for listings. */
export interface LabelledInstruction extends Instruction {
  readonly label: string;
}

export interface Lowered {
  readonly instructions: readonly LabelledInstruction[];
  /** To be run before, at first and whenever one of `sources` has changed: what is derived from them alone. */
  readonly prologue: readonly LabelledInstruction[];
  readonly sources: readonly BaseVariable[];
  readonly buffers: readonly ArenaBuffer[];
  readonly parameters: readonly Place[];
  readonly outputs: readonly Place[];
  /** Constants and where they must be written before the first run. */
  readonly constants: readonly { readonly tensor: Tensor; readonly buffer: Buffer }[];
}

/** What all emitters of a program append to. */
interface Output {
  readonly threads: number;
  readonly instructions: LabelledInstruction[];
  readonly prologue: LabelledInstruction[];
  readonly buffers: ArenaBuffer[];
  /** Memory that lives as long as the program. */
  constantBuffer(bytes: number): Buffer;
  /** Whether a buffer holds the same value at each run, until somebody writes to it from outside. */
  lasts(buffer: Buffer): boolean;
}

/** `constantBuffer` provides memory that lives as long as the program. */
export function lower(graph: Graph, threads: number, constantBuffer: (bytes: number) => Buffer): Lowered {
  const order = schedule(graph);
  const end = order.length;
  const lastUse = lastUses(graph, order);
  const direct = directUpdates(graph, order);
  const places = new Map<Tensor, Place>();
  const buffers: ArenaBuffer[] = [];
  const constants: { tensor: Tensor; buffer: Buffer }[] = [];
  const instructions: LabelledInstruction[] = [];
  const prologue: LabelledInstruction[] = [];
  const parameters = new Set(graph.parameters);
  const updated = new Set<BaseVariable>(graph.updates.map(([variable]) => variable));
  const variableIn = new Map<Buffer, BaseVariable>();
  const sources = new Set<BaseVariable>();
  const lasts = (buffer: Buffer) => {
    const variable = variableIn.get(buffer);
    if (variable && !updated.has(variable)) sources.add(variable);
    return buffer.space === 'fixed' && !(variable && updated.has(variable));
  };
  const output: Output = { threads, instructions, prologue, buffers, constantBuffer, lasts };

  const arenaBuffer = (tensor: Tensor, first: number, label: string) => {
    const buffer = new ArenaBuffer(4 * tensor.size, first, lastUse.get(tensor) ?? first, label);
    buffers.push(buffer);
    return buffer;
  };
  const leafBuffer = (tensor: Tensor): Buffer => {
    if (parameters.has(tensor)) return arenaBuffer(tensor, -1, `parameter ${formatShape(tensor.shape)}`);
    const variable = variableOf(tensor);
    if (variable) {
      variableIn.set(variable.buffer, variable);
      return variable.buffer;
    }
    const buffer = constantBuffer(4 * tensor.size);
    constants.push({ tensor, buffer });
    return buffer;
  };
  const placeOf = (tensor: Tensor): Place => {
    let place = places.get(tensor);
    if (!place) {
      const root = storageOf(tensor);
      place =
        root === tensor
          ? locate(tensor, leafBuffer(tensor))
          : { ...placeOf(root), shape: tensor.shape, dtype: tensor.dtype };
      places.set(tensor, place);
    }
    return place;
  };

  const parameterPlaces = graph.parameters.map(placeOf);
  order.forEach((node, index) => {
    if (node.op.view) return;
    const inputs = node.inputs.map(placeOf);
    const label = labelOf(node);
    const outputs = node.outputs.map((output, o) => {
      const buffer =
        direct.get(output)?.buffer ??
        reusableInput(node, o, index, inputs, lastUse) ??
        arenaBuffer(output, index, label);
      if (buffer instanceof ArenaBuffer) buffer.last = Math.max(buffer.last, lastUse.get(output) ?? index);
      const place = locate(output, buffer);
      places.set(output, place);
      return place;
    });
    node.op.emit(new NodeEmitter(output, label, index), { inputs, outputs, attrs: node.attrs });
  });

  // Old values that are still wanted are saved before the first variable that is not updated in place changes.
  const final = new NodeEmitter(output, 'update', end);
  const copy = (from: Place, to: Place) => final.call('copy', { x: from, y: to, n: from.size }, from.size);
  const settled = (tensor: Tensor): Place => {
    const place = placeOf(tensor);
    const variable = variableOf(storageOf(tensor));
    if (!variable || !updated.has(variable)) return place;
    const saved = new ArenaBuffer(4 * tensor.size, end, end, `saved ${variable.name}`);
    buffers.push(saved);
    const to = locate(tensor, saved);
    copy(place, to);
    return to;
  };
  const outputPlaces = graph.outputs.map(settled);
  const rest = graph.updates.filter(([variable, tensor]) => direct.get(storageOf(tensor)) !== variable);
  const values = rest.map(([, tensor]) => settled(tensor));
  rest.forEach(([variable], i) => {
    copy(values[i]!, locate(variable, variable.buffer));
  });
  return {
    instructions,
    prologue,
    sources: [...sources],
    buffers,
    parameters: parameterPlaces,
    outputs: outputPlaces,
    constants,
  };
}

/** Index of the last node that needs each storage; the end of the program for what must survive. */
function lastUses(graph: Graph, order: readonly Node[]): Map<Tensor, number> {
  const last = new Map<Tensor, number>();
  order.forEach((node, index) => {
    if (node.op.view) return;
    for (const input of node.inputs) last.set(storageOf(input), index);
  });
  for (const tensor of rootsOf(graph)) last.set(storageOf(tensor), order.length);
  return last;
}

/**
 * The tensors that can be computed straight into the memory of the variable they update: every reader of the variable's
 * old value has run before, or is the very node, which then must be able to work in place.
 */
function directUpdates(graph: Graph, order: readonly Node[]): Map<Tensor, BaseVariable> {
  const position = new Map(order.map((node, index) => [node, index]));
  const lastReader = new Map<BaseVariable, number>();
  order.forEach((node, index) => {
    if (node.op.view) return;
    for (const input of node.inputs) {
      const variable = variableOf(storageOf(input));
      if (variable) lastReader.set(variable, index);
    }
  });
  for (const tensor of rootsOf(graph)) {
    const variable = variableOf(storageOf(tensor));
    if (variable) lastReader.set(variable, Infinity);
  }
  const direct = new Map<Tensor, BaseVariable>();
  for (const [variable, tensor] of graph.updates) {
    const root = storageOf(tensor);
    const node = root.node;
    if (!node) continue;
    const index = position.get(node);
    if (index === undefined || direct.has(root)) continue;
    const readers = lastReader.get(variable) ?? -1;
    if (readers < index || (readers === index && worksInPlace(node, root, variable))) direct.set(root, variable);
  }
  return direct;
}

/** Whether a node may overwrite `variable` with its output: each of its inputs that is the variable allows it. */
function worksInPlace(node: Node, output: Tensor, variable: BaseVariable): boolean {
  const o = node.outputs.indexOf(output);
  return node.inputs.every(
    (input, i) =>
      variableOf(storageOf(input)) !== variable || node.op.inPlace?.some(([out, inp]) => out === o && inp === i),
  );
}

/** The buffer of an input that dies here and that output `o` may overwrite. */
function reusableInput(
  node: Node,
  o: number,
  index: number,
  inputs: readonly Place[],
  lastUse: ReadonlyMap<Tensor, number>,
): Buffer | undefined {
  for (const [out, i] of node.op.inPlace ?? []) {
    if (out !== o) continue;
    const place = inputs[i]!;
    const { buffer } = place;
    if (!(buffer instanceof ArenaBuffer) || buffer.last !== index || place.byteOffset !== 0) continue;
    if ((lastUse.get(storageOf(node.inputs[i]!)) ?? 0) > index || buffer.bytes !== 4 * sizeOf(node.outputs[o]!.shape))
      continue;
    // Another input in the same memory would be overwritten while it is still read; another output may not share it.
    if (inputs.some((other, j) => j !== i && other.buffer === buffer)) continue;
    buffer.last = Math.max(buffer.last, lastUse.get(node.outputs[o]!) ?? index);
    return buffer;
  }
  return undefined;
}

function locate({ shape, dtype }: { shape: readonly number[]; dtype: Place['dtype'] }, buffer: Buffer): Place {
  return { shape, dtype, size: sizeOf(shape), buffer, byteOffset: 0 };
}

function labelOf(node: Node): string {
  const shapes = (tensors: readonly Tensor[]) => tensors.map(({ shape }) => `[${shape.join(',')}]`).join(' ');
  return `${node.op.name} ${shapes(node.inputs)} -> ${shapes(node.outputs)}`;
}

/** The emitter of one node. Workspaces live while its instructions run. */
class NodeEmitter implements Emitter {
  readonly threads: number;
  readonly #output: Output;
  readonly #label: string;
  readonly #index: number;
  readonly #instructions: LabelledInstruction[];

  constructor(output: Output, label: string, index: number, instructions = output.instructions) {
    this.threads = output.threads;
    this.#output = output;
    this.#label = label;
    this.#index = index;
    this.#instructions = instructions;
  }

  readonly call: Emitter['call'] = (kernel, args, work, tail) => {
    const size = typeof work === 'number' ? work : work ? PARALLEL_WORK : 0;
    const shared = this.threads > 1 && size >= PARALLEL_WORK ? size : 0;
    this.#instructions.push({ kernel, args, work: shared, label: this.#label, ...(tail ? { tail } : {}) });
  };

  workspace(bytes: number): Location {
    // The prologue runs at other times than the nodes, so its workspaces are nobody else's.
    const { buffers, prologue, constantBuffer } = this.#output;
    if (this.#instructions === prologue) return { buffer: constantBuffer(bytes), byteOffset: 0 };
    const buffer = new ArenaBuffer(bytes, this.#index, this.#index, `workspace of ${this.#label}`);
    buffers.push(buffer);
    return { buffer, byteOffset: 0 };
  }

  derived(source: Place, bytes: number, fill: (k: Emitter, to: Location) => void): Location {
    const { prologue, constantBuffer, lasts } = this.#output;
    if (!lasts(source.buffer)) {
      const to = this.workspace(bytes);
      fill(this, to);
      return to;
    }
    const to = { buffer: constantBuffer(bytes), byteOffset: 0 };
    fill(new NodeEmitter(this.#output, `derived for ${this.#label}`, this.#index, prologue), to);
    return to;
  }
}
