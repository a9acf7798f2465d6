// Micro-operations on float32 that are a few vector instructions. Comparisons give a bool, which is int32 0 or 1.

import { fma } from '../simd';
import { Binary, Ternary, Unary } from './loops';

@unmanaged
export class NegF extends Unary {
  of(a: v128): v128 {
    return f32x4.neg(a);
  }
}

@unmanaged
export class AbsF extends Unary {
  of(a: v128): v128 {
    return f32x4.abs(a);
  }
}

/** -1, 0 or 1; NaN for NaN. */
@unmanaged
export class SignF extends Unary {
  of(a: v128): v128 {
    return v128.bitselect(a, v128.or(v128.and(a, f32x4.splat(-0.0)), f32x4.splat(1)), isZeroOrNaN(a));
  }
}

@unmanaged
export class SquareF extends Unary {
  of(a: v128): v128 {
    return f32x4.mul(a, a);
  }
}

@unmanaged
export class SqrtF extends Unary {
  of(a: v128): v128 {
    return f32x4.sqrt(a);
  }
}

@unmanaged
export class RsqrtF extends Unary {
  of(a: v128): v128 {
    return f32x4.div(f32x4.splat(1), f32x4.sqrt(a));
  }
}

@unmanaged
export class ReciprocalF extends Unary {
  of(a: v128): v128 {
    return f32x4.div(f32x4.splat(1), a);
  }
}

@unmanaged
export class FloorF extends Unary {
  of(a: v128): v128 {
    return f32x4.floor(a);
  }
}

@unmanaged
export class CeilF extends Unary {
  of(a: v128): v128 {
    return f32x4.ceil(a);
  }
}

/** Halves go to the even neighbour, as in NumPy. */
@unmanaged
export class RoundF extends Unary {
  of(a: v128): v128 {
    return f32x4.nearest(a);
  }
}

@unmanaged
export class TruncF extends Unary {
  of(a: v128): v128 {
    return f32x4.trunc(a);
  }
}

/** max(a, 0); NaN for NaN. */
@unmanaged
export class ReluF extends Unary {
  of(a: v128): v128 {
    return f32x4.max(a, f32x4.splat(0));
  }
}

@unmanaged
export class IsNaN extends Unary {
  of(a: v128): v128 {
    return toBool(f32x4.ne(a, a));
  }
}

@unmanaged
export class IsInf extends Unary {
  of(a: v128): v128 {
    return toBool(f32x4.eq(f32x4.abs(a), f32x4.splat(Infinity)));
  }
}

@unmanaged
export class IsFinite extends Unary {
  of(a: v128): v128 {
    return toBool(f32x4.lt(f32x4.abs(a), f32x4.splat(Infinity)));
  }
}

/** NaN counts as not zero, as in NumPy. */
@unmanaged
export class NonZeroF extends Unary {
  of(a: v128): v128 {
    return toBool(f32x4.ne(a, f32x4.splat(0)));
  }
}

/** Towards zero; too large goes to the largest, NaN to 0. */
@unmanaged
export class FloatToInt extends Unary {
  of(a: v128): v128 {
    return i32x4.trunc_sat_f32x4_s(a);
  }
}

@unmanaged
export class AddF extends Binary {
  of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

@unmanaged
export class SubF extends Binary {
  of(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}

@unmanaged
export class MulF extends Binary {
  of(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

@unmanaged
export class DivF extends Binary {
  of(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

/** NaN if one is NaN. */
@unmanaged
export class MaxF extends Binary {
  of(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

/** NaN if one is NaN. */
@unmanaged
export class MinF extends Binary {
  of(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

@unmanaged
export class EqualF extends Binary {
  of(a: v128, b: v128): v128 {
    return toBool(f32x4.eq(a, b));
  }
}

@unmanaged
export class NotEqualF extends Binary {
  of(a: v128, b: v128): v128 {
    return toBool(f32x4.ne(a, b));
  }
}

@unmanaged
export class LessF extends Binary {
  of(a: v128, b: v128): v128 {
    return toBool(f32x4.lt(a, b));
  }
}

@unmanaged
export class LessEqualF extends Binary {
  of(a: v128, b: v128): v128 {
    return toBool(f32x4.le(a, b));
  }
}

/** dy where y > 0, else 0: the gradient of y = relu(x) at cotangent a = dy, b = y. */
@unmanaged
export class ReluGradF extends Binary {
  of(a: v128, b: v128): v128 {
    return v128.and(a, f32x4.gt(b, f32x4.splat(0)));
  }
}

/** dy·y·(1 - y): the gradient of y = sigmoid(x) at cotangent a = dy, b = y. */
@unmanaged
export class SigmoidGradF extends Binary {
  of(a: v128, b: v128): v128 {
    return f32x4.mul(a, f32x4.mul(b, f32x4.sub(f32x4.splat(1), b)));
  }
}

/** dy·(1 - y²): the gradient of y = tanh(x) at cotangent a = dy, b = y. */
@unmanaged
export class TanhGradF extends Binary {
  of(a: v128, b: v128): v128 {
    return f32x4.mul(a, f32x4.sub(f32x4.splat(1), f32x4.mul(b, b)));
  }
}

@unmanaged
export class MulAddF extends Ternary {
  of(a: v128, b: v128, c: v128): v128 {
    return fma(a, b, c);
  }
}

function isZeroOrNaN(a: v128): v128 {
  return v128.not(f32x4.gt(f32x4.abs(a), f32x4.splat(0)));
}

/** A comparison's mask of all ones as the bool 1. */
function toBool(mask: v128): v128 {
  return v128.and(mask, i32x4.splat(1));
}
