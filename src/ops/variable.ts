// Variables as users and layers have them: with arithmetic on their value.

import type { DType } from '../dtype.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { BaseVariable, type VariableInit, type VariableOptions } from '../graph/variable.js';
import { isDict } from '../structure.js';
import { castTo } from './convert.js';
import { add, subtract } from './elementwise.js';

/** A tensor whose value can change. Its shape and dtype cannot. */
export class Variable extends BaseVariable {
  /** A variable with the value of a tensor or an array, or of a shape and dtype: with the given elements, or zeros. */
  constructor(init: TensorLike | VariableInit, options: VariableOptions & { readonly dtype?: DType } = {}) {
    super(isInit(init) ? init : initOf(asTensor(init, options.dtype)), options);
  }

  /** Sets a new value of the same shape, cast to the variable's dtype. @throws ShapeError if the shape is another */
  override assign(value: TensorLike): void {
    super.assign(castTo(value, this.dtypeName));
  }

  /** value + increment becomes the value. */
  assignAdd(increment: TensorLike): void {
    this.assign(add(this, increment));
  }

  /** value - decrement becomes the value. */
  assignSub(decrement: TensorLike): void {
    this.assign(subtract(this, decrement));
  }
}

function isInit(init: TensorLike | VariableInit): init is VariableInit {
  return isDict(init);
}

function initOf(tensor: Tensor): VariableInit {
  return { shape: tensor.shape, dtype: tensor.dtype, dtypeName: tensor.dtypeName, data: tensor.data() };
}
