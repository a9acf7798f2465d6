// Runs single kernels on typed arrays, for the tests in test/kernels.

import { encodeProgram, type Instruction } from '../../src/runtime/encode.js';
import { Engine } from '../../src/runtime/engine.js';
import type { KernelArgs } from '../../src/runtime/kernels.generated.js';
import { type Build, bestBuild, type KernelName } from '../../src/runtime/load.js';

type Data = Float32Array | Int32Array;

/** A kernel's arguments with arrays in place of pointers; null is the pointer 0; the same array twice is one buffer. */
export type ArrayArgs<K extends KernelName> = {
  [F in keyof KernelArgs[K]]: KernelArgs[K][F] extends number
    ? number
    : KernelArgs[K][F] extends boolean
      ? boolean
      : Data | number | null;
};

const GUARD = 0x7fc0dead | 0;
const GUARD_WORDS = 16;

/** The builds this Node can run. */
export const builds: Build[] = bestBuild() === 'relaxed' ? ['simd', 'relaxed'] : ['simd'];

const engines = new Map<string, Engine>();

/** An engine of a build with a number of threads, all of them ready. */
export async function engineFor(build: Build, threads: number): Promise<Engine> {
  const key = `${build} ${threads}`;
  let engine = engines.get(key);
  if (!engine) {
    engine = new Engine({ build, threads });
    engines.set(key, engine);
  }
  await engine.ready();
  return engine;
}

/**
 * Runs a kernel once and copies all arrays back. Words around every array are checked afterwards, so a kernel that
 * writes past an end fails the test.
 */
export function runKernel<K extends KernelName>(
  engine: Engine,
  kernel: K,
  args: ArrayArgs<K>,
  tail: readonly (number | Data)[] = [],
): void {
  const addresses = new Map<Data, number>();
  const blocks: number[] = [];
  const place = (array: Data): number => {
    const known = addresses.get(array);
    if (known !== undefined) return known;
    const block = engine.heap.allocate(4 * (array.length + 2 * GUARD_WORDS));
    const start = block / 4 + GUARD_WORDS;
    engine.i32.fill(GUARD, block / 4, start + array.length + GUARD_WORDS);
    (array instanceof Float32Array ? engine.f32 : engine.i32).set(array, start);
    blocks.push(block);
    addresses.set(array, 4 * start);
    return 4 * start;
  };
  const pointer = (value: unknown) => (ArrayBuffer.isView(value) ? place(value as Data) : Number(value ?? 0));
  const values = Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, typeof value === 'number' ? value : pointer(value)]),
  );
  const instruction = { kernel, args: values, tail: tail.map(pointer), work: engine.threads > 1 ? 1 : 0 };
  const { words, work } = encodeProgram([instruction as unknown as Instruction], engine.core.kernels);
  const program = engine.heap.allocate(words.byteLength);
  engine.i32.set(words, program / 4);
  engine.run(program, work);
  for (const [array, address] of addresses) {
    const start = address / 4;
    for (let i = 1; i <= GUARD_WORDS; i++) {
      if (engine.i32[start - i] !== GUARD) throw new Error(`${kernel} wrote in front of an array (${i} words)`);
      if (engine.i32[start + array.length + i - 1] !== GUARD)
        throw new Error(`${kernel} wrote behind an array (${i} words)`);
    }
    array.set((array instanceof Float32Array ? engine.f32 : engine.i32).subarray(start, start + array.length));
  }
  for (const block of blocks) engine.heap.free(block);
  engine.heap.free(program);
}

/** Reproducible floats in [-1, 1) (mulberry32). */
export function randomFloats(size: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 4294967296) * 2 - 1;
  });
}

/** Largest |a - b| / (1 + |b|) over two arrays; Infinity if lengths or NaNs differ. */
export function maxError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const error = Math.abs(x - y) / (1 + Math.abs(y));
    if (!(error <= worst)) worst = Number.isNaN(error) ? Infinity : error;
  }
  return worst;
}
