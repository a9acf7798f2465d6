// The same small problem for every optimizer, by name or made with options, and for every loss and metric by name.
//
//   node examples/optimizers.js [samples=320] [epochs=20]

import { layers, optimizers, random, Sequential } from 'kerasm';
import { main } from './main.js';

const { Adadelta, Adagrad, Adam, Adamax, RMSprop, SGD } = optimizers;

// The names and defaults of Keras 2: lr is the learning rate, decay lowers it with each step.
const candidates = {
  sgd: () => 'sgd',
  SGD: () => SGD({ lr: 0.01, decay: 1e-6, momentum: 0.9, nesterov: true }),
  RMSprop: () => RMSprop({ lr: 0.001, rho: 0.9, decay: 0 }),
  Adagrad: () => Adagrad({ lr: 0.01, decay: 0 }),
  Adadelta: () => Adadelta({ lr: 1, rho: 0.95, decay: 0 }),
  Adam: () => Adam({ lr: 0.001, beta1: 0.9, beta2: 0.999, decay: 0, amsgrad: false }),
  Adamax: () => Adamax({ lr: 0.002, beta1: 0.9, beta2: 0.999, decay: 0 }),
};
const losses = [
  'mean_squared_error',
  'mean_absolute_error',
  'mean_absolute_percentage_error',
  'mean_squared_logarithmic_error',
  'categorical_crossentropy',
  'sparse_categorical_crossentropy',
  'binary_crossentropy',
  'kullback_leibler_divergence',
  'poisson',
  'cosine_proximity',
];
const metrics = ['binary_accuracy', 'categorical_accuracy', 'top_k_categorical_accuracy'];

const classifier = () =>
  Sequential([layers.Dense(16, { activation: 'relu', inputShape: [4] }), layers.Dense(6, { activation: 'softmax' })]);

export async function run({ samples = 320, epochs = 20, verbose = 0 } = {}) {
  // Which of the first two numbers is greater, and how the first two compare to the last two.
  const x = random.normal([samples, 4]);
  const labels = x.array().map(([a, b, c]) => (a > b ? 0 : 3) + (c > 0.5 ? 0 : c > -0.5 ? 1 : 2));
  const oneHot = labels.map(label => Array.from({ length: 6 }, (_, i) => Number(i === label)));

  const byOptimizer = {};
  for (const [name, optimizer] of Object.entries(candidates)) {
    const model = classifier();
    model.compile({ optimizer: optimizer(), loss: 'categorical_crossentropy' });
    byOptimizer[name] = (await model.fit(x, oneHot, { epochs, batchSize: 32, verbose })).history;
    report(name, byOptimizer[name]);
  }

  const byLoss = {};
  for (const loss of losses) {
    const model = classifier();
    model.compile({ optimizer: SGD({ lr: 0.01, momentum: 0.9 }), loss });
    byLoss[loss] = (
      await model.fit(x, loss.startsWith('sparse') ? labels : oneHot, { epochs, batchSize: 32, verbose })
    ).history;
    report(loss, byLoss[loss]);
  }

  const model = classifier();
  model.compile('adam', 'categorical_crossentropy', { metrics });
  const scores = await model.evaluate(x, oneHot, { verbose: 0, returnDict: true });
  console.log('Untrained:', scores);
  return { byOptimizer, byLoss, scores };
}

function report(name, { loss }) {
  console.log(`${name.padEnd(32)} loss ${loss[0].toFixed(4)} -> ${loss.at(-1).toFixed(4)}`);
}

await main(import.meta, run);
