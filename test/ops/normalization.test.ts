import { describe, expect, test } from 'vitest';
import { add, square } from '../../src/ops/elementwise.js';
import { transpose } from '../../src/ops/movement.js';
import {
  batchNormalization,
  batchNormalizationTraining,
  layerNormalization,
  rmsNormalization,
} from '../../src/ops/normalization.js';
import { moments } from '../../src/ops/reduce.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

const epsilon = 0.1;

describe('batchNormalizationTraining', () => {
  test('normalizes with the moments it returns', () => {
    const x = randomTensor([4, 3, 5]);
    const gamma = randomTensor([5], 2);
    const beta = randomTensor([5], 3);
    const [y, mean, variance] = batchNormalizationTraining(x, gamma, beta, { epsilon });
    const [expectedMean, expectedVariance] = moments(x, [0, 1]);
    expectTensor(mean, expectedMean.data(), [5]);
    expectTensor(variance, expectedVariance.data(), [5]);
    expectTensor(y, batchNormalization(x, mean, variance, -1, beta, gamma, epsilon).data(), [4, 3, 5]);
  });

  test('works on any axis, and without gamma and beta', () => {
    const x = randomTensor([4, 3, 5]);
    const [last] = batchNormalizationTraining(x, null, null);
    const [first, mean] = batchNormalizationTraining(transpose(x, [0, 2, 1]), null, null, { axis: 1 });
    expect(mean.shape).toEqual([5]);
    expectTensor(transpose(first, [0, 2, 1]), last.data(), last.shape, 0);
  });

  test('gradients of all three outputs with respect to x, gamma and beta', () => {
    checkGradients(
      (x, gamma, beta) => batchNormalizationTraining(x, gamma, beta, { epsilon }),
      [randomTensor([3, 2, 5], 1), randomTensor([5], 2), randomTensor([5], 3)],
    );
  });

  test('the gradients can be differentiated, through the moments too', () => {
    const shapes = [randomTensor([5, 2], 1, -2, 2), randomTensor([2], 2), randomTensor([2], 3)] as const;
    checkGradients(
      (x, gamma, beta) => {
        const [y, mean, variance] = batchNormalizationTraining(x, gamma, beta, { epsilon: 1 });
        return [square(y), square(mean), square(variance)];
      },
      shapes,
      { second: true, tolerance: 2e-2 },
    );
  });
});

describe('batchNormalization', () => {
  test('mean, variance, offset and scale belong to one axis', () => {
    const x = randomTensor([2, 3, 2]);
    const [mean, variance, offset, scale] = [
      [1, 2, 3],
      [4, 9, 16],
      [0.5, 0, -0.5],
      [1, 2, 3],
    ];
    const y = batchNormalization(x, mean!, variance!, 1, offset, scale, 0);
    const expected = Array.from(x.data(), (v, i) => {
      const c = Math.floor(i / 2) % 3;
      return ((v - mean![c]!) / Math.sqrt(variance![c]!)) * scale![c]! + offset![c]!;
    });
    expectTensor(y, expected, [2, 3, 2]);
  });

  test('gradients of all inputs', () => {
    checkGradients(
      (x, mean, variance, offset, scale) => batchNormalization(x, mean, variance, -1, offset, scale),
      [
        randomTensor([4, 3]),
        randomTensor([3], 2),
        randomTensor([3], 3, 0.5, 1.5),
        randomTensor([3], 4),
        randomTensor([3], 5),
      ],
    );
  });

  test('a parameter of another length is refused by name', () => {
    expect(() => batchNormalization(randomTensor([4, 3]), [0, 0], [1, 1, 1], -1)).toThrow(
      /batchNormalization: expected mean to have shape \(3,\).*Received shape \(2,\)/,
    );
  });
});

describe('layerNormalization', () => {
  test('takes the moments over the given axes', () => {
    const x = randomTensor([3, 4, 5]);
    const gamma = randomTensor([3, 5], 2);
    const [mean, variance] = moments(x, [0, 2], true);
    const data = x.data();
    const expected = Array.from(data, (v, i) => {
      const [a, b, c] = [Math.floor(i / 20), Math.floor(i / 5) % 4, i % 5];
      const z = (v - mean.data()[b]!) / Math.sqrt(variance.data()[b]! + epsilon);
      return z * gamma.data()[a * 5 + c]!;
    });
    expectTensor(layerNormalization(x, gamma, null, [0, 2], epsilon), expected, [3, 4, 5]);
  });

  test('gradients with respect to x, gamma and beta', () => {
    checkGradients(
      (x, gamma, beta) => layerNormalization(x, gamma, beta, -1, epsilon),
      [randomTensor([4, 2, 6], 1), randomTensor([6], 2), randomTensor([6], 3)],
    );
  });

  test('the gradients can be differentiated', () => {
    checkGradients(
      (x, gamma, beta) => square(add(layerNormalization(x, gamma, beta, -1, 1), x)),
      [randomTensor([3, 4], 1, -2, 2), randomTensor([4], 2), randomTensor([4], 3)],
      { second: true, tolerance: 2e-2 },
    );
  });
});

test('rmsNormalization divides by the root mean square, without a mean', () => {
  expectTensor(
    rmsNormalization(
      [
        [3, 4],
        [0, 0],
      ],
      [1, 2],
      -1,
      0.5,
    ),
    [3 / Math.sqrt(13), 8 / Math.sqrt(13), 0, 0],
    [2, 2],
  );
  checkGradients(
    (x, scale) => rmsNormalization(x, scale, [0, 1], epsilon),
    [randomTensor([3, 4]), randomTensor([3, 4], 2)],
  );
});
