// Plain copies and fills.

import { ELEMENT } from '../simd';
import { share } from '../team';

@unmanaged
export class CopyArgs {
  x: usize;
  y: usize;
  n: i32;
}

/** y[i] = x[i], i < n, elements of 4 bytes. Parallel: contiguous shares. x and y must not overlap unless equal. */
export function copy(args: CopyArgs, thread: i32, threads: i32): void {
  const from = share(args.n, thread, threads);
  const to = share(args.n, thread + 1, threads);
  memory.copy(args.y + <usize>from * ELEMENT, args.x + <usize>from * ELEMENT, <usize>(to - from) * ELEMENT);
}

@unmanaged
export class FillArgs {
  y: usize;
  n: i32;
  value: f32;
}

/** y[i] = value, i < n. Parallel: contiguous shares. */
export function fill(args: FillArgs, thread: i32, threads: i32): void {
  fillShare(args.y, args.n, f32x4.splat(args.value), thread, threads);
}

@unmanaged
export class FillIntArgs {
  y: usize;
  n: i32;
  value: i32;
}

/** y[i] = value, i < n, int32. Parallel: contiguous shares. */
export function fillInt(args: FillIntArgs, thread: i32, threads: i32): void {
  fillShare(args.y, args.n, i32x4.splat(args.value), thread, threads);
}

function fillShare(y: usize, n: i32, value: v128, thread: i32, threads: i32): void {
  const to = share(n, thread + 1, threads);
  let i = share(n, thread, threads);
  for (; i + 4 <= to; i += 4) v128.store(y + <usize>i * ELEMENT, value);
  for (; i < to; i++) v128.store_lane<u32>(y + <usize>i * ELEMENT, value, 0);
}
