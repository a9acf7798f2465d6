// Three outputs: age, income and gender of the author of a series of posts, from one text.
//
//   node examples/authorProfile.js [samples=64] [epochs=3] [length=500] [words=50000]

import { Input, layers, Model, ops, random, utils } from 'kerasm';
import { main } from './main.js';

const { Conv1D, Dense, Embedding, GlobalMaxPooling1D, MaxPooling1D } = layers;
const incomeGroups = 10;

export function profileModel(words = 50000) {
  const relu = { activation: 'relu' };
  const posts = Input({ shape: [null], dtype: 'int32', name: 'posts' });
  let x = Embedding(words, 256)(posts);
  x = Conv1D(128, 5, relu)(x);
  x = MaxPooling1D(5)(x);
  x = Conv1D(256, 5, relu)(x);
  x = Conv1D(256, 5, relu)(x);
  x = MaxPooling1D(5)(x);
  x = Conv1D(256, 5, relu)(x);
  x = Conv1D(256, 5, relu)(x);
  x = GlobalMaxPooling1D()(x);
  x = Dense(128, relu)(x);
  const age = Dense(1, { name: 'age' })(x);
  const income = Dense(incomeGroups, { activation: 'softmax', name: 'income' })(x);
  const gender = Dense(1, { activation: 'sigmoid', name: 'gender' })(x);
  return Model(posts, [age, income, gender]);
}

export async function run({ samples = 64, epochs = 3, length = 500, words = 50000, verbose = 2 } = {}) {
  const model = profileModel(words);
  model.summary();
  const posts = random.randint([samples, length], 1, words);
  const age = ops.multiply(random.uniform([samples, 1]), 80);
  const income = utils.toCategorical(random.randint([samples], 0, incomeGroups), incomeGroups);
  const gender = random.randint([samples, 1], 0, 2);

  model.compile({ optimizer: 'rmsprop', loss: ['mse', 'categorical_crossentropy', 'binary_crossentropy'] });
  const byPosition = await model.fit(posts, [age, income, gender], { epochs, batchSize: 64, verbose });

  // The losses differ a thousandfold in size: weights let all three be heard.
  model.compile({
    optimizer: 'rmsprop',
    loss: { age: 'mse', income: 'categorical_crossentropy', gender: 'binary_crossentropy' },
    lossWeights: { age: 0.25, income: 1, gender: 10 },
  });
  const byName = await model.fit(posts, { age, income, gender }, { epochs, batchSize: 64, verbose });
  return { model, histories: [byPosition.history, byName.history] };
}

await main(import.meta, run);
