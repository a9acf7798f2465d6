// Running sums and products along the middle axis of [outer, n, inner], forwards or (reverse) from the end.
// y may be x. Threads share the outer axis, or the columns where it is too short; a single run is one thread's work.

import { Join, Prod, ProdInt, Sum, SumInt } from './join';
import { ELEMENT } from './simd';
import { share } from './team';

@unmanaged
export class ScanArgs {
  x: usize;
  y: usize;
  outer: i32;
  n: i32;
  inner: i32;
  reverse: bool;
}

/** y[i] = x[0] + ... + x[i]. */
export function cumsum(args: ScanArgs, thread: i32, threads: i32): void {
  scan<Sum>(args, thread, threads);
}
/** y[i] = x[0] · ... · x[i]. */
export function cumprod(args: ScanArgs, thread: i32, threads: i32): void {
  scan<Prod>(args, thread, threads);
}
export function cumsumInt(args: ScanArgs, thread: i32, threads: i32): void {
  scan<SumInt>(args, thread, threads);
}
export function cumprodInt(args: ScanArgs, thread: i32, threads: i32): void {
  scan<ProdInt>(args, thread, threads);
}

function scan<Op extends Join>(args: ScanArgs, thread: i32, threads: i32): void {
  const inner = args.inner;
  const n = args.n;
  const whole = args.outer >= threads;
  const from = whole ? <i32>((<i64>args.outer * thread) / threads) : 0;
  const to = whole ? <i32>((<i64>args.outer * (thread + 1)) / threads) : args.outer;
  const column = whole ? 0 : share(inner, thread, threads);
  const columns = (whole ? inner : share(inner, thread + 1, threads)) - column;
  if (n == 0 || columns == 0) return;
  const first = args.reverse ? n - 1 : 0;
  const step = (args.reverse ? <usize>-inner : <usize>inner) * ELEMENT;
  for (let o = from; o < to; o++) {
    const offset = ((<usize>o * n + first) * inner + column) * ELEMENT;
    if (columns == 1) scanRun<Op>(args.x + offset, args.y + offset, n, step);
    else scanRows<Op>(args.x + offset, args.y + offset, n, step, columns);
  }
}

function scanRun<Op extends Join>(x: usize, y: usize, n: i32, step: usize): void {
  const op = changetype<Op>(0);
  let a = op.neutral();
  for (; n > 0; n--) {
    a = op.join(a, v128.load32_zero(x));
    v128.store_lane<u32>(y, a, 0);
    x += step;
    y += step;
  }
}

/** Row by row, each from the one before it. */
function scanRows<Op extends Join>(x: usize, y: usize, n: i32, step: usize, columns: i32): void {
  const op = changetype<Op>(0);
  memory.copy(y, x, <usize>columns * ELEMENT);
  for (let i = 1; i < n; i++) {
    x += step;
    y += step;
    let c = 0;
    for (; c + 4 <= columns; c += 4) {
      const p = y + <usize>c * ELEMENT;
      v128.store(p, op.join(v128.load(p - step), v128.load(x + <usize>c * ELEMENT)));
    }
    for (; c < columns; c++) {
      const p = y + <usize>c * ELEMENT;
      v128.store_lane<u32>(p, op.join(v128.load32_zero(p - step), v128.load32_zero(x + <usize>c * ELEMENT)), 0);
    }
  }
}

@unmanaged
export class LinearScanArgs {
  a: usize;
  b: usize;
  y: usize;
  outer: i32;
  n: i32;
  inner: i32;
  reverse: bool;
}

/** y[i] = a[i]·y[i-1] + b[i] with y[-1] = 0, float32; reverse counts from the end. Threads as above. */
export function linearScan(args: LinearScanArgs, thread: i32, threads: i32): void {
  const inner = args.inner;
  const n = args.n;
  const runs = <i64>args.outer * inner;
  const end = <i32>((runs * (thread + 1)) / threads);
  const first = args.reverse ? n - 1 : 0;
  const step = (args.reverse ? <usize>-inner : <usize>inner) * ELEMENT;
  for (let run = <i32>((runs * thread) / threads); run < end; run++) {
    const o = run / inner;
    let at = ((<usize>o * n + first) * inner + (run - o * inner)) * ELEMENT;
    let y: f32 = 0;
    for (let i = 0; i < n; i++) {
      y = load<f32>(args.a + at) * y + load<f32>(args.b + at);
      store<f32>(args.y + at, y);
      at += step;
    }
  }
}
