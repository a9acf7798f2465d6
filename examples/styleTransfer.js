// Gradients with respect to an image: an image is changed, step by step, until a convolutional network sees in it the
// textures of one picture and the content of another. Gatys, Ecker, Bethge: A Neural Algorithm of Artistic Style, 2015.
// The network is VGG-19; textures are found by random weights as well, so none need to be loaded.
//
//   node examples/styleTransfer.js [size=64] [steps=30]

import { applications, K } from 'kerasm';
import { main } from './main.js';

const styleLayers = ['block1_conv1', 'block2_conv1', 'block3_conv1'];
const contentLayer = 'block3_conv2';

/** Which channels occur together, wherever it is: the style of an image. */
function gram(features) {
  const byChannel = K.batchFlatten(K.permuteDimensions(features, [2, 0, 1]));
  return K.dot(byChannel, K.transpose(byChannel));
}

/** A picture of stripes or of a disc, as a batch of one. */
function picture(size, shade) {
  const pixels = new Float32Array(size * size * 3);
  for (let i = 0; i < pixels.length; i++) {
    const [y, x, channel] = [Math.floor(i / 3 / size), Math.floor(i / 3) % size, i % 3];
    pixels[i] = 100 * shade(y / size, x / size, channel);
  }
  return K.reshape(K.constant(pixels), [1, size, size, 3]);
}

export function run({ size = 64, steps = 30 } = {}) {
  const content = picture(
    size,
    (y, x, channel) => (Math.hypot(x - 0.5, y - 0.5) < 0.3 ? 1 : -1) * (channel === 0 ? 1 : 0.3),
  );
  const style = picture(size, (y, x, channel) => Math.sin(40 * (x + y) + channel));
  const combination = K.placeholder([1, size, size, 3]);

  // One batch of three: content, style and the image to be made.
  const model = applications.VGG19({
    weights: null,
    includeTop: false,
    inputTensor: K.concatenate([content, style, combination], 0),
  });
  const outputs = name => model.getLayer(name).output;
  const at = (features, i) => K.gather(features, i);

  const contentFeatures = outputs(contentLayer);
  let loss = K.mean(K.square(K.subtract(at(contentFeatures, 2), at(contentFeatures, 0))));
  for (const name of styleLayers) {
    const features = outputs(name);
    const difference = K.subtract(gram(at(features, 2)), gram(at(features, 1)));
    loss = K.add(loss, K.multiply(K.mean(K.square(difference)), 1e-6));
  }
  const gradients = K.gradients(loss, combination);
  const evaluate = K.function([combination], [loss, ...gradients]);

  // Downhill from the content, three grey values at a time.
  let image = content;
  const losses = [];
  for (let step = 0; step < steps; step++) {
    const [value, gradient] = evaluate([image]);
    losses.push(value.item());
    if (step % 5 === 0) console.log(`Step ${step}: loss ${losses.at(-1).toFixed(0)}`);
    const slope = K.divide(K.mean(K.abs(gradient)), 3);
    image = K.eval(K.subtract(image, K.divide(gradient, slope)));
  }
  show(content, size);
  show(image, size);
  return { losses, image };
}

/** The red channel as text. */
function show(image, size) {
  const red = Array.from(K.flatten(image).data()).filter((_, i) => i % 3 === 0);
  const shades = ' .:-=+*#%@';
  for (let row = 0; row < size; row += 4) {
    const line = Array.from({ length: size / 2 }, (_, i) => red[row * size + 2 * i]);
    console.log(line.map(value => shades[Math.max(0, Math.min(9, Math.round((value + 110) / 25)))]).join(''));
  }
  console.log();
}

await main(import.meta, run);
