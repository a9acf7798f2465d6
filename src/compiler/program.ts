// A compiled program: its words in WebAssembly memory, and where its parameters and outputs are.

import type { TypedArray } from '../dtype.js';
import { newArray } from '../dtype.js';
import { OutOfMemoryError, ShapeError, ValueError } from '../errors.js';
import type { Place } from '../graph/op.js';
import { type BaseVariable, disposalCount } from '../graph/variable.js';
import { type EncodedProgram, encodeProgram } from '../runtime/encode.js';
import { engine } from '../runtime/engine.js';
import type { Buffer, Location, Pointer } from '../runtime/pointer.js';
import { formatShape } from '../shape.js';
import { type Graph, nodesOf } from './graph.js';
import { type LabelledInstruction, lower } from './lower.js';
import { type ArenaBuffer, planMemory } from './plan.js';
import { variableOf } from './schedule.js';

const memory = new FinalizationRegistry<readonly number[]>(addresses => {
  for (const address of addresses) engine().heap.free(address);
});

export class Program {
  /** Threads it was compiled for; it runs on this many or fewer. */
  readonly threads: number;
  /** Bytes of arena it needs. */
  readonly arenaBytes: number;
  readonly parameters: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly #updated: readonly BaseVariable[];
  /** Keeps alive what the program's addresses point to. */
  readonly #variables: readonly BaseVariable[];
  readonly #main: Loaded;
  readonly #prologue: Loaded | null;
  /** The prologue's variables, and their versions when it last ran. */
  readonly #sources: readonly BaseVariable[];
  readonly #versions: number[];
  readonly #owned: readonly number[];
  readonly #listing: readonly (readonly [title: string, list: readonly LabelledInstruction[]])[];
  #base = 0;
  #prologueRan = false;
  #disposed = false;
  /** The count of disposals when all variables were last seen alive. */
  #disposals = -1;

  /** Compiles a graph that the passes are done with. */
  constructor(graph: Graph) {
    const { heap, core, threads } = engine();
    const owned: number[] = [];
    // Before anything is allocated: it may fail halfway.
    memory.register(this, owned, this);
    const constantBuffer = (bytes: number): Buffer => {
      const offset = heap.allocate(bytes);
      owned.push(offset);
      return { bytes, space: 'fixed', offset };
    };
    const lowered = lower(graph, threads, constantBuffer);
    const { instructions, prologue, sources, buffers, parameters, outputs, constants } = lowered;
    this.threads = threads;
    this.arenaBytes = planMemory(buffers);
    this.#listing = [
      ['prologue', prologue],
      ['program', instructions],
    ];
    const load = (list: readonly LabelledInstruction[]): Loaded => {
      const encoded = encodeProgram(list, core.kernels);
      const address = heap.allocate(encoded.words.byteLength);
      owned.push(address);
      engine().i32.set(encoded.words, address / 4);
      return { ...encoded, address };
    };
    this.#main = load(instructions);
    this.#prologue = prologue.length > 0 ? load(prologue) : null;
    this.#sources = sources;
    this.#versions = sources.map(() => -1);
    this.#owned = owned;
    try {
      engine().arena(this.arenaBytes);
    } catch (error) {
      throw error instanceof OutOfMemoryError ? withLargest(error, this.arenaBytes, buffers) : error;
    }
    const { i32, f32 } = engine();
    for (const { tensor, buffer } of constants) {
      (tensor.dtype === 'float32' ? f32 : i32).set(tensor.data(), buffer.offset / 4);
    }
    const base = () => this.#base;
    this.parameters = parameters.map(place => new Slot(place, base, this));
    this.outputs = outputs.map(place => new Slot(place, base, this));
    this.#updated = graph.updates.map(([variable]) => variable);
    this.#variables = variablesOf(graph);
    this.#checkAlive();
    for (const variable of this.#variables) variable.fill();
  }

