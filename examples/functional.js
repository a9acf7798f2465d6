// The functional API: layers are functions of tensors, and so are models. A classifier of images becomes a classifier
// of the frames of videos in one line.
//
//   node examples/functional.js [samples=1000] [epochs=5] [videos=8]

import { Input, layers, Model, random, Sequential, utils } from 'kerasm';
import { main } from './main.js';

const { Dense, TimeDistributed } = layers;

/** The same network as a stack and as a function of its input. */
export function twins() {
  const hidden = () => Dense(32, { activation: 'relu' });
  const output = () => Dense(10, { activation: 'softmax' });
  const stack = Sequential([Dense(32, { activation: 'relu', inputShape: [64] }), hidden(), output()]);
  const input = Input({ shape: [64] });
  return [stack, Model(input, output()(hidden()(hidden()(input))))];
}

export async function run({ samples = 1000, epochs = 5, videos = 8, verbose = 0 } = {}) {
  for (const twin of twins()) twin.summary();

  const inputs = Input({ shape: [784] });
  let x = Dense(64, { activation: 'relu' })(inputs);
  x = Dense(64, { activation: 'relu' })(x);
  const predictions = Dense(10, { activation: 'softmax' })(x);
  const model = Model({ inputs, outputs: predictions });
  model.compile({ optimizer: 'rmsprop', loss: 'categorical_crossentropy', metrics: ['accuracy'] });
  model.summary();

  const data = random.uniform([samples, 784]);
  const labels = utils.toCategorical(random.randint([samples, 1], 0, 10), 10);
  const { history } = await model.fit(data, labels, { epochs, verbose });
  console.log('Loss by epoch:', history.loss.map(loss => loss.toFixed(3)).join(' '));

  // Data of another shape are refused, and the message says what was expected.
  const refusal = await model.fit(random.uniform([samples, 100]), labels, { verbose }).catch(error => error.message);
  console.log(refusal);

  // A model called like a layer keeps its weights.
  const again = Input({ shape: [784] });
  const sameModel = Model(again, model(again));
  const image = random.uniform([1, 784]);
  const answers = await Promise.all([model, sameModel].map(each => each.predict(image, { verbose: 0 })));
  console.log('Class of an image by both models:', ...answers.map(answer => argmax(answer.data())));

  // Twenty frames each: one answer per frame.
  const sequences = Input({ shape: [20, 784] });
  const videoModel = Model(sequences, TimeDistributed(model)(sequences));
  const frames = await videoModel.predict(random.uniform([videos, 20, 784]), { verbose: 0 });
  console.log('Answers for videos have shape', frames.shape);
  return { model, history, refusal, answers, frames };
}

const argmax = values => values.indexOf(Math.max(...values));

await main(import.meta, run);
