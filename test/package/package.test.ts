// The package as its users get it: packed, installed elsewhere, imported, type-checked.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the packed package', () => {
  let folder: string;
  let files: string[];
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kerasm-package-'));
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
    });
    type Packed = { filename: string; files: { path: string }[] };
    const report = JSON.parse(packed) as Packed[] | Record<string, Packed>;
    const { filename, files: list } = (Array.isArray(report) ? report : Object.values(report))[0]!;
    files = list.map(({ path }) => path);
    writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }');
    run('npm', 'install', '--no-audit', '--no-fund', '--offline', `./${filename}`);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('holds the bundles and types and no sources', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'dist/node/index.js',
        'dist/browser/index.js',
        'dist/kerasm.min.js',
        'dist/types/index.d.ts',
        'README.md',
      ]),
    );
    expect(files.filter(file => !/^(dist\/|README\.md|package\.json|LICENSE)/.test(file))).toEqual([]);
  });

  test('needs no other package and runs no script at installation', () => {
    const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/kerasm/package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(manifest['dependencies'] ?? {}).toEqual({});
    expect(Object.keys(manifest['scripts'] as object)).not.toEqual(
      expect.arrayContaining(['install', 'postinstall', 'preinstall']),
    );
  });

  test('trains and predicts when imported, and lets the process end by itself', () => {
    writeFileSync(
      join(folder, 'use.js'),
      `import { Sequential, layers } from 'kerasm';
       const model = Sequential([layers.Dense(1, { inputShape: [2] })]);
       model.compile({ optimizer: 'sgd', loss: 'mse' });
       const { history } = await model.fit([[0, 1], [1, 0], [1, 1], [0, 0]], [[1], [1], [2], [0]], { epochs: 3, verbose: 0 });
       console.log(history.loss.length, (await model.predict([[1, 1]], { verbose: 0 })).shape.join());`,
    );
    expect(run(process.execPath, 'use.js').trim()).toBe('3 1,1');
  });

  test('saves models and loads them, with the HDF5 library that it brings along', () => {
    writeFileSync(
      join(folder, 'save.js'),
      `import { Sequential, layers, models } from 'kerasm';
       const model = Sequential([layers.Dense(2, { inputShape: [3] })]);
       await model.save('model.keras');
       await model.saveWeights('model.weights.h5');
       const copy = await models.loadModel('model.keras');
       await copy.loadWeights('model.weights.h5');
       console.log(copy.toJson() === model.toJson(), copy.countParams());`,
    );
    expect(run(process.execPath, 'save.js').trim()).toBe('true 8');
    expect(files).toEqual(
      expect.arrayContaining(['dist/h5wasm/hdf5_hl.js', 'dist/h5wasm/LICENSE.txt', 'dist/fflate/LICENSE']),
    );
  });

  test('draws models with the Graphviz that it brings along', () => {
    writeFileSync(
      join(folder, 'draw.js'),
      `import { Sequential, layers, utils } from 'kerasm';
       const svg = await utils.plotModel(Sequential([layers.Dense(1, { inputShape: [2] })]), { toFile: 'dense.svg' });
       console.log(svg.match(/class="node"/g).length);`,
    );
    expect(run(process.execPath, 'draw.js').trim()).toBe('1');
    expect(readFileSync(join(folder, 'dense.svg'), 'utf8')).toContain('</svg>');
  });

  test('has types that a strict project can use', () => {
    writeFileSync(
      join(folder, 'use.ts'),
      `import { Sequential, layers, losses, ops, type Tensor } from 'kerasm';
       const model = Sequential([layers.Dense(3, { activation: 'relu', inputShape: [2] })]);
       export const y = (await model.predict([[1, 2]])) as Tensor;
       model.compile({ optimizer: 'adam', loss: (yTrue, yPred) => ops.subtract(yTrue, yPred), metrics: ['mae', losses.Huber()] });
       // @ts-expect-error: units is a number
       layers.Dense('three');
       // @ts-expect-error: it is called kernelInitializer
       layers.Dense(3, { kernelInit: 'zeros' });
       // @ts-expect-error: it is called optimizer
       model.compile({ optimiser: 'adam', loss: 'mse' });`,
    );
    writeFileSync(
      join(folder, 'tsconfig.json'),
      '{ "compilerOptions": { "strict": true, "noEmit": true, "target": "es2022", "module": "nodenext", "types": [], "lib": ["es2023", "dom"] }, "files": ["use.ts"] }',
    );
    const tsc = createRequire(import.meta.url)
      .resolve('typescript/package.json')
      .replace(/package\.json$/, 'bin/tsc');
    expect(run(process.execPath, tsc, '-p', '.').trim()).toBe('');
  });
});
