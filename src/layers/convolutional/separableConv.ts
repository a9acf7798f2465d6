// Convolutions in two steps: each channel by itself, then all channels at each place.

import type { Tensor } from '../../graph/tensor.js';
import { conv } from '../../ops/conv.js';
import { depthwiseConv } from '../../ops/depthwise.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import { constraint, initializer, padding, regularizer, size, sizeOr } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { Weight } from '../weight.js';
import { checkStrides, finish, formatSchema, outputSchema, windowSchema } from './options.js';
import { channelsOf, convShape } from './shapes.js';

function separable(className: string, dims: number, ...aliases: string[]) {
  const schema = {
    /** Number of output channels. */
    filters: size,
    ...windowSchema(dims),
    padding: padding(),
    ...formatSchema(dims),
    /** Number of filters per channel in the first step. Default 1. */
    depthMultiplier: sizeOr(1),
    ...outputSchema,
    /** Default 'glorot_uniform'. */
    depthwiseInitializer: initializer('glorot_uniform'),
    /** Default 'glorot_uniform'. */
    pointwiseInitializer: initializer('glorot_uniform'),
    /** Default 'zeros'. */
    biasInitializer: initializer('zeros'),
    depthwiseRegularizer: regularizer,
    pointwiseRegularizer: regularizer,
    biasRegularizer: regularizer,
    activityRegularizer: regularizer,
    depthwiseConstraint: constraint,
    pointwiseConstraint: constraint,
    biasConstraint: constraint,
  };
  const Options = layerWith(className, schema, ['filters', 'kernelSize', 'strides', 'padding']);

  class SeparableConvLayer extends Options {
    depthwiseKernel!: Weight;
    pointwiseKernel!: Weight;
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
      this.depthwiseKernel = this.addWeight({
        name: 'depthwise_kernel',
        shape: [...this.kernelSize, channels, this.depthMultiplier],
        initializer: this.depthwiseInitializer,
        regularizer: this.depthwiseRegularizer,
        constraint: this.depthwiseConstraint,
      });
      this.pointwiseKernel = this.addWeight({
        name: 'pointwise_kernel',
        shape: [...new Array<number>(dims).fill(1), channels * this.depthMultiplier, this.filters],
        initializer: this.pointwiseInitializer,
        regularizer: this.pointwiseRegularizer,
        constraint: this.pointwiseConstraint,
      });
      if (this.useBias) {
        this.bias = this.addWeight({
          name: 'bias',
          shape: [this.filters],
          initializer: this.biasInitializer,
          regularizer: this.biasRegularizer,
          constraint: this.biasConstraint,
        });
      }
    }

    override call(x: Tensor): Tensor {
      const { strides, padding: pad, dataFormat, dilationRate } = this;
      const each = depthwiseConv(x, this.depthwiseKernel, {
        strides,
        padding: pad,
        dataFormat,
        dilationRate,
      });
      return finish(conv(each, this.pointwiseKernel, { dataFormat }), this.bias, dataFormat, this.activation);
    }

    override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
      return convShape(inputShape, this.filters, this);
    }
  }
  return layer(SeparableConvLayer, ...aliases) as MadeLayer<typeof Options>;
}

/** Separable convolution of sequences. */
export const SeparableConv1D = separable('SeparableConv1D', 1, 'SeparableConvolution1D');
export type SeparableConv1D = InstanceType<typeof SeparableConv1D>;

/** Separable convolution of images.  (batch, h, w, channels) → (batch, h', w', filters). */
export const SeparableConv2D = separable('SeparableConv2D', 2, 'SeparableConvolution2D');
export type SeparableConv2D = InstanceType<typeof SeparableConv2D>;
