// The functions that treat every element alike, broadcasting by NumPy's rule. One line defines one: its name, the
// micro-operation for each dtype, and its gradient.
//
// A plain number takes the dtype of the tensor it meets, unless that is an integer and the number is not. Otherwise
// operands meet in the smallest dtype that holds both, bool < int32 < float32; arithmetic makes integers of bools.

import { type DType, promote } from '../dtype.js';
import { apply, asTensor, constant, type TensorLike } from '../graph/apply.js';
import { type Attrs, defineOp, type OpDef } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { MicroOp } from '../runtime/kernels.generated.js';
import { broadcastShapes } from '../shape.js';
import { sumTo } from './broadcast.js';
import { emitChain } from './chain.js';

/** The micro-operation for operands of each dtype. */
type Codes = Readonly<Partial<Record<DType, MicroOp>>>;
/** Cotangents of the operands from that of the result `y`. They are summed to the operands' shapes afterwards. */
type Gradient = (dy: Tensor, y: Tensor, ...operands: Tensor[]) => (Tensor | undefined)[];

/** An op of operands that all have one dtype (`where` has a bool in front). `result`: its dtype, if another. */
function elementwiseOp(
  name: string,
  arity: number,
  codes: Codes,
  gradient: Gradient | 'none',
  result?: DType,
): OpDef<Attrs> {
  return defineOp({
    name,
    infer: inputs => [
      { shape: broadcastShapes(...inputs.map(({ shape }) => shape)), dtype: result ?? inputs.at(-1)!.dtype },
    ],
    vjp:
      gradient === 'none'
        ? 'none'
        : ({ inputs, outputs: [y] }, [dy]) => {
            if (y!.dtype !== 'float32') return inputs.map(() => undefined);
            return gradient(dy!, y!, ...inputs).map((dx, i) => dx && sumTo(dx, inputs[i]!.shape));
          },
    emit(k, { inputs, outputs }) {
      const step = { code: codes[inputs.at(-1)!.dtype]!, operands: inputs.map((_, i) => i) };
      emitChain(k, { steps: [step], results: [inputs.length] }, inputs, outputs);
    },
    inPlace: Array.from({ length: arity }, (_, input) => [0, input] as const),
    elementwise: codes,
  });
}

/** A function of one operand, which is cast to the first dtype of `codes` if there is none for its own. */
export function unary(
  name: string,
  codes: Codes,
  gradient: ((dy: Tensor, y: Tensor, x: Tensor) => Tensor) | 'none',
  result?: DType,
) {
  const op = elementwiseOp(
    name,
    1,
    codes,
    gradient === 'none' ? gradient : (dy, y, x) => [gradient(dy, y, x!)],
    result,
  );
  const fallback = Object.keys(codes)[0] as DType;
  return (x: TensorLike): Tensor => {
    const tensor = asTensor(x);
    return apply(op, [codes[tensor.dtype] === undefined ? cast(tensor, fallback) : tensor], {});
  };
}

/** A function of two operands, which are cast to a common dtype that `codes` has. */
export function binary(name: string, codes: Codes, gradient: Gradient | 'none', result?: DType) {
  const op = elementwiseOp(name, 2, codes, gradient, result);
  return (x1: TensorLike, x2: TensorLike): Tensor => apply(op, together([x1, x2], codes), {});
}

/** The operands in the smallest common dtype among those of `codes`. */
function together(operands: readonly TensorLike[], codes: Codes): Tensor[] {
  const values = operands.map(x => (typeof x === 'number' ? x : asTensor(x)));
  const strong = values.flatMap(x => (typeof x === 'number' ? [] : [x.dtype]));
  const integers = strong.length > 0 && values.every(x => typeof x !== 'number' || Number.isInteger(x));
  let dtype = promote(
    ...strong,
    ...(strong.length === values.length ? [] : ([integers ? 'int32' : 'float32'] as const)),
  );
  if (dtype === 'bool' && codes.bool === undefined) dtype = 'int32';
  if (codes[dtype] === undefined) dtype = Object.keys(codes)[0] as DType;
  return values.map(x => (typeof x === 'number' ? constant(x, dtype) : cast(x, dtype)));
}

