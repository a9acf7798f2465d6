// Instructions for one matrix product: chooses among the kernels of assembly/gemm. Shared by matmul and
// convolution.

import type { Emitter, Place } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import type { Pointer } from '../runtime/pointer.js';
import { reluGrad } from './activations.js';
import { sigmoidGrad, tanhGrad } from './elementwise.js';

/**
 * Activations that products and convolutions can apply to their results, with their numbers in
 * assembly/gemm/epilogue.ts.
 */
export const fusedActivations = { linear: 0, relu: 1, sigmoid: 2, tanh: 3 } as const;
export type FusedActivation = keyof typeof fusedActivations;

/** The `epilogue` of the op definitions. */
export const epilogue = {
  activations: ['relu', 'sigmoid', 'tanh'] as const satisfies readonly FusedActivation[],
};

/** The cotangent in front of a fused activation, from the one behind it and the result y. */
export function throughActivation(activation: FusedActivation, dy: Tensor, y: Tensor): Tensor {
  if (activation === 'linear') return dy;
  return { relu: reluGrad, sigmoid: sigmoidGrad, tanh: tanhGrad }[activation](dy, y);
}

/** C[m, n] = activation(op(A)·op(B) + bias), row-major; ld: elements from row to row as stored. */
export interface Product {
  readonly a: Pointer;
  readonly b: Pointer;
  readonly bias: Pointer;
  readonly c: Pointer;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly lda: number;
  readonly ldb: number;
  readonly ldc: number;
  /** A is stored [k, m]. */
  readonly transposeA: boolean;
  /** B is stored [n, k]. */
  readonly transposeB: boolean;
  readonly activation: FusedActivation;
}

/** Products along three axes; a, b: elements from one matrix to the next along each. */
export interface Batch {
  readonly counts: readonly [number, number, number];
  readonly a: readonly [number, number, number];
  readonly b: readonly [number, number, number];
}

/** Columns of a panel of packed B. */
export const PANEL = 16;

/** Scratch bytes per thread of kernels that work on tiles: tables, then the block of a transposed A. */
export const TILE_BYTES = 1024;
const TRANSPOSED_BYTES = 64 * (4 * 320 + 64);

/**
 * Most rows for which reading B once and unpacked is the fastest way: where packing it would cost more than
 * it saves.
 */
const FEW_ROWS = { smallB: 2, largeB: 8 };

/** Elements of a B that is multiplied with as it is, without packing: it stays in the first-level cache. */
const DIRECT = 6144;

/** Products of this many multiplications are worth splitting one by one. */
const LARGE = 1 << 18;

/** Elements of B[k, n] packed into panels. */
export function packedSize(k: number, n: number): number {
  return Math.ceil(n / PANEL) * PANEL * k;
}

/**
 * Appends the instructions of one product. `source`: the tensor that b lies in; its packed form is kept if it
 * lasts.
 */
export function emitProduct(k: Emitter, product: Product, source: Place): void {
  const { a, b, bias, c, m, n, k: depth, lda, ldb, ldc, transposeA, transposeB } = product;
  const activation = fusedActivations[product.activation];
  const work = m * n * depth;
  const few = depth * n <= DIRECT ? FEW_ROWS.smallB : FEW_ROWS.largeB;
  if (m <= few && (!transposeA || (m === 1 && lda === 1))) {
    const args = {
      a,
      b,
      bias,
      c,
      m,
      n,
      k: depth,
      lda,
      ldb,
      ldc,
      transposeB: Number(transposeB),
      biasStep: 1,
      activation,
    };
    k.call('gemmFewRows', args, work / 2);
    return;
  }
  if (n === 1 && ldc === 1 && (transposeB || ldb === 1)) {
    // A column is computed as the transposed row: A takes the place of B, stored [n, k] there if it is not
    // transposed here.
    const args = {
      a: b,
      b: a,
      bias,
      c,
      m: 1,
      n: m,
      k: depth,
      lda: depth,
      ldb: lda,
      ldc: m,
      transposeB: Number(!transposeA),
      biasStep: 0,
      activation,
    };
    k.call('gemmFewRows', args, work / 2);
    return;
  }
  const packed = transposeB || depth * n > DIRECT;
  let panels = b;
  if (packed) {
    const pack = { b, k: depth, n, ldb, transpose: Number(transposeB) };
    panels = k.derived(source, 4 * packedSize(depth, n), (to, packed) =>
      to.call('packPanels', { ...pack, packed }, depth * n),
    );
  }
  const scratchBytes = TILE_BYTES + (transposeA ? TRANSPOSED_BYTES : 0) + (packed ? 0 : 64 * depth);
  const args = {
    a,
    b: panels,
    bias,
    c,
    scratch: k.workspace(k.threads * scratchBytes),
    scratchBytes,
    m,
    n,
    k: depth,
    lda,
    ldb,
    ldc,
    transposeA: Number(transposeA),
    packed: Number(packed),
    activation,
  };
  k.call('gemm', args, work / 20);
}

/** Whether a batch is better split product by product than emitted as one product after the other. */
export function isBatch(k: Emitter, count: number, { m, n, k: depth }: Product): boolean {
  return k.threads === 1 || count >= 2 * k.threads || m * n * depth < LARGE;
}

/** Appends the instruction for many products of equal size; product i starts at c + i·m·n. */
export function emitBatch(k: Emitter, product: Product, { counts, a: [a0, a1, a2], b: [b0, b1, b2] }: Batch): void {
  const { transposeA, transposeB, activation, ...rest } = product;
  const { m, n, k: depth } = product;
  const scratchBytes = 128 + 4 * packedSize(depth, n) + TILE_BYTES + (transposeA ? TRANSPOSED_BYTES : 0) + 64 * depth;
  const [n0, n1, n2] = counts;
  const args = {
    ...rest,
    scratch: k.workspace(k.threads * scratchBytes),
    scratchBytes,
    packed: 0,
    transposeA: Number(transposeA),
    transposeB: Number(transposeB),
    activation: fusedActivations[activation],
    n0,
    n1,
    n2,
    a0,
    a1,
    a2,
    b0,
    b1,
    b2,
  };
  k.call('gemmBatch', args, (n0 * n1 * n2 * m * n * depth) / 8);
}
