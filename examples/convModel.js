// A small convolutional network with batch normalization, from data to a score. Images and labels are random,
// and the steps of plain SGD are long for such data: the loss jumps about before it falls.
//
//   node examples/convModel.js [samples=1000] [epochs=5]

import { Input, initializers, layers, Model, random, utils } from 'kerasm';
import { main } from './main.js';

const { Activation, BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D, ZeroPadding2D } = layers;

export function convModel(inputShape = [32, 32, 3], classes = 10) {
  const kernelInitializer = initializers.GlorotUniform({ seed: 0 });
  const input = Input(inputShape);
  let x = ZeroPadding2D([3, 3])(input);
  for (const [i, filters] of [32, 64].entries()) {
    const name = `conv${i + 1}`;
    x = Conv2D({ filters, kernelSize: [3, 3], strides: [1, 1], padding: 'valid', kernelInitializer, name })(x);
    x = BatchNormalization({ axis: 3, name: `bn_${name}` })(x);
    x = Activation('relu')(x);
    x = MaxPooling2D([3, 3], { strides: [2, 2] })(x);
  }
  x = Flatten()(x);
  x = Dense({ units: classes, activation: 'softmax', name: `fc${classes}`, kernelInitializer })(x);
  return Model({ inputs: input, outputs: x, name: 'convmodel' });
}

function dummyData(samples) {
  const images = random.normal([samples, 32, 32, 3], 20, 3);
  return [images, utils.toCategorical(random.randint([samples, 1], 0, 10), 10)];
}

export async function run({ samples = 1000, epochs = 5, verbose = 1 } = {}) {
  const model = convModel([32, 32, 3], 10);
  model.summary();
  model.compile({ optimizer: 'sgd', loss: 'categorical_crossentropy', metrics: ['accuracy'] });
  const { history } = await model.fit(...dummyData(samples), { batchSize: 50, epochs, verbose });
  const score = await model.evaluate(...dummyData(Math.ceil(samples / 10)), { batchSize: 50, verbose });
  console.log('Loss and accuracy on other images:', score);
  return { model, history, score };
}

await main(import.meta, run);
