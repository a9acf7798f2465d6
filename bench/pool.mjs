// How fast are pooling, normalization and depthwise convolution?  node bench/pool.mjs [simd|relaxed] [threads]

import {
  averagePool,
  batchNormalizationTraining,
  bestBuild,
  depthwiseConv,
  fromTypedArray,
  gradients,
  layerNormalization,
  maxPool,
  row,
  startEngine,
  timeTensor,
} from './kernels.mjs';

const sizeOf = shape => shape.reduce((a, b) => a * b, 1);
const zeros = shape => fromTypedArray(new Float32Array(sizeOf(shape)), shape);

/** Prints GB/s of the maximum, its gradient, the mean and its gradient, counting every array they need once. */
export function pooling(engine) {
  console.log('pooling: GB/s of max, its gradient, mean, its gradient');
  for (const [shape, pool, strides] of [
    [[8, 64, 64, 32], 2, 2],
    [[32, 56, 56, 64], 2, 2],
    [[1, 112, 112, 64], 3, 2],
    [[1, 28, 28, 192], 3, 1],
    [[32, 24, 24, 6], 2, 2],
    [[8, 64, 64, 3], 2, 2],
  ]) {
    const x = zeros(shape);
    const rates = [maxPool, averagePool].flatMap(op => {
      const y = op(x, pool, strides);
      const traffic = x.size + y.size;
      const reread = op === maxPool ? 2 * traffic : traffic;
      return [traffic / timeTensor(engine, y), reread / timeTensor(engine, gradients([y], [x])[0])];
    });
    console.log(
      row(
        `${shape.join('x')} ${pool}/${strides}`,
        rates.map(rate => 4e-9 * rate),
      ),
    );
  }
}

/** Prints GB/s of batch normalization, which reads x twice, and its gradient, which reads x and dy twice. */
export function batchNorm(engine) {
  console.log('batch normalization: GB/s forward, gradient');
  for (const shape of [
    [8, 64, 64, 32],
    [8, 28, 28, 128],
    [32, 14, 14, 512],
    [128, 256],
    [32, 28, 28, 6],
    [8, 64, 64, 3],
  ]) {
    const [x, gamma] = [zeros(shape), zeros(shape.slice(-1))];
    const [y] = batchNormalizationTraining(x, gamma, gamma);
    const rates = [(3 * x.size) / timeTensor(engine, y), (5 * x.size) / timeTensor(engine, gradients([y], [x])[0])];
    console.log(
      row(
        shape.join('x'),
        rates.map(rate => 4e-9 * rate),
      ),
    );
  }
}

/** Prints GB/s of layer normalization, which passes over x once, and its gradient, over x and dy once. */
export function layerNorm(engine) {
  console.log('layer normalization: GB/s forward, gradient');
  for (const shape of [
    [4096, 128],
    [2048, 512],
    [512, 2048],
    [4096, 50],
  ]) {
    const [x, gamma] = [zeros(shape), zeros(shape.slice(-1))];
    const y = layerNormalization(x, gamma, gamma);
    const rates = [(2 * x.size) / timeTensor(engine, y), (3 * x.size) / timeTensor(engine, gradients([y], [x])[0])];
    console.log(
      row(
        shape.join('x'),
        rates.map(rate => 4e-9 * rate),
      ),
    );
  }
}

/** Prints GFLOP/s of depthwise convolution with 'same' padding: y, dx and dw. */
export function depthwise(engine) {
  console.log('depthwise convolution: GFLOP/s of y, dx, dw');
  for (const [size, c, taps, strides] of [
    [56, 128, 3, 1],
    [28, 256, 3, 1],
    [14, 512, 3, 1],
    [7, 1024, 3, 1],
    [112, 32, 3, 1],
    [112, 64, 3, 2],
    [28, 240, 5, 1],
    [56, 30, 3, 1],
    [56, 3, 3, 1],
  ]) {
    const [x, w] = [zeros([1, size, size, c]), zeros([taps, taps, c, 1])];
    const y = depthwiseConv(x, w, { strides, padding: 'same' });
    // The kernel's gradient is made for one filter per channel, without the axis of the multiplier.
    const [dx] = gradients([y], [x]);
    const [dw] = gradients([y], [y.node.inputs[1]]);
    const rates = [y, dx, dw].map(tensor => (2 * y.size * taps * taps) / timeTensor(engine, tensor));
    console.log(
      row(
        `${size}x${size}x${c} ${taps}x${taps}/${strides}`,
        rates.map(rate => 1e-9 * rate),
      ),
    );
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [build = bestBuild(), threads = 1] = process.argv.slice(2);
  const engine = await startEngine(build, Number(threads));
  console.log(`${process.version}, ${build} build, ${threads} thread(s)`);
  for (const question of [pooling, batchNorm, layerNorm, depthwise]) question(engine);
  engine.terminate();
}
