// Data sets that are computed as they are needed: a source and the steps that its elements go through.

import { newArray } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { fromTypedArray } from '../graph/apply.js';
import { Tensor } from '../graph/tensor.js';
import { MersenneTwister, numpyPermutation } from '../random/mersenneTwister.js';
import { permutation, randomSeed } from '../random/seed.js';
import { formatShape, type Shape, sameShape } from '../shape.js';
import { flatten, isDict, mapStructure, pack, type Structure } from '../structure.js';
import { type Column, parseData } from './column.js';

type Elements<T> = () => Iterable<T> | AsyncIterable<T>;

export interface ShuffleOptions {
  /** Makes the orders the same in each program. */
  readonly seed?: number | null;
  /** Whether each pass has another order. Default true. */
  readonly reshuffleEachIteration?: boolean;
}

/**
 * A sequence of elements that can be gone through any number of times, such as [x, y] pairs. Each method gives a new data
 * set; nothing is read before somebody loops over it. `fit` takes it as x once its elements are batches.
 */
export class Dataset<T = unknown> implements AsyncIterable<T> {
  readonly #elements: Elements<T>;
  /** Number of elements; Infinity if it repeats without end, null if it is not known. */
  readonly cardinality: number | null;

  private constructor(elements: Elements<T>, cardinality: number | null) {
    this.#elements = elements;
    this.cardinality = cardinality;
  }

  /**
   * The samples of arrays: of one, or of a list or dict of arrays with equally many samples, such as [images, labels].
   * Texts are arrays of strings, and stay what they are until a layer such as TextVectorization makes numbers of them.
   */
  static fromTensorSlices<T = Structure<Tensor>>(data: unknown): Dataset<T> {
    const columns = columnsOf(data);
    const leaves = flatten<Rows | null>(columns).filter(each => each !== null);
    const sizes = [...new Set(leaves.map(({ length }) => length))];
    if (sizes.length !== 1)
      throw new ValueError(
        `fromTensorSlices: expected arrays with equally many samples. Received ${sizes.join(', ')}.`,
      );
    const count = sizes[0]!;
    function* slices(): Generator<T> {
      for (let i = 0; i < count; i++)
        yield mapStructure<Rows | null, unknown>(columns, rows => rows && rowOf(rows, i)) as T;
    }
    return new Dataset<T>(slices, count);
  }

  /** A data set of one element: the whole of an array, or of a list or dict of arrays. */
  static fromTensors<T = Structure<Tensor>>(data: unknown): Dataset<T> {
    const element = mapStructure<Rows | null, unknown>(columnsOf(data), rows =>
      rows instanceof Texts ? rows.items : rows && rowsOf(rows, 0, rows.length, rows.shape),
    );
    return Dataset.from([element as T]);
  }

  /** The elements of an array, an iterable, or a function that returns one: a generator function, for instance. */
  static from<T>(source: Iterable<T> | AsyncIterable<T> | Elements<T>): Dataset<T> {
    if (typeof source === 'function') return new Dataset(source, null);
    return new Dataset(() => source, Array.isArray(source) ? source.length : null);
  }

  /** The same as `from`, for generator functions. */
  static fromGenerator<T>(generator: Elements<T>): Dataset<T> {
    return Dataset.from(generator);
  }

  /** Whole numbers from `start` (default 0) to before `end`. */
  static range(startOrEnd: number, end?: number, step = 1): Dataset<number> {
    const [from, to] = end === undefined ? [0, startOrEnd] : [startOrEnd, end];
    const count = Math.max(Math.ceil((to - from) / step), 0);
    return new Dataset(function* () {
      for (let i = 0; i < count; i++) yield from + i * step;
    }, count);
  }

