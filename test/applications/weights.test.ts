import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { platform } from '#platform';
import * as applications from '../../src/applications/index.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

const file = fileURLToPath(new URL('../oracle/public/files/weights_MobileNetV2/model.keras', import.meta.url));
const options = { alpha: 0.35, inputShape: [96, 96, 3], classes: 10 } as const;

interface Case {
  readonly id: string;
  readonly name: string;
  readonly inputs: readonly TensorDescriptor[];
  readonly outputs: readonly TensorDescriptor[];
  readonly tolerance: number;
}

const { cases, tensor } = loadFamily<Case>('files');
const recorded = cases.find(each => each.name === 'weights_MobileNetV2')!;

describe('weights', () => {
  test('an architecture with the weights of a file of Keras predicts what Keras predicts', async () => {
    const model = await applications.MobileNetV2({ ...options, weights: file });
    const [input, output] = [recorded.inputs[0]!, recorded.outputs[0]!];
    const images = constant(tensor(input), 'float32', input.shape);
    const actual = ((await model.predict(images, { verbose: 0 })) as Tensor).data();
    const expected = Array.from(tensor(output));
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value)));
    expect(difference / (1 + largest)).toBeLessThan(recorded.tolerance);
  });

  test('a file for other widths is refused', async () => {
    await expect(applications.MobileNetV2({ ...options, alpha: 0.5, weights: file })).rejects.toThrow(/shape/i);
  });

  test('a file that is not there is named', async () => {
    await expect(applications.ResNet50({ weights: 'none.weights.h5' })).rejects.toThrow(/none\.weights\.h5/);
  });
});

describe('the weights that Keras publishes', () => {
  const functions = applications as unknown as { readonly [name: string]: (options: object) => Promise<unknown> };
  const base = 'https://storage.googleapis.com/tensorflow/keras-applications/';
  const tf = 'weights_tf_dim_ordering_tf_kernels';

  // Where Keras 3.15 downloads from.
  test.each([
    ['VGG16', {}, `${base}vgg16/vgg16_${tf}.h5`],
    ['ResNet50', { includeTop: false }, `${base}resnet/resnet50_${tf}_notop.h5`],
    ['ResNet101V2', {}, `${base}resnet/resnet101v2_${tf}.h5`],
    ['DenseNet121', { includeTop: false }, `${base}densenet/densenet121_${tf}_notop.h5`],
    ['Xception', {}, `${base}xception/xception_${tf}.h5`],
    ['MobileNet', { alpha: 0.25, inputShape: [128, 128, 3] }, `${base}mobilenet/mobilenet_2_5_128_tf.h5`],
    ['MobileNet', { alpha: 0.75, includeTop: false }, `${base}mobilenet/mobilenet_7_5_224_tf_no_top.h5`],
    ['MobileNetV2', { alpha: 1.4, inputShape: [96, 96, 3] }, `${base}mobilenet_v2/mobilenet_v2_${tf}_1.4_96.h5`],
    [
      'MobileNetV2',
      { alpha: 0.35, includeTop: false, inputShape: [100, 50, 3] },
      `${base}mobilenet_v2/mobilenet_v2_${tf}_0.35_224_no_top.h5`,
    ],
    [
      'MobileNetV3Small',
      { minimalistic: true },
      `${base}mobilenet_v3/weights_mobilenet_v3_small_minimalistic_224_1.0_float.h5`,
    ],
    [
      'MobileNetV3Large',
      { alpha: 0.75, includeTop: false },
      `${base}mobilenet_v3/weights_mobilenet_v3_large_224_0.75_float_no_top_v2.h5`,
    ],
    ['NASNetMobile', { includeTop: false }, `${base}nasnet/NASNet-mobile-no-top.h5`],
    ['EfficientNetB0', {}, 'https://storage.googleapis.com/keras-applications/efficientnetb0.h5'],
    ['EfficientNetV2S', { includeTop: false }, `${base}efficientnet_v2/efficientnetv2-s_notop.h5`],
    ['ConvNeXtTiny', {}, `${base}convnext/convnext_tiny.h5`],
  ])('%s %o: if they cannot be had, the error says where they are', async (name, options, address) => {
    const offline = vi.spyOn(platform, 'readFile').mockRejectedValue(new Error('No network.'));
    const loading = functions[name]!({ ...options, weights: 'imagenet' });
    await expect(loading).rejects.toThrow(
      `${name}: could not load the ImageNet weights that Keras publishes at ${address} (`,
    );
    offline.mockRestore();
  });
});
