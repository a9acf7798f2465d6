// All benchmarks in one run:  npm run bench [-- --smoke] [-- --json FILE]
//
// Each row is one task; columns are kerasm on one and on all threads and the peers measured in the same run, so that
// ratios hold on any machine. --smoke: kerasm alone, a few milliseconds per task, to see that everything runs.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { application, applications, layersOf, trainings } from './networks.mjs';

const { values: options } = parseArgs({
  options: {
    smoke: { type: 'boolean' },
    json: { type: 'string' },
    contender: { type: 'string' },
    tasks: { type: 'string' },
  },
});
const budget = options.smoke ? 0.01 : 0.4;

const gemmSizes = [64, 128, 256, 512, 1024];
const convs = [
  { batch: 1, size: 56, inC: 64, outC: 64, kernel: 3 },
  { batch: 8, size: 14, inC: 256, outC: 256, kernel: 3 },
  { batch: 32, size: 26, inC: 32, outC: 64, kernel: 3 },
  { batch: 32, size: 28, inC: 1, outC: 32, kernel: 3 },
  { batch: 8, size: 14, inC: 256, outC: 512, kernel: 1 },
];
const depthwise = { batch: 1, size: 56, channels: 128, kernel: 3 };
const pool = { batch: 32, size: 56, channels: 64, pool: 2 };
const lstm = { batch: 32, steps: 100, features: 128, units: 128 };
const convFlops = c => 2 * c.batch * c.size ** 2 * c.inC * c.outC * c.kernel ** 2;
const convName = c => `conv2d ${c.kernel}x${c.kernel} ${c.batch}x${c.size}x${c.size}x${c.inC} -> ${c.outC}`;
const lstmFlops = ({ batch, steps, features, units }) => 2 * batch * steps * 4 * units * (features + units);

/** name, unit, a function of seconds that gives it, and the measurement of a contender (undefined: it cannot). */
const tasks = [
  // First, while nothing is compiled yet.
  task(
    'compile: MNIST training step',
    'ms',
    s => 1e3 * s,
    c => own(c) && compileStep(c),
  ),
  ...gemmSizes.map(n =>
    task(
      `gemm ${n}^3`,
      'GFLOP/s',
      s => (2e-9 * n ** 3) / s,
      c => c.matmul([n, n, n], [false, false], budget),
    ),
  ),
  task(
    'gemm 512^3, A transposed',
    'GFLOP/s',
    s => (2e-9 * 512 ** 3) / s,
    c => c.matmul([512, 512, 512], [true, false], budget),
  ),
  task(
    'gemm 512^3, B transposed',
    'GFLOP/s',
    s => (2e-9 * 512 ** 3) / s,
    c => c.matmul([512, 512, 512], [false, true], budget),
  ),
  ...convs.map(c =>
    task(
      convName(c),
      'GFLOP/s',
      s => (1e-9 * convFlops(c)) / s,
      each => each.conv2d(c, budget),
    ),
  ),
  ...[convs[0], convs[1]].flatMap(c => [
    task(
      `${convName(c)}, input gradient`,
      'GFLOP/s',
      s => (1e-9 * convFlops(c)) / s,
      each => own(each)?.conv2d(c, budget, 0),
    ),
    task(
      `${convName(c)}, filter gradient`,
      'GFLOP/s',
      s => (1e-9 * convFlops(c)) / s,
      each => own(each)?.conv2d(c, budget, 1),
    ),
  ]),
  task(
    'depthwise 3x3 56x56x128',
    'GFLOP/s',
    s => (1e-9 * 18 * 56 ** 2 * 128) / s,
    c => c.depthwise(depthwise, budget),
  ),
  task(
    'max pooling 2x2 32x56x56x64',
    'GB/s',
    s => (1e-9 * 4 * 32 * 56 ** 2 * 64 * 1.25) / s,
    c => c.maxPool(pool, budget),
  ),
  task(
    'add, 4M',
    'ms',
    s => 1e3 * s,
    c => c.binary('add', 4e6, budget),
  ),
  task(
    'tanh, 4M',
    'ms',
    s => 1e3 * s,
    c => c.unary('tanh', 4e6, budget),
  ),
  task(
    'exp, 4M',
    'ms',
    s => 1e3 * s,
    c => c.unary('exp', 4e6, budget),
  ),
  task(
    'lstm(128) forward, 32x100x128',
    'GFLOP/s',
    s => (1e-9 * lstmFlops(lstm)) / s,
    c => c.lstm(lstm, budget),
  ),
  task(
    'lstm(128) forward + backward',
    'ms',
    s => 1e3 * s,
    c => own(c)?.lstm(lstm, budget, true),
  ),
  task(
    'step: MLP 784-512-128-32-10, batch 500, Adam',
    'ms',
    s => 1e3 * s,
    c => c.mlpStep({ sizes: [784, 512, 128, 32, 10], batch: 500 }, budget),
  ),
  task(
    'step: MNIST convnet, batch 128, Adam',
    'ms',
    s => 1e3 * s,
    c => own(c) && mnistStep(c),
  ),
  ...Object.entries(trainings).map(([name, training]) =>
    task(
      `step: ${name}`,
      'ms',
      s => 1e3 * s,
      c => own(c) && trainingStep(c, training),
    ),
  ),
  ...Object.entries(applications).map(([name, size]) =>
    task(
      `predict: ${name}, one image`,
      'ms',
      s => 1e3 * s,
      async c => c.network?.(own(c) ? name : await peersLayers(name), size, 5 * budget),
    ),
  ),
  task(
    'step: Dense(32)-Dense(1), batch 32, overhead',
    'us',
    s => 1e6 * s,
    c => own(c) && tinyStep(c),
  ),
];