  /** Elements of several data sets side by side, until the shortest ends: `zip(a, b)` or `zip([a, b])`. */
  static zip<T extends readonly unknown[]>(
    ...given: { [K in keyof T]: Dataset<T[K]> } | [{ [K in keyof T]: Dataset<T[K]> }]
  ): Dataset<T> {
    const sets = given.flat() as Dataset[];
    const counts = sets.map(({ cardinality }) => cardinality);
    const cardinality = counts.includes(null) ? null : Math.min(...(counts as number[]));
    return new Dataset(async function* () {
      const iterators = sets.map(set => set[Symbol.asyncIterator]());
      for (;;) {
        const next = await Promise.all(iterators.map(iterator => iterator.next()));
        if (next.some(({ done }) => done)) return;
        yield next.map(({ value }) => value) as unknown as T;
      }
    }, cardinality);
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    const elements = this.#elements();
    if (Symbol.asyncIterator in elements) return elements[Symbol.asyncIterator]();
    const iterator = elements[Symbol.iterator]();
    return {
      next: async () => iterator.next(),
      return: async () => iterator.return?.() ?? { done: true, value: undefined },
    };
  }

  /** `fn(element)` of every element; fn may be asynchronous. */
  map<U>(fn: (element: T) => U | Promise<U>): Dataset<U> {
    return this.#with(async function* (elements) {
      for await (const element of elements) yield await fn(element);
    }, this.cardinality);
  }

  /** The elements for which `predicate` holds. */
  filter(predicate: (element: T) => boolean | Promise<boolean>): Dataset<T> {
    return this.#with(async function* (elements) {
      for await (const element of elements) if (await predicate(element)) yield element;
    }, null);
  }

  /** The elements of the data sets, or arrays, that `fn` makes of every element, one after the other. */
  flatMap<U>(fn: (element: T) => Iterable<U> | AsyncIterable<U>): Dataset<U> {
    return this.#with(async function* (elements) {
      for await (const element of elements) yield* fn(element);
    }, null);
  }

  /** [number, element] of every element, counted from `start`. */
  enumerate(start = 0): Dataset<[index: number, element: T]> {
    return this.#with(async function* (elements) {
      let index = start;
      for await (const element of elements) yield [index++, element] as [number, T];
    }, this.cardinality);
  }

  /** fn(...fn(fn(initial, first), second)...), for instance a sum. */
  async reduce<U>(initial: U, fn: (state: U, element: T) => U | Promise<U>): Promise<U> {
    let state = initial;
    for await (const element of this) state = await fn(state, element);
    return state;
  }

  /**
   * `batchSize` consecutive elements stacked along a new first axis. The last batch may be smaller, or is left out:
   * `batch(32, true)` or `batch(32, { dropRemainder: true })`.
   */
  batch(batchSize: number, remainder: boolean | { dropRemainder?: boolean } = {}): Dataset<Structure<Tensor>> {
    checkCount('batch', batchSize, 1);
    const { dropRemainder = false } = typeof remainder === 'boolean' ? { dropRemainder: remainder } : remainder;
    const { cardinality } = this;
    const count =
      cardinality === null
        ? null
        : dropRemainder
          ? Math.floor(cardinality / batchSize)
          : Math.ceil(cardinality / batchSize);
    return this.#with(async function* (elements) {
      let group: T[] = [];
      for await (const element of elements) {
        group.push(element);
        if (group.length < batchSize) continue;
        yield stacked(group);
        group = [];
      }
      if (group.length > 0 && !dropRemainder) yield stacked(group);
    }, count);
  }

  /** The elements of elements: undoes `batch` where elements are lists. */
  unbatch<U>(): Dataset<U> {
    return this.#with(async function* (elements) {
      for await (const element of elements) {
        const columns = parseElement(element);
        const { length } = flatten<Rows>(columns)[0]!;
        for (let i = 0; i < length; i++) yield mapStructure<Rows, unknown>(columns, column => rowOf(column, i)) as U;
      }
    }, null);
  }

  /**
   * The elements in random order: each is drawn from a buffer of `bufferSize` elements that fills up again as it is
   * emptied. Only a buffer as large as the data set shuffles it wholly. A new order each time, unless told otherwise.
   */
  shuffle(bufferSize: number, given: number | ShuffleOptions | null = {}): Dataset<T> {
    checkCount('shuffle', bufferSize, 1);
    const { seed = null, reshuffleEachIteration = true } =
      typeof given === 'number' || given === null ? { seed: given } : given;
    const own = seed ?? (reshuffleEachIteration ? null : randomSeed());
    const generator = own === null ? null : new MersenneTwister();
    if (own !== null) generator?.seedWithWord(own);
    const orderOf = (n: number) => (generator ? numpyPermutation(generator, n) : permutation(n));
    return this.#with(async function* (elements) {
      if (own !== null && !reshuffleEachIteration) generator?.seedWithWord(own);
      let buffer: T[] = [];
      let next = 0;
      let order: Int32Array = new Int32Array();
      for await (const element of elements) {
        if (buffer.length < bufferSize) {
          buffer.push(element);
          continue;
        }
        // Positions to be drawn, shuffled for a whole buffer at a time.
        if (next === order.length) {
          order = orderOf(bufferSize);
          next = 0;
        }
        const at = order[next++]!;
        yield buffer[at]!;
        buffer[at] = element;
      }
      const rest = orderOf(buffer.length);
      const last = buffer;
      buffer = [];
      for (const at of rest) yield last[at]!;
    }, this.cardinality);
  }

  /** The elements again and again, `count` times in all; without end if it is missing. */
  repeat(count = Infinity): Dataset<T> {
    const { cardinality } = this;
    const total =
      cardinality === null ? (count === Infinity ? Infinity : null) : cardinality === 0 ? 0 : cardinality * count;
    return new Dataset(() => repeated(this, count), total);
  }

  /** The first `count` elements. */
  take(count: number): Dataset<T> {
    checkCount('take', count, 0);
    return this.#with(
      async function* (elements) {
        if (count === 0) return;
        let taken = 0;
        for await (const element of elements) {
          yield element;
          if (++taken === count) return;
        }
      },
      this.cardinality === null ? null : Math.min(this.cardinality, count),
    );
  }

  /** All but the first `count` elements. */
  skip(count: number): Dataset<T> {
    checkCount('skip', count, 0);
    return this.#with(
      async function* (elements) {
        let skipped = 0;
        for await (const element of elements) if (skipped++ >= count) yield element;
      },
      this.cardinality === null ? null : Math.max(this.cardinality - count, 0),
    );
  }

  /** The elements of this data set, then those of another. */
  concatenate(other: Dataset<T>): Dataset<T> {
    const total = this.cardinality === null || other.cardinality === null ? null : this.cardinality + other.cardinality;
    return this.#with(async function* (elements) {
      yield* elements;
      yield* other;
    }, total);
  }

  /** The elements, kept in memory once they have been gone through. */
  cache(): Dataset<T> {
    let kept: T[] | null = null;
    return this.#with(async function* (elements) {
      if (kept) {
        yield* kept;
        return;
      }
      const all: T[] = [];
      for await (const element of elements) {
        all.push(element);
        yield element;
      }
      kept = all;
    }, this.cardinality);
  }

  /** Asks for up to `bufferSize` elements ahead, so that asynchronous steps go on while the ones before are used. */
  prefetch(bufferSize: number): Dataset<T> {
    checkCount('prefetch', bufferSize, 0);
    return this.#with(async function* (elements) {
      const iterator = elements[Symbol.asyncIterator]();
      const pending: Promise<IteratorResult<T>>[] = [];
      for (;;) {
        while (pending.length <= bufferSize) pending.push(iterator.next());
        const { done, value } = await pending.shift()!;
        if (done) return;
        yield value;
      }
    }, this.cardinality);
  }

  /** All elements as an array. */
  async toArray(): Promise<T[]> {
    if (this.cardinality === Infinity)
      throw new ValueError('toArray: the data set repeats without end. Use take(count) first.');
    const all: T[] = [];
    for await (const element of this) all.push(element);
    return all;
  }

  #with<U>(step: (elements: AsyncIterable<T>) => AsyncIterable<U>, cardinality: number | null): Dataset<U> {
    return new Dataset(() => step(this), cardinality);
  }
}

