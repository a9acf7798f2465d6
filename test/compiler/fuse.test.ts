import { describe, expect, test } from 'vitest';
import { fuse } from '../../src/compiler/fuse.js';
import type { Graph } from '../../src/compiler/graph.js';
import { nodesOf } from '../../src/compiler/graph.js';
import { Program } from '../../src/compiler/program.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import { parameter } from '../../src/graph/leaves.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { relu } from '../../src/ops/activations.js';
import {
  add,
  cast,
  divide,
  equal,
  exp,
  greater,
  maximum,
  multiply,
  negative,
  subtract,
  tanh,
  where,
} from '../../src/ops/elementwise.js';
import { reshape, transpose } from '../../src/ops/movement.js';
import { sum } from '../../src/ops/reduce.js';
import { Variable } from '../../src/ops/variable.js';
import { maxError, randomFloats } from '../support/kernel.js';

const opsOf = (graph: Graph) => nodesOf(fuse(graph)).map(({ op }) => op.name);

/** The outputs of a graph run on random parameters. */
function outputsOf(graph: Graph, seed: number): Float64Array[] {
  const program = new Program(graph);
  program.prepare();
  for (const [i, slot] of program.parameters.entries()) slot.write(randomFloats(slot.size, seed + i));
  program.run();
  const outputs = program.outputs.map(slot => Float64Array.from(slot.read()));
  program.dispose();
  return outputs;
}

/** A random graph over [4, 6] tensors, broadcast rows, columns and scalars, with barriers that are not element-wise. */
function randomGraph(seed: number): Graph {
  const random = randomFloats(1000, seed);
  let next = 0;
  const below = (n: number) => Math.floor(((random[next++ % random.length]! + 1) / 2) * n);
  const parameters = [[4, 6], [4, 6], [6], [4, 1], []].map(shape => parameter({ shape, dtype: 'float32' }));
  const pool: Tensor[] = [...parameters, fromTypedArray(Float32Array.of(0.5), [])];
  const pick = () => pool[below(pool.length)]!;
  const makers: (() => Tensor)[] = [
    () => add(pick(), pick()),
    () => multiply(pick(), pick()),
    () => subtract(pick(), 0.25),
    () => maximum(pick(), pick()),
    () => tanh(pick()),
    () => relu(pick()),
    () => where(greater(pick(), pick()), pick(), negative(pick())),
    () => divide(pick(), add(multiply(tanh(pick()), 0.5), 2)),
    () => cast(cast(multiply(pick(), 3), 'int32'), 'float32'),
    () => exp(negative(multiply(pick(), 0.1))),
    () => sum(pick()),
    () => {
      const x = pick();
      return x.rank === 0 ? x : sum(x, -1, true);
    },
    () => {
      const x = pick();
      return tanh(reshape(transpose(x), x.shape));
    },
  ];
  for (let i = 0; i < 30; i++) {
    pool.push(makers[below(makers.length)]!());
  }
  const outputs = [pool.at(-1)!, pool.at(-2)!, ...[0, 1, 2].map(() => pool[6 + below(pool.length - 6)]!)];
  return { parameters, outputs: [...new Set(outputs)], updates: [] };
}

