// Positions of the largest or smallest elements: x [outer, reduced, inner] -> y [outer, inner], int32. The first of equal
// elements wins, and a NaN wins over everything, as in NumPy. reduced is at least 1.
// Threads share the outer axis, or the columns where it is too short.

import { ELEMENT, loadTail, storeTail } from './simd';
import { share } from './team';

@unmanaged
export class ArgReduceArgs {
  x: usize;
  y: usize;
  outer: i32;
  reduced: i32;
  inner: i32;
}

/** Says in which lanes x beats the best so far. */
@unmanaged
abstract class Contest {
  abstract beats(x: v128, best: v128): v128;
}

@unmanaged
@final
class Largest extends Contest {
  beats(x: v128, best: v128): v128 {
    return v128.or(f32x4.gt(x, best), firstNaN(x, best));
  }
}

@unmanaged
@final
class Smallest extends Contest {
  beats(x: v128, best: v128): v128 {
    return v128.or(f32x4.lt(x, best), firstNaN(x, best));
  }
}

@unmanaged
@final
class LargestInt extends Contest {
  beats(x: v128, best: v128): v128 {
    return i32x4.gt_s(x, best);
  }
}

@unmanaged
@final
class SmallestInt extends Contest {
  beats(x: v128, best: v128): v128 {
    return i32x4.lt_s(x, best);
  }
}

function firstNaN(x: v128, best: v128): v128 {
  return v128.and(f32x4.ne(x, x), f32x4.eq(best, best));
}

export function argmax(args: ArgReduceArgs, thread: i32, threads: i32): void {
  contest<Largest>(args, thread, threads);
}
export function argmin(args: ArgReduceArgs, thread: i32, threads: i32): void {
  contest<Smallest>(args, thread, threads);
}
export function argmaxInt(args: ArgReduceArgs, thread: i32, threads: i32): void {
  contest<LargestInt>(args, thread, threads);
}
export function argminInt(args: ArgReduceArgs, thread: i32, threads: i32): void {
  contest<SmallestInt>(args, thread, threads);
}

function contest<Op extends Contest>(args: ArgReduceArgs, thread: i32, threads: i32): void {
  const inner = args.inner;
  const reduced = args.reduced;
  const whole = args.outer >= threads;
  const from = whole ? <i32>((<i64>args.outer * thread) / threads) : 0;
  const to = whole ? <i32>((<i64>args.outer * (thread + 1)) / threads) : args.outer;
  const column = whole ? 0 : share(inner, thread, threads);
  const columns = (whole ? inner : share(inner, thread + 1, threads)) - column;
  for (let o = from; o < to; o++) {
    const x = args.x + (<usize>o * reduced * inner + column) * ELEMENT;
    const y = args.y + (<usize>o * inner + column) * ELEMENT;
    if (inner > 1) contestColumns<Op>(x, y, reduced, <usize>inner * ELEMENT, columns);
    else if (columns > 0) store<i32>(y, contestRun<Op>(x, reduced));
  }
}

/** Lane l looks at elements l, l + 4, ...; the lanes' winners then meet, and equals go to the smaller position. */
function contestRun<Op extends Contest>(x: usize, n: i32): i32 {
  const op = changetype<Op>(0);
  let best = v128.load32_splat(x);
  let where = i32x4.splat(0);
  let at = i32x4(0, 1, 2, 3);
  const four = i32x4.splat(4);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x + <usize>i * ELEMENT);
    const wins = op.beats(v, best);
    best = v128.bitselect(v, best, wins);
    where = v128.bitselect(at, where, wins);
    at = i32x4.add(at, four);
  }
  for (; i < n; i++) {
    // In all lanes at once: whichever lane's best this element beats, the final meeting sorts it out.
    const v = v128.load32_splat(x + <usize>i * ELEMENT);
    const wins = op.beats(v, best);
    best = v128.bitselect(v, best, wins);
    where = v128.bitselect(i32x4.splat(i), where, wins);
  }
  const half = v128.shuffle<u32>(best, best, 2, 3, 0, 1);
  const halfWhere = v128.shuffle<u32>(where, where, 2, 3, 0, 1);
  let wins = meet<Op>(half, halfWhere, best, where);
  best = v128.bitselect(half, best, wins);
  where = v128.bitselect(halfWhere, where, wins);
  const other = v128.shuffle<u32>(best, best, 1, 0, 3, 2);
  const otherWhere = v128.shuffle<u32>(where, where, 1, 0, 3, 2);
  wins = meet<Op>(other, otherWhere, best, where);
  return i32x4.extract_lane(v128.bitselect(otherWhere, where, wins), 0);
}

/** Where (x, at) comes before (best, where): x is better, or neither is and x stands further in front. */
function meet<Op extends Contest>(x: v128, at: v128, best: v128, where: v128): v128 {
  const op = changetype<Op>(0);
  const earlier = v128.andnot(i32x4.lt_s(at, where), op.beats(best, x));
  return v128.or(op.beats(x, best), earlier);
}

/** Four columns at a time; ld in bytes. */
function contestColumns<Op extends Contest>(x: usize, y: usize, rows: i32, ld: usize, columns: i32): void {
  const op = changetype<Op>(0);
  for (; columns >= 4; columns -= 4) {
    let best = v128.load(x);
    let where = i32x4.splat(0);
    let p = x;
    for (let r = 1; r < rows; r++) {
      p += ld;
      const v = v128.load(p);
      const wins = op.beats(v, best);
      best = v128.bitselect(v, best, wins);
      where = v128.bitselect(i32x4.splat(r), where, wins);
    }
    v128.store(y, where);
    x += 16;
    y += 16;
  }
  if (columns == 0) return;
  let best = loadTail(x, columns);
  let where = i32x4.splat(0);
  for (let r = 1; r < rows; r++) {
    x += ld;
    const v = loadTail(x, columns);
    const wins = op.beats(v, best);
    best = v128.bitselect(v, best, wins);
    where = v128.bitselect(i32x4.splat(r), where, wins);
  }
  storeTail(y, where, columns);
}
