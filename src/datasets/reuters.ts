// 11,228 newswires of Reuters as word numbers, labelled with one of 46 topics.

import { npzMembers, parseNpy, parseNpyLists } from '../data/npy.js';
import { loader } from './loader.js';
import { arranged, labelsOf, limited, randomState, type SequenceOptions, type TextPart } from './sequences.js';
import { datasetFile } from './source.js';

const file = { name: 'reuters.npz', hash: 'd6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916' };
const wordFile = { name: 'reuters_word_index.json', hash: '4d44cc38712099c9e383dc6e5f11a921' };

export interface ReutersOptions extends SequenceOptions {
  /** Share of the newswires for testing. Default 0.2. */
  readonly testSplit?: number;
}

/**
 * [[xTrain, yTrain], [xTest, yTest]]. Word 4 is the most frequent one: 1 marks the beginning, 2 a word left out.
 * Keras: keras.datasets.reuters.load_data.
 */
export const loadData = loader(
  'reuters.loadData',
  load,
  'path',
  'numWords',
  'skipTop',
  'maxlen',
  'testSplit',
  'seed',
  'startChar',
  'oovChar',
  'indexFrom',
);

async function load(options: ReutersOptions): Promise<[train: TextPart, test: TextPart]> {
  const { path, seed = 113, testSplit = 0.2 } = options;
  const name = path ?? file.name;
  const members = await npzMembers(await datasetFile(file, path), name);
  const x = parseNpyLists(members['x']!, `${name}: x`);
  const y = [...parseNpy(members['y']!, `${name}: y`).data];
  const texts = arranged({ x, y }, randomState(seed), options);
  const words = limited(texts.x, options);
  const split = Math.trunc(words.length * (1 - testSplit));
  return [
    [words.slice(0, split), labelsOf(texts.y.slice(0, split))],
    [words.slice(split), labelsOf(texts.y.slice(split))],
  ];
}

/** The number of each word, 1 for the most frequent; `loadData` adds `indexFrom` to it. */
export const getWordIndex = loader('reuters.getWordIndex', readWordIndex, 'path');

async function readWordIndex({ path }: { readonly path?: string }): Promise<{ [word: string]: number }> {
  return JSON.parse(new TextDecoder().decode(await datasetFile(wordFile, path))) as { [word: string]: number };
}

/** The topics by label. Source: https://martin-thoma.com/nlp-reuters */
export function getLabelNames(): string[] {
  return (
    'cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass crude ' +
    'nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi iron-steel ' +
    'rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead'
  ).split(' ');
}
