// How fast is convolution, forward and both gradients?  node bench/conv.mjs [simd|relaxed] [threads]

import {
  bestBuild,
  conv,
  convFilterGradOp,
  convInputGradOp,
  convOp,
  fromTypedArray,
  row,
  startEngine,
  timeOp,
} from './kernels.mjs';

const cases = [
  { x: [8, 56, 56, 64], w: [3, 3, 64, 64], padding: 'same' },
  { x: [8, 14, 14, 256], w: [3, 3, 256, 256], padding: 'same' },
  { x: [8, 7, 7, 512], w: [3, 3, 512, 512], padding: 'same' },
  { x: [8, 56, 56, 64], w: [3, 3, 64, 128], padding: 'same', strides: 2 },
  { x: [2, 224, 224, 3], w: [7, 7, 3, 64], padding: 'same', strides: 2 },
  { x: [32, 28, 28, 1], w: [3, 3, 1, 32] },
  { x: [32, 26, 26, 32], w: [3, 3, 32, 64] },
  { x: [8, 32, 32, 3], w: [3, 3, 3, 32], padding: 'same' },
  { x: [8, 56, 56, 64], w: [1, 1, 64, 256] },
  { x: [32, 100, 64], w: [5, 64, 64], padding: 'same' },
];

/** Prints GFLOP/s of y, dx and dw. */
export async function convolution(buildName = bestBuild(), threads = 1) {
  const engine = await startEngine(buildName, threads);
  console.log(`conv, ${process.version}, ${buildName}, ${threads} thread(s): GFLOP/s of y, dx, dw`);
  for (const { x, w, ...options } of cases) {
    const zeros = shape => fromTypedArray(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
    const { attrs } = conv(zeros(x), zeros(w), options).node;
    const y = attrs.shapeY;
    const flops = 2 * y.reduce((a, b) => a * b, 1) * w.slice(0, -1).reduce((a, b) => a * b, 1);
    const rates = [
      timeOp(engine, convOp, [x, w], attrs),
      timeOp(engine, convInputGradOp, [y, w], attrs),
      timeOp(engine, convFilterGradOp, [x, y], attrs),
    ].map(seconds => (1e-9 * flops) / seconds);
    console.log(row(`${x.join('x')} ${w.join('x')} ${options.strides ?? 1}`, rates));
  }
  engine.terminate();
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await convolution(process.argv[2], process.argv[3] && Number(process.argv[3]));
}
