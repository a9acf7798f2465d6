// The peers, each with the same few tasks: { matmul, conv2d, maxPool, lstm, network, mlpStep } -> median seconds per run, or
// undefined where a peer cannot do it. Installed on demand into bench/node_modules.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { tensorflowModel } from './networks.mjs';
import { networkModel, singleNodeModel } from './onnx.mjs';
import { median } from './timing.mjs';

const folder = import.meta.dirname ?? dirname(new URL(import.meta.url).pathname);
const require = createRequire(import.meta.url);

export function installPeers() {
  if (existsSync(join(folder, 'node_modules'))) return;
  execFileSync('npm', ['install', '--no-save', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
}

/** TensorFlow.js on its backend 'wasm' or 'cpu'. One thread: its threads need a browser. */
export async function tensorflow(backend) {
  const log = console.warn;
  console.warn = () => {};
  const tf = require('@tensorflow/tfjs');
  if (backend === 'wasm') {
    const wasm = require('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'));
  }
  await tf.setBackend(backend);
  await tf.ready();
  console.warn = log;
  const random = shape => tf.randomUniform(shape, -0.5, 0.5);
  const timed = async (make, budget) => {
    try {
      return await median(async () => {
        const y = make();
        (Array.isArray(y) ? y[0] : y).dataSync();
        tf.dispose(y);
      }, budget);
    } catch {
      return undefined; // a kernel that this backend lacks
    }
  };
  return {
    name: `tfjs-${backend}`,
    version: tf.version.tfjs,
    matmul: ([m, n, k], [transposeA, transposeB] = [false, false], budget) => {
      const a = random(transposeA ? [k, m] : [m, k]);
      const b = random(transposeB ? [n, k] : [k, n]);
      return timed(() => tf.matMul(a, b, transposeA, transposeB), budget);
    },
    conv2d: ({ batch, size, inC, outC, kernel, strides = 1 }, budget) => {
      const x = random([batch, size, size, inC]);
      const w = random([kernel, kernel, inC, outC]);
      return timed(() => tf.conv2d(x, w, strides, 'same'), budget);
    },
    depthwise: ({ batch, size, channels, kernel }, budget) => {
      const x = random([batch, size, size, channels]);
      const w = random([kernel, kernel, channels, 1]);
      return timed(() => tf.depthwiseConv2d(x, w, 1, 'same'), budget);
    },
    maxPool: ({ batch, size, channels, pool }, budget) => {
      const x = random([batch, size, size, channels]);
      return timed(() => tf.maxPool(x, pool, pool, 'valid'), budget);
    },
    unary: (op, n, budget) => {
      const x = random([n]);
      return timed(() => tf[op](x), budget);
    },
    binary: (op, n, budget) => {
      const x = random([n]);
      const y = random([n]);
      return timed(() => tf[op](x, y), budget);
    },
    lstm: async ({ batch, steps, features, units }, budget) => {
      const layer = tf.layers.lstm({ units, returnSequences: true, recurrentInitializer: 'glorotUniform' });
      const x = random([batch, steps, features]);
      layer.apply(x);
      return timed(() => tf.tidy(() => layer.apply(x)), budget);
    },
    network: (layers, size, budget) => {
      const model = tensorflowModel(tf, layers);
      const x = random([1, size, size, 3]);
      return timed(() => model.predict(x), budget);
    },
    mlpStep: async ({ sizes, batch }, budget) => {
      const model = tf.sequential();
      sizes.slice(1).forEach((units, i) => {
        const last = i === sizes.length - 2;
        model.add(
          tf.layers.dense({
            units,
            activation: last ? 'softmax' : 'relu',
            ...(i === 0 ? { inputShape: [sizes[0]] } : {}),
          }),
        );
      });
      model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
      const x = random([batch, sizes[0]]);
      const y = tf.oneHot(tf.randomUniform([batch], 0, sizes.at(-1), 'int32'), sizes.at(-1));
      try {
        return await median(() => model.trainOnBatch(x, y), budget);
      } catch {
        return undefined;
      }
    },
  };
}

/** onnxruntime-web: inference only. */
export async function onnxruntime(threads) {
  const ort = require('onnxruntime-web');
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules/onnxruntime-web/package.json'), 'utf8'));
  const random = size => Float32Array.from({ length: size }, () => Math.random() - 0.5);
  const product = shape => shape.reduce((a, b) => a * b, 1);
  const timed = async (model, x, budget) => {
    const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
    const feeds = { x: new ort.Tensor('float32', random(product(x)), x) };
    const seconds = await median(() => session.run(feeds), budget);
    await session.release();
    return seconds;
  };
  const run = (op, x, weights, rank, attributes, budget) => {
    const filled = Object.fromEntries(
      Object.entries(weights).map(([name, shape]) => [name, { shape, data: random(product(shape)) }]),
    );
    return timed(singleNodeModel(op, { x }, filled, rank, attributes), x, budget);
  };
  return {
    name: `onnxruntime-web`,
    version,
    matmul: ([m, n, k], transposed = [false, false], budget) =>
      transposed.some(Boolean) ? undefined : run('MatMul', [m, k], { w: [k, n] }, 2, {}, budget),
    conv2d: ({ batch, size, inC, outC, kernel, strides = 1 }, budget) =>
      run(
        'Conv',
        [batch, inC, size, size],
        { w: [outC, inC, kernel, kernel] },
        4,
        { auto_pad: 'SAME_UPPER', strides: [strides, strides] },
        budget,
      ),
    depthwise: ({ batch, size, channels, kernel }, budget) =>
      run(
        'Conv',
        [batch, channels, size, size],
        { w: [channels, 1, kernel, kernel] },
        4,
        { auto_pad: 'SAME_UPPER', group: channels },
        budget,
      ),
    maxPool: ({ batch, size, channels, pool }, budget) =>
      run(
        'MaxPool',
        [batch, channels, size, size],
        {},
        4,
        { kernel_shape: [pool, pool], strides: [pool, pool] },
        budget,
      ),
    unary: (op, n, budget) => run({ tanh: 'Tanh', exp: 'Exp' }[op], [n], {}, 1, {}, budget),
    binary: (op, n, budget) => run({ add: 'Add' }[op], [n], { w: [n] }, 1, {}, budget),
    lstm: ({ batch, steps, features, units }, budget) =>
      run(
        'LSTM',
        [steps, batch, features],
        { w: [1, 4 * units, features], r: [1, 4 * units, units] },
        4,
        { hidden_size: units },
        budget,
      ),
    network: (layers, size, budget) => {
      const x = [1, 3, size, size];
      return timed(networkModel(layers, x), x, budget);
    },
    mlpStep: () => undefined,
  };
}
