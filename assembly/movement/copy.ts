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

/** y[i] = value, i < n. Parallel: contiguous shares. An int32 fill passes the bits of its value. */
export function fill(args: FillArgs, thread: i32, threads: i32): void {
  const to = share(args.n, thread + 1, threads);
  const bits = reinterpret<u32>(args.value);
  for (let i = share(args.n, thread, threads); i < to; i++) store<u32>(args.y + <usize>i * ELEMENT, bits);
}
