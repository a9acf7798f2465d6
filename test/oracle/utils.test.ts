// Utilities and the preprocessing of Keras 2, against recordings of Keras.

import { describe, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { toOptions } from '../../src/config.js';
import { Dataset } from '../../src/data/dataset.js';
import { Tensor } from '../../src/graph/tensor.js';
import { NDArray } from '../../src/ndarray.js';
import { makeSamplingTable, TimeseriesGenerator } from '../../src/preprocessing/sequence.js';
import { Tokenizer, type TokenizerOptions, textToWordSequence } from '../../src/preprocessing/text.js';
import { normalize, toCategorical } from '../../src/utils/numerical.js';
import { type PadSequencesOptions, padSequences } from '../../src/utils/padSequences.js';
import { timeseriesDatasetFromArray } from '../../src/utils/timeseries.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

type Options = { readonly [key: string]: null | boolean | number | string };

interface UtilCase {
  readonly id: string;
  readonly kind: 'util';
  readonly function: 'pad_sequences' | 'to_categorical' | 'normalize';
  readonly args: readonly [never];
  readonly kwargs: Options;
  readonly result: TensorDescriptor;
}

interface TimeseriesCase {
  readonly id: string;
  readonly kind: 'timeseries';
  readonly data: TensorDescriptor;
  readonly targets: TensorDescriptor | null;
  readonly kwargs: Options;
  readonly batches: readonly (readonly TensorDescriptor[])[];
}

interface TextCase {
  readonly id: string;
  readonly kind: 'legacy_text';
  readonly args?: readonly [number];
  readonly result?: TensorDescriptor | readonly string[];
  readonly text?: string;
  readonly no_lower?: readonly string[];
  readonly texts?: readonly string[];
  readonly kwargs?: Options;
  readonly word_index?: { readonly [word: string]: number };
  readonly word_counts?: { readonly [word: string]: number };
  readonly document_count?: number;
  readonly sequences?: readonly (readonly number[])[];
  readonly back?: readonly string[];
  readonly matrices?: { readonly [mode: string]: TensorDescriptor };
}

const { cases, tensor } = loadFamily<UtilCase | TimeseriesCase | TextCase>('text');
const ofKind = <K extends string>(kind: K) =>
  cases.filter((c): c is Extract<(typeof cases)[number], { kind: K }> => c.kind === kind).map(c => [c.id, c] as const);
const arrayOf = (descriptor: TensorDescriptor) => new NDArray(tensor(descriptor), descriptor.shape);

function expectEqual(got: NDArray | Tensor, want: TensorDescriptor): void {
  expect(got.shape).toEqual(want.shape);
  const values = got instanceof Tensor ? got.data() : got.data;
  const expected = tensor(want);
  // Keras computes these in float64 and was recorded in float32.
  for (let i = 0; i < expected.length; i++) expect(values[i]).toBeCloseTo(expected[i]!, 6);
  expect(values.length).toBe(expected.length);
}

describe.each(ofKind('util'))('%s', (_id, c) => {
  test('gives the recorded array', () => {
    const [x] = c.args;
    const options = toOptions(c.kwargs);
    if (c.function === 'pad_sequences') expectEqual(padSequences(x, options as PadSequencesOptions), c.result);
    else if (c.function === 'to_categorical') expectEqual(toCategorical(x, options['numClasses'] as number), c.result);
    else expectEqual(normalize(x, options['axis'] as number, options['order'] as number), c.result);
  });
});

describe.each(ofKind('timeseries'))('%s', (id, c) => {
  test('gives the recorded batches', async () => {
    const options = toOptions(c.kwargs);
    const targets = c.targets && arrayOf(c.targets);
    const batches = id.includes('generator')
      ? await Dataset.from(TimeseriesGenerator(arrayOf(c.data), targets!, options as { length: number })).toArray()
      : await (
          timeseriesDatasetFromArray(
            arrayOf(c.data),
            targets as never,
            options['sequenceLength'] as number,
            options,
          ) as Dataset<unknown>
        ).toArray();
    const lists = batches.map(batch => (Array.isArray(batch) ? batch : [batch])) as (NDArray | Tensor)[][];
    expect(lists.map(list => list.length)).toEqual(c.batches.map(list => list.length));
    c.batches.forEach((list, i) => {
      list.forEach((want, k) => {
        expectEqual(lists[i]![k]!, want);
      });
    });
  });
});

describe.each(ofKind('legacy_text'))('%s', (_id, c) => {
  test('gives what was recorded', () => {
    if (c.text !== undefined) {
      expect(textToWordSequence(c.text)).toEqual(c.result);
      expect(textToWordSequence(c.text, { lower: false })).toEqual(c.no_lower);
      return;
    }
    if (!c.texts) {
      const table = makeSamplingTable(c.args![0]);
      expectEqual(new NDArray(table, [table.length]), c.result as TensorDescriptor);
      return;
    }
    const tokenizer = Tokenizer(toOptions(c.kwargs!) as TokenizerOptions);
    tokenizer.fitOnTexts(c.texts);
    expect({ ...tokenizer.wordIndex }).toEqual(c.word_index);
    expect([...tokenizer.wordCounts]).toEqual(Object.entries(c.word_counts!));
    expect(tokenizer.documentCount).toBe(c.document_count);
    expect(tokenizer.textsToSequences(c.texts)).toEqual(c.sequences);
    expect(tokenizer.sequencesToTexts(c.sequences!)).toEqual(c.back);
    for (const [mode, want] of Object.entries(c.matrices!)) {
      expectEqual(tokenizer.textsToMatrix(c.texts, mode as 'count'), want);
    }
  });
});
