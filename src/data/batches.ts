// Batches: from columns or from an iterable, pass after pass. A feed is a batch that can write itself into a program.

import type { DType } from '../dtype.js';
import { ValueError } from '../errors.js';
import type { Spec, Tensor } from '../graph/tensor.js';
import type { NumberArray } from '../ndarray.js';
import { permutation } from '../random/seed.js';
import type { Shape } from '../shape.js';
import { flatten, mapStructure, pack, type Structure } from '../structure.js';
import type { Column } from './column.js';

/** Inputs, targets and weights; null where there are none. */
export interface Parts<T> {
  readonly x: Structure<T | null>;
  readonly y: Structure<T | null> | null;
  readonly sampleWeight: Structure<T | null> | null;
}

/** The shapes, dtypes and structure of a batch: programs are compiled for one of these. */
export class Signature {
  readonly parts: Parts<Spec>;
  readonly specs: readonly Spec[];
  /** Equal for equal signatures. */
  readonly key: string;
  /** Number of samples. */
  readonly size: number;

  constructor(parts: Parts<Spec>) {
    this.parts = parts;
    this.specs = leavesOf(parts);
    const describe = (structure: Structure<Spec | null> | null): unknown =>
      structure === null
        ? null
        : mapStructure<Spec | null, string | null>(structure, spec => spec && `${spec.dtype}[${spec.shape}]`);
    this.key = JSON.stringify([describe(parts.x), describe(parts.y), describe(parts.sampleWeight)]);
    this.size = this.specs[0]?.shape[0] ?? 0;
  }

  /** The tensors, which come in the order of `specs`, as inputs, targets and weights. */
  unflatten(tensors: readonly Tensor[]): Parts<Tensor> {
    let next = 0;
    const fill = (structure: Structure<Spec | null>): Structure<Tensor | null> =>
      pack(
        structure,
        flatten(structure).map(spec => (spec ? tensors[next++]! : null)),
      );
    const { x, y, sampleWeight } = this.parts;
    return {
      x: fill(x),
      y: y === null ? null : fill(y),
      sampleWeight: sampleWeight === null ? null : fill(sampleWeight),
    };
  }
}

/** Where an array of a batch is written to: a parameter of a program. */
export interface BatchTarget {
  write(data: ArrayLike<number>): void;
  gather(source: NumberArray, rowSize: number, indices: ArrayLike<number>, from: number, count: number): void;
}

/** A batch. Valid until the next one is asked for. */
export interface Feed {
  readonly signature: Signature;
  /** Writes the batch into the parameters of a program compiled for the signature. */
  fill(slots: readonly BatchTarget[]): void;
}

/** A source of batches that can be gone through several times. */
export abstract class Batches {
  /** Batches per pass; null as long as it is not known. */
  numBatches: number | null = null;
  /** Batches per epoch where that is not one pass. */
  readonly stepsPerEpoch: number | null;
  #running = false;
  #seen = 0;
  #step = 0;

  constructor(stepsPerEpoch: number | null) {
    if (stepsPerEpoch !== null && !(Number.isInteger(stepsPerEpoch) && stepsPerEpoch > 0)) {
      throw new ValueError(`Expected a positive whole number of steps. Received: ${stepsPerEpoch}.`);
    }
    this.stepsPerEpoch = stepsPerEpoch;
  }

  /** Steps per epoch; null if not known. */
  get steps(): number | null {
    return this.stepsPerEpoch ?? this.numBatches;
  }

  /** The next batch of the pass going on; null at its end. */
  protected abstract advance(): Feed | null | Promise<Feed | null>;

  /** Starts a new pass. */
  protected abstract restart(): void;

  /** The signature of a batch, without taking anything out of the passes to come. */
  abstract peek(): Signature | Promise<Signature>;

