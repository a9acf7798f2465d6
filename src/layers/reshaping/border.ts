// What padding and cropping share: how many cells before and after, per spatial axis.

import { ValueError } from '../../errors.js';
import type { DataFormat } from '../../ops/window.js';
import type { Field } from '../../options.js';

export type Border = number | readonly number[] | readonly (number | readonly [number, number])[];
type Pairs = readonly (readonly [number, number])[];

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

/** Cells before and after on each of `dims` axes, from one number, one per axis, or a pair per axis. */
export function border(dims: number, initial: number): Field<Border, Pairs, false> {
  return {
    required: false,
    parse(given, where) {
      const whole = given ?? initial;
      const fail = () =>
        new ValueError(
          `${where} should be either an integer, a list of ${dims} integers, or a list of ${dims} pairs of integers, all ` +
            `at least 0. Received: ${JSON.stringify(given)}`,
        );
      if (isCount(whole)) return Array.from({ length: dims }, () => [whole, whole] as const);
      if (!Array.isArray(whole) || whole.length !== dims) throw fail();
      return whole.map((side: unknown) => {
        if (isCount(side)) return [side, side] as const;
        if (Array.isArray(side) && side.length === 2 && side.every(isCount))
          return side as unknown as readonly [number, number];
        throw fail();
      });
    },
    toConfig: kept => kept,
  };
}

/** The same for one axis, where two numbers are before and after. */
export function border1d(initial: number): Field<number | readonly [number, number], readonly [number, number], false> {
  return {
    required: false,
    parse(given, where) {
      const whole = given ?? initial;
      if (isCount(whole)) return [whole, whole];
      if (Array.isArray(whole) && whole.length === 2 && whole.every(isCount))
        return whole as unknown as readonly [number, number];
      throw new ValueError(
        `${where} should be an integer or a pair of integers, at least 0. Received: ${JSON.stringify(given)}`,
      );
    },
    toConfig: kept => kept,
  };
}

/** The first spatial axis. */
export function firstSpatial(dataFormat: DataFormat): number {
  return dataFormat === 'channels_last' ? 1 : 2;
}
