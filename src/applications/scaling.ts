// Widths and borders that depend on a factor or on the size of the image.

import type { KerasTensor } from '../layers/kerasTensor.js';

/** The multiple of `divisor` nearest to `value`, at least `divisor`, and not less than 90 % of `value`. */
export function makeDivisible(value: number, divisor = 8): number {
  const rounded = nearestMultiple(value, divisor);
  return rounded < 0.9 * value ? rounded + divisor : rounded;
}

/** The multiple of `divisor` nearest to `value`, at least `divisor`. */
export function nearestMultiple(value: number, divisor = 8): number {
  return Math.max(divisor, Math.floor((value + divisor / 2) / divisor) * divisor);
}

/** Zeros to add before a strided 'valid' window so that it sees what a 'same' one would see of images of even size. */
export function correctPad(
  image: KerasTensor,
  kernelSize: number,
): [rows: [number, number], columns: [number, number]] {
  const [, height, width] = image.shape as readonly [unknown, number | null, number | null];
  const half = Math.floor(kernelSize / 2);
  const pad = (size: number | null): [number, number] => [half - (height === null ? 1 : 1 - (size! % 2)), half];
  return [pad(height), pad(width)];
}
