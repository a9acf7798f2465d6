// Values and gradients of every loss, as Keras recorded them.

import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { evaluate } from '../../src/compiler/evaluate.js';
import { type Config, deserializeObject, toCamelKey, toOptions } from '../../src/config.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import { setMask } from '../../src/graph/mask.js';
import type { Tensor } from '../../src/graph/tensor.js';
import * as hinge from '../../src/losses/hinge.js';
import type { Loss } from '../../src/losses/loss.js';
import '../../src/losses/losses.js';
import * as overlap from '../../src/losses/overlap.js';
import * as probabilistic from '../../src/losses/probabilistic.js';
import * as regression from '../../src/losses/regression.js';
import { multiply } from '../../src/ops/elementwise.js';
import { maxError } from '../support/kernel.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface LossCase {
  readonly id: string;
  readonly class_name?: string;
  readonly function?: string;
  readonly kwargs: Config;
  readonly y_true: TensorDescriptor;
  readonly y_pred: TensorDescriptor;
  readonly sample_weight: TensorDescriptor | null;
  readonly y_pred_mask?: TensorDescriptor | null;
  readonly value: TensorDescriptor;
  readonly cotangent: TensorDescriptor;
  readonly grad_y_pred: TensorDescriptor;
  readonly tolerance: number;
}

const { cases, tensor } = loadFamily<LossCase>('losses');
const functions: { readonly [name: string]: unknown } = {
  ...hinge,
  ...overlap,
  ...probabilistic,
  ...regression,
};

function read(descriptor: TensorDescriptor): Tensor {
  const dtype = descriptor.dtype === 'uint8' ? 'bool' : descriptor.dtype;
  return fromTypedArray(tensor(descriptor), descriptor.shape, dtype);
}

function lossOf({ class_name, function: name, kwargs }: LossCase): (t: Tensor, p: Tensor, w: Tensor | null) => Tensor {
  if (class_name) {
    return deserializeObject<Loss>(
      { module: 'keras.losses', class_name, config: kwargs, registered_name: null },
      'keras.losses',
    );
  }
  const fn = functions[toCamelKey(name!)] as (t: Tensor, p: Tensor, options: object) => Tensor;
  return (t, p) => fn(t, p, toOptions(kwargs));
}

describe('losses have the values and gradients that Keras has', () => {
  test.each(cases.map(each => [each.id, each] as const))('%s', (_, recorded) => {
    const yPred = read(recorded.y_pred);
    if (recorded.y_pred_mask) setMask(yPred, read({ ...recorded.y_pred_mask, dtype: 'bool' }));
    const value = lossOf(recorded)(
      read(recorded.y_true),
      yPred,
      recorded.sample_weight && read(recorded.sample_weight),
    );
    const [gradient] = gradients([multiply(value, read(recorded.cotangent))], [yPred]);
    const [values, slopes] = evaluate([value, gradient!]);
    expect(value.shape).toEqual(recorded.value.shape);
    expect(maxError(values!, tensor(recorded.value))).toBeLessThan(recorded.tolerance);
    expect(maxError(slopes!, tensor(recorded.grad_y_pred))).toBeLessThan(recorded.tolerance);
  });
});