// Casts and choices

const castOps: Readonly<Record<DType, OpDef<Attrs>>> = {
  float32: elementwiseOp('castToFloat', 1, { int32: MicroOp.intToFloat, bool: MicroOp.intToFloat }, 'none', 'float32'),
  int32: elementwiseOp('castToInt', 1, { float32: MicroOp.floatToInt, bool: MicroOp.copyX }, 'none', 'int32'),
  bool: elementwiseOp('castToBool', 1, { float32: MicroOp.nonZeroFB, int32: MicroOp.nonZeroIB }, 'none', 'bool'),
};

/** x in another dtype. Floats lose their fraction and saturate on the way to int32; anything but 0 is true. */
export function cast(x: TensorLike, dtype: DType): Tensor {
  const tensor = asTensor(x, dtype);
  return tensor.dtype === dtype ? tensor : apply(castOps[dtype], [tensor], {});
}

// dx1 = dy where the condition holds, dx2 = dy elsewhere
const whereOp = elementwiseOp(
  'where',
  3,
  { float32: MicroOp.whereX, int32: MicroOp.whereX, bool: MicroOp.whereX },
  (dy, _, condition) => [undefined, where(condition!, dy, 0), where(condition!, 0, dy)],
);

/** x1 where the condition holds, else x2. */
export function where(condition: TensorLike, x1: TensorLike, x2: TensorLike): Tensor {
  return apply(whereOp, [cast(condition, 'bool'), ...together([x1, x2], whereOp.elementwise!)], {});
}

const stopGradientOp = defineOp({
  name: 'stopGradient',
  infer: ([x]) => [x!],
  vjp: () => [undefined],
  emit: () => {},
  view: true,
});

/** x, as a constant for gradients. */
export function stopGradient(x: TensorLike): Tensor {
  return apply(stopGradientOp, [asTensor(x)], {});
}

// Arithmetic

const { addI, subI, mulI, floorDivI, modI, powI, maxI, minI } = MicroOp;

/** x1 + x2. */
export const add = binary('add', { float32: MicroOp.addF, int32: addI }, dy => [dy, dy]);
/** x1 − x2. */
export const subtract = binary('subtract', { float32: MicroOp.subF, int32: subI }, dy => [dy, negative(dy)]);
/** x1 · x2. */
export const multiply = binary('multiply', { float32: MicroOp.mulF, int32: mulI }, (dy, _, a, b) => [
  multiply(dy, b!),
  multiply(dy, a!),
]);
/** x1 / x2, float32 for integers too. */
export const divide = binary('divide', { float32: MicroOp.divF }, (dy, y, _, b) => {
  const da = divide(dy, b!);
  return [da, negative(multiply(da, y))]; // db = −dy·a/b²
});
/** x1 / x2 rounded down; an integer divided by 0 gives 0. No gradient. */
export const floorDivide = binary('floorDivide', { float32: MicroOp.floorDivF, int32: floorDivI }, () => [
  undefined,
  undefined,
]);
/** x1 − x2·⌊x1 / x2⌋: the remainder, with the sign of x2; an integer modulo 0 gives 0. */
export const mod = binary('mod', { float32: MicroOp.modF, int32: modI }, (dy, _, a, b) => [
  dy,
  negative(multiply(dy, floorDivide(a!, b!))),
]);
/** The larger of two. Where they are equal, the first gets the gradient. */
export const maximum = binary('maximum', { float32: MicroOp.maxF, int32: maxI, bool: MicroOp.orI }, (dy, _, a, b) => {
  const first = greaterEqual(a!, b!);
  return [where(first, dy, 0), where(first, 0, dy)];
});
/** The smaller of two. Where they are equal, the first gets the gradient. */
export const minimum = binary('minimum', { float32: MicroOp.minF, int32: minI, bool: MicroOp.andI }, (dy, _, a, b) => {
  const first = lessEqual(a!, b!);
  return [where(first, dy, 0), where(first, 0, dy)];
});

