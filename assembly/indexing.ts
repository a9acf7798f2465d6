// Reading and writing at positions that other tensors give. Arrays are [outer, rows, inner]; `count` indices along the
// middle axis are the same for all of the others, or (`along`) come as [outer, count, inner], one per element.
//
// A negative index counts from the end. One that is out of range even so reads `missing` and writes nothing.
// Scattering is deterministic: a thread owns outer parts, columns or rows of the target and walks the indices in order.

import { Join, Last, Max, MaxInt, Min, MinInt, Prod, ProdInt, Sum, SumInt } from './join';
import { copyRun, splatRun } from './movement/strided';
import { ELEMENT } from './simd';
import { share } from './team';

@unmanaged
export class TakeArgs {
  x: usize;
  indices: usize;
  y: usize;
  outer: i32;
  rows: i32;
  inner: i32;
  count: i32;
  along: bool;
  /** Bits of the element that stands for one out of range. */
  missing: i32;
}

/** y[o, i, c] = x[o, indices[i], c]; along: y[o, i, c] = x[o, indices[o, i, c], c]. Parallel: shares of the (o, i). */
export function take(args: TakeArgs, thread: i32, threads: i32): void {
  const count = args.count;
  const inner = args.inner;
  const rows = args.rows;
  const run = <usize>inner * ELEMENT;
  const units = <i64>args.outer * count;
  const end = <i32>((units * (thread + 1)) / threads);
  for (let unit = <i32>((units * thread) / threads); unit < end; unit++) {
    const o = unit / count;
    const x = args.x + <usize>o * rows * run;
    const y = args.y + <usize>unit * run;
    if (args.along) takeElements(x, args.indices + <usize>unit * run, y, rows, inner, args.missing);
    else {
      const row = position(args.indices + <usize>(unit - o * count) * ELEMENT, rows);
      if (row >= 0) copyRun(x + <usize>row * run, y, inner);
      else splatRun(changetype<usize>(args) + offsetof<TakeArgs>('missing'), y, inner);
    }
  }
}

function takeElements(x: usize, indices: usize, y: usize, rows: i32, inner: i32, missing: i32): void {
  for (let c = 0; c < inner; c++) {
    const row = position(indices + <usize>c * ELEMENT, rows);
    const bits = row >= 0 ? load<i32>(x + (<usize>row * inner + c) * ELEMENT) : missing;
    store<i32>(y + <usize>c * ELEMENT, bits);
  }
}

@unmanaged
export class ScatterArgs {
  values: usize;
  indices: usize;
  y: usize;
  outer: i32;
  rows: i32;
  inner: i32;
  count: i32;
  along: bool;
}

/** y[o, indices[i], c] = join(y[o, indices[i], c], values[o, i, c]) for i = 0, 1, ...; along as in take. */
export function scatterAdd(args: ScatterArgs, thread: i32, threads: i32): void {
  scatter<Sum>(args, thread, threads);
}
export function scatterAddInt(args: ScatterArgs, thread: i32, threads: i32): void {
  scatter<SumInt>(args, thread, threads);
}
export function scatterMul(args: ScatterArgs, thread: i32, threads: i32): void {
  scatter<Prod>(args, thread, threads);
}
export function scatterMulInt(args: ScatterArgs, thread: i32, threads: i32): void {
  scatter<ProdInt>(args, thread, threads);
}
export function scatterMax(args: ScatterArgs, thread: i32, threads: i32): void {
  scatter<Max>(args, thread, threads);
}
export function scatterMaxInt(args: ScatterArgs, thread: i32, threads: i32): void {
  scatter<MaxInt>(args, thread, threads);
}
export function scatterMin(args: ScatterArgs, thread: i32, threads: i32): void {
  scatter<Min>(args, thread, threads);
}
export function scatterMinInt(args: ScatterArgs, thread: i32, threads: i32): void {
  scatter<MinInt>(args, thread, threads);
}
/** The same with assignment: of several values for one place the last one stays. */
export function scatterSet(args: ScatterArgs, thread: i32, threads: i32): void {
  scatter<Last>(args, thread, threads);
}

function scatter<Op extends Join>(args: ScatterArgs, thread: i32, threads: i32): void {
  const count = args.count;
  const inner = args.inner;
  let from = 0;
  let to = args.outer;
  let column = 0;
  let columns = inner;
  let row = 0;
  let rowEnd = args.rows;
  if (to >= threads) {
    from = <i32>((<i64>args.outer * thread) / threads);
    to = <i32>((<i64>args.outer * (thread + 1)) / threads);
  } else if (inner >= 32 * threads) {
    column = share(inner, thread, threads);
    columns = share(inner, thread + 1, threads) - column;
  } else {
    row = <i32>((<i64>args.rows * thread) / threads);
    rowEnd = <i32>((<i64>args.rows * (thread + 1)) / threads);
  }
  for (let o = from; o < to; o++) {
    const y = args.y + (<usize>o * args.rows * inner + column) * ELEMENT;
    for (let i = 0; i < count; i++) {
      const element = ((<usize>o * count + i) * inner + column) * ELEMENT;
      if (args.along) {
        joinElements<Op>(args.values + element, args.indices + element, y, args.rows, inner, columns, row, rowEnd);
      } else {
        const at = position(args.indices + <usize>i * ELEMENT, args.rows);
        if (at >= row && at < rowEnd) joinRow<Op>(args.values + element, y + <usize>at * inner * ELEMENT, columns);
      }
    }
  }
}

function joinRow<Op extends Join>(values: usize, y: usize, n: i32): void {
  const op = changetype<Op>(0);
  for (; n >= 4; n -= 4) {
    v128.store(y, op.join(v128.load(y), v128.load(values)));
    values += 16;
    y += 16;
  }
  for (; n > 0; n--) {
    v128.store_lane<u32>(y, op.join(v128.load32_zero(y), v128.load32_zero(values)), 0);
    values += 4;
    y += 4;
  }
}

function joinElements<Op extends Join>(
  values: usize,
  indices: usize,
  y: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  row: i32,
  rowEnd: i32,
): void {
  const op = changetype<Op>(0);
  for (let c = 0; c < columns; c++) {
    const at = position(indices + <usize>c * ELEMENT, rows);
    if (at < row || at >= rowEnd) continue;
    const p = y + (<usize>at * inner + c) * ELEMENT;
    v128.store_lane<u32>(p, op.join(v128.load32_zero(p), v128.load32_zero(values + <usize>c * ELEMENT)), 0);
  }
}

/** The index at an address, counted from the start; -1 if it is out of range. */
function position(address: usize, rows: i32): i32 {
  const index = load<i32>(address);
  const at = index < 0 ? index + rows : index;
  return <u32>at < <u32>rows ? at : -1;
}