  /** Makes the arena ready: parameters are written after this and before `run`. */
  prepare(): void {
    this.#checkAlive();
    const base = engine().arena(this.arenaBytes);
    if (base === this.#base) return;
    const { address, words, relocations } = this.#main;
    const { i32 } = engine();
    for (const word of relocations) i32[address / 4 + word] = (words[word]! + base) | 0;
    this.#base = base;
  }

  /** Runs once. Parameters must have been written since the last run of any program. */
  run(): void {
    this.prepare();
    if (this.#prologue && this.#sourcesChanged()) engine().run(this.#prologue.address, this.#prologue.work);
    for (const variable of this.#updated) variable.changing();
    engine().run(this.#main.address, this.#main.work);
  }

  /** Whether the prologue has to run (again); notes the versions it then runs with. */
  #sourcesChanged(): boolean {
    let changed = this.#versions.length === 0 && !this.#prologueRan;
    this.#prologueRan = true;
    for (let i = 0; i < this.#versions.length; i++) {
      const { version } = this.#sources[i]!;
      if (this.#versions[i] === version) continue;
      this.#versions[i] = version;
      changed = true;
    }
    return changed;
  }

  /**
   * Runs once, one instruction at a time, and says how long each took: kernel, op with its shapes, milliseconds of
   * `clock`. For finding out where time goes; the sum is more than a run takes.
   */
  profile(clock = () => performance.now()): { kernel: string; label: string; milliseconds: number }[] {
    this.prepare();
    for (const variable of this.#updated) variable.changing();
    const { heap, core, i32 } = engine();
    const [, instructions] = this.#listing.at(-1)!;
    return instructions.map(instruction => {
      const { words, relocations, work } = encodeProgram([instruction], core.kernels);
      for (const word of relocations) words[word] = (words[word]! + this.#base) | 0;
      const address = heap.allocate(words.byteLength);
      i32.set(words, address / 4);
      const start = clock();
      engine().run(address, work);
      const milliseconds = clock() - start;
      heap.free(address);
      return { kernel: instruction.kernel, label: instruction.label, milliseconds };
    });
  }

  /** Frees its memory now instead of when it is collected. It must not be used afterwards. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    memory.unregister(this);
    for (const address of this.#owned) engine().heap.free(address);
  }

  /** The program and its variables still own the memory it works on. */
  #checkAlive(): void {
    if (this.#disposed) throw new ValueError('The program has been disposed of and cannot run any more.');
    if (this.#disposals === disposalCount()) return;
    for (const variable of this.#variables) variable.checkAlive();
    this.#disposals = disposalCount();
  }

  /** One line per instruction: number, threads (1 or N), kernel, arguments, and the op with its shapes. */
  toString(): string {
    const names = new Map<Buffer, string>(this.#variables.map(variable => [variable.buffer, variable.name]));
    const where = ({ buffer, byteOffset }: Location) =>
      buffer.space === 'arena'
        ? `@${buffer.offset + byteOffset}`
        : (names.get(buffer) ?? `#${buffer.offset + byteOffset}`);
    const show = (value: Pointer | boolean) => (typeof value === 'object' ? where(value) : String(value));
    const line = ({ kernel, args, tail = [], work, label }: LabelledInstruction, i: number) => {
      const shown = Object.entries(args as Record<string, Pointer | boolean>).map(
        ([name, value]) => `${name}=${show(value)}`,
      );
      const rest = tail.length > 0 ? ` [${tail.map(show).join(' ')}]` : '';
      return `${String(i).padStart(4)} ${work > 0 ? 'N' : '1'} ${kernel}(${shown.join(', ')})${rest}  ; ${label}`;
    };
    return this.#listing
      .filter(([title, list]) => title === 'program' || list.length > 0)
      .flatMap(([title, list]) => [
        `${title}: ${list.length} instructions, ${this.threads} threads${title === 'program' ? `, arena ${this.arenaBytes} bytes` : ''}`,
        ...list.map(line),
      ])
      .join('\n');
  }
}

/** An encoded program in memory. */
interface Loaded extends EncodedProgram {
  readonly address: number;
}

/** A parameter or an output of a program: a fixed place in the arena. */
export class Slot {
  readonly shape: readonly number[];
  readonly dtype: Place['dtype'];
  readonly size: number;
  readonly #place: Place;
  readonly #base: () => number;
  readonly #program: Program;

  constructor(place: Place, base: () => number, program: Program) {
    this.shape = place.shape;
    this.dtype = place.dtype;
    this.size = place.size;
    this.#place = place;
    this.#base = base;
    this.#program = program;
  }

  /** Copies elements in, converted to the slot's dtype. */
  write(data: ArrayLike<number>): void {
    if (data.length !== this.size) {
      throw new ShapeError(
        `expected ${this.size} elements for shape ${formatShape(this.shape)}. Received ${data.length}.`,
      );
    }
    this.#program.prepare();
    this.#memory().set(data, this.#start());
  }

  /** Copies rows of `source` in: row indices[from + i] of `rowSize` elements becomes row i, for `count` rows. */
  gather(
    source: ArrayLike<number> & { subarray?(start: number, end: number): ArrayLike<number> },
    rowSize: number,
    indices: ArrayLike<number>,
    from: number,
    count: number,
  ): void {
    if (count * rowSize !== this.size) {
      throw new ShapeError(
        `expected ${this.size} elements for shape ${formatShape(this.shape)}. Received ${count} rows of ${rowSize}.`,
      );
    }
    this.#program.prepare();
    const memory = this.#memory();
    const start = this.#start();
    if (source.subarray && rowSize >= 16) {
      for (let i = 0; i < count; i++) {
        const row = indices[from + i]! * rowSize;
        memory.set(source.subarray(row, row + rowSize), start + i * rowSize);
      }
    } else {
      for (let i = 0; i < count; i++) {
        const row = indices[from + i]! * rowSize;
        for (let j = 0; j < rowSize; j++) memory[start + i * rowSize + j] = source[row + j]!;
      }
    }
  }

  /** A copy of the elements, valid until another program runs. */
  read(): TypedArray {
    const data = newArray(this.dtype, this.size);
    const start = this.#start();
    data.set(this.#memory().subarray(start, start + this.size));
    return data;
  }

  /** The first element, without a copy: for scalars such as a loss. */
  item(): number {
    return this.#memory()[this.#start()]!;
  }

  #memory(): Float32Array | Int32Array {
    return this.dtype === 'float32' ? engine().f32 : engine().i32;
  }

  #start(): number {
    const { buffer, byteOffset } = this.#place;
    return ((buffer.space === 'arena' ? this.#base() : 0) + buffer.offset + byteOffset) / 4;
  }
}

function variablesOf(graph: Graph): BaseVariable[] {
  const found = new Set<BaseVariable>(graph.updates.map(([variable]) => variable));
  const note = (tensor: Parameters<typeof variableOf>[0]) => {
    const variable = variableOf(tensor);
    if (variable) found.add(variable);
  };
  for (const node of nodesOf(graph)) node.inputs.forEach(note);
  graph.outputs.forEach(note);
  for (const [, tensor] of graph.updates) note(tensor);
  return [...found];
}

function withLargest(error: OutOfMemoryError, bytes: number, buffers: readonly ArenaBuffer[]): OutOfMemoryError {
  const largest = [...buffers].sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  const list = largest.map(({ label, bytes }) => `${label} (${bytes.toLocaleString('en')} bytes)`).join('; ');
  return new OutOfMemoryError(
    `${error.message} The program needs ${bytes.toLocaleString('en')} bytes at once; its largest tensors: ${list}.`,
  );
}
