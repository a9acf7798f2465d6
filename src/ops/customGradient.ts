// Values whose gradient is given by a rule of their own instead of following from how they were computed.

import { apply } from '../graph/apply.js';
import { defineOp } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';

type Rule = (dy: Tensor) => (Tensor | undefined)[];

/** Passes its first input on; the others get the cotangents that the rule gives them. */
const customGradientOp = defineOp<{ readonly gradient: Rule }>({
  name: 'customGradient',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  vjp: ({ attrs }, [dy]) => [undefined, ...attrs.gradient(dy!)],
  emit: () => {},
  view: true,
});

/** `value` as a function of `inputs`, with gradient(dy) as their cotangents. */
export function withGradient(value: Tensor, inputs: readonly Tensor[], gradient: Rule): Tensor {
  return apply(customGradientOp, [value, ...inputs], { gradient });
}
