// A search for good hyperparameters at random, and an ensemble of the best: the mean of what several models predict is
// better than most of them. The test data are looked at once, at the very end.
//
//   node examples/searchAndEnsemble.js [samples=600] [trials=6] [epochs=15]

import { layers, ops, random, Sequential } from 'kerasm';
import { main } from './main.js';

/** Two spirals that wind around each other: points and which spiral they are on. */
function spirals(samples) {
  const noise = random.normal([samples, 2], 0, 0.08).array();
  const labels = noise.map((_, i) => i % 2);
  const points = noise.map(([dx, dy], i) => {
    const turn = Math.sqrt(Math.random());
    const angle = 2 * Math.PI * turn + Math.PI * labels[i];
    return [turn * Math.cos(angle) + dx, turn * Math.sin(angle) + dy];
  });
  return [points, labels];
}

const choose = choices => choices[Math.floor(Math.random() * choices.length)];

function build({ units, depth, activation, learningRate }) {
  const model = Sequential();
  for (let i = 0; i < depth; i++) model.add(layers.Dense(units, { activation, ...(i === 0 && { inputShape: [2] }) }));
  model.add(layers.Dense(1, { activation: 'sigmoid' }));
  model.compile({ optimizer: 'adam', loss: 'binary_crossentropy', metrics: ['accuracy'] });
  model.optimizer.learningRate = learningRate;
  return model;
}

export async function run({ samples = 600, trials = 6, epochs = 15, verbose = 0 } = {}) {
  const [train, validation, [xTest, yTest]] = [spirals(samples), spirals(samples), spirals(samples)];
  const results = [];
  for (let trial = 0; trial < trials; trial++) {
    const settings = {
      units: choose([8, 16, 32, 64]),
      depth: choose([1, 2, 3]),
      activation: choose(['relu', 'tanh']),
      learningRate: choose([0.003, 0.01, 0.03]),
    };
    const model = build(settings);
    const { history } = await model.fit(...train, { epochs, batchSize: 32, validationData: validation, verbose });
    results.push({ model, ...settings, validationLoss: history.val_loss.at(-1) });
  }
  results.sort((a, b) => a.validationLoss - b.validationLoss);
  for (const { model, ...line } of results) console.log(line);

  // The better a model did in validation, the more its vote counts.
  const best = results.slice(0, 3);
  const weights = best.map(({ validationLoss }) => 1 / validationLoss);
  const total = weights.reduce((sum, weight) => sum + weight);
  let mean = 0;
  const accuracies = [];
  for (const [i, { model }] of best.entries()) {
    const prediction = await model.predict(xTest, { verbose: 0 });
    accuracies.push(accuracy(prediction, yTest));
    mean = ops.add(mean, ops.multiply(prediction, weights[i] / total));
  }
  const ensemble = accuracy(mean, yTest);
  console.log('Accuracy on test data of the best three:', ...accuracies, 'and of their ensemble:', ensemble);
  return { results, accuracies, ensemble };
}

function accuracy(prediction, labels) {
  const right = Array.from(prediction.data()).filter((value, i) => Number(value > 0.5) === labels[i]);
  return right.length / labels.length;
}

await main(import.meta, run);
