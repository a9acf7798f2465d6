import { describe, expect, test, vi } from 'vitest';
import {
  EfficientNetB0,
  MobileNet,
  MobileNetV2,
  MobileNetV3Small,
  NASNetMobile,
  ResNet50,
  VGG16,
  Xception,
} from '../../src/applications/index.js';
import { Input } from '../../src/layers/core/inputLayer.js';
import { Rescaling } from '../../src/layers/preprocessing/images.js';

const small = { weights: null, alpha: 0.25, inputShape: [32, 32, 3], classes: 4 } as const;

describe('options', () => {
  test('a model of other classes has their number of outputs, and an own name if it is given one', () => {
    const model = MobileNet({ ...small, name: 'mine' });
    expect(model.outputShape).toEqual([null, 4]);
    expect(model.name).toBe('mine');
  });

  test('options that are undefined have their defaults', () => {
    expect(MobileNet({ ...small, name: undefined, includeTop: undefined }).outputShape).toEqual([null, 4]);
  });

  test('an input tensor becomes the image, and the model starts where it comes from', () => {
    const pixels = Input([64, 64, 3], { name: 'pixels' });
    const scaled = Rescaling(1 / 127.5, { offset: -1 })(pixels);
    const model = MobileNetV2({
      weights: null,
      alpha: 0.35,
      inputTensor: scaled,
      includeTop: false,
      pooling: 'max',
    });
    expect(model.inputs).toEqual([pixels]);
    expect(model.layers.slice(0, 3).map(layer => layer.className)).toEqual(['InputLayer', 'Rescaling', 'Conv2D']);
    expect(model.outputShape).toEqual([null, 1280]);
  });

  test('MobileNetV3 takes the shape of the input tensor', () => {
    const model = MobileNetV3Small({ weights: null, inputTensor: Input([64, 96, 3]), includeTop: false });
    expect(model.outputShape).toEqual([null, 2, 3, 576]);
  });

  test('NASNetMobile has images of 224 x 224 without the classifier, too', () => {
    expect(NASNetMobile({ weights: null, includeTop: false }).inputShape).toEqual([null, 224, 224, 3]);
  });

  test('other numbers of channels are taken with a warning', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(MobileNet({ ...small, inputShape: [32, 32, 2] }).inputShape).toEqual([null, 32, 32, 2]);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('1 or 3 input channels'));
    warn.mockRestore();
  });
});

describe('errors', () => {
  test('images that are too small', () => {
    expect(() => VGG16({ weights: null, inputShape: [31, 32, 3] })).toThrow(
      'VGG16: input size must be at least 32x32. Received: inputShape=(31, 32, 3)',
    );
    expect(() => Xception({ weights: null, inputShape: [70, 80, 3], includeTop: false })).toThrow('at least 71x71');
  });

  test('shapes that are no images, or not known where they must be', () => {
    expect(() => ResNet50({ weights: null, inputShape: [224, 224] })).toThrow(
      'three integers (height, width, channels). Received: (224, 224)',
    );
    expect(() => ResNet50({ weights: null, inputShape: [null, null, 3] })).toThrow(
      'you should specify a static `inputShape`',
    );
  });

  test('ImageNet has 1000 classes and images of one size', () => {
    expect(() => ResNet50({ classes: 10 })).toThrow('`classes` should be 1000. Received classes=10');
    expect(() => ResNet50({ inputShape: [100, 100, 3] })).toThrow(
      '`inputShape` should be (224, 224, 3). Received: inputShape=(100, 100, 3)',
    );
    expect(() => ResNet50({ includeTop: false, inputShape: [100, 100, 1] })).toThrow('the input must have 3 channels');
    expect(() => MobileNet({ alpha: 0.3 })).toThrow(
      'alpha can be one of 0.25, 0.5, 0.75 or 1 only. Received alpha=0.3',
    );
    expect(() => MobileNetV2({ alpha: 2 })).toThrow('Received alpha=2');
    expect(() => MobileNetV3Small({ minimalistic: true, alpha: 0.75 })).toThrow('1 for minimalistic only');
  });

  test('trained classifiers give logits or probabilities only', () => {
    expect(() => EfficientNetB0({ classifierActivation: 'sigmoid' })).toThrow(
      "only null and 'softmax' activations are allowed",
    );
  });

  test('options there are not, and weights that cannot be', () => {
    expect(() => ResNet50({ weights: null, alpha: 1 } as never)).toThrow(
      'ResNet50 has no option `alpha`. Expected some of: includeTop',
    );
    expect(() => ResNet50({ weights: 1 as never })).toThrow("must be null (random initialization), 'imagenet'");
  });
});
