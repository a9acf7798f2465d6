// Micro-operations on float32 that are one function of math.ts.

import { FloatBinary, FloatUnary } from './loops';

@unmanaged
export class ExpF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.exp(a);
  }
}

@unmanaged
export class Expm1F extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.expm1(a);
  }
}

@unmanaged
export class LogF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.log(a);
  }
}

@unmanaged
export class Log1pF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.log1p(a);
  }
}

@unmanaged
export class SinF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.sin(a);
  }
}

@unmanaged
export class CosF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.cos(a);
  }
}

@unmanaged
export class TanF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.tan(a);
  }
}

@unmanaged
export class AsinF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.asin(a);
  }
}

@unmanaged
export class AcosF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.acos(a);
  }
}

@unmanaged
export class AtanF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.atan(a);
  }
}

@unmanaged
export class SinhF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.sinh(a);
  }
}

@unmanaged
export class CoshF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.cosh(a);
  }
}

@unmanaged
export class TanhF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.tanh(a);
  }
}

@unmanaged
export class AsinhF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.asinh(a);
  }
}

@unmanaged
export class AcoshF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.acosh(a);
  }
}

@unmanaged
export class AtanhF extends FloatUnary {
  of(a: f32): f32 {
    return Mathf.atanh(a);
  }
}

@unmanaged
export class SigmoidF extends FloatUnary {
  of(a: f32): f32 {
    return <f32>(1.0 / (1.0 + Math.exp(-(<f64>a))));
  }
}

/** log(1 + e^a) */
@unmanaged
export class SoftplusF extends FloatUnary {
  of(a: f32): f32 {
    return max<f32>(a, 0) + Mathf.log1p(Mathf.exp(-abs<f32>(a)));
  }
}

@unmanaged
export class PowF extends FloatBinary {
  of(a: f32, b: f32): f32 {
    return Mathf.pow(a, b);
  }
}

@unmanaged
export class Atan2F extends FloatBinary {
  of(a: f32, b: f32): f32 {
    return Mathf.atan2(a, b);
  }
}

/** The remainder with the sign of b, as in Python; NaN for b = 0. */
@unmanaged
export class ModF extends FloatBinary {
  of(a: f32, b: f32): f32 {
    const rest = Mathf.mod(a, b);
    return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
  }
}

/** The quotient rounded down, as in Python. */
@unmanaged
export class FloorDivF extends FloatBinary {
  of(a: f32, b: f32): f32 {
    return floor<f32>(a / b);
  }
}

@unmanaged
export class ErfF extends FloatUnary {
  of(a: f32): f32 {
    return <f32>erf(a);
  }
}

@unmanaged
export class ErfinvF extends FloatUnary {
  of(a: f32): f32 {
    return <f32>erfinv(a);
  }
}

/** Maclaurin series, in float64: accurate to float32 for |x| < 4, beyond which erf is ±1 in float32. */
function erf(x: f64): f64 {
  if (abs(x) >= 4) return x > 0 ? 1 : -1;
  let term = x;
  let sum = x;
  for (let k = 1; k < 80; k++) {
    term *= (-x * x) / k;
    sum += term / (2 * k + 1);
  }
  return sum * 1.1283791670955126;
}

/** Newton's method on erf. */
function erfinv(y: f64): f64 {
  if (abs(y) >= 1) return abs(y) == 1 ? y * Infinity : NaN;
  let x: f64 = 0;
  for (let i = 0; i < 60; i++) x -= (erf(x) - y) / (1.1283791670955126 * Math.exp(-x * x));
  return x;
}
