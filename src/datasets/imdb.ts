// 50,000 film reviews from IMDB as word numbers, half of them in favour (1), half against (0), by Maas et al. (2011).

import { npzMembers, parseNpy, parseNpyLists } from '../data/npy.js';
import { loader } from './loader.js';
import {
  arranged,
  labelsOf,
  limited,
  randomState,
  requireSome,
  type SequenceOptions,
  type TextPart,
} from './sequences.js';
import { datasetFile } from './source.js';

const file = { name: 'imdb.npz', hash: '69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f' };
const wordFile = { name: 'imdb_word_index.json', hash: 'bfafd718b763782e994055a2d397834f' };

/**
 * [[xTrain, yTrain], [xTest, yTest]] with 25,000 reviews each. Word 4 is the most frequent one: 1 marks the beginning, 2
 * a word left out. Keras: keras.datasets.imdb.load_data.
 */
export const loadData = loader(
  'imdb.loadData',
  load,
  'path',
  'numWords',
  'skipTop',
  'maxlen',
  'seed',
  'startChar',
  'oovChar',
  'indexFrom',
);

async function load(options: SequenceOptions): Promise<[train: TextPart, test: TextPart]> {
  const { path, seed = 113, maxlen } = options;
  const name = path ?? file.name;
  const members = await npzMembers(await datasetFile(file, path), name);
  const generator = randomState(seed);
  const [train, test] = (['train', 'test'] as const).map(part => {
    const x = parseNpyLists(members[`x_${part}`]!, `${name}: x_${part}`);
    const y = [...parseNpy(members[`y_${part}`]!, `${name}: y_${part}`).data];
    const texts = arranged({ x, y }, generator, options);
    requireSome(texts, maxlen);
    return texts;
  });
  const words = limited([...train!.x, ...test!.x], options);
  return [
    [words.slice(0, train!.x.length), labelsOf(train!.y)],
    [words.slice(train!.x.length), labelsOf(test!.y)],
  ];
}

/** The number of each word, 1 for the most frequent; `loadData` adds `indexFrom` to it. */
export const getWordIndex = loader('imdb.getWordIndex', readWordIndex, 'path');

async function readWordIndex({ path }: { readonly path?: string }): Promise<{ [word: string]: number }> {
  return JSON.parse(new TextDecoder().decode(await datasetFile(wordFile, path))) as { [word: string]: number };
}