async function* repeated<T>(set: Dataset<T>, count: number): AsyncGenerator<T> {
  for (let i = 0; i < count; i++) {
    let empty = true;
    for await (const element of set) {
      empty = false;
      yield element;
    }
    if (empty) return;
  }
}

function checkCount(method: string, count: number, least: number): void {
  if (!(Number.isInteger(count) && count >= least))
    throw new ValueError(`${method}: expected a whole number from ${least}. Received: ${count}.`);
}

/** Strings, or nested arrays of them, one per sample. */
class Texts {
  constructor(readonly items: readonly unknown[]) {}

  get length(): number {
    return this.items.length;
  }
}

type Rows = Column | Texts;

function isText(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && isText(value[0]));
}

/** Arrays, or a list or dict of them, as columns; null where nothing is given. */
function columnsOf(data: unknown): Structure<Rows | null> {
  const isList = Array.isArray(data) && data.length > 0 && typeof data[0] === 'object';
  return isList ? data.map((each, i) => columnOf(each, `data[${i}]`)) : columnOf(data, 'data');
}

function columnOf(given: unknown, what: string): Structure<Rows | null> {
  if (Array.isArray(given) && isText(given)) return new Texts(given);
  if (isDict(given) && Object.values(given).some(isText))
    return Object.fromEntries(Object.entries(given).map(([key, each]) => [key, columnOf(each, `${what}.${key}`)]));
  return parseData(given, null, what);
}

