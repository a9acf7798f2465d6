// kerasm with the same tasks as the peers (peers.mjs). Bundled from src/ because single ops are not public.

import { build } from 'esbuild';
import { application } from './networks.mjs';
import { median } from './timing.mjs';

/** Loads the library; KERASM_BUILD and KERASM_THREADS in the environment choose what runs. */
export async function kerasm() {
  const k = await load();
  await k.ready();
  const float = shape => ({ shape, dtype: 'float32' });
  const random = size => Float32Array.from({ length: size }, () => Math.random() - 0.5);
  /** Median seconds of the program of `fn` on random inputs. Outputs stay in WebAssembly memory, as in a training step. */
  const timed = async (shapes, fn, budget) => {
    const compiled = k.compileFunction(shapes.map(float), fn);
    for (const slot of compiled.inputs) slot.write(random(slot.size));
    const seconds = await median(() => compiled.run(), budget);
    compiled.dispose();
    return seconds;
  };
  const gradient = which => (f, inputs) => k.gradients([f(inputs)], [inputs[which]]);
  return {
    k,
    name: `kerasm ${k.engine().build}`,
    timed,
    matmul: ([m, n, p], [transposeA, transposeB] = [false, false], budget) =>
      timed(
        [transposeA ? [p, m] : [m, p], transposeB ? [n, p] : [p, n]],
        ([a, b]) => [k.matmul(a, b, { transposeA, transposeB })],
        budget,
      ),
    conv2d: ({ batch, size, inC, outC, kernel, strides = 1 }, budget, wrt) => {
      const f = ([x, w]) => k.conv(x, w, { strides, padding: 'same' });
      const shapes = [
        [batch, size, size, inC],
        [kernel, kernel, inC, outC],
      ];
      return timed(shapes, inputs => (wrt === undefined ? [f(inputs)] : gradient(wrt)(f, inputs)), budget);
    },
    depthwise: ({ batch, size, channels, kernel }, budget, wrt) => {
      const f = ([x, w]) => k.depthwiseConv(x, w, { padding: 'same' });
      const shapes = [
        [batch, size, size, channels],
        [kernel, kernel, channels, 1],
      ];
      return timed(shapes, inputs => (wrt === undefined ? [f(inputs)] : gradient(wrt)(f, inputs)), budget);
    },
    maxPool: ({ batch, size, channels, pool }, budget) =>
      timed([[batch, size, size, channels]], ([x]) => [k.maxPool(x, pool, pool, 'valid')], budget),
    unary: (op, n, budget) => timed([[n]], ([x]) => [k[op](x)], budget),
    binary: (op, n, budget) => timed([[n], [n]], ([x, y]) => [k[op](x, y)], budget),
    lstm: ({ batch, steps, features, units }, budget, backward = false) => {
      const shapes = [[batch, steps, features], [features, 4 * units], [units, 4 * units], [4 * units]];
      const f = ([x, kernel, recurrentKernel, bias]) => k.lstm(x, { kernel, recurrentKernel, bias }).sequence;
      return timed(shapes, inputs => (backward ? k.gradients([f(inputs)], inputs) : [f(inputs)]), budget);
    },
    /** Seconds of a prediction for one image, copied in and out. */
    network: (name, size, budget) => {
      const model = application(k, name);
      const x = new k.NDArray(random(3 * size ** 2), [1, size, size, 3]);
      return median(() => model.predictOnBatch(x), budget);
    },
    /** Seconds of a whole training step, batch copied in and loss read included. */
    mlpStep: async ({ sizes, batch }, budget) => {
      const model = k.Sequential([k.Input({ shape: [sizes[0]] })]);
      sizes.slice(1).forEach((units, i) => {
        model.add(k.layers.Dense(units, { activation: i === sizes.length - 2 ? 'softmax' : 'relu' }));
      });
      model.compile({ optimizer: 'adam', loss: 'categorical_crossentropy' });
      return step(k, model, { inputs: [[batch, sizes[0]]], targets: [[batch, sizes.at(-1)]] }, budget);
    },
  };
}

/**
 * Median seconds of `trainOnBatch` of a compiled model on random data. `inputs` and `targets`: shapes; `tokens`: how many
 * there are where the first input is a text. Targets of several columns are classes.
 */
export async function step(k, model, { inputs, targets, tokens }, budget) {
  const array = (shape, at) =>
    new k.NDArray(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => at(i)),
      shape,
    );
  const x = inputs.map((shape, i) =>
    array(shape, tokens && i === 0 ? () => Math.floor(Math.random() * tokens) : () => Math.random() - 0.5),
  );
  const y = targets.map(shape => array(shape, i => Number(i % shape[1] === Math.floor(i / shape[1]) % shape[1])));
  const single = list => (list.length === 1 ? list[0] : list);
  return median(() => model.trainOnBatch(single(x), single(y)), budget);
}

async function load() {
  const root = new URL('..', import.meta.url).pathname;
  const source = `
    export * from './src/index.ts';
    export { gradients } from './src/autodiff.ts';
    export { compileFunction } from './src/compiler/function.ts';
    export { Program } from './src/compiler/program.ts';
    export { engine } from './src/runtime/engine.ts';
    export { add, exp, multiply, sigmoid, tanh } from './src/ops/elementwise.ts';
    export { conv } from './src/ops/conv.ts';
    export { depthwiseConv } from './src/ops/depthwise.ts';
    export { matmul } from './src/ops/matmul.ts';
    export { maxPool } from './src/ops/pool.ts';
    export { lstm } from './src/ops/recurrent.ts';
  `;
  const outfile = `${root}build/bench.mjs`;
  await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['node'],
    outfile,
  });
  return import(outfile);
}
