// The floors of the house (docs/architecture.md): a file imports only from floors below its own, or from its own.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** From the ground up. A name is a file or a folder right below src/. */
const floors = [
  [
    'errors',
    'defaults',
    'dtype',
    'shape',
    'naming',
    'callable',
    'structure',
    'ndarray',
    'numberText',
    'range',
    'named',
    'inspect',
  ],
  ['platform'],
  ['runtime'],
  ['graph'],
  ['ops', 'random'],
  ['autodiff'],
  ['compiler'],
  ['config', 'options', 'configured'],
  ['initializers', 'regularizers', 'constraints', 'activations', 'losses', 'metrics'],
  ['layers', 'optimizers', 'data'],
  ['saving'],
  ['models', 'callbacks'],
  ['datasets', 'applications', 'utils', 'preprocessing', 'backend', 'vis'],
  ['index'],
];

const assemblyFloors = [
  ['simd', 'team', 'heap'],
  ['math'],
  ['elementwise', 'gemm', 'movement'],
  ['*'],
  ['program'],
  ['index'],
];

function imports(folder: string): { from: string; to: string; file: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.endsWith('.generated.ts'))
    .flatMap(name => {
      const file = name.replaceAll('\\', '/');
      const source = readFileSync(join(root, folder, name), 'utf8');
      const targets = [...source.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)].map(([, target]) => target!);
      return targets
        .filter(target => target.startsWith('.') || target === '#platform')
        .map(target => (target === '#platform' ? 'platform' : posix.join(dirname(file), target)))
        .map(target => ({ file, from: topOf(file), to: topOf(target) }));
    });
}

/** First part of a path, without its extension. */
function topOf(path: string): string {
  return relative('.', path)
    .split('/')[0]!
    .replace(/(\.generated)?\.(js|ts)$/, '');
}

function violations(folder: string, order: readonly (readonly string[])[]): string[] {
  const floorOf = (name: string) => {
    const index = order.findIndex(names => names.includes(name));
    return index >= 0 ? index : order.findIndex(names => names.includes('*'));
  };
  return imports(folder)
    .filter(({ from, to }) => from !== to && (floorOf(from) < 0 || floorOf(to) < 0 || floorOf(from) < floorOf(to)))
    .map(({ file, to }) => `${file} imports ${to}`);
}

test('no file of src/ imports from a floor above its own', () => {
  expect(violations('src', floors)).toEqual([]);
});

test('no file of assembly/ imports from a floor above its own', () => {
  expect(violations('assembly', assemblyFloors)).toEqual([]);
});

test('the files of src/ import each other without circles', () => {
  const graph = new Map<string, string[]>();
  for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const source = readFileSync(join(root, 'src', name), 'utf8');
    // Types vanish before anything runs.
    const targets = [
      ...source.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from\s'(\.[^']+)'|^import\s'(\.[^']+)'/gm),
    ];
    graph.set(
      name,
      targets.map(([, a, b]) => posix.join(dirname(name), (a ?? b)!).replace(/\.js$/, '.ts')),
    );
  }
  const done = new Set<string>();
  const path: string[] = [];
  const circles: string[] = [];
  const visit = (name: string) => {
    if (path.includes(name)) circles.push([...path.slice(path.indexOf(name)), name].join(' -> '));
    if (done.has(name) || path.includes(name)) return;
    path.push(name);
    for (const target of graph.get(name) ?? []) visit(target);
    path.pop();
    done.add(name);
  };
  for (const name of graph.keys()) visit(name);
  expect(circles).toEqual([]);
});
