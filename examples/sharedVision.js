// A model inside a model, twice: do two MNIST images show the same digit? Both pass through the same vision model.
// The classic network then weighs the features of both and adds them up. That can learn pairs by heart, but not compare:
// on new pairs it guesses. The distance of the features of the two images tells much more.
//
//   node examples/sharedVision.js [samples=2000] [epochs=3]

import { datasets, Input, layers, Model, NDArray, ops } from 'kerasm';
import { main } from './main.js';

const { concatenate, Conv2D, Dense, Flatten, MaxPooling2D, subtract } = layers;

/** `merge` makes one tensor of the features of both images. */
export function sameDigitModel(merge) {
  const digit = Input({ shape: [27, 27, 1] });
  let x = Conv2D(64, [3, 3])(digit);
  x = Conv2D(64, [3, 3])(x);
  x = MaxPooling2D([2, 2])(x);
  const visionModel = Model(digit, Flatten()(x));

  const digitA = Input({ shape: [27, 27, 1] });
  const digitB = Input({ shape: [27, 27, 1] });
  const merged = merge([visionModel(digitA), visionModel(digitB)]);
  return Model([digitA, digitB], Dense(1, { activation: 'sigmoid' })(merged));
}

/** Pairs of images in turns of the same digit and of different ones, without their last row and column. */
function pairs([images, labels], count) {
  const byDigit = Array.from({ length: 10 }, (_, digit) =>
    [...labels.data.keys()].filter(i => labels.data[i] === digit),
  );
  const pick = digit => byDigit[digit][Math.floor(Math.random() * byDigit[digit].length)];
  const sides = [0, 1].map(() => new Float32Array(count * 27 * 27));
  const same = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    same[i] = i % 2;
    const digit = Math.floor(i / 2) % 10;
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
  const trainPairs = pairs(train, samples);
  const testPairs = pairs(test, samples);
  const results = {};
  for (const [name, merge] of Object.entries({ concatenate, distance: both => ops.abs(subtract(both)) })) {
    const model = sameDigitModel(merge);
    model.summary();
    model.compile({ optimizer: 'adam', loss: 'binary_crossentropy', metrics: ['accuracy'] });
    const { history } = await model.fit(...trainPairs, { batchSize: 32, epochs, verbose });
    const [, accuracy] = await model.evaluate(...testPairs, { verbose: 0 });
    console.log(`${name}: accuracy on pairs of test images ${(100 * accuracy).toFixed(1)} %`);
    results[name] = { model, history, accuracy };
  }
  return results;
}

await main(import.meta, run);
