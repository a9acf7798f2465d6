// How fast are the recurrent kernels, forward and backward?  node bench/recurrent.mjs [simd|relaxed]

import { bestBuild, randomBlock, startEngine, time } from './kernels.mjs';

const sizes = [
  { batch: 32, time: 100, units: 128 },
  { batch: 32, time: 100, units: 32 },
  { batch: 1, time: 100, units: 128 },
];

/** Prints milliseconds of a sequence, and the GFLOP/s of its recurrent products alone. */
export async function recurrent(buildName = bestBuild(), threadCounts = [1, 2]) {
  for (const threads of threadCounts) {
    const engine = await startEngine(buildName, threads);
    console.log(
      `recurrent kernels, ${process.version}, ${buildName} build, ${threads} thread(s): batch x steps x units, ms (GFLOP/s)`,
    );
    for (const size of sizes) {
      const rows = [
        ['lstm', 4],
        ['gru', 3],
        ['simpleRnn', 1],
      ].map(([cell, gates]) => measure(engine, cell, gates, size));
      console.log(`${size.batch} x ${size.time} x ${size.units}:  ${rows.join('   ')}`);
    }
    engine.terminate();
  }
}

function measure(engine, cell, gates, { batch, time: steps, units }) {
  const width = n => (n + 31) & ~15;
  const made = [];
  const block = size => {
    made.push(randomBlock(engine, size));
    return made.at(-1);
  };
  const state = () => block(batch * units);
  const sequence = () => block(batch * steps * units);
  const wide = () => block(batch * steps * gates * units);
  const shared = {
    recurrent: block(units * gates * units),
    mask: 0,
    dropMask: 0,
    packed: block(16 + gates * units * 16 * Math.ceil(units / 16)),
    scratch: block(batch * (width(gates * units) + 2 * width(units))),
    batch,
    time: steps,
    units,
    reverse: false,
    activation: 2,
    recurrentActivation: 1,
    resetAfter: true,
  };
  const kept = { gates: wide(), outputs: 0, previousH: sequence(), previousC: sequence(), inner: sequence() };
  kept.outputs = kept.gates;
  const forward = {
    ...shared,
    ...kept,
    xz: wide(),
    bias: 0,
    h0: state(),
    c0: state(),
    h: state(),
    c: state(),
    sequence: sequence(),
  };
  const backward = {
    ...shared,
    ...kept,
    dSequence: sequence(),
    dh: state(),
    dc: state(),
    dxz: wide(),
    dInner: wide(),
    dh0: state(),
    dc0: state(),
  };
  const parallel = engine.threads > 1;
  const shown = [
    [cell, forward],
    [`${cell}Grad`, backward],
  ].map(([kernel, args]) => {
    const seconds = time(engine, [{ kernel, args, parallel }]);
    const flops = 2 * batch * steps * gates * units * units;
    return `${kernel} ${(1000 * seconds).toFixed(2)} (${((1e-9 * flops) / seconds).toFixed(1)})`;
  });
  for (const address of made) engine.heap.free(address);
  return shown.join('  ');
}

if (process.argv[1] === new URL(import.meta.url).pathname) await recurrent(process.argv[2]);
