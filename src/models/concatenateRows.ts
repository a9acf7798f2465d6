// Puts results of batches together, outside of WebAssembly memory.

import { newArray } from '../dtype.js';
import { fromTypedArray } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';

/** The rows of several tensors, one after the other. */
export function concatenateRows(chunks: readonly Tensor[]): Tensor {
  const [first] = chunks as readonly [Tensor];
  if (chunks.length === 1) return first;
  const data = newArray(
    first.dtype,
    chunks.reduce((total, chunk) => total + chunk.size, 0),
  );
  let next = 0;
  for (const chunk of chunks) {
    data.set(chunk.data(), next);
    next += chunk.size;
  }
  const rows = chunks.reduce((total, chunk) => total + (chunk.shape[0] ?? 1), 0);
  return fromTypedArray(data, [rows, ...first.shape.slice(1)], first.dtypeName);
}
