// Reading label sequences off the frame-wise scores of a CTC model: the best class per frame, or the best sequences by
// beam search over prefixes (Graves 2012, 7.5.3), which works on known values.

import { ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { add, cast, less, logicalAnd, multiply, negative, notEqual, subtract, where } from './elementwise.js';
import { arange } from './grid.js';
import { oneHot } from './indexing.js';
import { expandDims, pad, reshape, sliceAxis } from './movement.js';
import { argmax, max, sum } from './reduce.js';
import { cumsum } from './scan.js';
import { logSoftmax } from './softmax.js';

export interface CtcDecodeOptions {
  /** 'greedy' (default) or 'beam_search'. */
  readonly strategy?: string;
  /** Prefixes kept in beam search. Default 100. */
  readonly beamWidth?: number;
  /** Sequences returned by beam search. Default 1. */
  readonly topPaths?: number;
  /** Whether repeated classes count once in greedy decoding. Default true. */
  readonly mergeRepeated?: boolean;
  /** The class of the blank. Default 0. */
  readonly maskIndex?: number;
}

/**
 * [labels, scores]: labels (paths, batch, frames), int32, -1 behind the end; scores (batch, paths): greedy: minus the sum of
 * the best scores; beam search: the log likelihood of each sequence.
 * @param inputs (batch, frames, classes) logits. @param sequenceLengths (batch,) frames that count.
 */
export function ctcDecode(
  inputs: TensorLike,
  sequenceLengths: TensorLike,
  options: CtcDecodeOptions = {},
): [Tensor, Tensor] {
  const { strategy = 'greedy', beamWidth = 100, topPaths = 1, mergeRepeated = true, maskIndex = 0 } = options;
  if (strategy !== 'greedy' && strategy !== 'beam_search') {
    throw new ValueError(`Invalid strategy ${strategy}. Supported values are 'greedy' and 'beam_search'.`);
  }
  const logits = asTensor(inputs);
  if (strategy === 'greedy') return bestPaths(logits, asTensor(sequenceLengths), maskIndex, mergeRepeated);
  const [batch, frames, classes] = logits.shape as [number, number, number];
  const lengths = asTensor(sequenceLengths, 'int32').data();
  const data = logSoftmax(logits).data();
  const labels = new Int32Array(topPaths * batch * frames).fill(-1);
  const scores = new Float32Array(batch * topPaths);
  for (let b = 0; b < batch; b++) {
    const rows = Array.from({ length: Math.min(lengths[b]!, frames) }, (_, t) =>
      data.subarray((b * frames + t) * classes, (b * frames + t + 1) * classes),
    );
    const found = beamSearch(rows, maskIndex, beamWidth).slice(0, topPaths);
    found.forEach(({ path, score }, k) => {
      labels.set(path, (k * batch + b) * frames);
      scores[b * topPaths + k] = score;
    });
  }
  return [constant(labels, 'int32', [topPaths, batch, frames]), constant(scores, 'float32', [batch, topPaths])];
}

/** The best class of each frame, without repetitions and blanks; written with ops, so that values need not be known. */
function bestPaths(logits: Tensor, lengths: Tensor, blank: number, mergeRepeated: boolean): [Tensor, Tensor] {
  const frames = logits.shape[1]!;
  const counts = less(arange(frames), reshape(lengths, [-1, 1]));
  const best = argmax(logits, -1);
  const before = pad(
    sliceAxis(best, 1, 0, frames - 1),
    [
      [0, 0],
      [1, 0],
    ],
    'constant',
    -1,
  );
  const heard = logicalAnd(counts, notEqual(best, blank));
  const kept = mergeRepeated ? logicalAnd(heard, notEqual(best, before)) : heard;
  // The n-th label that is kept goes to place n: one row of zeros and a one for each frame, and their sum.
  const places = subtract(cumsum(cast(kept, 'int32'), 1), 1);
  const placed = multiply(oneHot(where(kept, places, -1), frames, -1, 'int32'), expandDims(add(best, 1), -1));
  const scores = negative(sum(multiply(max(logits, -1), cast(counts, 'float32')), 1, true));
  return [expandDims(subtract(sum(placed, 1), 1), 0), scores];
}

interface Decoded {
  readonly path: readonly number[];
  readonly score: number;
}

type Row = ArrayLike<number>;

/** A prefix with the log likelihoods of its alignments that end in its last label, and in a blank. */
interface Prefix {
  readonly path: readonly number[];
  label: number;
  blank: number;
}

function beamSearch(rows: readonly Row[], blank: number, width: number): Decoded[] {
  let beam: Prefix[] = [{ path: [], label: -Infinity, blank: 0 }];
  const total = ({ label, blank: silent }: Prefix) => logAdd(label, silent);
  for (const row of rows) {
    const next = new Map<string, Prefix>();
    const prefix = (path: readonly number[]): Prefix => {
      const key = path.join();
      let found = next.get(key);
      if (!found) next.set(key, (found = { path, label: -Infinity, blank: -Infinity }));
      return found;
    };
    for (const current of beam) {
      const last = current.path.at(-1);
      const same = prefix(current.path);
      same.blank = logAdd(same.blank, total(current) + row[blank]!);
      if (last !== undefined) same.label = logAdd(same.label, current.label + row[last]!);
      for (let c = 0; c < row.length; c++) {
        if (c === blank) continue;
        // A label repeated without a blank between is the same label.
        const from = c === last ? current.blank : total(current);
        if (from === -Infinity) continue;
        const longer = prefix([...current.path, c]);
        longer.label = logAdd(longer.label, from + row[c]!);
      }
    }
    beam = [...next.values()].sort((a, b) => total(b) - total(a)).slice(0, width);
  }
  return beam.map(each => ({ path: each.path, score: total(each) }));
}

function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}
