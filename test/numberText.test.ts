import { expect, test } from 'vitest';
import { exponential, fixed, floatText } from '../src/numberText.js';

test('ties go to the even digit, as in Python', () => {
  expect([0.03125, 0.09375, -0.28125, 0.28126].map(value => fixed(value, 4))).toEqual([
    '0.0312',
    '0.0938',
    '-0.2812',
    '0.2813',
  ]);
  expect([0.5, 1.5, 2.5].map(value => fixed(value, 0))).toEqual(['0', '2', '2']);
});

test('floats have a point or an exponent of two digits, from where Python has one', () => {
  expect([1, -0, 0.1, 0.00001, 1.5e-7, 1e16, 123456789, NaN, -Infinity].map(floatText)).toEqual([
    '1.0',
    '-0.0',
    '0.1',
    '1e-05',
    '1.5e-07',
    '1e+16',
    '123456789.0',
    'nan',
    '-inf',
  ]);
  expect(exponential(0.00012, 4)).toBe('1.2000e-04');
});
