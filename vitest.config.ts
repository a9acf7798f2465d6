import { defineConfig } from 'vitest/config';

// `npm test` runs on Node alone. The tests of real browsers and of the packed package have scripts of their own.
const special = ['test/browser/**', 'test/package/**'];
const wanted = process.env['KERASM_TEST'];

export default defineConfig({
  test: {
    include: wanted ? [`test/${wanted}/**/*.test.ts`] : ['test/**/*.test.ts'],
    exclude: wanted ? [] : special,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
