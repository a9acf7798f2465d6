// Ops that the oracle's own family leaves out, against recordings of real Keras made by more/record.py.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as ops from '../../src/backend/ops/index.js';
import { evaluate } from '../../src/compiler/evaluate.js';
import { toCamelKey } from '../../src/config.js';
import type { DType } from '../../src/dtype.js';
import { asTensor, constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { flatten, type Structure } from '../../src/structure.js';
import { maxError } from '../support/kernel.js';

interface Recorded {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly (number | boolean | string)[];
}

interface Recording {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly outputs: unknown;
}

const cases = JSON.parse(readFileSync(new URL('more/cases.json', import.meta.url), 'utf8')) as Recording[];

const names: { readonly [text: string]: number } = { nan: NaN, inf: Infinity, '-inf': -Infinity };

function bring(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bring);
  if (typeof value !== 'object' || value === null || !('data' in value)) return value;
  const { dtype, shape, data } = value as Recorded;
  return constant(
    Float64Array.from(data, each => (typeof each === 'string' ? names[each]! : Number(each))) as never,
    dtype,
    shape,
  );
}

test.each(cases.map((each, i) => [`${each.op} ${i}`, each] as const))('%s', (_name, { op, args, kwargs, outputs }) => {
  const path = op.split('.').map(part => toCamelKey(part));
  const fn = path.reduce<unknown>((from, part) => (from as Record<string, unknown>)[part], ops) as (
    ...args: unknown[]
  ) => Structure<Tensor>;
  const settings = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [toCamelKey(key), bring(value)]));
  const actual = flatten(fn(...args.map(bring), ...(Object.keys(settings).length > 0 ? [settings] : [])));
  const expected = flatten(bring(outputs) as Structure<Tensor>).map(each => asTensor(each));
  expect(actual.map(({ dtype, shape }) => ({ dtype, shape }))).toEqual(
    expected.map(({ dtype, shape }) => ({ dtype, shape })),
  );
  evaluate(actual).forEach((data, i) => {
    expect(maxError(data, expected[i]!.data())).toBeLessThan(2e-5);
  });
});
