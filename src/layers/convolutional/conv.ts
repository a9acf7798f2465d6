// Convolutions of sequences, images and volumes.

import { ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { conv } from '../../ops/conv.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import { constraint, initializer, padding, regularizer, size, sizeOr } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { Weight } from '../weight.js';
import { checkStrides, finish, formatSchema, outputSchema, windowSchema } from './options.js';
import { channelsOf, convShape } from './shapes.js';

function convolution(className: string, dims: number, ...aliases: string[]) {
  const schema = {
    /** Number of output channels. */
    filters: size,
    ...windowSchema(dims),
    /** 'valid' (default), 'same', or for sequences 'causal': no output depends on later steps. */
    padding: padding(...(dims === 1 ? (['causal'] as const) : [])),
    ...formatSchema(dims),
    /** Number of groups of channels that are convolved by themselves. Default 1. */
    groups: sizeOr(1),
    ...outputSchema,
    /** Default 'glorot_uniform'. */
    kernelInitializer: initializer('glorot_uniform'),
    /** Default 'zeros'. */
    biasInitializer: initializer('zeros'),
    kernelRegularizer: regularizer,
    biasRegularizer: regularizer,
    activityRegularizer: regularizer,
    kernelConstraint: constraint,
    biasConstraint: constraint,
  };
  const Options = layerWith(className, schema, ['filters', 'kernelSize', 'strides', 'padding', 'dataFormat']);

  class ConvLayer extends Options {
    kernel!: Weight;
    bias: Weight | null = null;

    constructor(...args: ConstructorParameters<typeof Options>) {
      super(...args);
      this.inputSpec = { minNdim: dims + 2 };
      checkStrides(this);
      if (this.filters % this.groups !== 0) {
        throw new ValueError(
          `${className}: the number of filters must be evenly divisible by the number of groups. ` +
            `Received: groups=${this.groups}, filters=${this.filters}.`,
        );
      }
    }

    override build(inputShape: SymbolicShape): void {
      const channels = channelsOf(inputShape, this.dataFormat, this.name);
      if (channels % this.groups !== 0) {
        throw new ValueError(
          'The number of input channels must be evenly divisible by the number of groups. ' +
            `Received groups=${this.groups}, but the input has ${channels} channels.`,
        );
      }
      this.computeOutputShape(inputShape);
      this.inputSpec = {
        minNdim: dims + 2,
        axes: { [this.dataFormat === 'channels_last' ? -1 : 1]: channels },
      };
      this.kernel = this.addWeight({
        name: 'kernel',
        shape: [...this.kernelSize, channels / this.groups, this.filters],
        initializer: this.kernelInitializer,
        regularizer: this.kernelRegularizer,
        constraint: this.kernelConstraint,
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
      return finish(
        conv(x, this.kernel, { strides, padding: pad, dataFormat, dilationRate }),
        this.bias,
        dataFormat,
        this.activation,
      );
    }

    override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
      return convShape(inputShape, this.filters, this);
    }
  }
  return layer(ConvLayer, ...aliases) as MadeLayer<typeof Options, { kernel: Weight; bias: Weight | null }>;
}

/** Convolution along time.  (batch, steps, channels) → (batch, new steps, filters). */
export const Conv1D = convolution('Conv1D', 1, 'Convolution1D');
export type Conv1D = InstanceType<typeof Conv1D>;

/** Convolution of images.  (batch, height, width, channels) → (batch, new height, new width, filters). */
export const Conv2D = convolution('Conv2D', 2, 'Convolution2D');
export type Conv2D = InstanceType<typeof Conv2D>;

/** Convolution of volumes. */
export const Conv3D = convolution('Conv3D', 3, 'Convolution3D');
export type Conv3D = InstanceType<typeof Conv3D>;
