// Stacks of layers: how they are put together, how they learn of the input's shape, and one for each kind of problem.
// The data are random numbers; where the labels are random too, a network can only learn them by heart.
//
//   node examples/sequential.js [samples=1000] [epochs=10] [verbose=0]

import { layers, ops, random, Sequential, utils } from 'kerasm';
import { main } from './main.js';

const { Activation, Dense } = layers;

export async function run({ samples = 1000, epochs = 10, verbose = 0 } = {}) {
  // All layers at once, or one after the other.
  const listed = Sequential([Dense(32, { inputShape: [784] }), Activation('relu'), Dense(10), Activation('softmax')]);
  const added = Sequential();
  added.add(Dense(32, { inputDim: 784 }));
  added.add(Activation('relu'));
  listed.summary();

  // The first layer knows the shape of a sample, or of a whole batch.
  const fixed = Sequential([Dense(4, { inputShape: [6, 8], batchSize: 32 })]);
  console.log('Input shapes:', listed.inputShape, added.inputShape, fixed.inputShape);

  const data = random.uniform([samples, 100]);
  const histories = {};
  const hidden = () => Dense(32, { activation: 'relu', inputDim: 100 });

  const binary = Sequential([hidden(), Dense(1, { activation: 'sigmoid' })]);
  binary.compile({ optimizer: 'rmsprop', loss: 'binary_crossentropy', metrics: ['accuracy'] });
  const answers = random.randint([samples, 1], 0, 2);
  histories.binary = await binary.fit(data, answers, { epochs, batchSize: 32, verbose });

  const classes = Sequential([hidden(), Dense(10, { activation: 'softmax' })]);
  classes.compile({ optimizer: 'rmsprop', loss: 'categorical_crossentropy', metrics: ['accuracy'] });
  const oneHot = utils.toCategorical(random.randint([samples, 1], 0, 10), 10);
  histories.classes = await classes.fit(data, oneHot, { epochs, batchSize: 32, verbose });

  // Regression: the mean of the hundred numbers.
  const regression = Sequential([hidden(), Dense(1)]);
  regression.compile({ optimizer: 'rmsprop', loss: 'mse' });
  histories.regression = await regression.fit(data, ops.mean(data, 1), { epochs, batchSize: 32, verbose });

  for (const [name, { history }] of Object.entries(histories)) {
    console.log(
      `${name}: loss ${history.loss[0].toFixed(4)} in the first epoch, ${history.loss.at(-1).toFixed(4)} in the last`,
    );
  }
  return { listed, added, fixed, histories };
}

await main(import.meta, run);
