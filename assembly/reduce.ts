// Reductions over one axis group: x [outer, reduced, inner] -> y [outer, inner], row-major, with sum, product, maximum
// or minimum of float32 or int32. An empty reduction gives the operation's neutral element.
//
// inner = 1: every run is reduced in 16 lanes, long runs by halves (pairwise), so that the error of a float32 sum grows
// with the logarithm of the length. inner > 1: rows are taken in blocks, 16 columns of a block in registers.
// max and min of floats are NaN if any element is.
//
// Threads share the outer axis or the columns. Where these are too few, `partials` is not 0: each thread reduces its
// rows of the reduced axis into partials[thread, outer, inner] and the threads then reduce these together.

import { Join, Max, MaxInt, Min, MinInt, Prod, ProdInt, Sum, SumInt } from './join';
import { ELEMENT } from './simd';
import { barrier, share } from './team';

/** Longest run that is summed straight through: 256 additions per lane. */
const STRAIGHT: i32 = 4096;

@unmanaged
export class ReduceArgs {
  x: usize;
  y: usize;
  /** Scratch memory of threads·outer·inner elements to split the reduced axis over the threads, or 0. */
  partials: usize;
  outer: i32;
  reduced: i32;
  inner: i32;
}

export function sum(args: ReduceArgs, thread: i32, threads: i32): void {
  reduce<Sum>(args, thread, threads);
}
export function prod(args: ReduceArgs, thread: i32, threads: i32): void {
  reduce<Prod>(args, thread, threads);
}
export function max(args: ReduceArgs, thread: i32, threads: i32): void {
  reduce<Max>(args, thread, threads);
}
export function min(args: ReduceArgs, thread: i32, threads: i32): void {
  reduce<Min>(args, thread, threads);
}
export function sumInt(args: ReduceArgs, thread: i32, threads: i32): void {
  reduce<SumInt>(args, thread, threads);
}
export function prodInt(args: ReduceArgs, thread: i32, threads: i32): void {
  reduce<ProdInt>(args, thread, threads);
}
export function maxInt(args: ReduceArgs, thread: i32, threads: i32): void {
  reduce<MaxInt>(args, thread, threads);
}
export function minInt(args: ReduceArgs, thread: i32, threads: i32): void {
  reduce<MinInt>(args, thread, threads);
}

function reduce<Op extends Join>(args: ReduceArgs, thread: i32, threads: i32): void {
  const outer = args.outer;
  const inner = args.inner;
  const reduced = args.reduced;
  if (args.partials == 0 || threads == 1) {
    if (outer >= threads) {
      const from = <i32>((<i64>outer * thread) / threads);
      const to = <i32>((<i64>outer * (thread + 1)) / threads);
      reduceRange<Op>(args, args.y, from, to, 0, inner, 0, reduced);
    } else {
      reduceRange<Op>(
        args,
        args.y,
        0,
        outer,
        share(inner, thread, threads),
        share(inner, thread + 1, threads),
        0,
        reduced,
      );
    }
    return;
  }
  const size = outer * inner;
  const mine = args.partials + <usize>(thread * size) * ELEMENT;
  reduceRange<Op>(args, mine, 0, outer, 0, inner, share(reduced, thread, threads), share(reduced, thread + 1, threads));
  barrier(thread, threads, 0);
  const column = <usize>share(size, thread, threads) * ELEMENT;
  const columns = share(size, thread + 1, threads) - share(size, thread, threads);
  reduceColumns<Op>(args.partials + column, args.y + column, threads, size, columns);
}

/** Rows [row, rowEnd) of columns [column, columnEnd) of outer [from, to), into y [outer, inner]. */
function reduceRange<Op extends Join>(
  args: ReduceArgs,
  y: usize,
  from: i32,
  to: i32,
  column: i32,
  columnEnd: i32,
  row: i32,
  rowEnd: i32,
): void {
  const inner = args.inner;
  const rows = rowEnd - row;
  let px = args.x + ((<usize>from * args.reduced + row) * inner + column) * ELEMENT;
  let py = y + <usize>(from * inner + column) * ELEMENT;
  for (let o = from; o < to; o++) {
    if (inner == 1) {
      if (columnEnd > column) v128.store_lane<u32>(py, joinLanes<Op>(reduceRun<Op>(px, rows)), 0);
    } else reduceColumns<Op>(px, py, rows, inner, columnEnd - column);
    px += <usize>args.reduced * inner * ELEMENT;
    py += <usize>inner * ELEMENT;
  }
}

