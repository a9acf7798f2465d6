// Ranges of indices.

/** The least and the greatest whole number that makes sense. */
export type Range = readonly [least: number, greatest: number];

/** Where the first number lies that is outside of a range once its fraction is cut off; -1 if there is none. */
export function firstOutside(values: ArrayLike<number>, [least, greatest]: Range): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value > least - 1 && value < greatest + 1)) return i;
  }
  return -1;
}
