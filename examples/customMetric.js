// A metric of one's own: any function of the targets and the predictions.
//
//   node examples/customMetric.js [samples=1000] [epochs=5]

import { K, layers, random, Sequential } from 'kerasm';
import { main } from './main.js';

/** The mean prediction: whether the network leans towards one of the classes. */
const meanPred = (_yTrue, yPred) => K.mean(yPred);

export async function run({ samples = 1000, epochs = 5, verbose = 2 } = {}) {
  const model = Sequential([
    layers.Dense(32, { activation: 'relu', inputDim: 100 }),
    layers.Dense(1, { activation: 'sigmoid' }),
  ]);
  model.compile({ optimizer: 'rmsprop', loss: 'binary_crossentropy', metrics: ['accuracy', meanPred] });

  // Nine out of ten labels are 1: the mean prediction climbs towards 0.9.
  const data = random.uniform([samples, 100]);
  const labels = random
    .uniform([samples, 1])
    .data()
    .map(number => Number(number < 0.9));
  const { history } = await model.fit(data, labels, { epochs, batchSize: 32, verbose });
  const [loss, accuracy, mean] = await model.evaluate(data, labels, { verbose: 0 });
  console.log(`loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}, mean prediction ${mean.toFixed(4)}`);
  return { history, mean };
}

await main(import.meta, run);
