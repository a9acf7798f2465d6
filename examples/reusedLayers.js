// Layers of one model in another: they are the same layers, with the same weights. First a network is trained on MNIST;
// a model made of its layers then answers alike, and another one reads what its second layer sees.
//
//   node examples/reusedLayers.js [samples=55000] [epochs=5] [batchSize=500]

import { datasets, Input, layers, Model, metrics, optimizers, Sequential, utils } from 'kerasm';
import { main } from './main.js';

const { Dense } = layers;

export async function run({ samples = 55000, epochs = 5, batchSize = 500, verbose = 2 } = {}) {
  const [train, test] = await datasets.mnist.loadData();
  const prepare = ([images, labels], count) => [
    images
      .slice(0, count)
      .map(pixel => pixel / 255)
      .reshape([count, 784]),
    utils.toCategorical(labels.slice(0, count), 10),
  ];
  const [xTrain, yTrain] = prepare(train, samples);
  const [xTest, yTest] = prepare(test, Math.min(samples, 10000));

  const sequential = Sequential([
    Dense(512, { inputShape: [784], activation: 'relu' }),
    Dense(128, { activation: 'relu' }),
    Dense(32, { activation: 'relu' }),
    Dense(10, { activation: 'softmax' }),
  ]);
  const settings = () => ({
    loss: 'categorical_crossentropy',
    optimizer: optimizers.Adam({ lr: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }),
    metrics: [metrics.categoricalAccuracy],
  });
  sequential.summary();
  sequential.compile(settings());
  const { history } = await sequential.fit(xTrain, yTrain, { epochs, batchSize, verbose });

  const input = Input({ shape: [784] });
  const model = Model(
    input,
    sequential.layers.reduce((x, layer) => layer(x), input),
  );
  model.compile(settings());
  model.summary();

  const scores = {};
  for (const [name, each] of Object.entries({ sequential, model })) {
    scores[name] = await each.evaluate(xTest, yTest, { batchSize: 128, verbose: 0 });
    console.log(`${name}: loss and accuracy on test images ${scores[name].map(score => score.toFixed(4)).join(', ')}`);
  }

  const half = Model(sequential.inputs, sequential.layers[1].getOutputAt(0));
  const features = await half.predict(xTest.slice(0, 1), { verbose: 0 });
  console.log('The second layer sees of the first test image', features.shape);
  return { model, history, scores, features };
}

await main(import.meta, run);
