// Graphs of layers that are no chains: inception modules, whose branches look at the same image side by side, and
// residual connections around convolutions.
//
//   node examples/convBlocks.js [size=256] [samples=32] [epochs=5]

import { Input, layers, Model, random, Sequential } from 'kerasm';
import { main } from './main.js';

const { add, AveragePooling2D, concatenate, Conv2D, Dense, GlobalAveragePooling2D, MaxPooling2D } = layers;
const relu = { activation: 'relu' };
const same = { padding: 'same', ...relu };

/** Three towers. As channels (axis -1) they make a thicker image, along axis 1 a taller one. */
export function inception(image, axis) {
  const tower1 = Conv2D(64, [3, 3], same)(Conv2D(64, [1, 1], same)(image));
  const tower2 = Conv2D(64, [5, 5], same)(Conv2D(64, [1, 1], same)(image));
  const tower3 = Conv2D(64, [1, 1], same)(MaxPooling2D([3, 3], { strides: [1, 1], padding: 'same' })(image));
  return concatenate([tower1, tower2, tower3], { axis });
}

/** Four branches that halve the image. All pad: otherwise their results would differ in size. */
export function stridedInception(image) {
  const halve = { ...same, strides: 2 };
  const branchA = Conv2D(128, 1, halve)(image);
  const branchB = Conv2D(128, 3, halve)(Conv2D(128, 1, relu)(image));
  const branchC = Conv2D(128, 3, same)(AveragePooling2D(3, { strides: 2, padding: 'same' })(image));
  const branchD = Conv2D(128, 3, halve)(Conv2D(128, 3, same)(Conv2D(128, 1, relu)(image)));
  return concatenate([branchA, branchB, branchC, branchD], { axis: -1 });
}

/** The image itself is added to what three convolutions make of it. */
export function residual(image) {
  let y = image;
  for (let i = 0; i < 3; i++) y = Conv2D(image.shape.at(-1), 3, same)(y);
  return add([y, image]);
}

export async function run({ size = 256, samples = 32, epochs = 5, verbose = 2 } = {}) {
  const image = Input({ shape: [size, size, 3] });
  const plain = Conv2D(3, [3, 3], { padding: 'same' })(image);
  const outputs = [inception(image, 1), inception(image, -1), stridedInception(image), add([image, plain])];
  const results = await Model(image, outputs).predict(random.uniform([1, size, size, 3]), { verbose: 0 });
  const shapes = results.map(result => result.shape);
  console.log('One image through the blocks:', ...shapes);

  // A small classifier made of them learns which colour prevails.
  const small = Input({ shape: [24, 24, 3] });
  let x = Conv2D(32, 3, { ...same, strides: 2 })(small);
  x = stridedInception(residual(x));
  const model = Model(small, Sequential([GlobalAveragePooling2D(), Dense(3, { activation: 'softmax' })])(x));
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
  const labels = random.randint([samples], 0, 3).data();
  const pixels = random
    .uniform([samples, 24, 24, 3])
    .data()
    .map((value, i) => (i % 3 === labels[Math.floor(i / (24 * 24 * 3))] ? value : value / 2));
  const { history } = await model.fit({ data: pixels, shape: [samples, 24, 24, 3] }, labels, {
    epochs,
    batchSize: 8,
    verbose,
  });
  return { shapes, history };
}

await main(import.meta, run);