describe('fusion', () => {
  test('random graphs give the same with and without it', () => {
    let chains = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const graph = randomGraph(seed);
      const fused = fuse(graph);
      const expected = outputsOf(graph, seed);
      outputsOf(fused, seed).forEach((output, i) => {
        expect(maxError(output, expected[i]!), `graph ${seed}, output ${i}`).toBeLessThan(1e-5);
      });
      chains += nodesOf(fused).filter(({ op }) => op.name === 'chain').length;
    }
    expect(chains).toBeGreaterThan(150);
  });

  test('a run of element-wise ops becomes one node, its constants part of it', () => {
    const x = parameter({ shape: [3, 5], dtype: 'float32' });
    const bias = parameter({ shape: [5], dtype: 'float32' });
    const y = multiply(tanh(add(x, bias)), 2);
    const graph = { parameters: [x, bias], outputs: [y], updates: [] };
    expect(opsOf(graph)).toEqual(['chain']);
    expect(nodesOf(fuse(graph))[0]!.inputs).toEqual([x, bias]);
  });

  test('a product that only a sum needs is one step with it', () => {
    const [a, b, c] = [1, 2, 3].map(() => parameter({ shape: [50], dtype: 'float32' })) as [Tensor, Tensor, Tensor];
    const graph = { parameters: [a, b, c], outputs: [add(multiply(a, b), multiply(multiply(b, c), 2))], updates: [] };
    const steps = nodesOf(fuse(graph))[0]!.attrs.steps as readonly unknown[];
    expect(steps).toHaveLength(3);
    expect(maxError(outputsOf(fuse(graph), 4)[0]!, outputsOf(graph, 4)[0]!)).toBeLessThan(1e-6);
  });

  test('a value needed outside is one more output of the chain', () => {
    const x = parameter({ shape: [3, 5], dtype: 'float32' });
    const y = tanh(x);
    const graph = { parameters: [x], outputs: [multiply(y, y), y], updates: [] };
    expect(opsOf(graph)).toEqual(['chain']);
  });

  test('no chain around a node that is not element-wise and needs one of its values', () => {
    const x = parameter({ shape: [3, 5], dtype: 'float32' });
    const e = exp(x);
    const graph = { parameters: [x], outputs: [divide(e, sum(e, -1, true))], updates: [] };
    expect(opsOf(graph)).toEqual(['exp', 'sum', 'divide']);
  });

  test('an early node joins the late chain that alone needs it', () => {
    const x = parameter({ shape: [3, 5], dtype: 'float32' });
    const mask = equal(x, 0);
    const late = sum(exp(x), -1, true);
    const graph = { parameters: [x], outputs: [where(mask, x, late)], updates: [] };
    expect(opsOf(graph)).toEqual(['exp', 'sum', 'chain']);
  });

  test('ops of different shapes stay apart', () => {
    const x = parameter({ shape: [5], dtype: 'float32' });
    const y = parameter({ shape: [3, 5], dtype: 'float32' });
    const graph = { parameters: [x, y], outputs: [add(exp(x), y)], updates: [] };
    expect(opsOf(graph)).toEqual(['exp', 'add']);
  });

  test('long chains are cut, and many inputs and outputs too', () => {
    const x = parameter({ shape: [1000], dtype: 'float32' });
    let y: Tensor = x;
    for (let i = 0; i < 60; i++) y = tanh(add(y, i % 3));
    const many = Array.from({ length: 40 }, () => parameter({ shape: [1000], dtype: 'float32' }));
    const total = many.reduce<Tensor>((a, b) => multiply(add(a, b), 0.5), x);
    const outputs = [y, total, ...Array.from({ length: 20 }, (_, i) => add(x, i))];
    const graph = { parameters: [x, ...many], outputs, updates: [] };
    const expected = outputsOf(graph, 3);
    outputsOf(fuse(graph), 3).forEach((output, i) => {
      expect(maxError(output, expected[i]!)).toBeLessThan(1e-5);
    });
    expect(opsOf(graph).length).toBeLessThan(40);
  });

  test('variables are updated in place, however their old values are needed', () => {
    const shape = [2000];
    const weights = new Variable(fromTypedArray(randomFloats(2000, 1), shape));
    const momentum = new Variable(fromTypedArray(randomFloats(2000, 2), shape));
    const [w, m] = [weights.read(), momentum.read()];
    const gradient = parameter({ shape, dtype: 'float32' });
    const read = (variable: Variable) => variable.value;
    const newMomentum = add(multiply(read(momentum), 0.9), gradient);
    const newWeights = subtract(read(weights), multiply(add(newMomentum, read(momentum)), 0.1));
    const graph: Graph = {
      parameters: [gradient],
      outputs: [],
      updates: [
        [weights, newWeights],
        [momentum, newMomentum],
      ],
    };
    expect(opsOf(graph)).toEqual(['chain']);
    outputsOf(fuse(graph), 5);
    const g = randomFloats(2000, 5);
    const expectedMomentum = g.map((value, i) => m[i]! * 0.9 + value);
    expect(maxError(momentum.read(), expectedMomentum)).toBeLessThan(1e-6);
    expect(
      maxError(
        weights.read(),
        g.map((_, i) => w[i]! - 0.1 * (expectedMomentum[i]! + m[i]!)),
      ),
    ).toBeLessThan(1e-6);
  });
});
