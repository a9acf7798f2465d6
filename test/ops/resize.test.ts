import { describe, expect, test } from 'vitest';
import { square } from '../../src/ops/elementwise.js';
import { transpose } from '../../src/ops/movement.js';
import { resize } from '../../src/ops/resize.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

/** One image of one channel from its rows. */
const image = (rows: readonly (readonly number[])[]) => rows.map(row => row.map(v => [v]));

describe('resize', () => {
  test('bilinear blends around half-pixel centres and repeats the border', () => {
    expectTensor(resize(image([[0, 4]]), [1, 4]), [0, 1, 3, 4], [1, 4, 1]);
    expectTensor(resize(image([[0, 2, 4, 6]]), [1, 2]), [1, 5], [1, 2, 1]);
  });

  test('nearest takes the pixel under the centre', () => {
    expectTensor(
      resize(image([[1, 2, 3]]), [2, 5], { interpolation: 'nearest' }),
      [1, 1, 2, 3, 3, 1, 1, 2, 3, 3],
      [2, 5, 1],
    );
  });

  // Values of Keras 3.15.1 on JAX.
  test.each([
    ['bicubic', false, [-0.05825, 0.36011, 1.65306, 4, 8.38776, 6.24931, 1.59223]],
    ['bicubic', true, [1.5731, 5.42158]],
    ['lanczos3', false, [-0.00468, 0.34305, 1.48622, 4, 8.94008, 6.18564, 1.31244]],
    ['lanczos5', true, [-0.35393, 5.07781, 5.33466]],
    ['bilinear', true, [1.72727, 5.27273]],
  ] as const)('%s with antialias %s weighs the pixels as Keras does', (interpolation, antialias, expected) => {
    const y = resize(image([[0, 1, 4, 9, 2]]), [1, expected.length], { interpolation, antialias });
    expectTensor(y, expected, [1, expected.length, 1], 5e-6);
  });

  test('channels first gives the same numbers as channels last', () => {
    const x = randomTensor([2, 3, 4, 5]);
    const last = resize(x, [5, 3]);
    const first = resize(transpose(x, [0, 3, 1, 2]), [5, 3], { dataFormat: 'channels_first' });
    expectTensor(transpose(first, [0, 2, 3, 1]), last.data(), [2, 5, 3, 5], 0);
  });

  test('crops to the new proportions in the middle', () => {
    const x = image([[1, 2, 3, 4, 5]]);
    expectTensor(resize(x, [1, 2], { cropToAspectRatio: true, interpolation: 'nearest' }), [2, 3], [1, 2, 1]);
  });

  test('pads to the new proportions with the fill value, equally on both sides', () => {
    const x = image([[1, 2, 3, 4]]);
    const y = resize(x, [4, 4], { padToAspectRatio: true, fillValue: 9, interpolation: 'nearest' });
    expectTensor(y, [9, 9, 9, 9, 1, 2, 3, 4, 1, 2, 3, 4, 9, 9, 9, 9], [4, 4, 1]);
  });

  test('gradients, and gradients of them', () => {
    checkGradients(x => resize(x, [3, 7]), [randomTensor([2, 4, 5, 3])]);
    checkGradients(x => resize(x, [6, 3], { interpolation: 'nearest' }), [randomTensor([1, 4, 5, 2])]);
    checkGradients(x => resize(x, [3, 2], { interpolation: 'bicubic', antialias: true }), [randomTensor([1, 4, 5, 2])]);
    checkGradients(x => square(resize(square(x), [3, 2])), [randomTensor([1, 2, 3, 1])], { second: true });
  });

  test('mistakes are answered with what was expected', () => {
    expect(() => resize([[1, 2]], [2, 2])).toThrow(/images of rank 4.*Received shape \(1, 2\)/);
    expect(() => resize(image([[1]]), [1, 2], { interpolation: 'linear' as 'bilinear' })).toThrow(
      /one of nearest, bilinear, bicubic, lanczos3, lanczos5. Received: "linear"/,
    );
    expect(() => resize(image([[1]]), [0, 2])).toThrow(/two positive integers. Received \[0,2\]/);
  });
});
