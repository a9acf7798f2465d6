// Marks the steps of a sequence that do not count.

import type { Tensor } from '../../graph/tensor.js';
import { cast, multiply, notEqual } from '../../ops/elementwise.js';
import { any } from '../../ops/reduce.js';
import { layer, layerWith } from '../define.js';
import { value } from '../fields.js';
import { setMask } from '../mask.js';
import { PointwiseLayer } from '../pointwise.js';

const schema = {
  /** A step counts unless all its features have this value. Default 0. */
  maskValue: value<number>(0),
};

class MaskingLayer extends layerWith('Masking', schema, ['maskValue'], PointwiseLayer) {
  override call(x: Tensor): Tensor {
    const differs = notEqual(x, this.maskValue);
    const output = multiply(x, cast(any(differs, -1, true), x.dtype));
    setMask(output, any(differs, -1));
    return output;
  }

  override computeMask(x: Tensor): Tensor {
    return any(notEqual(x, this.maskValue), -1);
  }
}

/** Masks the steps whose features all equal `maskValue`, and zeroes them.  (batch, time, ...) stays. */
export const Masking = layer(MaskingLayer);
export type Masking = MaskingLayer;