// da = dy·b·a^(b−1); db = dy·y·log a, where a > 0
const powerOf = binary('power', { float32: MicroOp.powF, int32: powI }, (dy, y, a, b) => {
  const positive = greater(a!, 0);
  return [
    multiply(dy, multiply(b!, power(a!, subtract(b!, 1)))),
    multiply(dy, where(positive, multiply(y, log(where(positive, a!, 1))), 0)),
  ];
});

/** x1 to the power of x2. Integers stay integers; what a negative power leaves of them is 0, except for ±1. */
export function power(x1: TensorLike, x2: TensorLike): Tensor {
  if (typeof x2 !== 'number') return powerOf(x1, x2);
  const x = asTensor(x1);
  if (x2 === 1 && x.dtype !== 'bool') return x;
  if (x2 === 2) return square(x);
  if (x.dtype === 'float32') {
    if (x2 === 0.5) return sqrt(x);
    if (x2 === -1) return reciprocal(x);
    if (x2 === -0.5) return rsqrt(x);
    if (x2 === 3) return multiply(square(x), x);
  }
  return powerOf(x, x2);
}

/** The angle of the point (x2, x1), in (−π, π]. */
export const atan2 = binary('atan2', { float32: MicroOp.atan2F }, (dy, _, a, b) => {
  const scaled = divide(dy, add(square(a!), square(b!)));
  return [multiply(scaled, b!), negative(multiply(scaled, a!))]; // da = dy·b / (a² + b²), db = −dy·a / (a² + b²)
});

/** −x. */
export const negative = unary('negative', { float32: MicroOp.negF, int32: MicroOp.negI }, dy => negative(dy));
/** |x|. */
export const abs = unary('abs', { float32: MicroOp.absF, int32: MicroOp.absI, bool: MicroOp.copyX }, (dy, _, x) =>
  multiply(dy, sign(x)),
);
/** −1, 0 or 1. */
export const sign = unary('sign', { float32: MicroOp.signF, int32: MicroOp.signI }, 'none');
/** 1/x. dx = −dy·y². */
export const reciprocal = unary('reciprocal', { float32: MicroOp.reciprocalF }, (dy, y) =>
  negative(multiply(dy, square(y))),
);

const squareFloat = unary('square', { float32: MicroOp.squareF }, (dy, _, x) => multiply(dy, multiply(x, 2)));

/** x². */
export function square(x: TensorLike): Tensor {
  const tensor = asTensor(x);
  return tensor.dtype === 'float32' ? squareFloat(tensor) : multiply(tensor, tensor);
}

/** √x. dx = dy / (2y). */
export const sqrt = unary('sqrt', { float32: MicroOp.sqrtF }, (dy, y) => divide(multiply(dy, 0.5), y));
/** 1/√x. dx = −dy·y³/2. */
export const rsqrt = unary('rsqrt', { float32: MicroOp.rsqrtF }, (dy, y) =>
  multiply(multiply(dy, -0.5), multiply(square(y), y)),
);

/** x, but at least xMin and at most xMax. */
export function clip(x: TensorLike, xMin: TensorLike, xMax: TensorLike): Tensor {
  return minimum(maximum(x, xMin), xMax);
}

// Rounding: constant almost everywhere, so without gradient

