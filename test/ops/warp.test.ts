// Images in a batch are warped each by its own transform, and by one program however many there are.

import { expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { tensor } from '../../src/graph/apply.js';
import { affineTransform } from '../../src/ops/warp.js';

test('each image of a batch moves by its own transform, all channels alike', () => {
  // Two images of 1 x 3 pixels with two channels. Output x comes from x + 1 in the first and from x - 0.5 in the second.
  const images = tensor([
    [
      [
        [1, 10],
        [2, 20],
        [3, 30],
      ],
    ],
    [
      [
        [4, 40],
        [6, 60],
        [8, 80],
      ],
    ],
  ]);
  const moved = affineTransform(
    images,
    [
      [1, 0, 1, 0, 1, 0, 0, 0],
      [1, 0, -0.5, 0, 1, 0, 0, 0],
    ],
    'bilinear',
    'nearest',
  );
  expect(moved.array()).toEqual([
    [
      [
        [2, 20],
        [3, 30],
        [3, 30],
      ],
    ],
    [
      [
        [4, 40],
        [5, 50],
        [7, 70],
      ],
    ],
  ]);
});
