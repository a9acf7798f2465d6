// A model inside a model, twice: do two MNIST images show the same digit? Both pass through the same vision model.
//
//   node examples/sharedVision.js [samples=2000] [epochs=3]

import { datasets, Input, layers, Model, NDArray } from 'kerasm';
import { main } from './main.js';

const { concatenate, Conv2D, Dense, Flatten, MaxPooling2D } = layers;

export function sameDigitModel() {
  const digit = Input({ shape: [27, 27, 1] });
  let x = Conv2D(64, [3, 3])(digit);
  x = Conv2D(64, [3, 3])(x);
  x = MaxPooling2D([2, 2])(x);
  const visionModel = Model(digit, Flatten()(x));

  const digitA = Input({ shape: [27, 27, 1] });
  const digitB = Input({ shape: [27, 27, 1] });
  const both = concatenate([visionModel(digitA), visionModel(digitB)]);
  return Model([digitA, digitB], Dense(1, { activation: 'sigmoid' })(both));
}

/** Pairs of images in turns of the same digit and of different ones, without their last row and column. */
function pairs([images, labels], count) {
  const byDigit = Array.from({ length: 10 }, (_, digit) => [...labels.data.keys()].filter(i => labels.data[i] === digit));
  const pick = digit => byDigit[digit][Math.floor(Math.random() * byDigit[digit].length)];
  const sides = [0, 1].map(() => new Float32Array(count * 27 * 27));
  const same = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    same[i] = i % 2;
    const digit = i % 10;
    for (const [side, pixels] of sides.entries()) {
      const from = 784 * pick(side === 0 || same[i] ? digit : (digit + 1 + Math.floor(Math.random() * 9)) % 10);
      for (let row = 0; row < 27; row++) {
        for (let column = 0; column < 27; column++) {
          pixels[(i * 27 + row) * 27 + column] = images.data[from + 28 * row + column] / 255;
        }
      }
    }
  }
  return [sides.map(pixels => new NDArray(pixels, [count, 27, 27, 1])), same];
}

export async function run({ samples = 2000, epochs = 3, verbose = 1 } = {}) {
  const [train, test] = await datasets.mnist.loadData();
  const model = sameDigitModel();
  model.compile({ optimizer: 'adam', loss: 'binary_crossentropy', metrics: ['accuracy'] });
  model.summary();
  const { history } = await model.fit(...pairs(train, samples), { batchSize: 32, epochs, verbose });
  const [, accuracy] = await model.evaluate(...pairs(test, samples), { verbose: 0 });
  console.log(`Accuracy on pairs of test images: ${(100 * accuracy).toFixed(1)} %`);
  return { model, history, accuracy };
}

await main(import.meta, run);
