// The K backend: gradients as symbolic tensors. Their node of the layer graph reads the loss and the tensors to
// differentiate by; when the graph is run, it finds the ops between them and differentiates those.

import { gradients as differentiate } from '../autodiff.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { KerasTensor, type Node } from '../layers/kerasTensor.js';
import { Operation } from '../layers/operation.js';
import { named } from '../named.js';
import { castTo } from '../ops/convert.js';
import { zerosLike } from '../ops/creation.js';
import { Variable } from '../ops/variable.js';
import type { Structure } from '../structure.js';
import { isFloatDtype } from './dtypes.js';

type Source = KerasTensor | Tensor | Variable;

class Gradients extends Operation {
  constructor() {
    super({ name: 'gradients', className: 'Gradients', fn: () => [], tensors: [], settings: [] }, {});
  }

  override callOnTensors(inputs: Structure<Tensor>): Tensor[] {
    const [losses, sources] = inputs as unknown as readonly [readonly Tensor[], readonly (Tensor | Variable)[]];
    const wrt = sources.map(source => (source instanceof Variable ? source.value : source));
    return differentiate(losses, wrt).map((gradient, i) => alike(gradient ?? zerosLike(wrt[i]!), wrt[i]!));
  }

  override computeOutputSpec(inputs: Structure<KerasTensor>): KerasTensor[] {
    const [, sources] = inputs as unknown as readonly [unknown, readonly Source[]];
    return sources.map(
      ({ shape, dtypeName }) => new KerasTensor(shape, isFloatDtype(dtypeName) ? dtypeName : 'float32'),
    );
  }
}

/**
 * The gradients of `loss` (of the sum of its elements, of the sum of several) with respect to placeholders, inputs and
 * outputs of layers, and variables: one each, null where a symbolic tensor has no part in the loss.
 * They are symbolic if the loss is: `K.function([model.input], [loss, ...K.gradients(loss, model.input)])`.
 */
export const gradients = named('gradients', gradientsOf, 'loss', 'variables');

function gradientsOf(
  loss: KerasTensor | TensorLike | readonly KerasTensor[],
  variables: Structure<Source>,
): (KerasTensor | Tensor | null)[] {
  const losses = (Array.isArray(loss) ? loss : [loss]) as readonly (KerasTensor | TensorLike)[];
  const sources = (Array.isArray(variables) ? variables : [variables]) as readonly Source[];
  if (!losses.some(each => each instanceof KerasTensor)) {
    const wrt = sources.map(source => asTensor(source as TensorLike));
    return differentiate(
      losses.map(each => asTensor(each as TensorLike)),
      wrt,
    ).map((gradient, i) => (gradient ? alike(gradient, wrt[i]!) : null));
  }
  const behind = ancestors(losses.filter(each => each instanceof KerasTensor));
  const reached = sources.filter(source => !(source instanceof KerasTensor) || behind.has(source));
  const found = reached.length > 0 ? (new Gradients().invoke(losses, reached) as KerasTensor[]) : [];
  return sources.map(source => found[reached.indexOf(source)] ?? null);
}

/** A gradient in the precision of what it is a gradient by. */
function alike(gradient: Tensor, source: Tensor): Tensor {
  return source.dtype === 'float32' ? castTo(gradient, source.dtypeName) : gradient;
}

/** The tensors and all that they are computed from. */
function ancestors(tensors: readonly KerasTensor[]): Set<KerasTensor> {
  const found = new Set<KerasTensor>();
  const stack = [...tensors];
  for (let tensor = stack.pop(); tensor; tensor = stack.pop()) {
    if (found.has(tensor)) continue;
    found.add(tensor);
    const { history } = tensor;
    const node: Node | undefined = history?.layer.inboundNodes[history.nodeIndex];
    if (node) stack.push(...node.inputTensors);
  }
  return found;
}
