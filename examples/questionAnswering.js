// Two inputs of any length: a text and a question about it. The answer is one of 500 words.
//
//   node examples/questionAnswering.js [samples=1000] [epochs=5] [length=100]

import { Input, layers, Model, random, utils } from 'kerasm';
import { main } from './main.js';

const { concatenate, Dense, Embedding, LSTM } = layers;
const [textWords, questionWords, answerWords] = [10000, 10000, 500];

export function answerModel() {
  const text = Input({ shape: [null], dtype: 'int32', name: 'text' });
  const encodedText = LSTM(32)(Embedding(textWords, 64)(text));
  const question = Input({ shape: [null], dtype: 'int32', name: 'question' });
  const encodedQuestion = LSTM(16)(Embedding(questionWords, 32)(question));
  const merged = concatenate([encodedText, encodedQuestion], { axis: -1 });
  return Model([text, question], Dense(answerWords, { activation: 'softmax' })(merged));
}

export async function run({ samples = 1000, epochs = 5, length = 100, verbose = 2 } = {}) {
  const model = answerModel();
  model.compile({ optimizer: 'rmsprop', loss: 'categorical_crossentropy', metrics: ['acc'] });
  model.summary();

  const text = random.randint([samples, length], 1, textWords);
  const question = random.randint([samples, length / 2], 1, questionWords);
  const answers = utils.toCategorical(random.randint([samples], 0, answerWords), answerWords);
  const { history } = await model.fit([text, question], answers, { epochs, batchSize: 128, verbose });
  const byName = await model.fit({ text, question }, answers, { epochs: 1, batchSize: 128, verbose });
  return { model, history, byName: byName.history };
}

await main(import.meta, run);