/** The n elements at x joined into four lanes. */
function reduceRun<Op extends Join>(x: usize, n: i32): v128 {
  if (n <= STRAIGHT) return reduceStraight<Op>(x, n);
  const half = (n >> 1) & ~15;
  const left = reduceRun<Op>(x, half);
  return changetype<Op>(0).join(left, reduceRun<Op>(x + <usize>half * ELEMENT, n - half));
}

function reduceStraight<Op extends Join>(x: usize, n: i32): v128 {
  const op = changetype<Op>(0);
  let a = op.neutral();
  let b = a;
  let c = a;
  let d = a;
  for (; n >= 16; n -= 16) {
    a = op.join(a, v128.load(x));
    b = op.join(b, v128.load(x, 16));
    c = op.join(c, v128.load(x, 32));
    d = op.join(d, v128.load(x, 48));
    x += 64;
  }
  for (; n >= 4; n -= 4) {
    a = op.join(a, v128.load(x));
    x += 16;
  }
  const keep = op.neutral();
  for (; n > 0; n--) {
    // The element in lane 0 only: joined into one lane, it counts once.
    b = op.join(b, v128.load_lane<u32>(x, keep, 0));
    x += 4;
  }
  return op.join(op.join(a, b), op.join(c, d));
}

/** All four lanes joined; the result is in lane 0. */
function joinLanes<Op extends Join>(v: v128): v128 {
  const op = changetype<Op>(0);
  const pairs = op.join(v, v128.shuffle<u32>(v, v, 2, 3, 0, 1));
  return op.join(pairs, v128.shuffle<u32>(pairs, pairs, 1, 0, 3, 2));
}

/**
 * y[c] = x[0, c] ∘ x[1, c] ∘ ..., c < columns, rows ld elements apart. A block of rows is few enough that the caches
 * follow all of them at once; narrow arrays are read in order anyway, and longer blocks save passes over y.
 */
function reduceColumns<Op extends Join>(x: usize, y: usize, rows: i32, ld: i32, columns: i32): void {
  const op = changetype<Op>(0);
  const neutral = op.neutral();
  let c = 0;
  for (; c + 4 <= columns; c += 4) v128.store(y + <usize>c * ELEMENT, neutral);
  for (; c < columns; c++) v128.store_lane<u32>(y + <usize>c * ELEMENT, neutral, 0);
  const block = ld <= 64 ? 128 : 16;
  for (; rows > 0; rows -= block) {
    joinBlock<Op>(x, y, rows < block ? rows : block, <usize>ld * ELEMENT, columns);
    x += <usize>block * ld * ELEMENT;
  }
}

/** y[c] = y[c] ∘ (x[0, c] ∘ x[1, c] ∘ ...); ld in bytes. */
function joinBlock<Op extends Join>(x: usize, y: usize, rows: i32, ld: usize, columns: i32): void {
  const op = changetype<Op>(0);
  for (; columns >= 16; columns -= 16) {
    join16<Op>(x, y, rows, ld);
    x += 64;
    y += 64;
  }
  for (; columns >= 4; columns -= 4) {
    let a = op.neutral();
    let p = x;
    for (let r = 0; r < rows; r++) {
      a = op.join(a, v128.load(p));
      p += ld;
    }
    v128.store(y, op.join(v128.load(y), a));
    x += 16;
    y += 16;
  }
  for (; columns > 0; columns--) {
    let a = op.neutral();
    let p = x;
    for (let r = 0; r < rows; r++) {
      a = op.join(a, v128.load32_zero(p));
      p += ld;
    }
    v128.store_lane<u32>(y, op.join(v128.load32_zero(y), a), 0);
    x += 4;
    y += 4;
  }
}

function join16<Op extends Join>(x: usize, y: usize, rows: i32, ld: usize): void {
  const op = changetype<Op>(0);
  let a = op.neutral();
  let b = a;
  let c = a;
  let d = a;
  for (; rows > 0; rows--) {
    a = op.join(a, v128.load(x));
    b = op.join(b, v128.load(x, 16));
    c = op.join(c, v128.load(x, 32));
    d = op.join(d, v128.load(x, 48));
    x += ld;
  }
  v128.store(y, op.join(v128.load(y), a));
  v128.store(y, op.join(v128.load(y, 16), b), 16);
  v128.store(y, op.join(v128.load(y, 32), c), 32);
  v128.store(y, op.join(v128.load(y, 48), d), 48);
}
