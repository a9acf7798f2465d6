// The operations that reductions, scans and scatters join elements with, as type parameters of their loops.

/** An associative operation on four lanes, and its neutral element. */
@unmanaged
export abstract class Join {
  abstract neutral(): v128;
  abstract join(a: v128, b: v128): v128;
}

@unmanaged
@final
export class Sum extends Join {
  neutral(): v128 {
    return f32x4.splat(0);
  }
  join(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

@unmanaged
@final
export class Prod extends Join {
  neutral(): v128 {
    return f32x4.splat(1);
  }
  join(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

@unmanaged
@final
export class Max extends Join {
  neutral(): v128 {
    return f32x4.splat(-Infinity);
  }
  join(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

@unmanaged
@final
export class Min extends Join {
  neutral(): v128 {
    return f32x4.splat(Infinity);
  }
  join(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

@unmanaged
@final
export class SumInt extends Join {
  neutral(): v128 {
    return i32x4.splat(0);
  }
  join(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
}

@unmanaged
@final
export class ProdInt extends Join {
  neutral(): v128 {
    return i32x4.splat(1);
  }
  join(a: v128, b: v128): v128 {
    return i32x4.mul(a, b);
  }
}

@unmanaged
@final
export class MaxInt extends Join {
  neutral(): v128 {
    return i32x4.splat(i32.MIN_VALUE);
  }
  join(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}

@unmanaged
@final
export class MinInt extends Join {
  neutral(): v128 {
    return i32x4.splat(i32.MAX_VALUE);
  }
  join(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
}

/** The later element; it has no neutral one. */
@unmanaged
@final
export class Last extends Join {
  neutral(): v128 {
    return i32x4.splat(0);
  }
  join(_a: v128, b: v128): v128 {
    return b;
  }
}
