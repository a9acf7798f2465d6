// The options that convolution layers share, and how they add bias and activation.

import type { ActivationFunction } from '../../activations.js';
import { ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { add } from '../../ops/elementwise.js';
import { reshape } from '../../ops/movement.js';
import type { DataFormat } from '../../ops/window.js';
import { activation, dataFormat, sizes, sizesOr, value } from '../fields.js';
import type { Weight } from '../weight.js';

/** Options of the windows, for `dims` spatial axes. */
export function windowSchema(dims: number) {
  return {
    /** Size of the windows. */
    kernelSize: sizes(dims),
    /** Steps between windows. Default 1. */
    strides: sizesOr(dims, 1),
  };
}

/** Where the channels are, and the gaps between a window's cells. */
export function formatSchema(dims: number) {
  return {
    dataFormat,
    /** Distance between the cells of a window. Default 1. */
    dilationRate: sizesOr(dims, 1),
  };
}

export const outputSchema = {
  /** Default linear. */
  activation: activation(),
  /** Default true. */
  useBias: value<boolean>(true),
};

/** activation(y + bias), with the bias along the channels. */
export function finish(y: Tensor, bias: Weight | null, dataFormat: DataFormat, activation: ActivationFunction): Tensor {
  if (!bias) return activation(y);
  const along =
    dataFormat === 'channels_last' || y.rank < 3
      ? bias
      : reshape(
          bias,
          y.shape.map((dim, axis) => (axis === 1 ? dim : 1)),
        );
  return activation(add(y, along));
}

/** @throws ValueError if both strides and dilation are in use: no framework defines that. */
export function checkStrides(layer: {
  readonly className: string;
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
}): void {
  if (Math.max(...layer.strides) > 1 && Math.max(...layer.dilationRate) > 1) {
    throw new ValueError(
      `${layer.className}: \`strides > 1\` not supported in conjunction with \`dilation_rate > 1\`. Received: strides=[${layer.strides.join(', ')}] ` +
        `and dilationRate=[${layer.dilationRate.join(', ')}]`,
    );
  }
}