function rowOf(rows: Rows, i: number): unknown {
  return rows instanceof Texts ? rows.items[i] : rowsOf(rows, i, i + 1, rows.shape.slice(1));
}

function rowsOf({ data, rowSize, dtype }: Column, start: number, end: number, shape: Shape): Tensor {
  const rows = newArray(dtype, (end - start) * rowSize);
  rows.set(data.subarray(start * rowSize, end * rowSize));
  return fromTypedArray(rows, shape, dtype);
}

/** Elements as leaves with values: what is a list or a dict of them stays one. */
function leavesOf(element: unknown): Structure<Leaf | Texts> {
  if (element instanceof Tensor) return new Leaf(element.data(), element.shape, element.dtype);
  if (typeof element === 'number') return new Leaf([element], [], Number.isInteger(element) ? 'int32' : 'float32');
  if (typeof element === 'string') return new Texts([element]);
  if (typeof element === 'boolean') return new Leaf([Number(element)], [], 'bool');
  if (isDict(element) && !('data' in element && 'shape' in element)) {
    return Object.fromEntries(Object.entries(element).map(([key, each]) => [key, leavesOf(each)]));
  }
  if (Array.isArray(element) && typeof element[0] !== 'number') return element.map(leavesOf);
  const column = parseData(element, null, 'element') as Column;
  return new Leaf(column.data, column.shape, column.dtype);
}

class Leaf {
  constructor(
    readonly data: ArrayLike<number>,
    readonly shape: readonly number[],
    readonly dtype: Tensor['dtype'],
  ) {}
}

function stacked(elements: readonly unknown[]): Structure<Tensor> {
  const structures = elements.map(leavesOf);
  const rows = structures.map(each => flatten<Leaf | Texts>(each));
  const columns = rows[0]!.map((first, i): Tensor | readonly unknown[] => {
    if (first instanceof Texts) return rows.map(row => (row[i] as Texts).items[0]);
    const all = rows.map(row => row[i] as Leaf);
    const odd = all.find(({ shape }) => !sameShape(shape, first.shape));
    if (odd)
      throw new ShapeError(
        `batch: expected elements of one shape, ${formatShape(first.shape)}. Received one of shape ${formatShape(odd.shape)}.`,
      );
    const dtype = all.every(each => each.dtype === first.dtype) ? first.dtype : 'float32';
    const size = first.shape.reduce((a, b) => a * b, 1);
    const data = newArray(dtype, size * all.length);
    for (const [k, each] of all.entries()) data.set(each.data, k * size);
    return fromTypedArray(data, [all.length, ...first.shape], dtype);
  });
  return pack(structures[0]!, columns as readonly Tensor[]);
}

function parseElement(element: unknown): Structure<Rows> {
  const isList = Array.isArray(element) && !isText(element);
  return (isList ? element.map(each => columnOf(each, 'element')) : columnOf(element, 'element')) as Structure<Rows>;
}
