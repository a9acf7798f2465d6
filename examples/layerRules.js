// What every layer can do: give and take its weights, describe itself, and say what goes in and out. Then the shapes
// that the most common layers make, and where images have their channels.
//
//   node examples/layerRules.js

import { K, layers, ops, Sequential } from 'kerasm';
import { main } from './main.js';

const { Activation, AveragePooling2D, Conv2D, Cropping2D, Dense, Dropout, Flatten, Input, MaxPooling2D, Reshape } =
  layers;

export function run() {
  const layer = Dense(32);
  const output = layer(Input({ shape: [16] }));
  console.log('In and out:', layer.input.shape, layer.output.shape, layer.inputShape, layer.outputShape);
  console.log(
    'By node:',
    layer.getInputAt(0).shape,
    layer.getOutputAt(0).shape,
    layer.getInputShapeAt(0),
    layer.getOutputShapeAt(0),
  );

  // Weights are tensors; `setWeights` takes nested arrays, too.
  const [kernel, bias] = layer.getWeights();
  layer.setWeights([kernel, ops.ones([32])]);
  console.log('Bias before and after:', bias.data()[0], layer.getWeights()[1].data()[0]);

  // A layer made from the config of another has its settings, and weights of its own.
  const config = layer.getConfig();
  const reconstructed = Dense.fromConfig(config);
  console.log('Reconstructed:', reconstructed.name, reconstructed.units);

  const model = Sequential([
    Dense({ units: 16, inputShape: [32, 32, 3], activation: null, kernelInitializer: 'glorot_uniform' }),
  ]);
  const shapes = { Dense: model.outputShape };
  const rest = {
    Conv2D: Conv2D(8, {
      kernelSize: [3, 3],
      strides: [1, 1],
      padding: 'valid',
      useBias: true,
      biasInitializer: 'zeros',
    }),
    Cropping2D: Cropping2D({
      cropping: [
        [1, 1],
        [2, 2],
      ],
    }),
    MaxPooling2D: MaxPooling2D({ poolSize: [2, 2], strides: [2, 2], padding: 'valid' }),
    AveragePooling2D: AveragePooling2D({ poolSize: [2, 2], strides: [2, 2], padding: 'valid' }),
    Activation: Activation('relu'),
    Dropout: Dropout(0.5),
    Flatten: Flatten(),
    Reshape: Reshape([6, 56]),
  };
  for (const [name, next] of Object.entries(rest)) {
    model.add(next);
    shapes[name] = model.outputShape;
  }
  for (const [name, shape] of Object.entries(shapes)) console.log(`${name.padEnd(16)} ${JSON.stringify(shape)}`);

  // Channels in front of height and width: for one layer, or for all that follow.
  const usual = K.imageDataFormat();
  K.setImageDataFormat('channels_first');
  const channelsFirst = Conv2D(8, 3)(Input({ shape: [3, 32, 32] })).shape;
  K.setImageDataFormat(usual);
  console.log('Channels first:', channelsFirst);
  return { layer, output, config, reconstructed, bias: layer.getWeights()[1], shapes, channelsFirst };
}

await main(import.meta, run);
