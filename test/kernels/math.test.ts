import { describe, expect, test } from 'vitest';
import { MicroOp } from '../../src/runtime/kernels.generated.js';
import { runChain } from '../support/chain.js';
import { builds, engineFor } from '../support/kernel.js';

/** Largest allowed error in units in the last place, the exact function, and where to sweep it densely. */
interface Bound {
  readonly code: MicroOp;
  readonly ulps: number;
  readonly exact: (x: number) => number;
  readonly points?: number;
  readonly ranges: readonly (readonly [low: number, high: number])[];
}

const everywhere = [
  [-104, 89],
  [-1, 1],
  [-1e-3, 1e-3],
] as const;
const bounds: Record<string, Bound> = {
  exp: { code: MicroOp.expF, ulps: 1.1, exact: Math.exp, ranges: everywhere },
  expm1: { code: MicroOp.expm1F, ulps: 2, exact: Math.expm1, ranges: everywhere },
  log: {
    code: MicroOp.logF,
    ulps: 1,
    exact: Math.log,
    ranges: [
      [1e-3, 3],
      [0.5, 1.5],
      [0, 1e30],
      [1e-45, 1e-37],
    ],
  },
  log1p: {
    code: MicroOp.log1pF,
    ulps: 2,
    exact: Math.log1p,
    ranges: [
      [-0.9999, 3],
      [-1e-3, 1e-3],
      [0, 1e30],
    ],
  },
  tanh: {
    code: MicroOp.tanhF,
    ulps: 3,
    exact: Math.tanh,
    ranges: [
      [-10, 10],
      [-1, 1],
      [-1e-3, 1e-3],
    ],
  },
  sigmoid: { code: MicroOp.sigmoidF, ulps: 3, exact: x => 1 / (1 + Math.exp(-x)), ranges: everywhere },
  softplus: {
    code: MicroOp.softplusF,
    ulps: 3,
    exact: x => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    ranges: everywhere,
  },
  erf: {
    code: MicroOp.erfF,
    ulps: 2,
    exact: erf,
    ranges: [
      [-5, 5],
      [-1, 1],
      [0.9, 0.95],
      [-1e-3, 1e-3],
    ],
  },
  sin: {
    code: MicroOp.sinF,
    ulps: 2,
    exact: Math.sin,
    ranges: [
      [-10, 10],
      [-1e6, 1e6],
      [-1e-3, 1e-3],
      [1e20, 1e30],
    ],
  },
  cos: {
    code: MicroOp.cosF,
    ulps: 2,
    exact: Math.cos,
    ranges: [
      [-10, 10],
      [-1e6, 1e6],
      [1e20, 1e30],
    ],
  },
  tan: {
    code: MicroOp.tanF,
    ulps: 4,
    exact: Math.tan,
    ranges: [
      [-10, 10],
      [-1e6, 1e6],
      [-1e-3, 1e-3],
    ],
  },
  asin: {
    code: MicroOp.asinF,
    ulps: 2,
    exact: Math.asin,
    ranges: [
      [-1, 1],
      [-1e-3, 1e-3],
    ],
  },
  acos: {
    code: MicroOp.acosF,
    ulps: 2,
    exact: Math.acos,
    ranges: [
      [-1, 1],
      [-1e-3, 1e-3],
    ],
  },
  atan: {
    code: MicroOp.atanF,
    ulps: 2,
    exact: Math.atan,
    ranges: [
      [-10, 10],
      [-1e6, 1e6],
      [-1e-3, 1e-3],
    ],
  },
  sinh: {
    code: MicroOp.sinhF,
    ulps: 2,
    exact: Math.sinh,
    ranges: [
      [-89, 89],
      [-1, 1],
      [-1e-3, 1e-3],
    ],
  },
  cosh: {
    code: MicroOp.coshF,
    ulps: 2,
    exact: Math.cosh,
    ranges: [
      [-89, 89],
      [-1, 1],
    ],
  },
  asinh: {
    code: MicroOp.asinhF,
    ulps: 4,
    exact: Math.asinh,
    ranges: [
      [-1e6, 1e6],
      [-3, 3],
      [-1e-3, 1e-3],
    ],
  },
  acosh: {
    code: MicroOp.acoshF,
    ulps: 4,
    exact: Math.acosh,
    ranges: [
      [1, 3],
      [1, 1e6],
    ],
  },
  atanh: {
    code: MicroOp.atanhF,
    ulps: 4,
    exact: Math.atanh,
    ranges: [
      [-1, 1],
      [-1e-3, 1e-3],
    ],
  },
  erfinv: {
    code: MicroOp.erfinvF,
    ulps: 1,
    exact: erfinv,
    points: 2003,
    ranges: [
      [-0.999, 0.999],
      [0.9999, 0.9999999],
      [-1e-3, 1e-3],
    ],
  },
};