  /** Starts an epoch. A pass that several epochs share goes on. */
  begin(): void {
    this.#step = 0;
    if (this.#running && this.stepsPerEpoch !== null) return;
    this.restart();
    this.#running = true;
    this.#seen = 0;
  }

  /** Lets the next epoch start a new pass, whatever is left of the one going on. */
  reset(): void {
    this.#running = false;
  }

  /** The next batch of the epoch; null at its end. */
  next(): Feed | null | Promise<Feed | null> {
    const exhausted = this.numBatches !== null && this.#seen >= this.numBatches;
    if (exhausted) this.#running = false;
    if (this.#step >= (this.steps ?? Infinity)) return null;
    if (exhausted) return this.#ranOut();
    this.#step++;
    const feed = this.advance();
    if (feed instanceof Promise) return feed.then(each => this.#took(each));
    return this.#took(feed);
  }

  #took(feed: Feed | null): Feed | null {
    if (feed) {
      this.#seen++;
      return feed;
    }
    this.#running = false;
    this.numBatches ??= this.#seen;
    return this.stepsPerEpoch === null ? null : this.#ranOut();
  }

  #ranOut(): null {
    console.warn(
      'Your input ran out of data; interrupting training. Make sure that your dataset or generator can generate at least ' +
        '`stepsPerEpoch * epochs` batches. You may need to use the `.repeat()` function when building your dataset.',
    );
    return null;
  }
}

export interface ArrayBatchesOptions {
  readonly batchSize?: number | null;
  /** true shuffles the samples of each pass, 'batch' only those of each batch. */
  readonly shuffle?: boolean | 'batch';
  readonly steps?: number | null;
}

/** Batches of columns. Rows go straight from the user's arrays into WebAssembly memory. */
export class ArrayBatches extends Batches {
  readonly parts: Parts<Column>;
  readonly #columns: readonly Column[];
  readonly #length: number;
  readonly #batchSize: number;
  readonly #shuffle: boolean | 'batch';
  readonly #full: Signature;
  readonly #last: Signature;
  readonly #feed: { signature: Signature; fill(slots: readonly BatchTarget[]): void };
  #order: Int32Array | null = null;
  #from = 0;
  #to = 0;
  #orderFrom = 0;

