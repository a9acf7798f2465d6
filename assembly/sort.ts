// Sorting and searching. Elements are compared as integers: float32 bits are mapped to int32 in the order of their values,
// with -0 equal to 0 and every NaN above infinity.

import { ELEMENT } from './simd';

/** Runs that insertion sort brings into order before they are merged. */
const RUN: i32 = 8;

@unmanaged
export class ArgsortArgs {
  x: usize;
  y: usize;
  /** Scratch memory of 16·n bytes for each thread. */
  workspace: usize;
  float: bool;
  rows: i32;
  n: i32;
  descending: bool;
}

/**
 * y[r, ...] = the positions of row r's elements in ascending or descending order, equal ones by position (merge sort of
 * (key, position) pairs in 64 bits). x: float32, or int32 if not `float`. Parallel: shares of the rows.
 */
export function argsort(args: ArgsortArgs, thread: i32, threads: i32): void {
  const n = args.n;
  const pairs = args.workspace + <usize>thread * 16 * n;
  const end = <i32>((<i64>args.rows * (thread + 1)) / threads);
  for (let r = <i32>((<i64>args.rows * thread) / threads); r < end; r++) {
    const x = args.x + <usize>r * n * ELEMENT;
    const y = args.y + <usize>r * n * ELEMENT;
    for (let i = 0; i < n; i++) {
      const key = keyOf(x + <usize>i * ELEMENT, args.float);
      store<i64>(pairs + ((<usize>i) << 3), ((<i64>(args.descending ? ~key : key)) << 32) | i);
    }
    const sorted = sortPairs(pairs, pairs + ((<usize>n) << 3), n);
    for (let i = 0; i < n; i++) store<i32>(y + <usize>i * ELEMENT, load<i32>(sorted + ((<usize>i) << 3)));
  }
}

@unmanaged
export class SearchSortedArgs {
  sorted: usize;
  values: usize;
  y: usize;
  float: bool;
  n: i32;
  count: i32;
  right: bool;
}

/**
 * y[i] = number of elements of `sorted` [n] below values[i], or (right) not above it. Parallel: shares of the values.
 */
export function searchSorted(args: SearchSortedArgs, thread: i32, threads: i32): void {
  const end = <i32>((<i64>args.count * (thread + 1)) / threads);
  for (let i = <i32>((<i64>args.count * thread) / threads); i < end; i++) {
    const value = keyOf(args.values + <usize>i * ELEMENT, args.float);
    let low = 0;
    let high = args.n;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const key = keyOf(args.sorted + <usize>middle * ELEMENT, args.float);
      if (key < value || (args.right && key == value)) low = middle + 1;
      else high = middle;
    }
    store<i32>(args.y + <usize>i * ELEMENT, low);
  }
}

function keyOf(p: usize, float: bool): i32 {
  const bits = load<i32>(p);
  if (!float) return bits;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return 0x7fffffff;
  return bits < 0 ? -magnitude : bits;
}

/** Sorts n signed 64-bit numbers at a with as much memory at b; returns which of the two holds the result. */
function sortPairs(a: usize, b: usize, n: i32): usize {
  for (let start = 0; start < n; start += RUN) insertionSort(a + ((<usize>start) << 3), min<i32>(RUN, n - start));
  for (let width = RUN; width < n; width <<= 1) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = min<i32>(start + width, n);
      const end = min<i32>(start + 2 * width, n);
      merge(a + ((<usize>start) << 3), a + ((<usize>middle) << 3), a + ((<usize>end) << 3), b + ((<usize>start) << 3));
    }
    const swap = a;
    a = b;
    b = swap;
  }
  return a;
}

function insertionSort(a: usize, n: i32): void {
  for (let i = 1; i < n; i++) {
    const value = load<i64>(a + ((<usize>i) << 3));
    let p = a + ((<usize>i) << 3);
    while (p > a && load<i64>(p - 8) > value) {
      store<i64>(p, load<i64>(p - 8));
      p -= 8;
    }
    store<i64>(p, value);
  }
}

/** Merges [a, middle) and [middle, end) to b. */
function merge(a: usize, middle: usize, end: usize, b: usize): void {
  let right = middle;
  while (a < middle && right < end) {
    const l = load<i64>(a);
    const r = load<i64>(right);
    const takeLeft = l < r;
    store<i64>(b, takeLeft ? l : r);
    a += takeLeft ? 8 : 0;
    right += takeLeft ? 0 : 8;
    b += 8;
  }
  memory.copy(b, a, middle - a);
  b += middle - a;
  memory.copy(b, right, end - right);
}