const POINTS = 100_003;

describe.each(builds)('vector math, %s build', build => {
  test.each(Object.entries(bounds))(
    '%s stays within its error bound',
    async (name, { code, ulps, exact, ranges, points = POINTS }) => {
      const engine = await engineFor(build, 1);
      for (const [low, high] of ranges) {
        const x = Float32Array.from({ length: points }, (_, i) => low + ((high - low) * i) / (points - 1));
        const y = new Float32Array(points);
        runChain(engine, code, [x], y);
        let worst = 0;
        let where = 0;
        for (let i = 0; i < points; i++) {
          const error = ulpError(y[i]!, exact(x[i]!));
          if (error <= worst) continue;
          worst = error;
          where = x[i]!;
        }
        expect(worst, `${name}(${where}) on [${low}, ${high}]`).toBeLessThanOrEqual(ulps);
      }
    },
  );

  test('pow stays within 1 ULP over bases and exponents', async () => {
    const engine = await engineFor(build, 1);
    const x = Float32Array.from({ length: POINTS }, (_, i) => 2 ** (((i * 7919) % 2003) / 100 - 10));
    const y = Float32Array.from({ length: POINTS }, (_, i) => ((i * 104729) % 1999) / 100 - 10);
    const z = new Float32Array(POINTS);
    runChain(engine, MicroOp.powF, [x, y], z);
    const worst = z.reduce((max, value, i) => Math.max(max, ulpError(value, x[i]! ** y[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(1);
  });

  test('special values come out as in float64', async () => {
    const engine = await engineFor(build, 1);
    const special = [
      0,
      -0,
      1,
      -1,
      Infinity,
      -Infinity,
      NaN,
      1e-45,
      -1e-45,
      1e-39,
      3.4e38,
      -3.4e38,
      88.72,
      88.73,
      -87.4,
      -103.2,
      -104.5,
    ];
    const x = Float32Array.from(special);
    for (const [name, { code, ulps, exact }] of Object.entries(bounds)) {
      const y = new Float32Array(x.length);
      runChain(engine, code, [x], y);
      x.forEach((value, i) => {
        expect(
          ulpError(y[i]!, exact(value)),
          `${name}(${value}) = ${y[i]}, expected ${exact(value)}`,
        ).toBeLessThanOrEqual(ulps);
      });
    }
  });

  test('pow follows the rules for special values', async () => {
    const engine = await engineFor(build, 1);
    const values = [
      0,
      -0,
      1,
      -1,
      2,
      -2,
      3,
      -3,
      0.5,
      -0.5,
      1.5,
      Infinity,
      -Infinity,
      NaN,
      1e-45,
      3e38,
      16777217,
      126,
      151,
    ];
    const pairs = values.flatMap(a => values.map(b => [Math.fround(a), Math.fround(b)] as const));
    const x = Float32Array.from(pairs, ([a]) => a);
    const y = Float32Array.from(pairs, ([, b]) => b);
    const z = new Float32Array(x.length);
    runChain(engine, MicroOp.powF, [x, y], z);
    pairs.forEach(([a, b], i) => {
      // IEEE 754, unlike JavaScript, has 1 for powers of 1 even if they are NaN, and for (±1)^±∞.
      const exact = a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
      expect(ulpError(z[i]!, exact), `${a} ** ${b} = ${z[i]}, expected ${exact}`).toBeLessThanOrEqual(1);
    });
  });
});

/** |y − exact| in units in the last place of the float32 next to `exact`; Infinity where one is NaN or infinite. */
function ulpError(y: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(y, rounded) || (y === 0 && Object.is(y, rounded))) return 0;
  if (Number.isNaN(y) && Number.isNaN(rounded)) return 0;
  if (!Number.isFinite(y) || !Number.isFinite(rounded)) return y === rounded ? 0 : Infinity;
  if (y === 0 && rounded === 0) return Infinity; // the sign of 0
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(exact))), -126);
  return Math.abs(y - exact) / 2 ** (exponent - 23);
}

/** Series of positive terms, good to float64. */
function erf(x: number): number {
  if (Number.isNaN(x) || Math.abs(x) > 6) return Number.isNaN(x) ? x : Math.sign(x);
  let term = x;
  let sum = x;
  for (let k = 1; k < 200; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return ((sum * 2) / Math.sqrt(Math.PI)) * Math.exp(-x * x);
}

/** By bisection. */
function erfinv(y: number): number {
  if (!(Math.abs(y) < 1)) return Math.abs(y) === 1 ? y * Infinity : NaN;
  if (Math.abs(y) < 1e-7) return (y * Math.sqrt(Math.PI)) / 2;
  let low = -6;
  let high = 6;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (erf(middle) < y) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
