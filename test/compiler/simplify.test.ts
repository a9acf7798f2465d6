import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { foldConstants } from '../../src/compiler/fold.js';
import { compileFunction } from '../../src/compiler/function.js';
import { nodesOf } from '../../src/compiler/graph.js';
import { simplify } from '../../src/compiler/simplify.js';
import { constant } from '../../src/graph/apply.js';
import { parameter } from '../../src/graph/leaves.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { relu } from '../../src/ops/activations.js';
import { ones, zeros } from '../../src/ops/creation.js';
import { add, divide, exp, multiply, sqrt, stopGradient, subtract } from '../../src/ops/elementwise.js';
import { reshape, transpose } from '../../src/ops/movement.js';
import { maxPool } from '../../src/ops/pool.js';
import { sum } from '../../src/ops/reduce.js';
import { maxError } from '../support/kernel.js';
import { randomTensor } from '../support/op.js';

/** Names of the ops left of `fn` of a [2, 3] parameter. */
function simplified(fn: (x: Tensor) => Tensor): string[] {
  const x = parameter({ shape: [2, 3], dtype: 'float32' });
  const graph = foldConstants(simplify({ parameters: [x], outputs: [fn(x)], updates: [] }));
  return nodesOf(simplify(graph)).map(node => node.op.name);
}

describe('simplification', () => {
  test.each<[string, (x: Tensor) => Tensor, string[]]>([
    ['computes common subexpressions once', x => add(exp(x), exp(x)), ['exp', 'add']],
    ['keeps what differs in a constant', x => add(multiply(x, 2), multiply(x, 3)), ['multiply', 'multiply', 'add']],
    ['drops neutral elements', x => divide(multiply(add(subtract(x, 0), zeros([2, 3])), 1), 1), []],
    ['keeps a broadcast that a neutral element makes', x => add(sum(x), zeros([2, 3])), ['sum', 'broadcastTo']],
    ['reads broadcast scalars directly', x => multiply(exp(x), ones([2, 3])), ['exp']],
    ['joins reshapes and drops those that change nothing', x => exp(reshape(reshape(x, [6]), [2, 3])), ['exp']],
    ['undoes double transposes', x => exp(transpose(transpose(x))), ['exp']],
    ['forgets stopGradient', x => exp(stopGradient(x)), ['exp']],
    ['computes constants now', x => multiply(x, sqrt(add(constant(3), 1))), ['multiply']],
    ['sums over axes of one element by a reshape', x => sum(reshape(x, [2, 1, 3]), 1), []],
  ])('%s', (_, fn, names) => {
    const x = parameter({ shape: [2, 3], dtype: 'float32' });
    expect(simplified(fn).filter(name => name !== 'reshape')).toEqual(names);
    // And the value stays what it was.
    const data = Float32Array.from([0.5, -1, 2, 3, -0.25, 1]);
    const f = compileFunction([x], ([p]) => [fn(p!)]);
    f.inputs[0]!.write(data);
    f.run();
    const direct = fn(
      constant([
        [0.5, -1, 2],
        [3, -0.25, 1],
      ]),
    );
    expect(maxError(f.outputs[0]!.read(), direct.data())).toBe(0);
  });

  test('the gradient of relu in front of max pooling is taken at the size of the pooled image', () => {
    const image = randomTensor([2, 6, 6, 3], 3);
    const gradientOf = (x: Tensor) =>
      gradients([maxPool(relu(x), 2, 2, 'valid')], [x], [randomTensor([2, 3, 3, 3], 4)])[0]!;
    const x = parameter(image);
    const nodes = nodesOf(simplify({ parameters: [x], outputs: [gradientOf(x)], updates: [] }));
    const masks = nodes.filter(({ op }) => op.name === 'reluGrad');
    expect(masks.map(({ outputs: [mask] }) => mask!.shape)).toEqual([[2, 3, 3, 3]]);
    // Step by step, with overlapping windows: the gradient of the pooling alone, then what relu lets through.
    const cotangent = randomTensor([2, 3, 3, 3], 4);
    const positive = constant(relu(image).data(), 'float32', image.shape);
    const [pooled] = gradients([maxPool(positive, 3, 2, 'same')], [positive], [cotangent]);
    const expected = pooled!.data().map((value, i) => (image.data()[i]! > 0 ? value : 0));
    const [together] = gradients([maxPool(relu(image), 3, 2, 'same')], [image], [cotangent]);
    expect(maxError(together!.data(), expected)).toBe(0);
  });

  test('a parameter is no constant, even where its value is known', () => {
    const x = constant(2);
    const graph = foldConstants({ parameters: [x], outputs: [add(x, 1)], updates: [] });
    expect(nodesOf(simplify(graph)).map(node => node.op.name)).toEqual(['add']);
  });
});
