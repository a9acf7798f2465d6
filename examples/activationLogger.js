// A callback of one's own: after each epoch it writes what every layer makes of the first validation sample into an
// .npz file, NumPy's archive of arrays: np.load('activations_at_epoch_0.npz')['dense']
//
//   node examples/activationLogger.js [epochs=3] [folder=.]

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { callbacks, layers, Model, random, Sequential } from 'kerasm';
import { main } from './main.js';

export class ActivationLogger extends callbacks.Callback {
  constructor(folder = '.') {
    super();
    this.folder = folder;
  }

  setModel(model) {
    super.setModel(model);
    const outputs = model.layers.map(layer => layer.output);
    this.activationsModel = Model(model.input, outputs);
  }

  async onEpochEnd(epoch) {
    if (!this.validationData) throw new Error('ActivationLogger needs validationData.');
    const sample = this.validationData[0].slice(0, 1);
    const activations = await this.activationsModel.predict(sample, { verbose: 0 });
    const arrays = this.model.layers.map(({ name }, i) => [`${name}.npy`, npy(activations[i])]);
    await writeFile(join(this.folder, `activations_at_epoch_${epoch}.npz`), zipSync(Object.fromEntries(arrays)));
  }
}

/** A float32 tensor in NumPy's file format: magic, version 1.0, length of the header, header, elements. */
function npy(tensor) {
  const shape = tensor.shape.map(size => `${size},`).join('');
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape}), }`;
  const padded = `${header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11)}\n`;
  const { buffer, byteOffset, byteLength } = tensor.data();
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from(Uint16Array.of(padded.length).buffer),
    Buffer.from(padded, 'latin1'),
    new Uint8Array(buffer, byteOffset, byteLength),
  ]);
}

export async function run({ samples = 200, epochs = 3, folder = '.', verbose = 2 } = {}) {
  const model = Sequential([
    layers.Dense(8, { activation: 'relu', inputShape: [4] }),
    layers.Dense(1, { activation: 'sigmoid' }),
  ]);
  model.compile({ optimizer: 'rmsprop', loss: 'binary_crossentropy' });
  const x = random.normal([samples, 4]);
  const y = x.array().map(row => Number(row[0] > row[1]));
  await model.fit(x, y, { epochs, validationSplit: 0.2, callbacks: [new ActivationLogger(folder)], verbose });
  return { model };
}

await main(import.meta, run);
