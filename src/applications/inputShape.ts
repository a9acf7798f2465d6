// The shape of images: given by the user, or the one the architecture was published with.

import { ValueError } from '../errors.js';
import type { SymbolicShape } from '../layers/kerasTensor.js';
import { formatShape } from '../shape.js';
import { imagenet } from './weights.js';

export interface InputShapeRules {
  /** The user's choice; null for none. */
  readonly given: SymbolicShape | null;
  /** Height and width by default. */
  readonly size: number;
  readonly minSize: number;
  /** Whether height and width must be known. */
  readonly fixed: boolean;
  readonly weights: string | null;
}

/** (height, width, channels). @throws ValueError if the given shape cannot be. */
export function obtainInputShape(
  title: string,
  { given, size, minSize, fixed, weights }: InputShapeRules,
): SymbolicShape {
  const pretrained = weights === imagenet;
  if (given !== null && given.length !== 3) {
    throw new ValueError(
      `${title}: \`inputShape\` must be three integers (height, width, channels). Received: ${formatShape(given)}`,
    );
  }
  if (pretrained && fixed) {
    const published = [size, size, 3];
    if (given?.some((dim, axis) => dim !== published[axis])) {
      throw new ValueError(
        `${title}: when setting \`includeTop: true\` and loading \`imagenet\` weights, \`inputShape\` should be ` +
          `${formatShape(published)}. Received: inputShape=${formatShape(given)}`,
      );
    }
    return published;
  }
  if (given === null) return fixed ? [size, size, 3] : [null, null, 3];
  const [height, width, channels] = given as readonly [number | null, number | null, number | null];
  if (pretrained && channels !== 3) {
    throw new ValueError(`${title}: the input must have 3 channels. Received: inputShape=${formatShape(given)}`);
  }
  if (channels !== 1 && channels !== 3) {
    console.warn(
      `${title} usually expects 1 or 3 input channels. It was passed an input shape with ${channels} channels.`,
    );
  }
  if ((height !== null && height < minSize) || (width !== null && width < minSize)) {
    throw new ValueError(
      `${title}: input size must be at least ${minSize}x${minSize}. Received: inputShape=${formatShape(given)}`,
    );
  }
  if (fixed && given.includes(null)) {
    throw new ValueError(
      `${title}: if \`includeTop\` is true, you should specify a static \`inputShape\`. Received: inputShape=${formatShape(given)}`,
    );
  }
  return given;
}

/** `size` if images are square and as large as one of the published ones, else 224. */
export function publishedSize(sizes: readonly number[], shape: SymbolicShape | null | undefined): number {
  const [height, width] = shape ?? [];
  return height === width && sizes.includes(height!) ? height! : 224;
}
