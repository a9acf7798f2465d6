// Layers that change images at random in training, so that no epoch sees the same ones twice. The same seed draws the
// same changes as Keras on JAX. Images are (batch, height, width, channels), or one without the batch.

import { ShapeError, ValueError } from '../../errors.js';
import { constant } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, cast, clip, cos, lessEqual, multiply, sin, subtract, where } from '../../ops/elementwise.js';
import { take } from '../../ops/indexing.js';
import { concatenate, expandDims, flip, slice, squeeze } from '../../ops/movement.js';
import { uniform } from '../../ops/random.js';
import { mean } from '../../ops/reduce.js';
import { resize } from '../../ops/resize.js';
import { affineTransform } from '../../ops/warp.js';
import type { DataFormat } from '../../ops/window.js';
import type { Field } from '../../options.js';
import { randomSeed, SeedGenerator } from '../../random/seed.js';
import { formatShape } from '../../shape.js';
import { layer, layerWith } from '../define.js';
import { dataFormat, size, value, word } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { CallOptions } from '../layer.js';
import { PointwiseLayer } from '../pointwise.js';

/** Base of the layers below: leaves images alone outside of training, and takes single ones. */
abstract class Augmentation extends PointwiseLayer {
  static override readonly builtAtInit = false;
  override built = false;
  override supportsMasking = false;
  declare dataFormat: DataFormat;

  /** As in Keras: a call beside any model is meant to change the images. */
  protected override get trainsByDefault(): boolean {
    return true;
  }

  /** Changed images: a float32 batch gives a batch. */
  protected abstract augment(images: Tensor): Tensor;

  override call(x: Tensor, { training }: CallOptions): Tensor {
    if (x.rank !== 3 && x.rank !== 4) {
      throw new ShapeError(
        `expected images of rank 4 (batch, height, width, channels), or one of rank 3. Received shape ${formatShape(x.shape)}.`,
      );
    }
    const images = cast(x, 'float32');
    if (!training) return this.unchanged(images);
    return x.rank === 4 ? this.augment(images) : squeeze(this.augment(expandDims(images, 0)), 0);
  }

  /** What comes out when nothing is to be changed. */
  protected unchanged(images: Tensor): Tensor {
    return images;
  }

  /** The axis of the rows of a batch; that of the columns follows. */
  protected get rows(): number {
    return this.dataFormat === 'channels_last' ? 1 : 2;
  }
}

const AugmentationBase = Augmentation as unknown as new (
  ...args: ConstructorParameters<typeof PointwiseLayer>
) => Augmentation;

type Span = readonly [lower: number, upper: number];

/** A number f, for the span from -f to f, or the span itself. */
function span(least: number, greatest: number, required = true): Field<number | Span, number | Span, boolean> {
  return {
    required,
    parse(given, where) {
      const list = [given].flat() as readonly number[];
      if (list.length > 2 || list.some(each => !(each >= least && each <= greatest))) {
        throw new ValueError(
          `${where} must be a number from ${least} to ${greatest}, or a list of two. Received: ${JSON.stringify(given)}`,
        );
      }
      return given!;
    },
    toConfig: kept => kept,
  };
}

/** The bounds that an option of the kind above means; `least` is as far down as a single number reaches. */
function boundsOf(factor: number | Span, least = Number.NEGATIVE_INFINITY): Span {
  if (typeof factor === 'number') return [Math.max(-Math.abs(factor), least), Math.abs(factor)];
  return [Math.min(...factor), Math.max(...factor)];
}

/** The same, kept as bounds: Keras writes them so. */
function bounds(least: number, greatest: number): Field<number | Span, Span, true> {
  const given = span(least, greatest);
  return {
    required: true,
    parse: (factor, where) => boundsOf(given.parse(factor, where), least),
    toConfig: kept => kept,
  };
}

