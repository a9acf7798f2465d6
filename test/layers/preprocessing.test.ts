// Layers that learn from data before training, and layers of texts. Expected values of hashes, bins and vectors are
// Keras's and TensorFlow's own.

import { describe, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { Dataset } from '../../src/data/dataset.js';
import { constant } from '../../src/graph/apply.js';
import * as layers from '../../src/layers/index.js';
import { fingerprint, sipHash } from '../../src/layers/preprocessing/hash.js';

describe('Hashes', () => {
  const modulus = 2n ** 62n - 57n;

  test('are those of TensorFlow for texts of every length', () => {
    const fingerprints: readonly (readonly [string, bigint])[] = [
      ['', 1936946117179621569n],
      ['abc', 2640714258260161385n],
      ['abcdefg', 4341691227789030229n],
      ['0123456789abcdef', 1493332391325024416n],
      ['0123456789abcdefg', 2800675501336285884n],
      ['x'.repeat(33), 3046993373088323241n],
      ['y'.repeat(64), 4471793200125962424n],
      ['abcdefghij'.repeat(7), 3071780670473381050n],
      ['é'.repeat(100), 842682152187525651n],
      ['z'.repeat(128), 569286240017589756n],
    ];
    for (const [text, hash] of fingerprints) expect(fingerprint(text) % modulus).toBe(hash);
    expect(sipHash('', [133, 137]) % modulus).toBe(316627932347063053n);
    expect(sipHash('0123456789abcdefg', [133, 137]) % modulus).toBe(2112349501170619355n);
  });

  test('cross features', () => {
    const crossing = layers.HashedCrossing(1000);
    expect(
      crossing([
        ['a', 'b', 'c'],
        [1, 2, -3],
      ]).array(),
    ).toEqual([485, 357, 772]);
    expect(() => crossing([['a', 'b'], [1]])).toThrow(/expected features of one shape.*\(2\), \(1\)/);
  });
});

describe('Learning from data', () => {
  test('takes a data set of batches, too', async () => {
    const batches = Dataset.from([[[1], [3]], [[8]]]);
    const normalization = layers.Normalization();
    await normalization.adapt(batches);
    const [mean, variance] = normalization.weights.map(weight => weight.read()[0]!);
    expect(mean).toBeCloseTo(4, 6);
    expect(variance).toBeCloseTo(26 / 3, 5);

    const vectorization = layers.TextVectorization();
    await vectorization.adapt(Dataset.from(['b a', 'b']));
    expect(vectorization.getVocabulary()).toEqual(['', '[UNK]', 'b', 'a']);
    expect(vectorization.vocabularySize()).toBe(4);
    const vectors = [];
    for await (const row of Dataset.from(['a b', 'c']).map(text => vectorization(text))) vectors.push(row.array());
    expect(vectors).toEqual([[3, 2], [1]]);
  });

  test('puts boundaries between values where Keras does', () => {
    const discretization = layers.Discretization({ numBins: 3 });
    discretization.adapt([5, 1, 4, 2, 3]);
    expect(discretization.binBoundaries!.map(each => each.toFixed(4))).toEqual(['1.6667', '3.3333']);
  });

  test('is refused where a vocabulary was given', () => {
    expect(() => layers.StringLookup({ vocabulary: ['a'] }).adapt(['b'])).toThrow(/was given its vocabulary/);
  });
});

describe('Vocabularies', () => {
  test('masked tokens are number 0, and in vectors left out', () => {
    const options = { vocabulary: ['a', 'b'], maskToken: '' };
    expect(layers.StringLookup(options)(['', 'x', 'a', 'b']).array()).toEqual([0, 1, 2, 3]);
    const counts = layers.StringLookup({ ...options, outputMode: 'count' })([['', 'x', 'a', 'a']]) as {
      array(): unknown;
    };
    expect(counts.array()).toEqual([[1, 2, 0]]);
  });

  test('several numbers for unknown strings are shared out by their hash', () => {
    const lookup = layers.StringLookup({ vocabulary: ['a'], numOovIndices: 3 });
    const expected = ['x', 'yy', 'zzz'].map(text => Number(fingerprint(text) % 3n));
    expect(lookup(['x', 'yy', 'zzz', 'a']).array()).toEqual([...expected, 3]);
  });

  test('that cannot be are refused', () => {
    expect(() => layers.StringLookup({ vocabulary: ['a', 'a'] })).toThrow(/repeated term: a/);
    expect(() => layers.StringLookup({ vocabulary: ['a', ''], maskToken: '' })).toThrow(
      /reserved mask token '' at index 1/,
    );
    expect(() => layers.IntegerLookup({ vocabulary: [1, 2, 3], maxTokens: 3 })).toThrow(/4 tokens.*maxTokens, 3/);
    expect(() => layers.StringLookup({ vocabulary: ['a'], outputMode: 'tf_idf' })).toThrow(/idfWeights/);
    expect(() => layers.StringLookup({ padToMaxTokens: true })).toThrow(/`padToMaxTokens` needs `maxTokens`/);
    expect(() => layers.TextVectorization({ ragged: true as never })).toThrow(/`ragged` can only be false/);
  });

  test('only letters of ASCII have a lower case, and only spaces of ASCII part tokens, as in Keras', () => {
    const vectorization = layers.TextVectorization({ vocabulary: ['Übung', 'a\u00a0b'] });
    expect(vectorization(['Übung übung A\u00a0B']).array()).toEqual([[2, 1, 3]]);
  });
});

test('Resizing knows every interpolation, and whole numbers stay whole', () => {
  const steps = Int32Array.from([0, 10, 30]);
  const resized = layers.Resizing(1, 5, { interpolation: 'bicubic' })(constant(steps, 'int32', [1, 3, 1]));
  expect(resized.dtype).toBe('int32');
  expect(
    layers
      .Resizing(
        1,
        2,
      )(constant(steps, 'int32', [1, 3, 1]))
      .array(),
  ).toEqual([[[2], [25]]]);
});
