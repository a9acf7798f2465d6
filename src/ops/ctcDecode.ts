// Reading label sequences off the frame-wise scores of a CTC model: the best class per frame, or the best sequences by
// beam search over prefixes (Graves 2012, 7.5.3). Both work on known values.

import { ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
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
  const [batch, frames, classes] = logits.shape as [number, number, number];
  const lengths = asTensor(sequenceLengths, 'int32').data();
  const greedy = strategy === 'greedy';
  const data = (greedy ? logits : logSoftmax(logits)).data();
  const paths = greedy ? 1 : topPaths;
  const labels = new Int32Array(paths * batch * frames).fill(-1);
  const scores = new Float32Array(batch * paths);
  for (let b = 0; b < batch; b++) {
    const rows = Array.from({ length: Math.min(lengths[b]!, frames) }, (_, t) =>
      data.subarray((b * frames + t) * classes, (b * frames + t + 1) * classes),
    );
    const found = greedy
      ? [bestPath(rows, maskIndex, mergeRepeated)]
      : beamSearch(rows, maskIndex, beamWidth).slice(0, paths);
    found.forEach(({ path, score }, k) => {
      labels.set(path, (k * batch + b) * frames);
      scores[b * paths + k] = score;
    });
  }
  return [constant(labels, 'int32', [paths, batch, frames]), constant(scores, 'float32', [batch, paths])];
}

interface Decoded {
  readonly path: readonly number[];
  readonly score: number;
}

type Row = ArrayLike<number>;

function bestPath(rows: readonly Row[], blank: number, mergeRepeated: boolean): Decoded {
  const path: number[] = [];
  let score = 0;
  let last = -1;
  for (const row of rows) {
    let best = 0;
    for (let c = 1; c < row.length; c++) if (row[c]! > row[best]!) best = c;
    score -= row[best]!;
    if (best !== blank && !(mergeRepeated && best === last)) path.push(best);
    last = best;
  }
  return { path, score };
}

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