/** ⌊x⌋ as float32. */
export const floor = unary('floor', { float32: MicroOp.floorF }, 'none');
/** ⌈x⌉ as float32. */
export const ceil = unary('ceil', { float32: MicroOp.ceilF }, 'none');
/** The nearest integer; halves go to the even one. */
export const round = unary('round', { float32: MicroOp.roundF, int32: MicroOp.copyX }, 'none');
/** The integer next to x towards 0. */
export const trunc = unary('trunc', { float32: MicroOp.truncF, int32: MicroOp.copyX, bool: MicroOp.copyX }, 'none');

// Exponentials and logarithms

/** e^x. */
export const exp = unary('exp', { float32: MicroOp.expF }, (dy, y) => multiply(dy, y));
/** e^x − 1, exact near 0. dx = dy·(y + 1). */
export const expm1 = unary('expm1', { float32: MicroOp.expm1F }, (dy, y) => multiply(dy, add(y, 1)));
/** The natural logarithm. */
export const log = unary('log', { float32: MicroOp.logF }, (dy, _, x) => divide(dy, x));
/** log(1 + x), exact near 0. */
export const log1p = unary('log1p', { float32: MicroOp.log1pF }, (dy, _, x) => divide(dy, add(x, 1)));

// Circular and hyperbolic functions, angles in radians

/** sin x. */
export const sin = unary('sin', { float32: MicroOp.sinF }, (dy, _, x) => multiply(dy, cos(x)));
/** cos x. */
export const cos = unary('cos', { float32: MicroOp.cosF }, (dy, _, x) => negative(multiply(dy, sin(x))));
/** tan x. dx = dy·(1 + y²). */
export const tan = unary('tan', { float32: MicroOp.tanF }, (dy, y) => multiply(dy, add(square(y), 1)));
/** The angle in [−π/2, π/2] whose sine is x. dx = dy / √(1 − x²). */
export const asin = unary('asin', { float32: MicroOp.asinF }, (dy, _, x) =>
  multiply(dy, rsqrt(subtract(1, square(x)))),
);
/** The angle in [0, π] whose cosine is x. dx = −dy / √(1 − x²). */
export const acos = unary('acos', { float32: MicroOp.acosF }, (dy, _, x) =>
  negative(multiply(dy, rsqrt(subtract(1, square(x))))),
);
/** The angle in (−π/2, π/2) whose tangent is x. dx = dy / (1 + x²). */
export const atan = unary('atan', { float32: MicroOp.atanF }, (dy, _, x) => divide(dy, add(square(x), 1)));
/** sinh x. */
export const sinh = unary('sinh', { float32: MicroOp.sinhF }, (dy, _, x) => multiply(dy, cosh(x)));
/** cosh x. */
export const cosh = unary('cosh', { float32: MicroOp.coshF }, (dy, _, x) => multiply(dy, sinh(x)));
/** The inverse of sinh. dx = dy / √(x² + 1). */
export const asinh = unary('asinh', { float32: MicroOp.asinhF }, (dy, _, x) => multiply(dy, rsqrt(add(square(x), 1))));
/** The inverse of cosh. dx = dy / √(x² − 1). */
export const acosh = unary('acosh', { float32: MicroOp.acoshF }, (dy, _, x) =>
  multiply(dy, rsqrt(subtract(square(x), 1))),
);
/** The inverse of tanh. dx = dy / (1 − x²). */
export const atanh = unary('atanh', { float32: MicroOp.atanhF }, (dy, _, x) => divide(dy, subtract(1, square(x))));

/** tanh x. */
export const tanh = unary('tanh', { float32: MicroOp.tanhF }, (dy, y) => tanhGrad(dy, y));
/** dy·(1 − y²): the gradient of y = tanh x. */
export const tanhGrad = binary('tanhGrad', { float32: MicroOp.tanhGradF }, (g, _, dy, y) => [
  tanhGrad(g, y!),
  multiply(multiply(g, dy!), multiply(y!, -2)),
]);
/** 1 / (1 + e^−x). */
export const sigmoid = unary('sigmoid', { float32: MicroOp.sigmoidF }, (dy, y) => sigmoidGrad(dy, y));
/** dy·y·(1 − y): the gradient of y = sigmoid x. */
export const sigmoidGrad = binary('sigmoidGrad', { float32: MicroOp.sigmoidGradF }, (g, _, dy, y) => [
  sigmoidGrad(g, y!),
  multiply(multiply(g, dy!), subtract(1, multiply(y!, 2))),
]);