  constructor(parts: Parts<Column>, { batchSize = null, shuffle = false, steps = null }: ArrayBatchesOptions = {}) {
    super(steps);
    this.parts = parts;
    this.#columns = leavesOf(parts);
    checkCardinality(parts);
    const length = this.#columns[0]?.length ?? 0;
    if (length === 0) throw new ValueError('Expected at least one sample. Received empty data.');
    if (batchSize !== null && !(Number.isInteger(batchSize) && batchSize > 0)) {
      throw new ValueError(`Expected batchSize to be a positive whole number. Received: ${batchSize}.`);
    }
    this.#length = length;
    this.#batchSize = batchSize ?? (steps ? Math.ceil(length / steps) : 32);
    this.#shuffle = shuffle;
    this.numBatches = Math.ceil(length / this.#batchSize);
    const rest = length % this.#batchSize;
    this.#full = signatureOf(parts, Math.min(this.#batchSize, length));
    this.#last = rest === 0 ? this.#full : signatureOf(parts, rest);
    this.#feed = { signature: this.#full, fill: slots => this.#fill(slots) };
  }

  override peek(): Signature {
    return this.#full;
  }

  /** Draws and forgets the order of a pass, as Keras does when it builds a model from its first batch. */
  drawOrder(): void {
    if (this.#shuffle === 'batch') permutation(Math.min(this.#batchSize, this.#length));
    else if (this.#shuffle) permutation(this.#length);
  }

  protected override restart(): void {
    this.#to = 0;
    this.#order = this.#shuffle === true ? permutation(this.#length) : null;
  }

  protected override advance(): Feed | null {
    if (this.#to >= this.#length) return null;
    this.#from = this.#to;
    this.#to = Math.min(this.#from + this.#batchSize, this.#length);
    this.#orderFrom = this.#from;
    const size = this.#to - this.#from;
    if (this.#shuffle === 'batch') {
      this.#order = permutation(size).map(i => i + this.#from);
      this.#orderFrom = 0;
    }
    this.#feed.signature = size === this.#full.size ? this.#full : this.#last;
    return this.#feed;
  }

  #fill(slots: readonly BatchTarget[]): void {
    const from = this.#from;
    const to = this.#to;
    for (let i = 0; i < this.#columns.length; i++) {
      const { data, rowSize } = this.#columns[i]!;
      if (this.#order) slots[i]!.gather(data, rowSize, this.#order, this.#orderFrom, to - from);
      else slots[i]!.write(data.subarray(from * rowSize, to * rowSize));
    }
  }
}

/** Batches that an iterable, an async iterable or a function returning one gives, one per item. */
export class IterableBatches extends Batches {
  readonly #source: BatchIterable;
  readonly #parse: (item: unknown) => Parts<Column>;
  readonly #signatures = new Map<string, Signature>();
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | null = null;
  /** Items taken to look at them, to be given first. */
  #ahead: unknown[] = [];

  /** `parse` turns an item, such as [x, y] or [x, y, sampleWeight], into columns. */
  constructor(source: BatchIterable, parse: (item: unknown) => Parts<Column>, steps: number | null = null) {
    super(steps);
    this.#source = source;
    this.#parse = parse;
    const length = (source as { readonly cardinality?: number | null }).cardinality;
    if (length === Infinity && steps === null) {
      throw new ValueError(
        'The data repeat without end: say how many batches make an epoch, with stepsPerEpoch or steps.',
      );
    }
    if (typeof length === 'number' && Number.isFinite(length)) this.numBatches = length;
  }

  override async peek(): Promise<Signature> {
    if (!this.#iterator) this.restart();
    const { done, value } = await this.#iterator!.next();
    if (done) throw new ValueError('Expected at least one batch. The data gave none.');
    this.#ahead.push(value);
    return this.#feedOf(value).signature;
  }

  protected override restart(): void {
    // What has been looked at already belongs to the first pass.
    if (this.#ahead.length > 0) return;
    const source = typeof this.#source === 'function' ? this.#source() : this.#source;
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  protected override advance(): Feed | null | Promise<Feed | null> {
    if (this.#ahead.length > 0) return this.#feedOf(this.#ahead.shift());
    const next = this.#iterator!.next();
    if (next instanceof Promise) return next.then(({ done, value }) => (done ? null : this.#feedOf(value)));
    return next.done ? null : this.#feedOf(next.value);
  }

  #feedOf(item: unknown): Feed {
    const parts = this.#parse(item);
    checkCardinality(parts);
    const columns = leavesOf(parts);
    const size = columns[0]!.length;
    let signature = signatureOf(parts, size);
    const known = this.#signatures.get(signature.key);
    if (known) signature = known;
    else this.#signatures.set(signature.key, signature);
    const fill = (slots: readonly BatchTarget[]) => {
      for (const [i, { data }] of columns.entries()) slots[i]!.write(data);
    };
    return { signature, fill };
  }
}

/** What gives batches: anything that can be looped over, or a function that returns such a thing for each pass. */
export type BatchIterable =
  | Iterable<unknown>
  | AsyncIterable<unknown>
  | (() => Iterable<unknown> | AsyncIterable<unknown>);

export function isBatchIterable(value: unknown): value is BatchIterable {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}

/** The leaves that are there: of inputs, then targets, then weights. */
function leavesOf<T>({ x, y, sampleWeight }: Parts<T>): T[] {
  const leaves = (structure: Structure<T | null> | null) => (structure === null ? [] : flatten(structure));
  return [...leaves(x), ...leaves(y), ...leaves(sampleWeight)].filter(leaf => leaf !== null);
}

/** The shape and dtype of one array of a batch: an object of a class, so that it counts as a leaf of structures. */
class ArraySpec implements Spec {
  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
  ) {}
}

function signatureOf({ x, y, sampleWeight }: Parts<Column>, size: number): Signature {
  const specs = (columns: Structure<Column | null> | null) => (columns === null ? null : specsOf(columns, size));
  return new Signature({ x: specsOf(x, size), y: specs(y), sampleWeight: specs(sampleWeight) });
}

function specsOf(columns: Structure<Column | null>, size: number): Structure<Spec | null> {
  return mapStructure<Column | null, Spec | null>(
    columns,
    each => each && new ArraySpec([size, ...each.shape.slice(1)], each.dtype),
  );
}

function checkCardinality(parts: Parts<Column>): void {
  const sizes = (structure: Structure<Column | null> | null) =>
    structure === null ? [] : flatten<Column | null>(structure).flatMap(each => (each ? [each.length] : []));
  const all = { x: sizes(parts.x), y: sizes(parts.y), sampleWeight: sizes(parts.sampleWeight) };
  if (new Set(Object.values(all).flat()).size <= 1) return;
  const lines = Object.entries(all)
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => `'${name}' sizes: ${list.join(', ')}`);
  throw new ValueError(
    `Data cardinality is ambiguous. Make sure all arrays contain the same number of samples. ${lines.join('; ')}.`,
  );
}
