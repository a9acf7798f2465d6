// Layers that bring images to a range or a size.

import type { Tensor } from '../../graph/tensor.js';
import { add, cast, multiply, round } from '../../ops/elementwise.js';
import { slice } from '../../ops/movement.js';
import { resize } from '../../ops/resize.js';
import type { DataFormat } from '../../ops/window.js';
import { layer, layerWith } from '../define.js';
import { dataFormat, required, size, value, word } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';

const rescalingSchema = {
  /** Factor: a number, or one per channel. */
  scale: required<number | readonly number[]>(),
  /** Added afterwards. Default 0. */
  offset: value<number | readonly number[]>(0),
};

class RescalingLayer extends layerWith('Rescaling', rescalingSchema, ['scale', 'offset']) {
  override supportsMasking = true;

  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    return add(multiply(cast(x, 'float32'), this.scale as number), this.offset as number);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return inputShape;
  }
}

/** x · scale + offset: `Rescaling(1 / 255)` brings pixels to 0..1. */
export const Rescaling = layer(RescalingLayer);
export type Rescaling = RescalingLayer;

/** The axis of the rows of an image or a batch of them. */
function rowAxis(rank: number, format: DataFormat): number {
  return format === 'channels_last' ? rank - 3 : rank - 2;
}

function withSize(shape: SymbolicShape, format: DataFormat, height: number, width: number): SymbolicShape {
  const rows = rowAxis(shape.length, format);
  return shape.map((dim, axis) => (axis === rows ? height : axis === rows + 1 ? width : dim));
}

const resizingSchema = {
  height: size,
  width: size,
  /** Default 'bilinear'. */
  interpolation: word('bilinear', 'nearest', 'bicubic', 'lanczos3', 'lanczos5'),
  /** Cuts the borders off instead of distorting. Default false. */
  cropToAspectRatio: value<boolean>(false),
  /** Adds borders instead of distorting. Default false. */
  padToAspectRatio: value<boolean>(false),
  fillMode: word('constant'),
  /** What the borders are filled with. Default 0. */
  fillValue: value<number>(0),
  /** Smooths before making smaller. Default false. */
  antialias: value<boolean>(false),
  dataFormat,
};

class ResizingLayer extends layerWith('Resizing', resizingSchema, ['height', 'width', 'interpolation']) {
  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    const {
      height,
      width,
      interpolation,
      cropToAspectRatio,
      padToAspectRatio,
      fillValue,
      antialias,
      dataFormat: format,
    } = this;
    const resized = resize(x, [height, width], {
      interpolation,
      cropToAspectRatio,
      padToAspectRatio,
      fillValue,
      antialias,
      dataFormat: format,
    });
    // Pixels that are whole numbers stay so.
    return x.dtype === 'int32' ? cast(round(resized), 'int32') : resized;
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return withSize(inputShape, this.dataFormat, this.height, this.width);
  }
}

/** Images in another size. */
export const Resizing = layer(ResizingLayer);
export type Resizing = ResizingLayer;

class CenterCropLayer extends layerWith('CenterCrop', { height: size, width: size, dataFormat }, ['height', 'width']) {
  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    const { height, width, dataFormat: format } = this;
    const rows = rowAxis(x.rank, format);
    const [h, w] = [x.shape[rows]!, x.shape[rows + 1]!];
    if (h < height || w < width) return resize(x, [height, width], { cropToAspectRatio: true, dataFormat: format });
    const start = x.shape.map((_, axis) =>
      axis === rows ? Math.floor((h - height) / 2) : axis === rows + 1 ? Math.floor((w - width) / 2) : 0,
    );
    return slice(cast(x, 'float32'), start, withSize(x.shape, format, height, width) as number[]);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return withSize(inputShape, this.dataFormat, this.height, this.width);
  }
}

/** The middle of each image; images that are too small are enlarged first. */
export const CenterCrop = layer(CenterCropLayer);
export type CenterCrop = CenterCropLayer;
