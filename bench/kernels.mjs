// Runs single kernels from benchmarks: bundles the runtime straight from src/, so that no build of dist/ is needed.

import { build } from 'esbuild';

const source = `
  export { Engine } from './src/runtime/engine.ts';
  export { encodeProgram } from './src/runtime/encode.ts';
  export { bestBuild } from './src/runtime/load.ts';
`;
await build({
  stdin: { contents: source, resolveDir: new URL('..', import.meta.url).pathname, loader: 'ts' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  conditions: ['node'],
  outfile: new URL('../build/bench.mjs', import.meta.url).pathname,
});
const { Engine, encodeProgram, bestBuild } = await import('../build/bench.mjs');

export { bestBuild };

/** An engine with all its threads ready. */
export async function startEngine(buildName, threads) {
  const engine = new Engine({ build: buildName, threads });
  await engine.ready();
  return engine;
}

/** A block of random floats; its address. */
export function randomBlock(engine, size) {
  const address = engine.heap.allocate(4 * Math.max(size, 1));
  const view = engine.f32.subarray(address / 4, address / 4 + size);
  for (let i = 0; i < size; i++) view[i] = Math.random() - 0.5;
  return address;
}

/** Median seconds per run of a list of instructions, within about `budget` seconds. */
export function time(engine, instructions, budget = 0.3) {
  const { words, parallel } = encodeProgram(instructions, engine.core.kernels);
  const program = engine.heap.allocate(words.byteLength);
  engine.i32.set(words, program / 4);
  const samples = [];
  let repeats = 1;
  const end = performance.now() + 1000 * budget;
  while (samples.length === 0 || performance.now() < end) {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) engine.run(program, parallel);
    const seconds = (performance.now() - start) / 1000;
    if (seconds < 0.005) repeats *= 2;
    else samples.push(seconds / repeats);
  }
  engine.heap.free(program);
  return samples.sort((a, b) => a - b)[samples.length >> 1];
}
