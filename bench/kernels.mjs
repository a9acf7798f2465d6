// Times the instructions of single ops: bundles the library's internals straight from src/, so that no build of dist/ is
// needed, lowers an op for an engine of a given build and number of threads, and runs that alone.

import { build } from 'esbuild';

const source = `
  export { Engine } from './src/runtime/engine.ts';
  export { encodeProgram } from './src/runtime/encode.ts';
  export { bestBuild } from './src/runtime/load.ts';
  export { conv } from './src/ops/conv.ts';
  export { convFilterGradOp, convInputGradOp, convOp } from './src/ops/convolution.ts';
  export { matmulOp } from './src/ops/matmul.ts';
  export { depthwiseConv } from './src/ops/depthwise.ts';
  export { batchNormalizationTraining, layerNormalization } from './src/ops/normalization.ts';
  export { averagePool, maxPool } from './src/ops/pool.ts';
  export { gradients } from './src/autodiff.ts';
  export { fromTypedArray } from './src/graph/apply.ts';
  export { chainOp } from './src/ops/chain.ts';
  export { MicroOp } from './src/runtime/kernels.generated.ts';
`;
const outfile = new URL('../build/bench.mjs', import.meta.url).pathname;
await build({
  stdin: { contents: source, resolveDir: new URL('..', import.meta.url).pathname, loader: 'ts' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  conditions: ['node'],
  packages: 'external',
  outfile,
});
const internals = await import(outfile);

export const {
  bestBuild,
  chainOp,
  conv,
  convFilterGradOp,
  convInputGradOp,
  convOp,
  fromTypedArray,
  matmulOp,
  MicroOp,
} = internals;
export const { averagePool, batchNormalizationTraining, depthwiseConv, gradients, layerNormalization, maxPool } =
  internals;

/** An engine with all its threads ready. */
export async function startEngine(buildName, threads) {
  const engine = new internals.Engine({ build: buildName, threads });
  await engine.ready();
  return engine;
}

/** Median seconds that an op takes on random inputs of the given shapes, within about `budget` seconds. */
export function timeOp(engine, op, shapes, attrs, budget = 0.2) {
  const blocks = [];
  const place = shape => {
    const size = shape.reduce((a, b) => a * b, 1);
    const offset = engine.heap.allocate(4 * Math.max(size, 1));
    blocks.push(offset);
    for (let i = 0; i < size; i++) engine.f32[offset / 4 + i] = Math.random() - 0.5;
    return {
      shape,
      size,
      dtype: 'float32',
      buffer: { bytes: 4 * size, space: 'fixed', offset },
      byteOffset: 0,
    };
  };
  const inputs = shapes.map(place);
  const outputs = op.infer(inputs, attrs).map(({ shape }) => place(shape));
  const instructions = [];
  const emitter = {
    threads: engine.threads,
    call: (kernel, args, work, tail) =>
      instructions.push({
        kernel,
        args,
        tail,
        work: engine.threads > 1 && (work === true || work >= 16384) ? Number(work) : 0,
      }),
    workspace: bytes => place([bytes / 4]),
    derived(_, bytes, fill) {
      const to = emitter.workspace(bytes);
      fill(emitter, to);
      return to;
    },
  };
  op.emit(emitter, { inputs, outputs, attrs });
  const seconds = time(engine, instructions, budget);
  for (const block of blocks) engine.heap.free(block);
  return seconds;
}

/** The same for the op that makes a tensor, on inputs shaped like its own. */
export function timeTensor(engine, { node: { op, inputs, attrs } }, budget) {
  return timeOp(
    engine,
    op,
    inputs.map(({ shape }) => shape),
    attrs,
    budget,
  );
}

function time(engine, instructions, budget) {
  const { words, work } = internals.encodeProgram(instructions, engine.core.kernels);
  const program = engine.heap.allocate(words.byteLength);
  engine.i32.set(words, program / 4);
  const samples = [];
  let repeats = 1;
  // One thread is timed by the processor's clock, so that other work on the machine counts less.
  const now = () => (engine.threads > 1 ? 1e3 * performance.now() : process.cpuUsage().user);
  const end = now() + 1e6 * budget;
  while (samples.length === 0 || now() < end) {
    const start = now();
    for (let i = 0; i < repeats; i++) engine.run(program, work);
    const seconds = (now() - start) / 1e6;
    if (seconds < 0.002) repeats *= 2;
    else samples.push(seconds / repeats);
  }
  engine.heap.free(program);
  return samples.sort((a, b) => a - b)[samples.length >> 1];
}

/** A table row: a label, then numbers with one decimal. */
export function row(label, numbers) {
  return `${label.padEnd(34)}${numbers.map(x => x.toFixed(1).padStart(8)).join('')}`;
}
