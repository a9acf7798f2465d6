// Batch normalization and layer normalization. Training has kernels of its own, forward and gradient; inference is
// made of element-wise ops, which the compiler fuses. The kernels' gradients are written with elementary ops.

import { epsilon as defaultEpsilon } from '../defaults.js';
import { ShapeError } from '../errors.js';
import { apply, applyAll, asTensor, type TensorLike } from '../graph/apply.js';
import type { OpDef } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, normalizeAxes, normalizeAxis, type Shape, sizeOf } from '../shape.js';
import { ones, zeros } from './creation.js';
import { add, cast, divide, multiply, negative, rsqrt, square, subtract } from './elementwise.js';
import { moveaxis, reshape } from './movement.js';
import { mean, sum } from './reduce.js';

type Epsilon = { readonly epsilon: number };

/** x [..., c], gamma, beta [c] -> y, mean, variance: y = (x - mean) · gamma / sqrt(variance + epsilon) + beta. */
const batchNormOp: OpDef<Epsilon> = {
  name: 'batchNorm',
  infer: ([x, gamma]) => [x!, gamma!, gamma!].map(({ shape }) => ({ shape, dtype: 'float32' })),
  vjp: ({ inputs: [x, gamma], outputs: [, m, v], attrs }, [dy, dm, dv]) => [
    ...applyAll(batchNormGradOp, [x!, gamma!, m!, v!, dy!, dm!, dv!], attrs),
  ],
  emit(k, { inputs: [x, gamma, beta], outputs: [y, m, v], attrs: { epsilon } }) {
    const c = gamma!.size;
    const arrays = { x: x!, gamma: gamma!, beta: beta!, y: y!, mean: m!, variance: v! };
    const workspace = k.workspace(4 * 2 * c * k.threads);
    k.call('batchNorm', { ...arrays, workspace, rows: x!.size / c, c, epsilon }, 6 * x!.size);
  },
  inPlace: [[0, 0]],
};

/**
 * x, gamma, mean, variance and the cotangents of y, mean and variance -> dx, dgamma, dbeta; formulas in
 * assembly/batchNorm.ts. Its own gradient follows from  Σ u·dx + Σ p·dgamma + Σ q·dbeta  with r = 1/sqrt(variance + ε),
 * z = (x - mean)·r and N rows, where a capital letter is a sum over the rows:
 *
 *   gamma·r·K + dmean·U1/N + 2·dvariance·U2/(r·N) + p·S2 + q·S1        K = Σ u·dy - (S1·U1 + S2·U2)/N
 *   S1 = Σ dy, S2 = Σ dy·z, U1 = Σ u, U2 = Σ u·z
 */
const batchNormGradOp: OpDef<Epsilon> = {
  name: 'batchNormGrad',
  infer: ([x, gamma]) => [x!, gamma!, gamma!].map(({ shape }) => ({ shape, dtype: 'float32' })),
  vjp({ inputs: [x, gamma, m, v, dy, , dvariance], attrs: { epsilon } }, [u, p, q]) {
    const axes = x!.shape.slice(0, -1).map((_, axis) => axis);
    const n = sizeOf(x!.shape.slice(0, -1));
    const rows = (tensor: Tensor) => sum(tensor, axes);
    const r = rsqrt(add(v!, epsilon));
    const z = multiply(subtract(x!, m!), r);
    const [s1, s2] = [rows(dy!), rows(multiply(dy!, z))];
    const [u1, u2] = [rows(u!), rows(multiply(u!, z))];
    const k = subtract(rows(multiply(u!, dy!)), divide(add(multiply(s1, u1), multiply(s2, u2)), n));
    const a = multiply(gamma!, r);
    const dvOverR = divide(multiply(dvariance!, 2 / n), r);
    // Derivatives by S2 and U2, through which z counts.
    const byS2 = subtract(p!, multiply(a, divide(u2, n)));
    const byU2 = subtract(dvOverR, multiply(a, divide(s2, n)));
    const byX = multiply(r, add(multiply(byS2, dy!), multiply(byU2, u!)));
    const byR = subtract(
      add(divide(add(multiply(byS2, s2), multiply(byU2, u2)), r), multiply(gamma!, k)),
      divide(multiply(dvOverR, u2), r),
    );
    return [
      byX,
      multiply(r, k),
      negative(multiply(r, add(multiply(byS2, s1), multiply(byU2, u1)))),
      multiply(multiply(byR, -0.5), multiply(r, square(r))),
      add(add(multiply(a, subtract(subtract(u!, divide(u1, n)), multiply(z, divide(u2, n)))), multiply(p!, z)), q!),
      divide(u1, n),
      divide(multiply(u2, 2 / n), r),
    ];
  },
  emit(k, { inputs: [x, gamma, m, v, dy, dm, dv], outputs: [dx, dgamma, dbeta], attrs: { epsilon } }) {
    const c = gamma!.size;
    const inputs = { x: x!, gamma: gamma!, mean: m!, variance: v!, dy: dy!, dmean: dm!, dvariance: dv! };
    const outputs = { dx: dx!, dgamma: dgamma!, dbeta: dbeta! };
    const workspace = k.workspace(4 * 3 * c * k.threads);
    k.call('batchNormGrad', { ...inputs, ...outputs, workspace, rows: x!.size / c, c, epsilon }, 8 * x!.size);
  },
  inPlace: [
    [0, 4],
    [0, 0],
  ],
};

