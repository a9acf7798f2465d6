// Convolutions of each channel by itself.

import type { Tensor } from '../../graph/tensor.js';
import { depthwiseConv } from '../../ops/depthwise.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import { constraint, initializer, padding, regularizer, sizeOr } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { Weight } from '../weight.js';
import { checkStrides, finish, formatSchema, outputSchema, windowSchema } from './options.js';
import { channelsOf, convShape } from './shapes.js';

function depthwise(className: string, dims: number) {
  const schema = {
    ...windowSchema(dims),
    padding: padding(),
    /** Number of filters per channel. Default 1. */
    depthMultiplier: sizeOr(1),
    ...formatSchema(dims),
    ...outputSchema,
    /** Default 'glorot_uniform'. */
    depthwiseInitializer: initializer('glorot_uniform'),
    /** Default 'zeros'. */
    biasInitializer: initializer('zeros'),
    depthwiseRegularizer: regularizer,
    biasRegularizer: regularizer,
    activityRegularizer: regularizer,
    depthwiseConstraint: constraint,
    biasConstraint: constraint,
  };
  const Options = layerWith(className, schema, ['kernelSize', 'strides', 'padding', 'depthMultiplier']);

  class DepthwiseConvLayer extends Options {
    kernel!: Weight;
    bias: Weight | null = null;

    constructor(...args: ConstructorParameters<typeof Options>) {
      super(...args);
      this.inputSpec = { minNdim: dims + 2 };
      checkStrides(this);
    }

    override build(inputShape: SymbolicShape): void {
      const channels = channelsOf(inputShape, this.dataFormat, this.name);
      this.computeOutputShape(inputShape);
      this.inputSpec = {
        minNdim: dims + 2,
        axes: { [this.dataFormat === 'channels_last' ? -1 : 1]: channels },
      };
      this.kernel = this.addWeight({
        name: 'kernel',
        shape: [...this.kernelSize, channels, this.depthMultiplier],
        initializer: this.depthwiseInitializer,
        regularizer: this.depthwiseRegularizer,
        constraint: this.depthwiseConstraint,
      });
      if (this.useBias) {
        this.bias = this.addWeight({
          name: 'bias',
          shape: [channels * this.depthMultiplier],
          initializer: this.biasInitializer,
          regularizer: this.biasRegularizer,
          constraint: this.biasConstraint,
        });
      }
    }

    override call(x: Tensor): Tensor {
      const { strides, padding: pad, dataFormat, dilationRate } = this;
      const y = depthwiseConv(x, this.kernel, { strides, padding: pad, dataFormat, dilationRate });
      return finish(y, this.bias, dataFormat, this.activation);
    }

    override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
      return convShape(inputShape, channelsOf(inputShape, this.dataFormat, this.name) * this.depthMultiplier, this);
    }
  }
  return layer(DepthwiseConvLayer) as MadeLayer<typeof Options, { kernel: Weight; bias: Weight | null }>;
}

/** Convolves each channel of a sequence with its own filters. */
export const DepthwiseConv1D = depthwise('DepthwiseConv1D', 1);
export type DepthwiseConv1D = InstanceType<typeof DepthwiseConv1D>;

/** Convolves each channel of an image with its own filters.  (batch, h, w, c) → (batch, h', w', c · depthMultiplier). */
export const DepthwiseConv2D = depthwise('DepthwiseConv2D', 2);
export type DepthwiseConv2D = InstanceType<typeof DepthwiseConv2D>;
