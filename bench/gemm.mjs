// How fast is the matrix product, by size and orientation?  node bench/gemm.mjs [simd|relaxed] [threads]

import { bestBuild, matmulOp, row, startEngine, timeOp } from './kernels.mjs';

const sizes = [
  [64, 64, 64],
  [128, 128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [1024, 1024, 1024],
  [32, 128, 784],
  [128, 10, 128],
  [1000, 100, 300],
  [3136, 64, 576],
  [1, 1024, 1024],
  [1000, 1, 256],
];

/** Prints GFLOP/s of C[m, n] = A·B for each size [m, n, k], in the four orientations. */
export async function gemm(buildName = bestBuild(), threads = 1) {
  const engine = await startEngine(buildName, threads);
  console.log(`gemm, ${process.version}, ${buildName}, ${threads} thread(s): m n k, GFLOP/s of AB, A'B, AB', A'B'`);
  for (const [m, n, k] of sizes) {
    const rates = [0, 1, 2, 3].map(which => {
      const transposeA = which % 2 === 1;
      const transposeB = which > 1;
      const shapes = [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]];
      return (2e-9 * m * n * k) / timeOp(engine, matmulOp, shapes, { transposeA, transposeB, activation: 'linear' });
    });
    console.log(row(`${m} ${n} ${k}`, rates));
  }
  engine.terminate();
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await gemm(process.argv[2], process.argv[3] && Number(process.argv[3]));
}
