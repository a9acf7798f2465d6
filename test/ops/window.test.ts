import { describe, expect, test } from 'vitest';
import { ShapeError, ValueError } from '../../src/errors.js';
import { checkPadding, perAxis, windowAxis } from '../../src/ops/window.js';

describe('windows on an axis', () => {
  test.each([
    [5, 1, 1],
    [6, 0, 1],
    [28, 0, 1],
  ])(
    "'same' with window 3 and stride 2 on %i elements pads %i before and %i behind, as Keras does",
    (size, before, after) => {
      expect(windowAxis(size, 3, 2, 1, 'same')).toEqual({ output: Math.ceil(size / 2), before, after });
    },
  );

  test("'same' pads nothing where the stride skips more than the window covers", () => {
    expect(windowAxis(7, 2, 4, 1, 'same')).toEqual({ output: 2, before: 0, after: 0 });
  });

  test('dilation spreads the window', () => {
    expect(windowAxis(10, 3, 1, 2, 'same')).toEqual({ output: 10, before: 2, after: 2 });
    expect(windowAxis(10, 3, 2, 4, 'valid')).toEqual({ output: 1, before: 0, after: 0 });
  });

  test('a window that does not fit is an error that says so', () => {
    expect(() => windowAxis(3, 4, 1, 1, 'valid')).toThrow(ShapeError);
    expect(() => windowAxis(3, 4, 1, 1, 'valid')).toThrow(/over 4 elements does not fit an axis of 3/);
  });

  test('a number counts for every axis, a list must have one per axis', () => {
    expect(perAxis(2, 3, 'strides')).toEqual([2, 2, 2]);
    expect(perAxis([1, 2], 2, 'strides')).toEqual([1, 2]);
    expect(() => perAxis([1, 2, 3], 2, 'strides')).toThrow(/strides must be a positive integer or 2 of them/);
    expect(() => perAxis(0, 2, 'strides')).toThrow(ValueError);
  });

  test('an unknown padding is named', () => {
    expect(() => checkPadding('full')).toThrow(/'valid' or 'same'. Received: "full"/);
  });
});