function task(name, unit, rate, measure) {
  return { name, unit, rate, measure };
}

/** The contender, if it is kerasm: peers lack this task. */
function own(contender) {
  return contender.timed ? contender : undefined;
}

/** The network of the main job. */
function mnistModel(k) {
  const { Conv2D, Dense, Dropout, Flatten, MaxPooling2D } = k.layers;
  const relu = { activation: 'relu' };
  const model = k.Sequential([
    k.Input({ shape: [28, 28, 1] }),
    Conv2D(32, 3, relu),
    MaxPooling2D(2),
    Conv2D(64, 3, relu),
    MaxPooling2D(2),
    Flatten(),
    Dropout(0.5),
    Dense(10, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'categorical_crossentropy' });
  return model;
}

async function mnistStep({ k }) {
  const { step } = await import('./kerasm.mjs');
  return step(k, mnistModel(k), { inputs: [[128, 28, 28, 1]], targets: [[128, 10]] }, 2 * budget);
}

async function trainingStep({ k }, training) {
  const { step } = await import('./kerasm.mjs');
  return step(k, training.make(k), training, 2 * budget);
}

/** What the peers make an application of. */
async function peersLayers(name) {
  const k = await import('../dist/node/index.js');
  return layersOf(application(k, name));
}

/** Seconds from the trace to the program, in a process that has compiled nothing else of its kind. */
async function compileStep({ k }) {
  const model = mnistModel(k);
  const x = new k.NDArray(new Float32Array(784), [1, 28, 28, 1]);
  const y = new k.NDArray(new Float32Array(10), [1, 10]);
  const timed = async () => {
    const start = performance.now();
    await model.trainOnBatch(x, y);
    return (performance.now() - start) / 1000;
  };
  const first = await timed();
  return first - (await timed());
}

/** Seconds per step of `fit`, which is what JavaScript costs where the arithmetic takes next to nothing. */
async function tinyStep({ k }) {
  const model = k.Sequential([k.Input({ shape: [8] }), k.layers.Dense(32, { activation: 'relu' }), k.layers.Dense(1)]);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  const steps = options.smoke ? 50 : 4000;
  const n = 32 * steps;
  const x = new k.NDArray(Float32Array.from({ length: 8 * n }, Math.random), [n, 8]);
  const y = new k.NDArray(Float32Array.from({ length: n }, Math.random), [n, 1]);
  const fit = () => model.fit(x, y, { batchSize: 32, epochs: 1, verbose: 0 });
  await fit();
  const start = performance.now();
  await fit();
  return (performance.now() - start) / 1000 / steps;
}

const all = availableParallelism();
const kerasm = async () => (await import('./kerasm.mjs')).kerasm();
// Node 20 has relaxed SIMD behind a flag, later ones have it without.
const relaxedFlag = Number.parseInt(process.versions.node, 10) < 21 ? ['--experimental-wasm-relaxed-simd'] : [];
const contenders = {
  'simd 1': { build: 'simd', threads: 1, make: kerasm },
  'simd all': { build: 'simd', threads: all, make: kerasm },
  'relaxed 1': { build: 'relaxed', threads: 1, flags: relaxedFlag, make: kerasm },
  'relaxed all': { build: 'relaxed', threads: all, flags: relaxedFlag, make: kerasm },
  'tfjs-wasm': { make: async () => (await import('./peers.mjs')).tensorflow('wasm') },
  'tfjs-cpu': {
    make: async () => (await import('./peers.mjs')).tensorflow('cpu'),
    only: ['gemm 64^3', 'gemm 256^3', 'add, 4M', 'tanh, 4M'],
  },
  'ort-web 1': { make: async () => (await import('./peers.mjs')).onnxruntime(1) },
  'ort-web all': { make: async () => (await import('./peers.mjs')).onnxruntime(all) },
};

/** Measures all tasks of one contender in this process and prints them as JSON. */
async function measureOne(name) {
  const { make, only } = contenders[name];
  const contender = await make();
  const results = {};
  for (const { name: title, measure } of tasks) {
    if ((only && !only.includes(title)) || (options.tasks && !title.includes(options.tasks))) continue;
    const seconds = await measure(contender);
    if (seconds !== undefined) results[title] = seconds;
  }
  console.log(`\n${JSON.stringify({ contender: contender.name, version: contender.version, results })}`);
  process.exit(0); // some peers keep the process alive
}

/** Each contender in a process of its own, so that none disturbs another. */
function measureAll() {
  const names = Object.keys(contenders).filter(name => !options.smoke || contenders[name].build);
  const measured = {};
  for (const name of names) {
    const { build, threads, flags = [] } = contenders[name];
    const args = [new URL(import.meta.url).pathname, '--contender', name, ...(options.smoke ? ['--smoke'] : [])];
    if (options.tasks) args.push('--tasks', options.tasks);
    const env = { ...process.env, ...(build ? { KERASM_THREADS: String(threads), KERASM_BUILD: build } : {}) };
    const run = spawnSync(process.execPath, [...process.execArgv, ...flags, ...args], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (run.status !== 0) {
      console.error(`${name}: failed\n${run.stdout}`);
      process.exitCode = 1;
      continue;
    }
    measured[name] = JSON.parse(run.stdout.trim().split('\n').at(-1));
  }
  return measured;
}

/** Milliseconds from the start of a Node process to its first prediction: median of several. */
function coldStart() {
  const script = `
    const { Sequential, layers } = await import(${JSON.stringify(new URL('../dist/node/index.js', import.meta.url))});
    const { Dense } = layers;
    const model = Sequential([Dense(16, { activation: 'relu', inputShape: [8] }), Dense(3, { activation: 'softmax' })]);
    await model.predict([[1, 2, 3, 4, 5, 6, 7, 8]], { verbose: 0 });
    console.log(performance.now());
  `;
  const run = code =>
    Number(spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).stdout);
  const medianOf = code => Array.from({ length: 7 }, () => run(code)).sort((a, b) => a - b)[3];
  const bare = medianOf('console.log(performance.now())');
  console.log(
    `process start to first prediction: ${medianOf(script).toFixed(0)} ms (a bare Node: ${bare.toFixed(0)} ms)`,
  );
}

if (options.contender) await measureOne(options.contender);
else {
  if (!options.smoke) (await import('./peers.mjs')).installPeers();
  const measured = measureAll();
  const names = Object.keys(measured);
  console.log(`\n${cpus()[0].model.trim()}, ${availableParallelism()} processors, Node ${process.version}; medians`);
  console.log('simd, relaxed: the two builds of kerasm; 1, all: threads');
  console.log(`${'task'.padEnd(52)}${'unit'.padEnd(9)}${names.map(name => name.padStart(12)).join('')}`);
  for (const { name: title, unit, rate } of tasks) {
    const cells = names
      .map(name => measured[name].results[title])
      .map(s => (s === undefined ? '-' : rate(s).toPrecision(3)));
    if (cells.some(cell => cell !== '-'))
      console.log(`${title.padEnd(52)}${unit.padEnd(9)}${cells.map(cell => cell.padStart(12)).join('')}`);
  }
  if (!options.tasks) coldStart();
  if (options.json) {
    const machine = { cpu: cpus()[0].model.trim(), processors: availableParallelism(), node: process.version };
    writeFileSync(options.json, `${JSON.stringify({ machine, measured }, null, 2)}\n`);
  }
}
