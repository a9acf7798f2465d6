// keras.applications.inception_resnet_v2: towers whose result is scaled and added to their input. Source: Szegedy, Ioffe,
// Vanhoucke, Alemi, "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning" (2016).

import { known } from '../configured.js';
import type { Tensor } from '../graph/tensor.js';
import { Conv2D } from '../layers/convolutional/conv.js';
import { Activation } from '../layers/core/activation.js';
import { layerWith } from '../layers/define.js';
import { required } from '../layers/fields.js';
import type { KerasTensor, SymbolicShape } from '../layers/kerasTensor.js';
import type { ShapeStructure } from '../layers/layer.js';
import { add, multiply } from '../ops/elementwise.js';
import { application, channelsOf, classifier, pooled } from './application.js';
import { preprocessor } from './imagenetUtils.js';
import { convBn, mixed, type Step, stem, tower } from './inception.js';
import { tensorflowFiles } from './weights.js';

export { decodePredictions } from './imagenetUtils.js';

class CustomScale extends layerWith('CustomScaleLayer', { scale: required<number>() }, ['scale']) {
  static readonly registeredName = 'CustomScaleLayer';

  override build(): void {}

  override call(inputs: readonly Tensor[]): Tensor {
    return add(inputs[0]!, multiply(inputs[1]!, this.scale));
  }

  override computeOutputShape(inputShape: ShapeStructure): SymbolicShape {
    return (inputShape as readonly SymbolicShape[])[0]!;
  }
}

/** x + scale · y for inputs [x, y]. */
const CustomScaleLayer = known('keras.src.applications.inception_resnet_v2', CustomScale);

// biome-ignore format: a table, row by row
const inceptionA: readonly Step[][] =
  [[[96, 1]], [[48, 1], [64, 5]], [[64, 1], [96, 3], [96, 3]], ['average', [64, 1]]];
// biome-ignore format: a table, row by row
const reductionA: readonly Step[][] =
  [[[384, 3, 'half']], [[256, 1], [256, 3], [384, 3, 'half']], ['halve']];
// biome-ignore format: a table, row by row
const reductionB: readonly Step[][] =
  [[[256, 1], [384, 3, 'half']], [[256, 1], [288, 3, 'half']], [[256, 1], [288, 3], [320, 3, 'half']], ['halve']];

/** Towers of the residual blocks by the size of the image they were made for. */
// biome-ignore format: a table, row by row
const residualTowers = {
  block35: [[[32, 1]], [[32, 1], [32, 3]], [[32, 1], [48, 3], [64, 3]]],
  block17: [[[192, 1]], [[128, 1], [160, [1, 7]], [192, [7, 1]]]],
  block8: [[[192, 1]], [[192, 1], [224, [1, 3]], [256, [3, 1]]]],
} satisfies { [kind: string]: readonly (readonly Step[])[] };

/** relu(x + scale · conv(towers)); the last block of all has no ReLU. */
function block(
  x: KerasTensor,
  kind: keyof typeof residualTowers,
  index: number,
  scale: number,
  isLast = false,
): KerasTensor {
  const name = `${kind}_${index}`;
  const joined = mixed(x, residualTowers[kind], `${name}_mixed`);
  const up = Conv2D(channelsOf(x), 1, { padding: 'same', name: `${name}_conv` })(joined);
  const sum = CustomScaleLayer(scale)([x, up]);
  return isLast ? sum : Activation('relu', { name: `${name}_ac` })(sum);
}

function blocks(x: KerasTensor, kind: keyof typeof residualTowers, count: number, scale: number): KerasTensor {
  for (let i = 1; i <= count; i++) x = block(x, kind, i, scale);
  return x;
}

/** 56 million parameters. Images 299x299. */
export const InceptionResNetV2 = application('InceptionResNetV2', {
  name: 'inception_resnet_v2',
  options: {},
  size: 299,
  minSize: 75,
  features(image) {
    let x = tower(image, stem);
    x = mixed(x, inceptionA, 'mixed_5b');
    x = blocks(x, 'block35', 10, 0.17);
    x = mixed(x, reductionA, 'mixed_6a');
    x = blocks(x, 'block17', 20, 0.1);
    x = mixed(x, reductionB, 'mixed_7a');
    x = block(blocks(x, 'block8', 9, 0.2), 'block8', 10, 1, true);
    return convBn(x, [1536, 1], 'conv_7b');
  },
  top: classifier(),
  bottom: pooled({ named: false }),
  file: tensorflowFiles('inception_resnet_v2', 'inception_resnet_v2'),
});

/** Scales pixels to -1..1. */
export const preprocessInput = preprocessor('tf');
