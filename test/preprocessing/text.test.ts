import { expect, test } from 'vitest';
import {
  hashingTrick,
  oneHot,
  Tokenizer,
  textToWordSequence,
  tokenizerFromJson,
} from '../../src/preprocessing/text.js';

test('words of equal frequency keep their order, also those that are numbers', () => {
  const tokenizer = new Tokenizer({ numWords: 4, oovToken: '?' });
  tokenizer.fitOnTexts(['b b a 10 9 10 9', 'a c']);
  // As recorded from Keras.
  expect({ ...tokenizer.wordIndex }).toEqual({ '?': 1, b: 2, a: 3, 10: 4, 9: 5, c: 6 });
  expect(tokenizer.indexDocs).toEqual({ 2: 1, 3: 2, 4: 1, 5: 1, 6: 1 });
  expect(tokenizer.textsToSequences(['a b z 9', ['B', 'q']])).toEqual([
    [3, 2, 1, 1],
    [2, 1],
  ]);
  expect(tokenizer.getConfig()['word_counts']).toBe('{"b": 2, "a": 2, "10": 2, "9": 2, "c": 1}');
});

test('a tokenizer comes back from its JSON and from that of Keras', () => {
  const config = {
    num_words: 4,
    filters: '!',
    lower: true,
    split: ' ',
    char_level: false,
    oov_token: '?',
    document_count: 2,
    word_counts: '{"b": 2, "a": 2, "c": 1}',
    word_docs: '{"a": 2, "b": 1, "c": 1}',
    index_docs: '{"3": 2, "2": 1, "4": 1}',
    index_word: '{"1": "?", "2": "b", "3": "a", "4": "c"}',
    word_index: '{"?": 1, "b": 2, "a": 3, "c": 4}',
  };
  const tokenizer = tokenizerFromJson(JSON.stringify({ class_name: 'Tokenizer', config }));
  expect(tokenizer.textsToSequences(['a b! c x'])).toEqual([[3, 2, 1, 1]]);
  expect(JSON.parse(tokenizerFromJson(tokenizer.toJson()).toJson())).toEqual(JSON.parse(tokenizer.toJson()));
  expect(tokenizer.sequencesToMatrix([[2, 3, 3]], 'tfidf').data[3]).toBeCloseTo(
    (1 + Math.log(2)) * Math.log(1 + 2 / 3),
    6,
  );
});

test('an analyzer takes the place of splitting at spaces', () => {
  const tokenizer = Tokenizer({ analyzer: text => text.split('-') });
  tokenizer.fitOnTexts(['a-b-a']);
  expect({ ...tokenizer.wordIndex }).toEqual({ a: 1, b: 2 });
});

test('a property of all objects is an ordinary word', () => {
  const tokenizer = Tokenizer();
  tokenizer.fitOnTexts(['constructor']);
  expect(tokenizer.textsToSequences(['constructor toString'])).toEqual([[1]]);
});

test('fitOnSequences counts documents for tfidf', () => {
  const tokenizer = Tokenizer({ numWords: 4 });
  tokenizer.fitOnSequences([[1, 1, 2], [2]]);
  expect(tokenizer.indexDocs).toEqual({ 1: 1, 2: 2 });
  expect(tokenizer.documentCount).toBe(2);
});

test('a tokenizer that knows nothing says what to do', () => {
  expect(() => Tokenizer().textsToMatrix(['a'])).toThrow(/numWords.*fit on some text/);
  expect(() => Tokenizer({ numWords: 3 }).textsToMatrix(['a'], 'tfidf')).toThrow(/Fit the Tokenizer/);
  expect(() => Tokenizer({ numWords: 3 }).textsToMatrix(['a'], 'sum' as 'count')).toThrow(/mode: sum/);
});

test('the md5 hashes of words are those of Keras', () => {
  expect(hashingTrick('the cat sat on the mat, café', 50, { hashFunction: 'md5' })).toEqual([
    43, 32, 29, 3, 43, 29, 41,
  ]);
});

test('equal words have equal hashes from 1 to n - 1', () => {
  const numbers = oneHot('one two three one four five six seven eight nine ten', 5);
  expect(numbers[3]).toBe(numbers[0]);
  expect(numbers.every(each => each >= 1 && each <= 4)).toBe(true);
  expect(new Set(numbers).size).toBeGreaterThan(1);
  expect(hashingTrick('aa bbb', 10, { hashFunction: word => word.length })).toEqual([3, 4]);
});

test('another separator splits where it stands and where filtered characters stood', () => {
  expect(textToWordSequence('A.b,c', { filters: '.', split: ',' })).toEqual(['a', 'b', 'c']);
});