/** The error function 2/√π · ∫₀ˣ e^(−t²) dt. */
export const erf = unary('erf', { float32: MicroOp.erfF }, (dy, _, x) =>
  multiply(dy, multiply(exp(negative(square(x))), 2 / Math.sqrt(Math.PI))),
);
/** The inverse of the error function. dx = dy · √π/2 · e^(y²). */
export const erfinv = unary('erfinv', { float32: MicroOp.erfinvF }, (dy, y) =>
  multiply(dy, multiply(exp(square(y)), Math.sqrt(Math.PI) / 2)),
);

// Comparisons and logic: bool

const compare = (name: string, float32: MicroOp, int32: MicroOp) =>
  binary(name, { float32, int32, bool: int32 }, 'none', 'bool');
const truth = (x: TensorLike) => cast(x, 'bool');

/** x1 = x2. */
export const equal = compare('equal', MicroOp.equalFB, MicroOp.equalIB);
/** x1 ≠ x2. */
export const notEqual = compare('notEqual', MicroOp.notEqualFB, MicroOp.notEqualIB);
/** x1 < x2. */
export const less = compare('less', MicroOp.lessFB, MicroOp.lessIB);
/** x1 ≤ x2. */
export const lessEqual = compare('lessEqual', MicroOp.lessEqualFB, MicroOp.lessEqualIB);
/** x1 > x2. */
export const greater = (x1: TensorLike, x2: TensorLike): Tensor => less(x2, x1);
/** x1 ≥ x2. */
export const greaterEqual = (x1: TensorLike, x2: TensorLike): Tensor => lessEqual(x2, x1);

/** Whether x is not a number. */
export const isnan = unary('isnan', { float32: MicroOp.isnanFB }, 'none', 'bool');
/** Whether x is infinite. */
export const isinf = unary('isinf', { float32: MicroOp.isinfFB }, 'none', 'bool');
/** Whether x is neither infinite nor NaN. */
export const isfinite = unary('isfinite', { float32: MicroOp.isfiniteFB }, 'none', 'bool');

const bits = (name: string, code: MicroOp) => binary(name, { int32: code, bool: code }, 'none');
/** Bits that both have. */
export const bitwiseAnd = bits('bitwiseAnd', MicroOp.andI);
/** Bits that one of them has. */
export const bitwiseOr = bits('bitwiseOr', MicroOp.orI);
/** Bits that just one of them has. */
export const bitwiseXor = bits('bitwiseXor', MicroOp.xorI);
/** Bits that x has not. */
export const bitwiseNot = unary('bitwiseNot', { int32: MicroOp.notI }, 'none');
/** x1·2^x2. */
export const leftShift = binary('leftShift', { int32: MicroOp.shiftLeftI }, 'none');
/** ⌊x1 / 2^x2⌋. */
export const rightShift = binary('rightShift', { int32: MicroOp.shiftRightI }, 'none');

/** Both true (not 0). */
export const logicalAnd = (x1: TensorLike, x2: TensorLike): Tensor => bitwiseAnd(truth(x1), truth(x2));
/** At least one true. */
export const logicalOr = (x1: TensorLike, x2: TensorLike): Tensor => bitwiseOr(truth(x1), truth(x2));
/** Just one true. */
export const logicalXor = (x1: TensorLike, x2: TensorLike): Tensor => bitwiseXor(truth(x1), truth(x2));
/** x is false (0). */
export const logicalNot = (x: TensorLike): Tensor => equal(x, constant(0, asTensor(x).dtype));
