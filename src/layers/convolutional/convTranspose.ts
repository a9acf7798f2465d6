// Transposed convolutions: the gradient of a convolution as a layer, which enlarges.

import { ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { convTranspose } from '../../ops/conv.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import { constraint, countsOrNull, initializer, padding, regularizer, size } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { Weight } from '../weight.js';
import { checkStrides, finish, formatSchema, outputSchema, windowSchema } from './options.js';
import { channelsOf, convTransposeShape } from './shapes.js';

function transposed(className: string, dims: number, ...aliases: string[]) {
  const schema = {
    /** Number of output channels. */
    filters: size,
    ...windowSchema(dims),
    padding: padding(),
    /** Cells to add at the end of each axis, less than the stride. Default: as many as fit. */
    outputPadding: countsOrNull(dims),
    ...formatSchema(dims),
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
  const Options = layerWith(className, schema, ['filters', 'kernelSize', 'strides', 'padding']);

  class ConvTransposeLayer extends Options {
    kernel!: Weight;
    bias: Weight | null = null;

    constructor(...args: ConstructorParameters<typeof Options>) {
      super(...args);
      this.inputSpec = { ndim: dims + 2 };
      checkStrides(this);
      if (this.outputPadding?.some((pad, i) => pad >= this.strides[i]!)) {
        throw new ValueError(
          `${className}: \`outputPadding\` must be strictly less than \`strides\` for all dimensions. ` +
            `Received: outputPadding=[${this.outputPadding.join(', ')}], strides=[${this.strides.join(', ')}]`,
        );
      }
    }

    override build(inputShape: SymbolicShape): void {
      const channels = channelsOf(inputShape, this.dataFormat, this.name);
      this.inputSpec = { ndim: dims + 2, axes: { [this.dataFormat === 'channels_last' ? -1 : 1]: channels } };
      this.kernel = this.addWeight({
        name: 'kernel',
        shape: [...this.kernelSize, this.filters, channels],
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
      const { strides, padding: pad, outputPadding: extra, dataFormat, dilationRate } = this;
      const y = convTranspose(x, this.kernel, {
        strides,
        padding: pad,
        outputPadding: extra,
        dataFormat,
        dilationRate,
      });
      return finish(y, this.bias, dataFormat, this.activation);
    }

    override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
      return convTransposeShape(inputShape, this.filters, this, this.outputPadding);
    }
  }
  return layer(ConvTransposeLayer, ...aliases) as MadeLayer<typeof Options, { kernel: Weight; bias: Weight | null }>;
}

/** Transposed convolution along time.  (batch, steps, channels) → (batch, more steps, filters). */
export const Conv1DTranspose = transposed('Conv1DTranspose', 1, 'Convolution1DTranspose');
export type Conv1DTranspose = InstanceType<typeof Conv1DTranspose>;

/** Transposed convolution of images. */
export const Conv2DTranspose = transposed('Conv2DTranspose', 2, 'Convolution2DTranspose');
export type Conv2DTranspose = InstanceType<typeof Conv2DTranspose>;

/** Transposed convolution of volumes. */
export const Conv3DTranspose = transposed('Conv3DTranspose', 3, 'Convolution3DTranspose');
export type Conv3DTranspose = InstanceType<typeof Conv3DTranspose>;
