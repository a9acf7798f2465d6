// The K backend: functions from symbolic inputs to symbolic outputs, compiled once for each combination of input shapes.

import { type CompiledFunction, compileFunction } from '../compiler/function.js';
import { ShapeError, ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import { Tensor } from '../graph/tensor.js';
import { defaultTraining, withCall } from '../layers/context.js';
import { KerasTensor } from '../layers/kerasTensor.js';
import { LayerGraph } from '../models/graph.js';
import { castTo } from '../ops/convert.js';
import { Variable } from '../ops/variable.js';
import { formatShape } from '../shape.js';
import { flatten, isDict, pack, type Structure } from '../structure.js';
import { capture } from './capture.js';
import { phasePlaceholder } from './phase.js';
import type { Update } from './variables.js';

type Output = KerasTensor | Tensor | Variable;

/** Tensors in the structure of the outputs. */
type Computed<O> = O extends Output
  ? Tensor
  : O extends readonly (infer Item)[]
    ? Computed<Item>[]
    : { [K in keyof O]: Computed<O[K]> };
type GivenUpdate = Update | readonly [Variable, KerasTensor | TensorLike];

export interface FunctionOptions {
  /** New values of variables, set by each call: [variable, value], or what K.update and its kin return. */
  readonly updates?: readonly GivenUpdate[];
  readonly name?: string;
}

/** What computes one output: its place among the symbolic ones, or a tensor that depends on variables at most. */
type Recipe = { readonly symbolic: KerasTensor } | { readonly tensor: Tensor };

function recipeOf(output: KerasTensor | Tensor | Variable | TensorLike): Recipe {
  if (output instanceof KerasTensor) return { symbolic: output };
  return { tensor: capture([asTensor(output as TensorLike)])[0]! };
}

/**
 * A function that computes `outputs` from values for `inputs` (placeholders, or inputs and outputs of layers), and then
 * performs `updates`. It takes tensors or arrays in the structure of the inputs (a list as a rule) and returns tensors in that
 * of the outputs.
 * Layers train where `K.learningPhase()` is among the inputs and fed a 1.
 * @throws ValueError if an output depends on a placeholder that is not among the inputs.
 */
function kerasFunction<O extends Structure<Output>>(
  inputs: Structure<KerasTensor>,
  outputs: O,
  options: FunctionOptions | readonly GivenUpdate[] = {},
): (values?: Structure<TensorLike>) => Computed<O> {
  const given = flatten(inputs);
  const { updates = [], name = 'K.function' } = Array.isArray(options)
    ? { updates: options as readonly GivenUpdate[] }
    : (options as FunctionOptions);
  const stranger = given.find(input => !(input instanceof KerasTensor)) as unknown;
  if (stranger !== undefined) {
    throw new ValueError(
      `${name}: inputs must be placeholders, or inputs and outputs of layers. Received: ${String(stranger)}.`,
    );
  }
  const changes = updates.map(each => {
    if (!('variable' in each)) return { variable: each[0], recipe: recipeOf(each[1]) };
    each.defer();
    return {
      variable: each.variable,
      recipe: each.value instanceof KerasTensor ? recipeOf(each.value) : { tensor: each.value },
    };
  });
  const results = flatten<Output>(outputs).map(recipeOf);
  const all = [...results, ...changes.map(change => change.recipe)];
  const symbolic = all.flatMap(recipe => ('symbolic' in recipe ? [recipe.symbolic] : []));
  const phase = phasePlaceholder();
  const phaseAt = given.indexOf(phase);
  const data = given.filter(input => input !== phase);
  const graph = symbolic.length > 0 ? new LayerGraph([...data, phase], symbolic) : null;
  const compiled = new Map<string, CompiledFunction>();

  const build = (tensors: readonly Tensor[], training: boolean | undefined) =>
    compileFunction(tensors, parameters =>
      withCall(
        kerasFunction,
        training,
        () => {},
        () => {
          const feed = [...parameters, asTensor(Number(training ?? false), 'int32')];
          const computed = graph
            ? flatten(
                graph.run<Tensor>(feed, (layer, args, kwargs) => layer.invoke(...args, kwargs) as Structure<Tensor>),
              )
            : [];
          let next = 0;
          const values = all.map(recipe => ('symbolic' in recipe ? computed[next++]! : recipe.tensor));
          changes.forEach(({ variable }, i) =>
            variable.assign(castTo(values[results.length + i]!, variable.dtypeName)),
          );
          return values.slice(0, results.length);
        },
      ),
    );

  return (values = []) => {
    const list = valuesFor(inputs, values, name);
    const training = phaseAt < 0 ? defaultTraining() : Boolean(asTensor(list[phaseAt]!).item());
    const tensors = list.filter((_, i) => i !== phaseAt).map((value, i) => feedable(value, data[i]!, name));
    const key = `${training}:${tensors.map(({ shape }) => `[${shape}]`).join()}`;
    let program = compiled.get(key);
    if (!program) compiled.set(key, (program = build(tensors, training)));
    const arrays = tensors.map(tensor => tensor.data());
    program.inputs.forEach((slot, i) => slot.write(arrays[i]!));
    program.run();
    return pack(outputs, program.results()) as Computed<O>;
  };
}

export { kerasFunction as function };

/** The values in the order of the inputs. A list of one is taken for a single input, and a single value for a list of one. */
function valuesFor(inputs: Structure<KerasTensor>, values: Structure<TensorLike>, name: string): TensorLike[] {
  if (inputs instanceof KerasTensor) {
    const isList = Array.isArray(values) && values.length === 1 && rankOf(values) > inputs.rank;
    return [(isList ? values[0] : values) as TensorLike];
  }
  if (Array.isArray(inputs)) {
    const list = (Array.isArray(values) ? values : [values]) as readonly Structure<TensorLike>[];
    if (list.length !== inputs.length) {
      throw new ValueError(`${name}: expected ${inputs.length} input(s), as a list. Received ${list.length}.`);
    }
    return inputs.flatMap((input, i) => valuesFor(input as Structure<KerasTensor>, list[i]!, name));
  }
  const keys = Object.keys(inputs).sort();
  if (!isDict(values) || keys.some(key => !(key in values))) {
    throw new ValueError(
      `${name}: expected an object with the inputs ${keys.join(', ')}. Received: ${String(values)}.`,
    );
  }
  return keys.flatMap(key =>
    valuesFor((inputs as { [key: string]: Structure<KerasTensor> })[key]!, values[key] as TensorLike, name),
  );
}

function rankOf(value: unknown): number {
  if (Array.isArray(value)) return 1 + rankOf(value[0]);
  return value instanceof Tensor || value instanceof Variable ? value.shape.length : 0;
}

/** The value as a tensor that an input takes. @throws ShapeError if the shapes do not fit. */
function feedable(value: TensorLike, input: KerasTensor, name: string): Tensor {
  const tensor = value instanceof Variable ? value.value : asTensor(value, input.dtype);
  const fits =
    tensor.rank === input.rank && input.shape.every((dim, axis) => dim === null || dim === tensor.shape[axis]);
  if (!fits) {
    throw new ShapeError(
      `${name}: expected a value of shape ${formatShape(input.shape)} for input "${input.name}". Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  return castTo(tensor, input.dtypeName);
}
