// Attention: weighted means of values, where the weights say how well a key answers a query.

import { ShapeError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';
import { einsum } from './einsum.js';
import { add, cast, divide, logicalAnd, multiply, tanh, where } from './elementwise.js';
import { tri } from './grid.js';
import { repeat } from './movement.js';
import { softmax } from './softmax.js';

/** What stands for minus infinity before a softmax: small enough to vanish, large enough not to give NaN. */
const MASKED = -0.7 * 3.4028234663852886e38;

export interface AttentionOptions {
  /** Added to the scores: broadcasts to (batch, heads, targets, sources). */
  readonly bias?: TensorLike | null;
  /** Where a query may look, bool: broadcasts to (batch, heads, targets, sources). */
  readonly mask?: TensorLike | null;
  /** Factor of the scores. Default 1 / sqrt(dim). */
  readonly scale?: number | null;
  /** Whether a query sees only the sources up to its own position. Default false. */
  readonly isCausal?: boolean;
  /** Scores s are replaced by cap · tanh(s / cap). Default: they are not. */
  readonly softCap?: number | null;
}

/**
 * softmax(scale · query · keyᵀ + bias) · value, for each batch and head.
 * @param query (batch, targets, heads, dim)
 * @param key (batch, sources, heads or a divisor of it, dim)
 * @param value shaped like key
 * @returns (batch, targets, heads, dim)
 * @throws ShapeError for other ranks, or numbers of heads that do not divide.
 */
export function dotProductAttention(
  query: TensorLike,
  key: TensorLike,
  value: TensorLike,
  options: AttentionOptions = {},
): Tensor {
  const [q, k, v] = [query, key, value].map(x => cast(asTensor(x), 'float32')) as [Tensor, Tensor, Tensor];
  if ([q, k, v].some(x => x.rank !== 4)) {
    throw new ShapeError(
      'dotProductAttention: expected query, key and value of rank 4 (batch, length, heads, dim). ' +
        `Received shapes ${[q, k, v].map(x => formatShape(x.shape)).join(', ')}.`,
    );
  }
  const [, targets, heads, dim] = q.shape as [number, number, number, number];
  const [, sources, keyHeads] = k.shape as [number, number, number];
  if (heads % keyHeads !== 0) {
    throw new ShapeError(
      `dotProductAttention: expected query heads divisible by those of the keys. Received ${heads} and ${keyHeads}.`,
    );
  }
  // Grouped queries: several heads share a key.
  const shared = (x: Tensor) => (keyHeads === heads ? x : repeat(x, heads / keyHeads, 2));
  const { bias = null, mask = null, scale = null, isCausal = false, softCap = null } = options;
  let scores = multiply(einsum('btnh,bsnh->bnts', q, shared(k)), scale ?? 1 / Math.sqrt(dim));
  if (bias !== null) scores = add(scores, bias);
  if (softCap !== null) scores = multiply(tanh(divide(scores, softCap)), softCap);
  let allowed = mask === null ? null : cast(mask, 'bool');
  if (isCausal) {
    const past = tri(targets, sources, 0, 'bool');
    allowed = allowed ? logicalAnd(allowed, past) : past;
  }
  const weights = softmax(allowed ? where(allowed, scores, MASKED) : scores, -1);
  return einsum('bnts,bsnh->btnh', weights, shared(v));
}
