// Two inputs and two outputs: how often will a headline be shared? The network reads the words and, from the side, five
// numbers such as the hour of publication. A second output behind the LSTM keeps the lower layers learning.
//
//   node examples/headlines.js [samples=12] [epochs=50] [words=10000] [picture=model.svg]

import { Input, layers, Model, random, utils } from 'kerasm';
import { main } from './main.js';

const { concatenate, Dense, Embedding, LSTM } = layers;

export function headlineModel({ words = 10000, units = 512 } = {}) {
  const mainInput = Input({ shape: [100], dtype: 'int32', name: 'main_input' });
  const embedded = Embedding({ outputDim: units, inputDim: words, inputLength: 100 })(mainInput);
  const read = LSTM(32)(embedded);
  const auxiliaryOutput = Dense(1, { activation: 'sigmoid', name: 'aux_output' })(read);

  const auxiliaryInput = Input({ shape: [5], name: 'aux_input' });
  let x = concatenate([read, auxiliaryInput]);
  for (let i = 0; i < 3; i++) x = Dense(64, { activation: 'relu' })(x);
  const mainOutput = Dense(1, { activation: 'sigmoid', name: 'main_output' })(x);

  return Model({ inputs: [mainInput, auxiliaryInput], outputs: [mainOutput, auxiliaryOutput] });
}

export async function run({ samples = 12, epochs = 50, words = 10000, units = 512, picture = null, verbose = 0 } = {}) {
  utils.setRandomSeed(0);
  const headlines = random.randint([samples, 100], 1, words);
  const additional = random.normal([samples, 5]);
  const labels = random.randint([samples, 1], 0, 2);
  const model = headlineModel({ words, units });
  model.summary();
  const drawing = await utils.plotModel(model, { toFile: picture, showShapes: true, showLayerNames: true });

  // Losses, data and answers by position ...
  model.compile({ optimizer: 'rmsprop', loss: 'binary_crossentropy', lossWeights: [1, 0.2] });
  const byPosition = await model.fit([headlines, additional], [labels, labels], { epochs, batchSize: 32, verbose });
  report('By position', byPosition);

  // ... or by name.
  model.compile({
    optimizer: 'rmsprop',
    loss: { main_output: 'binary_crossentropy', aux_output: 'binary_crossentropy' },
    lossWeights: { main_output: 1, aux_output: 0.2 },
  });
  const inputs = { main_input: headlines, aux_input: additional };
  const byName = await model.fit(
    inputs,
    { main_output: labels, aux_output: labels },
    { epochs, batchSize: 32, verbose },
  );
  report('By name', byName);

  const predictions = {
    byName: await model.predict(inputs, { verbose: 0 }),
    byPosition: await model.predict([headlines, additional], { verbose: 0 }),
  };
  const [shared] = predictions.byName;
  console.log('Labels:     ', ...labels.data());
  console.log('Predictions:', ...Array.from(shared.data(), value => value.toFixed(2)));
  return { drawing, byPosition, byName, predictions };
}

function report(what, { history }) {
  const of = name => `${name} ${history[name][0].toFixed(4)} -> ${history[name].at(-1).toFixed(4)}`;
  console.log(`${what}: ${Object.keys(history).map(of).join(', ')}`);
}

await main(import.meta, run);
