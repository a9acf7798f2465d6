// What do element-wise ops cost on 4M floats, alone and as a chain?  node bench/elementwise.mjs [simd|relaxed]

import { bestBuild, chainOp, MicroOp, startEngine, timeOp } from './kernels.mjs';

const rows = 4096;
const columns = 1024;
const n = rows * columns;
const step = (code, ...operands) => ({ code: MicroOp[code], operands });
const lone = (code, inputs = 1) => ({
  shapes: Array(inputs).fill([rows, columns]),
  steps: [step(code, ...Array(inputs).keys())],
});

const tasks = {
  add: lone('addF', 2),
  'add row [1024]': { shapes: [[rows, columns], [columns]], steps: [step('addF', 0, 1)] },
  'add column [4096, 1]': {
    shapes: [
      [rows, columns],
      [rows, 1],
    ],
    steps: [step('addF', 0, 1)],
  },
  'add row [3]': { shapes: [[n / 4, 3], [3]], out: [n / 4, 3], steps: [step('addF', 0, 1)] },
  relu: lone('reluF'),
  'square root': lone('sqrtF'),
  exp: lone('expF'),
  log: lone('logF'),
  tanh: lone('tanhF'),
  sigmoid: lone('sigmoidF'),
  erf: lone('erfF'),
  sin: lone('sinF'),
  power: lone('powF', 2),
  'chain of 5: tanh(x*y + row) * 2 - y': {
    shapes: [[rows, columns], [rows, columns], [columns]],
    constants: [0x40000000],
    steps: [step('mulF', 0, 1), step('addF', 4, 2), step('tanhF', 5), step('mulF', 6, 3), step('subF', 7, 1)],
  },
  'chain of 5, cheap: max(x*y + row, y) * 2 - y': {
    shapes: [[rows, columns], [rows, columns], [columns]],
    constants: [0x40000000],
    steps: [step('mulF', 0, 1), step('addF', 4, 2), step('maxF', 5, 1), step('mulF', 6, 3), step('subF', 7, 1)],
  },
};

/** Prints milliseconds per run. */
export async function elementwise(buildName = bestBuild(), threadCounts = [1, 2]) {
  for (const threads of threadCounts) {
    const engine = await startEngine(buildName, threads);
    console.log(`element-wise, ${process.version}, ${buildName} build, ${threads} thread(s): ms for 4M floats`);
    for (const [name, { shapes, out = [rows, columns], constants = [], steps }] of Object.entries(tasks)) {
      const results = [shapes.length + constants.length + steps.length - 1];
      const attrs = { constants, steps, results, specs: [{ shape: out, dtype: 'float32' }] };
      const seconds = timeOp(engine, chainOp(shapes.length, 1), shapes, attrs, 0.15);
      console.log(`${name.padEnd(48)}${(1000 * seconds).toFixed(2).padStart(8)}`);
    }
    engine.terminate();
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await elementwise(process.argv[2]);
