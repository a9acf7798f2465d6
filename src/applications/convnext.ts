// keras.applications.convnext: a convolutional network in the manner of vision transformers. Source: Liu et al., "A ConvNet
// for the 2020s" (2022). The models normalize their pixels themselves.

import { add } from '../backend/ops/numpy.js';
import { known } from '../configured.js';
import type { Tensor } from '../graph/tensor.js';
import { Constant } from '../initializers/index.js';
import { Conv2D } from '../layers/convolutional/conv.js';
import { Activation } from '../layers/core/activation.js';
import { Dense } from '../layers/core/dense.js';
import { layerWith } from '../layers/define.js';
import { required } from '../layers/fields.js';
import type { KerasTensor, SymbolicShape } from '../layers/kerasTensor.js';
import type { CallOptions } from '../layers/layer.js';
import { LayerNormalization } from '../layers/normalization/layerNormalization.js';
import { GlobalAveragePooling2D } from '../layers/pooling/globalPooling.js';
import { Normalization } from '../layers/preprocessing/normalization.js';
import type { Weight } from '../layers/weight.js';
import { Sequential } from '../models/sequential.js';
import { multiply } from '../ops/elementwise.js';
import { dropout } from '../ops/random.js';
import { SeedGenerator } from '../random/seed.js';
import { type Application, application, chain, channelsOf, pooled } from './application.js';
import { published } from './weights.js';

export { decodePredictions, unchanged as preprocessInput } from './imagenetUtils.js';

const module = 'keras.src.applications.convnext';

const layerScaleOptions = { initValues: required<number>(), projectionDim: required<number>() };

class LayerScaleLayer extends layerWith('LayerScale', layerScaleOptions, ['initValues', 'projectionDim']) {
  static readonly registeredName = 'LayerScale';
  #gamma!: Weight;

  override build(): void {
    this.#gamma = this.addWeight({ shape: [this.projectionDim], initializer: Constant(this.initValues) });
  }

  override call(x: Tensor): Tensor {
    return multiply(x, this.#gamma);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return inputShape;
  }
}

/** x times a trained factor per channel that starts very small. */
const LayerScale = known(module, LayerScaleLayer);

class StochasticDepthLayer extends layerWith('StochasticDepth', { dropPathRate: required<number>() }, [
  'dropPathRate',
]) {
  static readonly registeredName = 'StochasticDepth';
  readonly #seeds = new SeedGenerator();

  override build(): void {}

  override call(x: Tensor, { training }: CallOptions): Tensor {
    return training ? dropout(x, this.dropPathRate, [null, ...x.shape.slice(1).map(() => 1)], this.#seeds) : x;
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return inputShape;
  }
}

/** In training, sets whole samples to 0 at a rate and scales the others up. Files of Keras may contain it. */
known(module, StochasticDepthLayer);

const normalize = (name: string | null) => LayerNormalization({ epsilon: 1e-6, name });

/** x + layer scale · (7x7 convolution of each channel, then two dense layers). */
function block(x: KerasTensor, name: string): KerasTensor {
  const channels = channelsOf(x);
  const path = chain(
    x,
    Conv2D(channels, 7, { padding: 'same', groups: channels, name: `${name}_depthwise_conv` }),
    normalize(`${name}_layernorm`),
    Dense(4 * channels, { name: `${name}_pointwise_conv_1` }),
    Activation('gelu', { name: `${name}_gelu` }),
    Dense(channels, { name: `${name}_pointwise_conv_2` }),
    LayerScale(1e-6, channels, { name: `${name}_layer_scale` }),
    Activation('linear', { name: `${name}_identity` }),
  );
  return add(x, path);
}

/** What comes before each stage, as models of their own: all are made before any is called, and so are their names. */
function downsampling(filters: readonly number[], name: string): Sequential[] {
  return filters.map((width, i) =>
    i === 0
      ? Sequential([Conv2D(width, 4, { strides: 4, name: `${name}_stem_conv` }), normalize(`${name}_stem_layernorm`)], {
          name: `${name}_stem`,
        })
      : Sequential(
          [
            normalize(`${name}_downsampling_layernorm_${i - 1}`),
            Conv2D(width, 2, { strides: 2, name: `${name}_downsampling_conv_${i - 1}` }),
          ],
          { name: `${name}_downsampling_block_${i - 1}` },
        ),
  );
}

const pixels = {
  mean: [0.485, 0.456, 0.406].map(mean => mean * 255),
  variance: [0.229, 0.224, 0.225].map(deviation => (deviation * 255) ** 2),
};

const ownOptions = {
  /** Whether the model normalizes pixels 0..255 itself, if images have three channels. Default true. */
  includePreprocessing: true,
};

function convnext(
  title: string,
  depths: readonly number[],
  filters: readonly number[],
): Application<typeof ownOptions> {
  const variant = `convnext_${title.slice('ConvNeXt'.length).toLowerCase()}`;
  return application(title, {
    name: variant,
    options: ownOptions,
    size: 224,
    features(image, { includePreprocessing, name }) {
      const prefix = name ?? variant;
      let x = image;
      if (includePreprocessing && channelsOf(image) === 3) {
        x = Normalization({ ...pixels, name: `${prefix}_prestem_normalization` })(x);
      }
      downsampling(filters, prefix).forEach((downsample, stage) => {
        x = downsample(x);
        for (let i = 0; i < depths[stage]!; i++) x = block(x, `${prefix}_stage_${stage}_block_${i}`);
      });
      return x;
    },
    top: (x, { classes, classifierActivation, name }) => {
      const prefix = `${name ?? variant}_head`;
      return chain(
        x,
        GlobalAveragePooling2D({ name: `${prefix}_gap` }),
        normalize(`${prefix}_layernorm`),
        Dense(classes, { activation: classifierActivation, name: `${prefix}_dense` }),
      );
    },
    bottom: (x, pooling) => normalize(null)(pooled({ named: false })(x, pooling)),
    file: ({ includeTop }) => published(`convnext/${variant}${includeTop ? '' : '_notop'}.h5`),
  });
}

/** 29 million parameters. Images 224x224, with values 0..255. */
export const ConvNeXtTiny = convnext('ConvNeXtTiny', [3, 3, 9, 3], [96, 192, 384, 768]);
/** 50 million parameters. Images 224x224, with values 0..255. */
export const ConvNeXtSmall = convnext('ConvNeXtSmall', [3, 3, 27, 3], [96, 192, 384, 768]);
/** 89 million parameters. Images 224x224, with values 0..255. */
export const ConvNeXtBase = convnext('ConvNeXtBase', [3, 3, 27, 3], [128, 256, 512, 1024]);
/** 198 million parameters. Images 224x224, with values 0..255. */
export const ConvNeXtLarge = convnext('ConvNeXtLarge', [3, 3, 27, 3], [192, 384, 768, 1536]);
/** 350 million parameters. Images 224x224, with values 0..255. */
export const ConvNeXtXLarge = convnext('ConvNeXtXLarge', [3, 3, 27, 3], [256, 512, 1024, 2048]);