/** x [..., c], gamma, beta [c] -> y: each row normalized by its own moments. */
const layerNormOp: OpDef<Epsilon> = {
  name: 'layerNorm',
  infer: ([x]) => [{ shape: x!.shape, dtype: 'float32' }],
  vjp: ({ inputs: [x, gamma], attrs }, [dy]) => [...applyAll(layerNormGradOp, [x!, gamma!, dy!], attrs)],
  emit(k, { inputs: [x, gamma, beta], outputs: [y], attrs: { epsilon } }) {
    const c = gamma!.size;
    k.call('layerNorm', { x: x!, gamma: gamma!, beta: beta!, y: y!, rows: x!.size / c, c, epsilon }, 8 * x!.size);
  },
  inPlace: [[0, 0]],
};

/**
 * x, gamma, dy -> dx, dgamma, dbeta. dx = J(w) with w = dy·gamma and the symmetric J(w) = r·(w - W1/N - z·W2/N), where
 * N columns are summed to W1 = Σ w, W2 = Σ w·z. Its own gradient follows from
 *
 *   Σ u·J(w) = Σ rows r·K,   K = Σ u·w - (U1·W1 + U2·W2)/N,   dz = J(dx),   dr = -r²·Σ z·dx / N
 */
const layerNormGradOp: OpDef<Epsilon> = {
  name: 'layerNormGrad',
  infer: ([x, gamma]) => [x!, gamma!, gamma!].map(({ shape }) => ({ shape, dtype: 'float32' })),
  vjp({ inputs: [x, gamma, dy], outputs: [jw], attrs }, [u, p, q]) {
    const n = gamma!.size;
    const columns = (tensor: Tensor) => sum(tensor, -1, true);
    const jacobian = (tensor: Tensor) => applyAll(layerNormGradOp, [x!, ones([n]), tensor], attrs)[0]!;
    const center = subtract(x!, mean(x!, -1, true));
    const r = rsqrt(add(mean(square(center), -1, true), attrs.epsilon));
    const z = multiply(center, r);
    const w = multiply(dy!, gamma!);
    const ju = jacobian(u!);
    const [u1, u2] = [columns(u!), columns(multiply(u!, z))];
    const [w1, w2] = [columns(w), columns(multiply(w, z))];
    const k = subtract(columns(multiply(u!, w)), divide(add(multiply(u1, w1), multiply(u2, w2)), n));
    const spread = add(add(multiply(ju, w2), multiply(jw!, u2)), multiply(multiply(k, r), z));
    return [
      subtract(jacobian(multiply(p!, dy!)), multiply(spread, divide(r, n))),
      sum(
        multiply(dy!, ju),
        x!.shape.slice(0, -1).map((_, axis) => axis),
      ),
      add(add(multiply(gamma!, ju), multiply(p!, z)), q!),
    ];
  },
  emit(k, { inputs: [x, gamma, dy], outputs: [dx, dgamma, dbeta], attrs: { epsilon } }) {
    const c = gamma!.size;
    const arrays = { x: x!, gamma: gamma!, dy: dy!, dx: dx!, dgamma: dgamma!, dbeta: dbeta! };
    const workspace = k.workspace(4 * 2 * c * k.threads);
    k.call('layerNormGrad', { ...arrays, workspace, rows: x!.size / c, c, epsilon }, 12 * x!.size);
  },
  inPlace: [
    [0, 2],
    [0, 0],
  ],
};

/**
 * Batch normalization with the moments of x itself, over all axes but `axis`.
 * @param gamma scale per channel, or null for 1.
 * @param beta offset per channel, or null for 0.
 * @returns y shaped like x, mean and biased variance per channel; all three can be differentiated.
 */
