// Micro-operations on int32, which wrap around as in NumPy, and those that only move bits.

import { Binary, IntBinary, Ternary, Unary } from './loops';

@unmanaged
export class Copy extends Unary {
  of(a: v128): v128 {
    return a;
  }
}

@unmanaged
export class IntToFloat extends Unary {
  of(a: v128): v128 {
    return f32x4.convert_i32x4_s(a);
  }
}

@unmanaged
export class NonZeroI extends Unary {
  of(a: v128): v128 {
    return toBool(i32x4.ne(a, i32x4.splat(0)));
  }
}

@unmanaged
export class NegI extends Unary {
  of(a: v128): v128 {
    return i32x4.neg(a);
  }
}

@unmanaged
export class AbsI extends Unary {
  of(a: v128): v128 {
    return i32x4.abs(a);
  }
}

@unmanaged
export class SignI extends Unary {
  of(a: v128): v128 {
    return i32x4.min_s(i32x4.max_s(a, i32x4.splat(-1)), i32x4.splat(1));
  }
}

@unmanaged
export class NotI extends Unary {
  of(a: v128): v128 {
    return v128.not(a);
  }
}

@unmanaged
export class AddI extends Binary {
  of(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
}

@unmanaged
export class SubI extends Binary {
  of(a: v128, b: v128): v128 {
    return i32x4.sub(a, b);
  }
}

@unmanaged
export class MulI extends Binary {
  of(a: v128, b: v128): v128 {
    return i32x4.mul(a, b);
  }
}

@unmanaged
export class MaxI extends Binary {
  of(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}

@unmanaged
export class MinI extends Binary {
  of(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
}

@unmanaged
export class AndI extends Binary {
  of(a: v128, b: v128): v128 {
    return v128.and(a, b);
  }
}

@unmanaged
export class OrI extends Binary {
  of(a: v128, b: v128): v128 {
    return v128.or(a, b);
  }
}

@unmanaged
export class XorI extends Binary {
  of(a: v128, b: v128): v128 {
    return v128.xor(a, b);
  }
}

@unmanaged
export class EqualI extends Binary {
  of(a: v128, b: v128): v128 {
    return toBool(i32x4.eq(a, b));
  }
}

@unmanaged
export class NotEqualI extends Binary {
  of(a: v128, b: v128): v128 {
    return toBool(i32x4.ne(a, b));
  }
}

@unmanaged
export class LessI extends Binary {
  of(a: v128, b: v128): v128 {
    return toBool(i32x4.lt_s(a, b));
  }
}

@unmanaged
export class LessEqualI extends Binary {
  of(a: v128, b: v128): v128 {
    return toBool(i32x4.le_s(a, b));
  }
}

/** b where a is not 0, else c. */
@unmanaged
export class Where extends Ternary {
  of(a: v128, b: v128, c: v128): v128 {
    return v128.bitselect(b, c, i32x4.ne(a, i32x4.splat(0)));
  }
}

/** The quotient rounded down, as in Python; 0 for a division by 0, as in NumPy. */
@unmanaged
export class FloorDivI extends IntBinary {
  of(a: i32, b: i32): i32 {
    if (b == 0) return 0;
    if (b == -1) return -a; // the one quotient that does not fit wraps instead of trapping
    const quotient = a / b;
    return quotient - i32((a % b != 0) & ((a ^ b) < 0));
  }
}

/** The remainder with the sign of b, as in Python; 0 for b = 0, as in NumPy. */
@unmanaged
export class ModI extends IntBinary {
  of(a: i32, b: i32): i32 {
    if (b == 0 || b == -1) return 0;
    const rest = a % b;
    return rest != 0 && (rest ^ b) < 0 ? rest + b : rest;
  }
}

/** a to the power of b by squaring; what a negative power leaves of an integer is 0 unless a is 1 or -1. */
@unmanaged
export class PowI extends IntBinary {
  of(a: i32, b: i32): i32 {
    if (b < 0) {
      if (a == 1) return 1;
      if (a == -1) return b & 1 ? -1 : 1;
      return 0;
    }
    let result = 1;
    while (b != 0) {
      if (b & 1) result *= a;
      a *= a;
      b >>= 1;
    }
    return result;
  }
}

/** Shifts of 32 and more leave nothing. */
@unmanaged
export class ShiftLeftI extends IntBinary {
  of(a: i32, b: i32): i32 {
    return <u32>b < 32 ? a << b : 0;
  }
}

/** The sign is shifted in. */
@unmanaged
export class ShiftRightI extends IntBinary {
  of(a: i32, b: i32): i32 {
    return a >> (<u32>b < 32 ? b : 31);
  }
}

/** A comparison's mask of all ones as the bool 1. */
function toBool(mask: v128): v128 {
  return v128.and(mask, i32x4.splat(1));
}
