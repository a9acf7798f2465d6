// Connectionist temporal classification (Graves et al. 2006): the negative log likelihood of a label sequence under
// all its alignments with the frames, by the forward algorithm in log space. A composite, unrolled over the frames.

import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import {
  abs,
  add,
  cast,
  equal,
  exp,
  less,
  log1p,
  maximum,
  multiply,
  negative,
  subtract,
  where,
} from './elementwise.js';
import { oneHot } from './indexing.js';
import { matmul } from './matmul.js';
import { concatenate, expandDims, pad, slice, squeeze, transpose } from './movement.js';
import { sum } from './reduce.js';
import { logSoftmax } from './softmax.js';

/** Log of a probability that counts as zero, as in Keras. */
const LOG_ZERO = -1e5;

/**
 * CTC loss per sample. target: (batch, labels) integers; output: (batch, frames, classes) logits; targetLength and
 * outputLength: (batch,) integers; `maskIndex` is the class of the blank. Output: (batch,).
 */
export function ctcLoss(
  target: TensorLike,
  output: TensorLike,
  targetLength: TensorLike,
  outputLength: TensorLike,
  maskIndex = 0,
): Tensor {
  const labels = cast(target, 'int32');
  const logits = asTensor(output);
  const [batch, frames, classes] = logits.shape as [number, number, number];
  const count = labels.shape[1]!;
  const logProbs = logSoftmax(logits, -1);
  // repeat[b, n] = 1 where label n + 1 repeats label n: between the two an explicit blank is needed.
  const same = equal(slice(labels, [0, 0], [batch, count - 1]), slice(labels, [0, 1], [batch, count - 1]));
  const repeat = pad(cast(same, 'float32'), [
    [0, 0],
    [0, 1],
  ]);
  const blockRepeat = multiply(repeat, LOG_ZERO);
  const blockOther = multiply(subtract(1, repeat), LOG_ZERO);
  const blank = slice(logProbs, [0, 0, maskIndex], [batch, frames, 1]);
  const emit = matmul(logProbs, transpose(oneHot(labels, classes), [0, 2, 1]));
  const valid = less(
    constant(Int32Array.from({ length: frames }, (_, t) => t)),
    expandDims(cast(outputLength, 'int32'), 1),
  );

  let phi = constant(
    filled(batch * (count + 1), i => (i % (count + 1) === 0 ? 0 : LOG_ZERO)),
    'float32',
    [batch, count + 1],
  );
  let emitted = constant(
    filled(batch * count, () => LOG_ZERO),
    'float32',
    [batch, count],
  );
  for (let t = 0; t < frames; t++) {
    const logEmit = squeeze(slice(emit, [0, t, 0], [batch, 1, count]), 1);
    const logBlank = squeeze(slice(blank, [0, t, 0], [batch, 1, 1]), 1);
    const running = slice(valid, [0, t], [batch, 1]);
    const entered = enter(phi, add(emitted, blockRepeat));
    const nextEmitted = logAddExp(add(slice(entered, [0, 0], [batch, count]), logEmit), add(emitted, logEmit));
    const nextPhi = enter(add(entered, logBlank), add(add(emitted, logBlank), blockOther));
    emitted = where(running, nextEmitted, emitted);
    phi = where(running, nextPhi, phi);
  }
  const last = oneHot(cast(targetLength, 'int32'), count + 1);
  return negative(sum(multiply(enter(phi, emitted), last), -1));
}

/** phi with `score` added in log space to phi[:, 1:]. */
function enter(phi: Tensor, score: Tensor): Tensor {
  const [batch, states] = phi.shape as [number, number];
  const rest = logAddExp(slice(phi, [0, 1], [batch, states - 1]), score);
  return concatenate([slice(phi, [0, 0], [batch, 1]), rest], -1);
}

function logAddExp(a: Tensor, b: Tensor): Tensor {
  return add(maximum(a, b), log1p(exp(negative(abs(subtract(a, b))))));
}

function filled(size: number, value: (i: number) => number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => value(i));
}