const valueRange: Field<Span, Span, false> = {
  required: false,
  parse(given, where) {
    const range: unknown = given ?? [0, 255];
    if (!Array.isArray(range) || range.length !== 2 || !(range[0] < range[1])) {
      throw new ValueError(
        `${where} must be a list of two numbers, the least and the greatest value of a pixel. Received: ${JSON.stringify(given)}`,
      );
    }
    return range as unknown as Span;
  },
  toConfig: kept => kept,
};

/** Makes the changes repeatable. Default random. */
const seed = value<number | null>(null);

const moving = {
  /** What comes in from outside: mirror images, the other side, the fill value, or the border. Default 'reflect'. */
  fillMode: word('reflect', 'wrap', 'constant', 'nearest'),
  /** Default 'bilinear'. */
  interpolation: word('bilinear', 'nearest'),
  seed,
  /** For fillMode 'constant'. Default 0. */
  fillValue: value<number>(0),
  dataFormat,
};

/** One column for each of the eight numbers of an affine transform; numbers stand for columns of them. */
function transforms(count: number, columns: readonly (Tensor | number)[]): Tensor {
  const column = (entry: Tensor | number) =>
    typeof entry === 'number' ? constant(new Float32Array(count).fill(entry), 'float32', [count, 1]) : entry;
  return concatenate([...columns, 0, 0].map(column), 1);
}

// ---- Flips -----------------------------------------------------------------------------------------------------------

const flipSchema = {
  /** Default 'horizontal_and_vertical': both together. */
  mode: word('horizontal_and_vertical', 'horizontal', 'vertical'),
  seed,
  dataFormat,
};

class RandomFlipLayer extends layerWith('RandomFlip', flipSchema, ['mode', 'seed'], AugmentationBase) {
  readonly #seeds = new SeedGenerator(this.seed);

