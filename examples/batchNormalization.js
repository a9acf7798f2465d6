// Batch normalization behind a convolution and behind a dense layer: the network learns although its input, like many
// raw measurements, is neither centred nor scaled.
//
//   node examples/batchNormalization.js [samples=512] [epochs=5]

import { layers, random, Sequential } from 'kerasm';
import { main } from './main.js';

const { BatchNormalization, Conv2D, Dense, Flatten } = layers;

export function networks() {
  return [false, true].map(normalized => {
    const model = Sequential();
    model.add(Conv2D(32, 3, { activation: 'relu', inputShape: [8, 8, 1] }));
    if (normalized) model.add(BatchNormalization());
    model.add(Flatten());
    model.add(Dense(32, { activation: 'relu' }));
    if (normalized) model.add(BatchNormalization());
    model.add(Dense(1, { activation: 'sigmoid' }));
    model.compile({ optimizer: 'sgd', loss: 'binary_crossentropy', metrics: ['accuracy'] });
    return model;
  });
}

export async function run({ samples = 512, epochs = 5, verbose = 0 } = {}) {
  // Images around 100; those of the second class are a little brighter on the left.
  const labels = random.randint([samples], 0, 2).data();
  const pixels = random
    .normal([samples, 8, 8, 1], 100, 5)
    .data()
    .map((value, i) => value + (i % 8 < 4 ? 3 * labels[Math.floor(i / 64)] : 0));
  const images = { data: pixels, shape: [samples, 8, 8, 1] };
  const histories = [];
  for (const [i, model] of networks().entries()) {
    const { history } = await model.fit(images, labels, { epochs, batchSize: 32, verbose });
    console.log(
      `${i ? 'With' : 'Without'} normalization: accuracy ${history.accuracy.map(each => each.toFixed(2)).join(' ')}`,
    );
    histories.push(history);
  }
  return { histories };
}

await main(import.meta, run);
