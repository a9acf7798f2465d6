// Callbacks watch over training: they end it when it no longer helps, keep the best model, and lower the learning rate.
//
//   node examples/callbacks.js [samples=1000] [epochs=10] [patience=10]

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callbacks, layers, models, random, Sequential } from 'kerasm';
import { main } from './main.js';

const { EarlyStopping, ModelCheckpoint, ReduceLROnPlateau } = callbacks;

export async function run({ samples = 1000, epochs = 10, patience = 10, folder, verbose = 2 } = {}) {
  const model = Sequential([
    layers.Dense(32, { activation: 'relu', inputShape: [20] }),
    layers.Dense(1, { activation: 'sigmoid' }),
  ]);
  model.compile({ optimizer: 'rmsprop', loss: 'binary_crossentropy', metrics: ['acc'] });
  const x = random.normal([samples, 20]);
  const xVal = random.normal([samples, 20]);
  const validationData = [xVal, isPositive(xVal)];

  // Ends training when validation accuracy has not risen for more than one epoch, and keeps the model of least loss.
  const filepath = join(folder ?? (await mkdtemp(join(tmpdir(), 'kerasm-'))), 'my_model.h5');
  const stopping = await model.fit(x, isPositive(x), {
    epochs,
    batchSize: 32,
    callbacks: [
      EarlyStopping({ monitor: 'val_acc', patience: 1 }),
      ModelCheckpoint({ filepath, monitor: 'val_loss', saveBestOnly: true }),
    ],
    validationData,
    verbose,
  });
  const best = await models.loadModel(filepath);
  const [loss, accuracy] = await best.evaluate(...validationData, { verbose: 0 });
  console.log(`${filepath}: validation loss ${loss.toFixed(4)}, accuracy ${accuracy.toFixed(4)}`);

  // Divides the learning rate by ten when validation loss has not fallen for `patience` epochs.
  const slowing = await model.fit(x, isPositive(x), {
    epochs,
    batchSize: 32,
    callbacks: [ReduceLROnPlateau({ monitor: 'val_loss', factor: 0.1, patience, minDelta: 0.01 })],
    validationData,
    verbose,
  });
  console.log('Learning rates:', ...slowing.history.learning_rate);
  return { stopping: stopping.history, slowing: slowing.history, best: loss };
}

/** Whether the first ten numbers of a row outweigh the others. */
function isPositive(x) {
  return x.array().map(row => Number(row.reduce((sum, value, i) => (i < 10 ? sum + value : sum - value), 0) > 0));
}

await main(import.meta, run);
