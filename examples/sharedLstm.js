// One layer for two inputs: were two tweets written by the same person? Both are read by the same LSTM.
// A tweet is 280 characters, each one of 256 kinds.
//
//   node examples/sharedLstm.js [samples=64] [epochs=10] [length=280]

import { Input, layers, Model, ops, random } from 'kerasm';
import { main } from './main.js';

const { concatenate, Dense, LSTM } = layers;

/** A model of two sequences, both encoded with the same weights. `steps` may be null: sequences of any length. */
export function pairModel(steps, features, units) {
  const a = Input({ shape: [steps, features] });
  const b = Input({ shape: [steps, features] });
  const shared = LSTM(units);
  const merged = concatenate([shared(a), shared(b)], { axis: -1 });
  return Model({ inputs: [a, b], outputs: Dense(1, { activation: 'sigmoid' })(merged) });
}

export async function run({ samples = 64, epochs = 10, length = 280, verbose = 2 } = {}) {
  const tweets = () => ops.oneHot(random.randint([samples, length], 0, 256), 256);
  const [a, b] = [tweets(), tweets()];
  const labels = random.randint([samples, 1], 0, 2);

  const model = pairModel(length, 256, 64);
  model.compile({ optimizer: 'rmsprop', loss: 'binary_crossentropy', metrics: ['accuracy'] });
  model.summary();
  const { history } = await model.fit([a, b], labels, { epochs, verbose });

  // Left and right of any length, which may differ.
  const anyLength = pairModel(null, 128, 32);
  const answer = await anyLength.predict([random.normal([2, 7, 128]), random.normal([2, 11, 128])], { verbose: 0 });
  console.log('Sequences of 7 and 11 steps:', answer.array());
  return { model, history, answer };
}

await main(import.meta, run);
