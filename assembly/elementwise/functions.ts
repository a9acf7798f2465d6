// Micro-operations on float32 that are one function of math.ts, and rare functions, one element at a time.

import * as math from '../math';
import { Binary, FloatBinary, FloatUnary, Unary } from './loops';

@unmanaged
export class ExpF extends Unary {
  of(a: v128): v128 {
    return math.exp(a);
  }
}

@unmanaged
export class Expm1F extends Unary {
  of(a: v128): v128 {
    return math.expm1(a);
  }
}

@unmanaged
export class LogF extends Unary {
  of(a: v128): v128 {
    return math.log(a);
  }
}

@unmanaged
export class Log1pF extends Unary {
  of(a: v128): v128 {
    return math.log1p(a);
  }
}

@unmanaged
export class SinF extends Unary {
  of(a: v128): v128 {
    return math.sin(a);
  }
}

@unmanaged
export class CosF extends Unary {
  of(a: v128): v128 {
    return math.cos(a);
  }
}

@unmanaged
export class TanF extends Unary {
  of(a: v128): v128 {
    return math.tan(a);
  }
}

@unmanaged
export class TanhF extends Unary {
  of(a: v128): v128 {
    return math.tanh(a);
  }
}

@unmanaged
export class SigmoidF extends Unary {
  of(a: v128): v128 {
    return math.sigmoid(a);
  }
}

@unmanaged
export class ErfF extends Unary {
  of(a: v128): v128 {
    return math.erf(a);
  }
}

@unmanaged
export class SoftplusF extends Unary {
  of(a: v128): v128 {
    return math.softplus(a);
  }
}

@unmanaged
export class PowF extends Binary {
  of(a: v128, b: v128): v128 {
    return math.pow(a, b);
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

/** The quotient rounded down, as in Python. In float64 no quotient of float32 is rounded up to an integer. */
@unmanaged
export class FloorDivF extends FloatBinary {
  of(a: f32, b: f32): f32 {
    return <f32>floor<f64>(<f64>a / <f64>b);
  }
}

@unmanaged
export class ErfinvF extends FloatUnary {
  of(a: f32): f32 {
    return <f32>erfinv(a);
  }
}

/** e^(−x²)·Σ (2x²)^k / (1·3·5···(2k + 1)), all terms positive: accurate to float64 for |x| < 5. */
function erf64(x: f64): f64 {
  let term = x;
  let sum = x;
  for (let k = 1; abs(term) > 1e-17 * abs(sum); k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return sum * 1.1283791670955126 * Math.exp(-x * x);
}

/** Winitzki's approximation (2008), good to 2e-3, and three steps of Newton's method. */
function erfinv(y: f64): f64 {
  if (!(abs(y) < 1)) return abs(y) == 1 ? y * Infinity : NaN;
  if (y == 0) return y;
  const logarithm = Math.log1p(-y * y);
  const a = 4.330746750799873 + 0.5 * logarithm; // 2 / (0.147·π)
  let x = Math.sqrt(Math.sqrt(a * a - logarithm * 6.802721088435375) - a);
  if (y < 0) x = -x;
  for (let i = 0; i < 3; i++) x -= (erf64(x) - y) / (1.1283791670955126 * Math.exp(-x * x));
  return x;
}