  protected override augment(images: Tensor): Tensor {
    const flips = lessEqual(uniform([images.shape[0]!, 1, 1, 1], 0, 1, 'float32', this.#seeds), 0.5);
    const axes = [
      ...(this.mode === 'vertical' ? [] : [this.rows + 1]),
      ...(this.mode === 'horizontal' ? [] : [this.rows]),
    ];
    return where(flips, flip(images, axes), images);
  }
}

/** Flips half of the images. */
export const RandomFlip = layer(RandomFlipLayer);
export type RandomFlip = RandomFlipLayer;

// ---- Moves -----------------------------------------------------------------------------------------------------------

const rotationSchema = {
  /** Greatest angle as a share of a full turn, or the span of angles; positive turns counter-clockwise. */
  factor: bounds(-1, 1),
  ...moving,
};

class RandomRotationLayer extends layerWith(
  'RandomRotation',
  rotationSchema,
  ['factor', 'fillMode', 'interpolation', 'seed'],
  AugmentationBase,
) {
  readonly #seeds = new SeedGenerator(this.seed);

  protected override augment(images: Tensor): Tensor {
    const [lower, upper] = this.factor;
    const count = images.shape[0]!;
    const degrees = uniform([count], lower * 360, upper * 360, 'float32', this.#seeds);
    const angle = expandDims(multiply(degrees, Math.PI / 180), 1);
    // Around the middle of the image.
    const x = 0.5 * (images.shape[this.rows + 1]! - 1);
    const y = 0.5 * (images.shape[this.rows]! - 1);
    const c = cos(angle);
    const s = sin(angle);
    const transform = transforms(count, [
      c,
      multiply(s, -1),
      add(subtract(x, multiply(c, x)), multiply(s, y)),
      s,
      c,
      subtract(subtract(y, multiply(s, x)), multiply(c, y)),
    ]);
    return affineTransform(images, transform, this.interpolation, this.fillMode, this.fillValue, this.dataFormat);
  }
}

/** Turns images around their middle. */
export const RandomRotation = layer(RandomRotationLayer);
export type RandomRotation = RandomRotationLayer;

const zoomSchema = {
  /** By how much the height shows more (positive: zooms out) or less: a share, or the span of shares. */
  heightFactor: span(-1, 1) as Field<number | Span, number | Span, true>,
  /** The same for the width. Default: keeps the proportions. */
  widthFactor: {
    required: false,
    parse: (given, where) => (given === null || given === undefined ? null : span(-1, 1).parse(given, where)),
    toConfig: kept => kept,
  } as Field<number | Span | null, number | Span | null, false>,
  ...moving,
};

class RandomZoomLayer extends layerWith(
  'RandomZoom',
  zoomSchema,
  ['heightFactor', 'widthFactor', 'fillMode', 'interpolation', 'seed'],
  AugmentationBase,
) {
  readonly #seeds = new SeedGenerator(this.seed);

  protected override augment(images: Tensor): Tensor {
    const count = images.shape[0]!;
    const draw = (factor: number | Span) => {
      const [lower, upper] = boundsOf(factor);
      return uniform([count, 1], 1 + lower, 1 + upper, 'float32', this.#seeds);
    };
    const height = draw(this.heightFactor);
    const width = this.widthFactor === null ? height : draw(this.widthFactor);
    const offset = (zoom: Tensor, length: number) => multiply(subtract(1, zoom), (length - 1) / 2);
    const transform = transforms(count, [
      width,
      0,
      offset(width, images.shape[this.rows + 1]!),
      0,
      height,
      offset(height, images.shape[this.rows]!),
    ]);
    return affineTransform(images, transform, this.interpolation, this.fillMode, this.fillValue, this.dataFormat);
  }
}

/** Zooms images in or out. */
export const RandomZoom = layer(RandomZoomLayer);
export type RandomZoom = RandomZoomLayer;

const translationSchema = {
  /** How far down, as a share of the height, or the span of shares. */
  heightFactor: span(-1, 1) as Field<number | Span, number | Span, true>,
  /** How far to the right, as a share of the width, or the span of shares. */
  widthFactor: span(-1, 1) as Field<number | Span, number | Span, true>,
  ...moving,
};

class RandomTranslationLayer extends layerWith(
  'RandomTranslation',
  translationSchema,
  ['heightFactor', 'widthFactor', 'fillMode', 'interpolation', 'seed'],
  AugmentationBase,
) {
  readonly #seeds = new SeedGenerator(this.seed);

  protected override augment(images: Tensor): Tensor {
    const count = images.shape[0]!;
    const draw = (factor: number | Span, length: number) => {
      const [lower, upper] = boundsOf(factor);
      return multiply(uniform([count, 1], lower, upper, 'float32', this.#seeds), -length);
    };
    const down = draw(this.heightFactor, images.shape[this.rows]!);
    const right = draw(this.widthFactor, images.shape[this.rows + 1]!);
    const transform = transforms(count, [1, 0, right, 0, 1, down]);
    return affineTransform(images, transform, this.interpolation, this.fillMode, this.fillValue, this.dataFormat);
  }
}

/** Shifts images. */
export const RandomTranslation = layer(RandomTranslationLayer);
export type RandomTranslation = RandomTranslationLayer;

// ---- Colours ---------------------------------------------------------------------------------------------------------

const contrastSchema = {
  /** f for contrasts from 1 to 1 + f, as in Keras; [a, b] for contrasts from 1 - a to 1 + b. */
  factor: bounds(0, 1),
  /** Least and greatest value of a pixel. Default [0, 255]. */
  valueRange,
  seed,
  dataFormat,
};

class RandomContrastLayer extends layerWith(
  'RandomContrast',
  contrastSchema,
  ['factor', 'valueRange', 'seed'],
  AugmentationBase,
) {
  readonly #seeds = new SeedGenerator(this.seed);

  protected override augment(images: Tensor): Tensor {
    const [lower, upper] = this.factor;
    const factor = uniform([images.shape[0]!, 1, 1, 1], 1 - lower, 1 + upper, 'float32', this.#seeds);
    const middle = mean(images, [this.rows, this.rows + 1], true);
    return clip(add(multiply(subtract(images, middle), factor), middle), ...this.valueRange);
  }
}

/** Draws the pixels of each channel apart, away from their mean. */
export const RandomContrast = layer(RandomContrastLayer);
export type RandomContrast = RandomContrastLayer;

const brightnessSchema = {
  /** By how much brighter or darker: a share of the range of values, or the span of shares. */
  factor: bounds(-1, 1),
  /** Least and greatest value of a pixel. Default [0, 255]. */
  valueRange,
  seed,
  dataFormat,
};

class RandomBrightnessLayer extends layerWith(
  'RandomBrightness',
  brightnessSchema,
  ['factor', 'valueRange', 'seed'],
  AugmentationBase,
) {
  readonly #seeds = new SeedGenerator(this.seed);

  protected override augment(images: Tensor): Tensor {
    const [least, greatest] = this.valueRange;
    const shares = uniform([images.shape[0]!, 1, 1, 1], ...this.factor, 'float32', this.#seeds);
    return clip(add(images, multiply(shares, greatest - least)), least, greatest);
  }
}

/** Makes images brighter or darker. */
export const RandomBrightness = layer(RandomBrightnessLayer);
export type RandomBrightness = RandomBrightnessLayer;

// ---- Crops -----------------------------------------------------------------------------------------------------------

const RandomCropOptions = layerWith(
  'RandomCrop',
  { height: size, width: size, seed, dataFormat },
  ['height', 'width', 'seed'],
  AugmentationBase,
);

class RandomCropLayer extends RandomCropOptions {
  readonly #seeds: SeedGenerator;

  constructor(...args: ConstructorParameters<typeof RandomCropOptions>) {
    super(...args);
    const given = this.seed;
    this.seed ??= randomSeed();
    this.#seeds = new SeedGenerator(given);
  }

  protected override augment(images: Tensor): Tensor {
    const { rows, height, width } = this;
    const [h, w] = [images.shape[rows]!, images.shape[rows + 1]!];
    if (h <= height || w <= width) return this.#fitted(images);
    // All images of a batch lose the same borders.
    const from = (room: number, length: number) =>
      add(
        cast(uniform([], 0, room + 1, 'float32', this.#seeds), 'int32'),
        constant(Int32Array.from({ length }, (_, i) => i)),
      );
    const top = from(h - height, height);
    const left = from(w - width, width);
    return take(take(images, top, rows), left, rows + 1);
  }

  protected override unchanged(images: Tensor): Tensor {
    return images.rank === 4 ? this.#middle(images) : squeeze(this.#middle(expandDims(images, 0)), 0);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    const rows = inputShape.length - (this.dataFormat === 'channels_last' ? 3 : 2);
    return inputShape.map((dim, axis) => (axis === rows ? this.height : axis === rows + 1 ? this.width : dim));
  }

  /** The largest part from the middle with the proportions of the result, in its size. */
  #middle(images: Tensor): Tensor {
    return resize(images, [this.height, this.width], {
      cropToAspectRatio: true,
      dataFormat: this.dataFormat,
    });
  }

  /** Where there is too little to choose from: as Keras, what begins where the middle part begins. */
  #fitted(images: Tensor): Tensor {
    const { rows, height, width } = this;
    const [h, w] = [images.shape[rows]!, images.shape[rows + 1]!];
    const part = (length: number, share: number) => Math.max(Math.min(length, Math.trunc(share)), 1);
    const top = Math.trunc((h - part(h, (w * height) / width)) / 2);
    const left = Math.trunc((w - part(w, (h * width) / height)) / 2);
    const starts = images.shape.map((_, axis) => (axis === rows ? top : axis === rows + 1 ? left : 0));
    const sizes = images.shape.map((dim, axis) =>
      axis === rows ? Math.min(height, h - top) : axis === rows + 1 ? Math.min(width, w - left) : dim,
    );
    const rest = slice(images, starts, sizes);
    if (sizes[rows] === height && sizes[rows + 1] === width) return rest;
    return resize(rest, [height, width], { dataFormat: this.dataFormat });
  }
}

/** A part of the images from a random place; outside of training the middle part. */
export const RandomCrop = layer(RandomCropLayer);
export type RandomCrop = RandomCropLayer;
