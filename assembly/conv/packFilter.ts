// Packing the filters of a convolution into panels for the micro-kernel, tap by tap. Layout: gemm/pack.ts.

import { NR, ROW } from '../gemm/micro';
import { packRows, packTransposed } from '../gemm/pack';

@unmanaged
export class PackFilterArgs {
  /** [kd, kh, kw, cg, groups·og]. */
  kernel: usize;
  /** For each group its panels, one behind the other. */
  packed: usize;
  groups: i32;
  /** Input and output channels of a group. */
  cg: i32;
  og: i32;
  /** Height and width of the kernel. */
  kh: i32;
  kw: i32;
  /** The taps that take part: on each axis the first, the step, the number. */
  d0: i32;
  d1: i32;
  dn: i32;
  h0: i32;
  h1: i32;
  hn: i32;
  w0: i32;
  w1: i32;
  wn: i32;
  /**
   * 0: rows (tap, input channel), columns output channels. 1: rows (tap, output channel), columns input
   * channels.
   */
  transpose: i32;
}

/** Parallel: contiguous shares of (group, panel, tap). */
export function packFilter(args: PackFilterArgs, thread: i32, threads: i32): void {
  const rows = args.transpose ? args.og : args.cg;
  const columns = args.transpose ? args.cg : args.og;
  const panels = (columns + NR - 1) / NR;
  const taps = args.dn * args.hn * args.wn;
  const units = args.groups * panels * taps;
  const stride = (<usize>(args.groups * args.og)) << 2;
  const to = <i32>((<i64>units * (thread + 1)) / threads);
  for (let unit = <i32>((<i64>units * thread) / threads); unit < to; unit++) {
    const t = unit % taps;
    const panel = (unit / taps) % panels;
    const group = unit / (taps * panels);
    const tapW = args.w0 + (t % args.wn) * args.w1;
    const tapH = args.h0 + ((t / args.wn) % args.hn) * args.h1;
    const tapD = args.d0 + (t / (args.wn * args.hn)) * args.d1;
    const tap =
      args.kernel +
      <usize>(((tapD * args.kh + tapH) * args.kw + tapW) * args.cg) * stride +
      ((<usize>(group * args.og)) << 2);
    const target = args.packed + <usize>unit * rows * ROW;
    const count = min(columns - panel * NR, NR);
    if (args.transpose) packTransposed(tap + <usize>panel * NR * stride, stride, target, rows, count);
    else packRows(tap + <usize>panel * ROW, stride, target, rows, count);
  }
}
