// Evaluation of lazy tensors: what `tensor.data()` runs. Programs are cached by the structure of the graph, so doing the
// same computation on other values compiles nothing.

import type { TypedArray } from '../dtype.js';
import { attrsKey } from '../graph/op.js';
import { setEvaluator, settleAll, type Tensor } from '../graph/tensor.js';
import type { BaseVariable } from '../graph/variable.js';
import { engine } from '../runtime/engine.js';
import { compile } from './compile.js';
import { nodesOf } from './graph.js';
import type { Program } from './program.js';
import { variableOf } from './schedule.js';

/** Programs kept; the least recently used one is dropped. */
const CACHE_SIZE = 256;
const cache = new Map<string, Program>();
/** Programs that read variables, by the first of these: they are kept no longer than it is. */
const cachesOfVariables = new WeakMap<BaseVariable, Map<string, Program>>();

/** The data of tensors, computed in one program. */
export function evaluate(tensors: readonly Tensor[]): TypedArray[] {
  settleAll(tensors);
  return tensors.map(tensor => tensor.value!);
}

/** Computes tensors without a value. */
function compute(pending: readonly Tensor[]): TypedArray[] {
  const { key, parameters, variable } = describe(pending);
  const program = cached(cacheOf(variable), key, () =>
    compile({ parameters, outputs: pending, updates: [] }, { fold: false }),
  );
  program.prepare();
  program.parameters.forEach((slot, i) => {
    slot.write(parameters[i]!.value!);
  });
  program.run();
  return program.outputs.map(slot => slot.read());
}

function cacheOf(variable: BaseVariable | undefined): Map<string, Program> {
  if (!variable) return cache;
  const programs = cachesOfVariables.get(variable) ?? new Map<string, Program>();
  cachesOfVariables.set(variable, programs);
  return programs;
}

function cached(cache: Map<string, Program>, key: string, make: () => Program): Program {
  let program = cache.get(key);
  if (program && program.threads < engine().threads) {
    program.dispose();
    program = undefined;
  }
  cache.delete(key);
  program ??= make();
  cache.set(key, program);
  if (cache.size > CACHE_SIZE) {
    const [oldest, dropped] = cache.entries().next().value!;
    cache.delete(oldest);
    dropped.dispose();
  }
  return program;
}

/**
 * The structure of a graph as text, its first variable, and its constants: those of more than one element become
 * parameters, so the key does not depend on their values; scalars are part of it, so that the compiler can fold them.
 */
function describe(outputs: readonly Tensor[]): {
  readonly key: string;
  readonly parameters: readonly Tensor[];
  readonly variable: BaseVariable | undefined;
} {
  const parameters: Tensor[] = [];
  let variable: BaseVariable | undefined;
  const names = new Map<Tensor, string>();
  const lines: string[] = [];
  const nameOf = (tensor: Tensor): string => {
    let name = names.get(tensor);
    if (name === undefined) {
      variable ??= variableOf(tensor);
      name = leafName(tensor, parameters);
      names.set(tensor, name);
    }
    return name;
  };
  for (const node of nodesOf({ parameters: [], outputs, updates: [] })) {
    const inputs = node.inputs.map(nameOf).join();
    const line = `${node.op.name}${attrsKey(node.attrs)}(${inputs})`;
    for (const [i, output] of node.outputs.entries()) names.set(output, `${lines.length}.${i}`);
    lines.push(line);
  }
  return { key: `${lines.join(';')}=>${outputs.map(nameOf).join()}`, parameters, variable };
}

function leafName(tensor: Tensor, parameters: Tensor[]): string {
  const variable: BaseVariable | undefined = variableOf(tensor);
  if (variable) return `v${variable.id}`;
  const { value, dtype, shape } = tensor;
  if (!value)
    throw new Error(
      'This tensor is a parameter of a trace: it stands for data that come later, and has no value now. Use ops on it, or ' +
        'return it from the traced function. To see values in the code of a model, console.log them and compile it with runEagerly: true.',
    );
  if (value.length === 1) return `${dtype}[${shape}]=${Object.is(value[0], -0) ? '-0' : value[0]}`;
  parameters.push(tensor);
  return `p${parameters.length}:${dtype}[${shape}]`;
}

setEvaluator(compute);
