// ResNet-50 written out with the functional API, for images of 64 x 64 pixels and six classes.
// He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2015.
//
//   node examples/resnet50.js [samples=64] [epochs=2] [batchSize=16]

import { Input, initializers, layers, Model, random, utils } from 'kerasm';
import { main } from './main.js';

const { add, Activation, AveragePooling2D, BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D, ZeroPadding2D } =
  layers;
const kernelInitializer = initializers.GlorotUniform({ seed: 0 });

const normalized = (x, filters, size, options) =>
  BatchNormalization({ axis: 3 })(Conv2D(filters, size, { kernelInitializer, ...options })(x));
const relu = x => Activation('relu')(x);

/** Three convolutions and a way around them. The first block of a stage changes the size, so its way has a convolution. */
function block(x, [narrow, middle, wide], { strides = 1, first = false } = {}) {
  let y = relu(normalized(x, narrow, 1, { strides }));
  y = relu(normalized(y, middle, 3, { padding: 'same' }));
  y = normalized(y, wide, 1);
  return relu(add([y, first ? normalized(x, wide, 1, { strides }) : x]));
}

export function ResNet50(inputShape = [64, 64, 3], classes = 6) {
  const input = Input(inputShape);
  let x = ZeroPadding2D([3, 3])(input);
  x = relu(normalized(x, 64, 7, { strides: 2 }));
  x = MaxPooling2D([3, 3], { strides: [2, 2] })(x);
  for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
    const filters = [64, 64, 256].map(number => number * 2 ** stage);
    x = block(x, filters, { first: true, strides: stage === 0 ? 1 : 2 });
    for (let i = 1; i < blocks; i++) x = block(x, filters);
  }
  x = Flatten()(AveragePooling2D([2, 2])(x));
  x = Dense(classes, { activation: 'softmax', name: `fc${classes}`, kernelInitializer })(x);
  return Model({ inputs: input, outputs: x, name: 'ResNet50' });
}

export async function run({ samples = 64, epochs = 2, batchSize = 16, verbose = 1 } = {}) {
  const model = ResNet50([64, 64, 3], 6);
  console.log(`${model.name}: ${model.layers.length} layers, ${model.countParams()} parameters`);
  model.compile({ optimizer: 'adam', loss: 'categorical_crossentropy', metrics: ['accuracy'] });
  const labels = random.randint([samples], 0, 6);
  // The brightness of an image tells its class.
  const brightness = labels.data();
  const pixels = random
    .uniform([samples, 64, 64, 3])
    .data()
    .map((value, i) => (value * (brightness[Math.floor(i / 12288)] + 1)) / 6);
  const images = { data: pixels, shape: [samples, 64, 64, 3] };
  const { history } = await model.fit(images, utils.toCategorical(labels, 6), { epochs, batchSize, verbose });
  return { model, history };
}

await main(import.meta, run);
