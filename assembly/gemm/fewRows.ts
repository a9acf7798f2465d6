// Products with a single row or very few: every element of B is used only once or a few times, so B is read
// once, in the order in which it lies in memory, and not packed.

import { fma, sumLanes } from '../simd';
import { share } from '../team';
import { activateOne, activateRow, LINEAR } from './epilogue';
import { NR } from './micro';

@unmanaged
export class FewRowsArgs {
  a: usize;
  b: usize;
  /** 0 for none. */
  bias: usize;
  c: usize;
  m: i32;
  n: i32;
  k: i32;
  lda: i32;
  ldb: i32;
  ldc: i32;
  /** 1: b is stored [n, k]. */
  transposeB: i32;
  /** Elements from one column's bias to the next: 1, or 0 for one bias for all. */
  biasStep: i32;
  activation: i32;
}

/** Columns of C that stay in the first-level cache while the rows of B pass by. */
const COLUMNS: i32 = 512;

/** C[m, n] = activation(A[m, k]·B + bias) for small m. Parallel: shares of the columns. */
export function gemmFewRows(args: FewRowsArgs, thread: i32, threads: i32): void {
  const from = share(args.n, thread, threads);
  const to = share(args.n, thread + 1, threads);
  for (let j = from; j < to; j += COLUMNS) {
    const columns = min(to - j, COLUMNS);
    if (args.transposeB) dotRows(args, j, columns);
    else addRows(args, j, columns);
    if (args.activation == LINEAR) continue;
    for (let i = 0; i < args.m; i++) activateRun(args.c + ((<usize>(i * args.ldc + j)) << 2), columns, args.activation);
  }
}

/** c = bias + sum over k of a[k]·(row k of B), four rows of B at a time. */
function addRows(args: FewRowsArgs, j: i32, columns: i32): void {
  const stride = (<usize>args.ldb) << 2;
  let b = args.b + ((<usize>j) << 2);
  for (let i = 0; i < args.m; i++) startRun(args, args.c + ((<usize>(i * args.ldc + j)) << 2), j, columns);
  let k = 0;
  for (; k <= args.k - 4; k += 4) {
    for (let i = 0; i < args.m; i++) {
      addFour(
        args.a + ((<usize>(i * args.lda + k)) << 2),
        b,
        stride,
        args.c + ((<usize>(i * args.ldc + j)) << 2),
        columns,
      );
    }
    b += stride << 2;
  }
  for (; k < args.k; k++) {
    for (let i = 0; i < args.m; i++) {
      const a = load<f32>(args.a + ((<usize>(i * args.lda + k)) << 2));
      const c = args.c + ((<usize>(i * args.ldc + j)) << 2);
      for (let x: usize = 0; x < (<usize>columns) << 2; x += 4)
        store<f32>(c + x, load<f32>(c + x) + a * load<f32>(b + x));
    }
    b += stride;
  }
}

function startRun(args: FewRowsArgs, c: usize, j: i32, columns: i32): void {
  if (!args.bias) memory.fill(c, 0, (<usize>columns) << 2);
  else if (args.biasStep) memory.copy(c, args.bias + ((<usize>j) << 2), (<usize>columns) << 2);
  else for (let x: usize = 0; x < (<usize>columns) << 2; x += 4) store<f32>(c + x, load<f32>(args.bias));
}

/** c[j] += a[0]·b[0][j] + a[1]·b[1][j] + a[2]·b[2][j] + a[3]·b[3][j]. */
function addFour(a: usize, b: usize, stride: usize, c: usize, columns: i32): void {
  const a0 = v128.load32_splat(a);
  const a1 = v128.load32_splat(a, 4);
  const a2 = v128.load32_splat(a, 8);
  const a3 = v128.load32_splat(a, 12);
  let b1 = b + stride;
  let b2 = b1 + stride;
  let b3 = b2 + stride;
  const end = c + ((<usize>columns) << 2);
  for (; c + 16 <= end; c += 16) {
    const sum = fma(a1, v128.load(b1), fma(a0, v128.load(b), v128.load(c)));
    v128.store(c, fma(a3, v128.load(b3), fma(a2, v128.load(b2), sum)));
    b += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
  }
  for (; c < end; c += 4) {
    const sum = load<f32>(c) + f32x4.extract_lane(a0, 0) * load<f32>(b) + f32x4.extract_lane(a1, 0) * load<f32>(b1);
    store<f32>(c, sum + f32x4.extract_lane(a2, 0) * load<f32>(b2) + f32x4.extract_lane(a3, 0) * load<f32>(b3));
    b += 4;
    b1 += 4;
    b2 += 4;
    b3 += 4;
  }
}

/** c[j] = bias + a · (row j of the stored b). */
function dotRows(args: FewRowsArgs, j: i32, columns: i32): void {
  const stride = (<usize>args.ldb) << 2;
  for (let i = 0; i < args.m; i++) {
    const a = args.a + ((<usize>(i * args.lda)) << 2);
    const c = args.c + ((<usize>(i * args.ldc + j)) << 2);
    startRun(args, c, j, columns);
    let b = args.b + <usize>j * stride;
    let x = 0;
    for (; x <= columns - 4; x += 4) {
      dotFour(a, b, stride, c + ((<usize>x) << 2), args.k);
      b += stride << 2;
    }
    for (; x < columns; x++) {
      dotOne(a, b, c + ((<usize>x) << 2), args.k);
      b += stride;
    }
  }
}

/** c[0..3] += a · b[0..3]. */
function dotFour(a: usize, b: usize, stride: usize, c: usize, k: i32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let b1 = b + stride;
  let b2 = b1 + stride;
  let b3 = b2 + stride;
  const end = a + ((<usize>k) << 2);
  for (; a + 16 <= end; a += 16) {
    const v = v128.load(a);
    s0 = fma(v, v128.load(b), s0);
    s1 = fma(v, v128.load(b1), s1);
    s2 = fma(v, v128.load(b2), s2);
    s3 = fma(v, v128.load(b3), s3);
    b += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
  }
  let t0 = sumLanes(s0);
  let t1 = sumLanes(s1);
  let t2 = sumLanes(s2);
  let t3 = sumLanes(s3);
  for (; a < end; a += 4) {
    const v = load<f32>(a);
    t0 += v * load<f32>(b);
    t1 += v * load<f32>(b1);
    t2 += v * load<f32>(b2);
    t3 += v * load<f32>(b3);
    b += 4;
    b1 += 4;
    b2 += 4;
    b3 += 4;
  }
  v128.store(c, f32x4.add(v128.load(c), lanes(t0, t1, t2, t3)));
}

/** c[0] += a · b. */
function dotOne(a: usize, b: usize, c: usize, k: i32): void {
  let sum = f32x4.splat(0);
  const end = a + ((<usize>k) << 2);
  for (; a + 16 <= end; a += 16) {
    sum = fma(v128.load(a), v128.load(b), sum);
    b += 16;
  }
  let total = sumLanes(sum);
  for (; a < end; a += 4) {
    total += load<f32>(a) * load<f32>(b);
    b += 4;
  }
  store<f32>(c, load<f32>(c) + total);
}

function lanes(a: f32, b: f32, c: f32, d: f32): v128 {
  return f32x4.replace_lane(f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(a), 1, b), 2, c), 3, d);
}

function activateRun(c: usize, columns: i32, activation: i32): void {
  let j = 0;
  for (; j <= columns - NR; j += NR) activateRow(c + ((<usize>j) << 2), activation);
  for (; j < columns; j++) activateOne(c + ((<usize>j) << 2), activation);
}
