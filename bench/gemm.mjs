// How fast is the matrix product, by size and orientation?  node bench/gemm.mjs [simd|relaxed]

import { bestBuild, randomBlock, startEngine, time } from './kernels.mjs';

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
];

/** Prints GFLOP/s of C[m, n] = A·B for each size [m, n, k], for the four orientations. */
export async function gemm(buildName = bestBuild(), threadCounts = [1, 2]) {
  for (const threads of threadCounts) {
    const engine = await startEngine(buildName, threads);
    console.log(`gemm, ${process.version}, ${buildName} build, ${threads} thread(s): m n k, then GFLOP/s of AB, A'B, AB', A'B'`);
    for (const [m, n, k] of sizes) {
      const a = randomBlock(engine, m * k);
      const b = randomBlock(engine, k * n);
      const c = randomBlock(engine, m * n);
      const packed = randomBlock(engine, Math.ceil(n / 16) * 16 * k);
      const scratchBytes = 1024 + 86016 + 64 * k;
      const scratch = randomBlock(engine, (threads * scratchBytes) / 4);
      const rates = [0, 1, 2, 3].map(which => {
        const transposeA = which % 2 === 1;
        const transpose = which >= 2;
        const direct = !transpose && k * n <= 8192;
        const pack = { b, packed, k, n, ldb: transpose ? k : n, transpose };
        const args = {
          a, b: direct ? b : packed, bias: 0, c, scratch, scratchBytes, m, n, k,
          lda: transposeA ? m : k, ldb: n, ldc: n, transposeA, packed: !direct, activation: 0,
        };
        const parallel = threads > 1;
        const program = [{ kernel: 'gemm', args, parallel }];
        if (!direct) program.unshift({ kernel: 'packPanels', args: pack, parallel });
        return (2e-9 * m * n * k) / time(engine, program);
      });
      console.log(`${[m, n, k].map(x => String(x).padStart(5)).join('')}  ${rates.map(x => x.toFixed(1).padStart(6)).join('')}`);
      for (const address of [a, b, c, packed, scratch]) engine.heap.free(address);
    }
    engine.terminate();
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await gemm(process.argv[2]);
