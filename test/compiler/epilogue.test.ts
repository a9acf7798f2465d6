import { describe, expect, test } from 'vitest';
import { fuseEpilogues } from '../../src/compiler/epilogue.js';
import { compileFunction } from '../../src/compiler/function.js';
import { nodesOf } from '../../src/compiler/graph.js';
import { parameter } from '../../src/graph/leaves.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { relu } from '../../src/ops/activations.js';
import { add, exp, multiply } from '../../src/ops/elementwise.js';
import { matmul } from '../../src/ops/matmul.js';
import { reshape } from '../../src/ops/movement.js';
import { maxError, randomFloats } from '../support/kernel.js';

const specs = [[4, 6], [6, 5], [5], [4, 5]].map(shape => ({ shape, dtype: 'float32' as const }));
type Build = (x: Tensor, w: Tensor, b: Tensor, full: Tensor) => Tensor[];

describe('epilogues', () => {
  test.each<[string, Build, string]>([
    ['a bias and an activation', (x, w, b) => [relu(add(matmul(x, w), b))], 'matmul/3/relu'],
    ['a bias on the left', (x, w, b) => [add(b, matmul(x, w))], 'matmul/3/linear'],
    ['an activation alone', (x, w) => [relu(matmul(x, w))], 'matmul/2/relu'],
    ['through a reshape', (x, w, b) => [relu(add(reshape(matmul(x, w), [2, 2, 5]), b))], 'matmul/3/relu'],
    ['not an activation that the kernels lack', (x, w, b) => [exp(add(matmul(x, w), b))], 'matmul/3/linear exp'],
    ['not a bias behind an activation', (x, w, b) => [add(relu(matmul(x, w)), b)], 'matmul/2/relu add'],
    [
      'not what else is needed',
      (x, w, b) => {
        const y = matmul(x, w);
        return [relu(add(y, b)), exp(y)];
      },
      'matmul/2/linear exp add relu',
    ],
    ['not a whole matrix', (x, w, _, full) => [add(matmul(x, w), full)], 'matmul/2/linear add'],
    [
      'two products with one bias',
      (x, w, b) => [multiply(relu(add(matmul(x, w), b)), add(matmul(x, multiply(w, 2)), b))],
      'multiply matmul/3/relu matmul/3/linear multiply',
    ],
  ])('take %s', (name, build, expected) => {
    const parameters = specs.map(parameter);
    const [x, w, b, full] = parameters as [Tensor, Tensor, Tensor, Tensor];
    const graph = fuseEpilogues({ parameters, outputs: build(x, w, b, full), updates: [] });
    const names = nodesOf(graph)
      .filter(node => node.op.name !== 'reshape')
      .map(({ op, inputs, attrs }) => (op.epilogue ? `${op.name}/${inputs.length}/${attrs['activation']}` : op.name));
    expect(names.sort()).toEqual(expected.split(' ').sort());

    const data = specs.map(({ shape }, i) =>
      randomFloats(
        shape.reduce((a, c) => a * c, 1),
        i + 1,
      ),
    );
    const f = compileFunction(specs, inputs => build(...(inputs as [Tensor, Tensor, Tensor, Tensor])));
    f.inputs.forEach((slot, i) => slot.write(data[i]!));
    f.run();
    const at = (i: number, j: number) => data[i]![j]!;
    const product = Float32Array.from({ length: 20 }, (_, r) => {
      let sum = 0;
      for (let k = 0; k < 6; k++) sum += at(0, Math.floor(r / 5) * 6 + k) * at(1, k * 5 + (r % 5));
      return sum;
    });
    const bias = (r: number) => at(2, r % 5);
    const reference: Record<string, (r: number) => number> = {
      'a bias and an activation': r => Math.max(product[r]! + bias(r), 0),
      'a bias on the left': r => product[r]! + bias(r),
      'an activation alone': r => Math.max(product[r]!, 0),
      'through a reshape': r => Math.max(product[r]! + bias(r), 0),
      'not an activation that the kernels lack': r => Math.exp(product[r]! + bias(r)),
      'not a bias behind an activation': r => Math.max(product[r]!, 0) + bias(r),
      'not what else is needed': r => Math.max(product[r]! + bias(r), 0),
      'not a whole matrix': r => product[r]! + at(3, r),
      'two products with one bias': r => Math.max(product[r]! + bias(r), 0) * (2 * product[r]! + bias(r)),
    };
    expect(
      maxError(
        f.outputs[0]!.read(),
        Float32Array.from(product, (_, r) => reference[name]!(r)),
      ),
    ).toBeLessThan(1e-6);
  });
});
