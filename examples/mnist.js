// Trains a convolutional network on the 60,000 handwritten digits of MNIST and tests it on the other 10,000.
//
//   npm start

import { datasets, Input, layers, Sequential, utils } from 'kerasm';

utils.setRandomSeed(1);

const [[trainImages, yTrain], [testImages, yTest]] = await datasets.mnist.loadData();
// Grey values from 0..255 to 0..1, and an axis for the one channel.
const xTrain = trainImages.map(pixel => pixel / 255).reshape([60000, 28, 28, 1]);
const xTest = testImages.map(pixel => pixel / 255).reshape([10000, 28, 28, 1]);

const model = Sequential([
  Input({ shape: [28, 28, 1] }),
  layers.Conv2D(32, 3, { activation: 'relu' }),
  layers.MaxPooling2D(2),
  layers.Conv2D(64, 3, { activation: 'relu' }),
  layers.MaxPooling2D(2),
  layers.Flatten(),
  layers.Dropout(0.5),
  layers.Dense(10, { activation: 'softmax' }),
]);
model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
model.summary();

const start = performance.now();
await model.fit(xTrain, yTrain, { batchSize: 128, epochs: 3 });
console.log(`Trained for ${((performance.now() - start) / 1000).toFixed(1)} s.`);

const [, accuracy] = await model.evaluate(xTest, yTest, { verbose: 0 });
console.log(`Accuracy on the 10,000 test images: ${(100 * accuracy).toFixed(2)} %`);

// A few digits as text, with what the network takes them for.
const shades = ' .:-=+*#%@';
const predictions = await model.predict(xTest.slice(0, 5), { verbose: 0 });
for (const [i, scores] of predictions.array().entries()) {
  const digit = scores.indexOf(Math.max(...scores));
  console.log(`\nImage ${i}: a ${digit} (${(100 * scores[digit]).toFixed(1)} %), labelled ${yTest.data[i]}`);
  for (let row = 3; row < 26; row += 2) {
    const pixels = xTest.data.subarray(784 * i + 28 * row, 784 * i + 28 * (row + 1));
    console.log(Array.from(pixels, pixel => shades[Math.floor(pixel * 0.999 * shades.length)]).join(''));
  }
}
