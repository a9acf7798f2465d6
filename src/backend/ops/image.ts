// keras.ops.image.

import { imageDataFormat } from '../../defaults.js';
import { asTensor, type TensorLike } from '../../graph/apply.js';
import { lifter } from '../../layers/operation.js';
import { cast, round } from '../../ops/elementwise.js';
import * as images from '../../ops/images.js';
import { extractPatches as patchesOf } from '../../ops/patches.js';
import { type Interpolation, resize as resizeOf } from '../../ops/resize.js';
import * as warp from '../../ops/warp.js';
import type { DataFormat, Padding } from '../../ops/window.js';

const op = lifter('keras.src.ops.image');

type Format = DataFormat | null;
type PerAxis = number | readonly number[];
const format = (dataFormat: Format): DataFormat => dataFormat ?? imageDataFormat();

export const resize = op(
  'resize',
  (
    x: TensorLike,
    size: readonly [number, number],
    interpolation: Interpolation = 'bilinear',
    antialias = false,
    cropToAspectRatio = false,
    padToAspectRatio = false,
    _fillMode = 'constant',
    fillValue = 0,
    dataFormat: Format = null,
  ) => {
    const given = asTensor(x);
    const y = resizeOf(given, size, {
      interpolation,
      antialias,
      cropToAspectRatio,
      padToAspectRatio,
      fillValue,
      dataFormat: format(dataFormat),
    });
    return given.dtype === 'int32' ? cast(round(y), 'int32') : y;
  },
  'images',
  'size',
  'interpolation="bilinear"',
  'antialias=false',
  'cropToAspectRatio=false',
  'padToAspectRatio=false',
  'fillMode="constant"',
  'fillValue=0',
  'dataFormat=null',
);
export const rgbToGrayscale = op(
  'rgbToGrayscale',
  (x: TensorLike, dataFormat: Format = null) => images.rgbToGrayscale(x, format(dataFormat)),
  'images',
  'dataFormat=null',
);
export const rgbToHsv = op(
  'rgbToHsv',
  (x: TensorLike, dataFormat: Format = null) => images.rgbToHsv(x, format(dataFormat)),
  'images',
  'dataFormat=null',
);
export const hsvToRgb = op(
  'hsvToRgb',
  (x: TensorLike, dataFormat: Format = null) => images.hsvToRgb(x, format(dataFormat)),
  'images',
  'dataFormat=null',
);
export const padImages = op(
  'padImages',
  images.padImages,
  'images',
  'topPadding=null',
  'leftPadding=null',
  'bottomPadding=null',
  'rightPadding=null',
  'targetHeight=null',
  'targetWidth=null',
  'dataFormat=null',
);
export const cropImages = op(
  'cropImages',
  images.cropImages,
  'images',
  'topCropping=null',
  'leftCropping=null',
  'bottomCropping=null',
  'rightCropping=null',
  'targetHeight=null',
  'targetWidth=null',
  'dataFormat=null',
);
export const gaussianBlur = op(
  'gaussianBlur',
  (
    x: TensorLike,
    kernelSize: readonly [number, number] = [3, 3],
    sigma: readonly [number, number] = [1, 1],
    dataFormat: Format = null,
  ) => images.gaussianBlur(x, kernelSize, sigma, format(dataFormat)),
  'images',
  'kernelSize=[3,3]',
  'sigma=[1,1]',
  'dataFormat=null',
);
export const extractPatches = op(
  'extractPatches',
  (
    x: TensorLike,
    size: PerAxis,
    strides: PerAxis | null = null,
    dilationRate: PerAxis = 1,
    padding: Padding = 'valid',
    dataFormat: Format = null,
  ) => patchesOf(x, size, strides, dilationRate, padding, format(dataFormat)),
  'images',
  'size',
  'strides=null',
  'dilationRate=1',
  'padding="valid"',
  'dataFormat=null',
);
export const extractPatches3d = op(
  'extractPatches3d',
  (
    x: TensorLike,
    size: PerAxis,
    strides: PerAxis | null = null,
    dilationRate: PerAxis = 1,
    padding: Padding = 'valid',
    dataFormat: Format = null,
  ) => patchesOf(x, size, strides, dilationRate, padding, format(dataFormat), 3),
  'volumes',
  'size',
  'strides=null',
  'dilationRate=1',
  'padding="valid"',
  'dataFormat=null',
);
export const sobelEdges = op(
  'sobelEdges',
  (x: TensorLike, dataFormat: Format = null) => images.sobelEdges(x, format(dataFormat)),
  'images',
  'dataFormat=null',
);
export const mapCoordinates = op(
  'mapCoordinates',
  warp.mapCoordinates,
  'inputs coordinates',
  'order',
  'fillMode="constant"',
  'fillValue=0',
);
export const affineTransform = op(
  'affineTransform',
  (
    x: TensorLike,
    transform: TensorLike,
    interpolation = 'bilinear',
    fillMode: warp.FillMode = 'constant',
    fillValue = 0,
    dataFormat: Format = null,
  ) => warp.affineTransform(x, transform, interpolation, fillMode, fillValue, format(dataFormat)),
  'images transform',
  'interpolation="bilinear"',
  'fillMode="constant"',
  'fillValue=0',
  'dataFormat=null',
);
export const perspectiveTransform = op(
  'perspectiveTransform',
  (
    x: TensorLike,
    startPoints: TensorLike,
    endPoints: TensorLike,
    interpolation = 'bilinear',
    fillValue = 0,
    dataFormat: Format = null,
  ) => warp.perspectiveTransform(x, startPoints, endPoints, interpolation, fillValue, format(dataFormat)),
  'images startPoints endPoints',
  'interpolation="bilinear"',
  'fillValue=0',
  'dataFormat=null',
);
