import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// `npm test` runs on Node alone. The tests of real browsers and of the packed package have scripts of their own.
const special = ['test/browser/**', 'test/package/**'];
const wanted = process.env['KERASM_TEST'];

// Node 20 has relaxed SIMD behind a flag: with it, the tests of kernels run both builds.
const relaxed = Number.parseInt(process.versions.node, 10) < 21 ? ['--experimental-wasm-relaxed-simd'] : [];

export default defineConfig({
  // The examples import the package by its name: tests run them on the sources.
  resolve: { alias: { kerasm: fileURLToPath(new URL('src/index.ts', import.meta.url)) } },
  test: {
    include: wanted ? [`test/${wanted}/**/*.test.ts`] : ['test/**/*.test.ts'],
    exclude: wanted ? [] : special,
    execArgv: relaxed,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
