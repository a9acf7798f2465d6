// Reverse-mode differentiation, from graph to graph: each op's VJP builds the nodes that carry cotangents backwards.

import { ShapeError, ValueError } from './errors.js';
import { apply, asTensor, identityOp, type TensorConvertible, type TensorLike } from './graph/apply.js';
import type { Node, Tensor } from './graph/tensor.js';
import { onesLike, zerosLike } from './ops/creation.js';
import { add } from './ops/elementwise.js';
import { formatShape, sameShape } from './shape.js';

/**
 * Gradients of the sum of `outputs` (each times its cotangent, default ones) with respect to each tensor or variable of
 * `wrt`: `optimizer.apply(gradients([loss], model.trainableVariables), model.trainableVariables)`.
 * undefined where an output does not depend on it differentiably. The gradients are graph again: they can be differentiated.
 * @throws ValueError for an output whose data somebody has asked for: it is a constant since then.
 */
export function gradients(
  outputs: readonly Tensor[],
  wrt: readonly (Tensor | TensorConvertible)[],
  cotangents: readonly (TensorLike | undefined)[] = [],
): (Tensor | undefined)[] {
  const tensors = wrt.map(each => asTensor(each));
  const order = nodesBetween(outputs, tensors);
  const inside = new Set<Node>(order);
  const sources = new Set<Tensor>(tensors);
  const carries = (tensor: Tensor) => sources.has(tensor) || (tensor.node !== null && inside.has(tensor.node));
  const cotangentOf = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, cotangent: Tensor) => {
    const sum = cotangentOf.get(tensor);
    cotangentOf.set(tensor, sum ? add(sum, cotangent) : cotangent);
  };
  outputs.forEach((output, i) => {
    if (output.computed && !sources.has(output)) {
      throw new ValueError(
        `gradients: output ${i} has been computed already and has let go of how it came about. ` +
          'Take gradients before asking for its data, or differentiate a function: grad(fn).',
      );
    }
    if (output.dtype !== 'float32' || !carries(output)) return;
    const given = cotangents[i];
    const cotangent = given === undefined ? onesLike(output) : asTensor(given, 'float32');
    if (!sameShape(cotangent.shape, output.shape)) {
      throw new ShapeError(
        `gradients: expected a cotangent of shape ${formatShape(output.shape)} for output ${i}. Received ${formatShape(cotangent.shape)}.`,
      );
    }
    accumulate(output, cotangent);
  });
  for (const node of order.reverse()) {
    const { op, inputs, outputs: results } = node;
    if (op.vjp === 'none' || !results.some(result => cotangentOf.has(result))) continue;
    const dy = results.map(result => cotangentOf.get(result) ?? zerosLike(result));
    op.vjp(node, dy).forEach((cotangent, i) => {
      const input = inputs[i]!;
      if (!cotangent || input.dtype !== 'float32' || !carries(input)) return;
      if (!sameShape(cotangent.shape, input.shape)) {
        throw new ShapeError(
          `gradient of ${op.name}: input ${i} has shape ${formatShape(input.shape)}, its cotangent ${formatShape(cotangent.shape)}.`,
        );
      }
      accumulate(input, cotangent);
    });
  }
  return tensors.map(tensor => cotangentOf.get(tensor));
}

/** The function that computes the gradient of a scalar-valued `fn` with respect to its first argument. */
export function grad(fn: (...args: Tensor[]) => Tensor): (...args: TensorLike[]) => Tensor {
  const both = valueAndGrad(fn);
  return (...args) => both(...args)[1];
}

/** The same, with the value: [fn(...args), d fn / d args[0]]. @throws ShapeError if fn's result is not a scalar. */
export function valueAndGrad(fn: (...args: Tensor[]) => Tensor): (...args: TensorLike[]) => [Tensor, Tensor] {
  return (...args) => {
    if (args.length === 0)
      throw new ValueError('grad: expected at least one argument to differentiate with respect to.');
    // A view of its own, so that a tensor passed twice is differentiated in its first place only.
    const tensors = args.map((arg, i) => (i === 0 ? apply(identityOp, [asTensor(arg)], {}) : asTensor(arg)));
    const value = fn(...tensors);
    if (value.size !== 1) {
      throw new ShapeError(
        `grad: expected a function with a scalar result. Received a result of shape ${formatShape(value.shape)}; reduce it, e.g. with sum.`,
      );
    }
    const [gradient] = gradients([value], [tensors[0]!]);
    return [value, gradient ?? zerosLike(tensors[0]!)];
  };
}

/** The nodes on the way from `wrt` to `outputs`, inputs first. */
function nodesBetween(outputs: readonly Tensor[], wrt: readonly Tensor[]): Node[] {
  const sources = new Set<Tensor>(wrt);
  const reaches = new Map<Node, boolean>();
  const stack = outputs.flatMap(output => (output.node ? [output.node] : []));
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const pending = node.inputs.filter(input => input.node && !reaches.has(input.node));
    if (!reaches.has(node) && pending.length > 0) {
      stack.push(...pending.map(input => input.node!));
      continue;
    }
    stack.pop();
    if (reaches.has(node)) continue;
    reaches.set(
      node,
      node.inputs.some(input => sources.has(input) || (input.node !== null && reaches.get(input.node)!)),
    );
  }
  return [...reaches]
    .filter(([, reached]) => reached)
    .map(([node]) => node)
    .sort((a, b) => a.id - b.id);
}
