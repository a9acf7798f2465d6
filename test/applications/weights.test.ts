import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { MobileNetV2, ResNet50 } from '../../src/applications/index.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

const file = fileURLToPath(
  new URL('../oracle/public/files/weights_MobileNetV2/model.keras', import.meta.url),
);
const options = { alpha: 0.35, inputShape: [96, 96, 3], classes: 10 } as const;

interface Case {
  readonly id: string;
  readonly name: string;
  readonly inputs: readonly TensorDescriptor[];
  readonly outputs: readonly TensorDescriptor[];
  readonly tolerance: number;
}

const { cases, tensor } = loadFamily<Case>('files');
const recorded = cases.find(each => each.name === 'weights_MobileNetV2')!;

describe('weights', () => {
  test('an architecture with the weights of a file of Keras predicts what Keras predicts', async () => {
    const model = await MobileNetV2({ ...options, weights: file });
    const [input, output] = [recorded.inputs[0]!, recorded.outputs[0]!];
    const images = constant(tensor(input), 'float32', input.shape);
    const actual = ((await model.predict(images, { verbose: 0 })) as Tensor).data();
    const expected = Array.from(tensor(output));
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value)));
    expect(difference / (1 + largest)).toBeLessThan(recorded.tolerance);
  });

  test('a file for other widths is refused', async () => {
    await expect(MobileNetV2({ ...options, alpha: 0.5, weights: file })).rejects.toThrow(/shape/i);
  });

  test('a file that is not there is named', async () => {
    await expect(ResNet50({ weights: 'none.weights.h5' })).rejects.toThrow(/none\.weights\.h5/);
  });
});