export function batchNormalizationTraining(
  x: TensorLike,
  gamma: TensorLike | null,
  beta: TensorLike | null,
  { axis = -1, epsilon = 1e-3 }: { readonly axis?: number; readonly epsilon?: number } = {},
): [y: Tensor, mean: Tensor, variance: Tensor] {
  const input = asTensor(x);
  const at = normalizeAxis(axis, input.rank);
  const shape = [input.shape[at]!];
  const scale = parameter('batchNormalizationTraining', 'gamma', gamma, shape) ?? ones(shape);
  const offset = parameter('batchNormalizationTraining', 'beta', beta, shape) ?? zeros(shape);
  const [y, m, v] = applyAll(batchNormOp, [moveaxis(input, at, -1), scale, offset], { epsilon });
  return [moveaxis(y!, -1, at), m!, v!];
}

/**
 * Batch normalization with given moments: y = (x - mean) · scale / sqrt(variance + epsilon) + offset, where mean, variance,
 * offset and scale have one element per channel of `axis`.
 */
export function batchNormalization(
  x: TensorLike,
  mean: TensorLike,
  variance: TensorLike,
  axis: number,
  offset: TensorLike | null = null,
  scale: TensorLike | null = null,
  epsilon = 1e-3,
): Tensor {
  const input = asTensor(x);
  const at = normalizeAxis(axis, input.rank);
  const channels = [input.shape[at]!];
  const along = (tensor: Tensor) =>
    reshape(
      tensor,
      input.shape.map((dim, i) => (i === at ? dim : 1)),
    );
  const given = (name: string, value: TensorLike | null) => parameter('batchNormalization', name, value, channels);
  const r = rsqrt(add(given('variance', variance)!, epsilon));
  const gamma = given('scale', scale);
  const factor = gamma ? multiply(r, gamma) : r;
  const shift = negative(multiply(given('mean', mean)!, factor));
  const beta = given('offset', offset);
  return add(multiply(input, along(factor)), along(beta ? add(shift, beta) : shift));
}

/**
 * Layer normalization: y = (x - mean) · gamma / sqrt(variance + epsilon) + beta, with the mean and biased variance of x over
 * the given axes. gamma and beta have the shape of these axes; null stands for 1 and 0.
 */
export function layerNormalization(
  x: TensorLike,
  gamma: TensorLike | null = null,
  beta: TensorLike | null = null,
  axis: number | readonly number[] = -1,
  epsilon: number = defaultEpsilon(),
): Tensor {
  const input = cast(x, 'float32');
  const axes = normalizeAxes(axis, input.rank);
  const shape = axes.map(i => input.shape[i]!);
  const c = sizeOf(shape);
  const scale = parameter('layerNormalization', 'gamma', gamma, shape) ?? ones([c]);
  const offset = parameter('layerNormalization', 'beta', beta, shape) ?? zeros([c]);
  const last = axes.map((_, i) => input.rank - axes.length + i);
  const moved = moveaxis(input, axes, last);
  const rows = reshape(moved, [moved.size / Math.max(c, 1), c]);
  const y = apply(layerNormOp, [rows, reshape(scale, [c]), reshape(offset, [c])], { epsilon });
  return moveaxis(reshape(y, moved.shape), last, axes);
}

/** Root mean square normalization: y = x · scale / sqrt(mean of x² over the axes + epsilon). */
export function rmsNormalization(
  x: TensorLike,
  scale: TensorLike | null = null,
  axis: number | readonly number[] = -1,
  epsilon: number = defaultEpsilon(),
): Tensor {
  const input = asTensor(x);
  const axes = normalizeAxes(axis, input.rank);
  const y = multiply(input, rsqrt(add(mean(square(input), axes, true), epsilon)));
  const gamma = parameter(
    'rmsNormalization',
    'scale',
    scale,
    axes.map(i => input.shape[i]!),
  );
  return gamma
    ? multiply(
        y,
        reshape(
          gamma,
          input.shape.map((dim, i) => (axes.includes(i) ? dim : 1)),
        ),
      )
    : y;
}

/** An optional parameter as a tensor. @throws ShapeError if it has another shape than the axes it belongs to. */
function parameter(op: string, name: string, value: TensorLike | null, shape: Shape): Tensor | undefined {
  if (value === null) return undefined;
  const tensor = asTensor(value, 'float32');
  if (tensor.size !== sizeOf(shape)) {
    throw new ShapeError(
      `${op}: expected ${name} to have shape ${formatShape(shape)}, one element per normalized position. ` +
        `Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  return reshape(tensor, shape);
}
