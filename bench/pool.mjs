// How fast are pooling, batch normalization, layer normalization and depthwise convolution?
// node bench/pool.mjs [simd|relaxed]

import { bestBuild, randomBlock, startEngine, time } from './kernels.mjs';

/** Runs `program(addresses)` on random blocks of the given sizes; seconds per run. */
function timed(engine, sizes, program) {
  const blocks = sizes.map(size => randomBlock(engine, size));
  const seconds = time(engine, program(...blocks));
  for (const block of blocks) engine.heap.free(block);
  return seconds;
}

function line(name, shape, rates, unit) {
  console.log(`${name.padEnd(26)} ${String(shape).padEnd(18)} ${rates.map(x => x.toFixed(1).padStart(6)).join('')} ${unit}`);
}

/** GB/s of pooling, counting every array that must be read or written once: max, its gradient, average, its gradient. */
export function pooling(engine) {
  const parallel = engine.threads > 1;
  for (const [n, size, c, k, s] of [[8, 64, 32, 2, 2], [8, 26, 16, 2, 2], [1, 112, 64, 3, 2], [1, 28, 192, 3, 1], [32, 24, 6, 2, 2], [8, 64, 3, 2, 2]]) {
    const out = Math.floor((size - k) / s) + 1;
    const cells = n * size * size * c;
    const outputs = n * out * out * c;
    const sizes = { n, d: 1, h: size, w: size, c, od: 1, oh: out, ow: out, kd: 1, kh: k, kw: k, sd: 1, sh: s, sw: s, pd: 0, ph: 0, pw: 0 };
    const traffic = { maxPool: cells + outputs, maxPoolGrad: 2 * cells + 2 * outputs, averagePool: cells + outputs, averagePoolGrad: cells + outputs };
    const rates = Object.entries(traffic).map(([kernel, elements]) => {
      const seconds = timed(engine, [cells, outputs, outputs, cells], (x, y, dy, dx) => [
        { kernel: 'maxPool', args: { x, y, dy: 0, dx: 0, ...sizes }, parallel },
        { kernel, args: { x, y, dy, dx, ...sizes }, parallel },
      ].slice(kernel === 'maxPoolGrad' ? 0 : 1));
      return (4e-9 * elements) / seconds;
    });
    line('pool: max, grad, mean, grad', [n, size, size, c, `${k}x${k}/${s}`], rates, 'GB/s (max grad includes max)');
  }
}

/** GB/s of batch normalization (x read twice, y written) and its gradient (x and dy read twice, dx written). */
export function batchNorm(engine) {
  const parallel = engine.threads > 1;
  for (const [rows, c] of [[8 * 64 * 64, 32], [8 * 28 * 28, 128], [6272, 512], [128, 256], [32 * 28 * 28, 6], [8 * 64 * 64, 3]]) {
    const size = rows * c;
    const common = { rows, c, epsilon: 1e-3 };
    const forward = timed(engine, [size, size, 4 * c, 2 * c * engine.threads], (x, y, p, workspace) => [
      { kernel: 'batchNorm', args: { x, gamma: p, beta: p + 4 * c, y, mean: p + 8 * c, variance: p + 12 * c, workspace, ...common }, parallel },
    ]);
    const backward = timed(engine, [size, size, size, 8 * c, 3 * c * engine.threads], (x, dy, dx, p, workspace) => {
      const [gamma, mean, variance, dmean, dvariance, dgamma, dbeta] = [0, 1, 2, 3, 4, 5, 6].map(i => p + 4 * c * i);
      return [{ kernel: 'batchNormGrad', args: { x, gamma, mean, variance, dy, dmean, dvariance, dx, dgamma, dbeta, workspace, ...common }, parallel }];
    });
    line('batch norm: forward, grad', [rows, c], [(12e-9 * size) / forward, (20e-9 * size) / backward], 'GB/s');
  }
}

/** GB/s of layer normalization (x read, y written) and its gradient (x and dy read, dx written). */
export function layerNorm(engine) {
  const parallel = engine.threads > 1;
  for (const [rows, c] of [[4096, 128], [2048, 512], [512, 2048], [4096, 50]]) {
    const size = rows * c;
    const common = { rows, c, epsilon: 1e-3 };
    const forward = timed(engine, [size, size, 2 * c], (x, y, p) => [
      { kernel: 'layerNorm', args: { x, gamma: p, beta: p + 4 * c, y, ...common }, parallel },
    ]);
    const backward = timed(engine, [size, size, size, 3 * c, 2 * c * engine.threads], (x, dy, dx, p, workspace) => [
      { kernel: 'layerNormGrad', args: { x, gamma: p, dy, dx, dgamma: p + 4 * c, dbeta: p + 8 * c, workspace, ...common }, parallel },
    ]);
    line('layer norm: forward, grad', [rows, c], [(8e-9 * size) / forward, (12e-9 * size) / backward], 'GB/s');
  }
}

/** GFLOP/s of depthwise convolution with 'same' padding: forward, and the filters' gradient. */
export function depthwise(engine) {
  const parallel = engine.threads > 1;
  const shapes = [[56, 128, 3, 1], [28, 256, 3, 1], [14, 512, 3, 1], [7, 1024, 3, 1], [112, 32, 3, 1], [112, 64, 3, 2], [28, 240, 5, 1], [56, 30, 3, 1], [56, 3, 3, 1]];
  for (const [size, c, k, s] of shapes) {
    const out = Math.ceil(size / s);
    const pad = Math.max((out - 1) * s + k - size, 0) >> 1;
    const axis = prefix => ({ Count: out, First: -pad, Step: s, TapStep: 1, Taps: k, Size: size, prefix });
    const named = ({ prefix, ...rest }) => Object.fromEntries(Object.entries(rest).map(([name, value]) => [prefix + name, value]));
    const strides = { xImage: size * size * c, yImage: out * out * c, yRow: out * c, yPixel: c, wRow: k * c, wColumn: c };
    const flops = 2e-9 * out * out * c * k * k;
    const arrays = [size * size * c, k * k * c, out * out * c];
    const forward = timed(engine, arrays, (x, w, y) => [
      { kernel: 'depthwise', args: { x, w, y, n: 1, c, ...strides, ...named(axis('h')), ...named(axis('w')) }, parallel },
    ]);
    const geometry = { n: 1, c, h: size, w: size, oh: out, ow: out, kh: k, kw: k, strideH: s, strideW: s, dilationH: 1, dilationW: 1, padH: pad, padW: pad };
    const filters = timed(engine, [...arrays, engine.threads * k * k * c], (x, dw, dy, partials) => [
      { kernel: 'depthwiseFilterGrad', args: { x, dy, dw, partials, ...geometry }, parallel },
    ]);
    line('depthwise: forward, filters', [size, size, c, `${k}x${k}/${s}`], [flops / forward, flops / filters], 'GFLOP/s');
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const build = process.argv[2] ?? bestBuild();
  for (const threads of [1, 2]) {
    const engine = await startEngine(build, threads);
    console.log(`${process.version}, ${build} build, ${threads} thread(s)`);
    for (const question of [pooling, batchNorm, layerNorm, depthwise]) question(engine);
    engine.terminate();
  }
}
