// Tables beyond the recorded ones, as Keras 3.15 prints them.

import { beforeEach, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { Dense, Input } from '../../src/layers/index.js';
import { Model, Sequential } from '../../src/models/index.js';
import type { SummaryOptions } from '../../src/models/summary.js';
import { resetNames } from '../../src/naming.js';

beforeEach(() => resetNames());

function tableOf(model: Model | Sequential, options: SummaryOptions): string[] {
  let text = '';
  model.summary({
    ...options,
    printFn: line => {
      text += line;
    },
  });
  return text.split('\n').filter(line => /[┃│]/.test(line));
}

test('models inside of one without a graph show the outputs that they were made with', () => {
  class Pair extends Model {
    readonly one = Sequential([Input({ shape: [4] }), Dense(3)]);
    readonly two: Model;
    constructor() {
      super();
      const x = Input({ shape: [4] });
      this.two = Model(x, [Dense(1)(x), Dense(2)(x)]);
    }
  }
  const rows = tableOf(new Pair(), { lineLength: 88 }).slice(1);
  expect(rows[0]).toMatch(/│ \(None, 3\) +│ +15 │/);
  expect(rows[1]).toMatch(/│ \(\(None, 1\), \(None, 2\)\) +│ +15 │/);
});

test('wide characters take two columns, and headings stand at the bottom', () => {
  const names = ['한국어_레이어_이름이_아주_긴_것입니다_정말로', '日本', 'émoji'];
  const model = Sequential([Input([3]), ...names.map((name, i) => Dense(i < 2 ? 2 : 1, { name }))]);
  expect(tableOf(model, { lineLength: 44 })).toEqual([
    '┃                  ┃              ┃  Param ┃',
    '┃ Layer (type)     ┃ Output Shape ┃      # ┃',
    '│ 한국어_레이어_ … │ (None, 2)    │      8 │',
    '│ (Dense)          │              │        │',
    '│ 日本 (Dense)     │ (None, 2)    │      6 │',
    '│ émoji (Dense)    │ (None, 1)    │      3 │',
  ]);
});

test('positions beyond the columns are left out, and the columns share the width that is left', () => {
  const model = Sequential([Input([17]), Dense(5)]);
  expect(tableOf(model, { lineLength: 100, positions: [0.3, 0.6, 0.7, 1] })[0]).toBe(
    '┃ Layer (type)                            ┃ Output Shape                           ┃       Param # ┃',
  );
  expect(() => tableOf(model, { positions: [0.5, 1] })).toThrow('expected positions of 3 columns');
});
