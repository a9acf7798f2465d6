import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { platform } from '#platform';
import { Progbar } from '../../src/callbacks/progbar.js';

let written: string[];
let time: number;

function onTerminal(yes: boolean): void {
  vi.spyOn(platform, 'isTerminal', 'get').mockReturnValue(yes);
}

beforeEach(() => {
  written = [];
  time = 1000;
  Object.defineProperty(platform, 'isTerminal', { value: false, configurable: true, writable: true });
  vi.spyOn(platform, 'write').mockImplementation(text => void written.push(text));
  vi.spyOn(performance, 'now').mockImplementation(() => time);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Takes `steps` steps of `milliseconds` each. */
function run(bar: Progbar, steps: number, milliseconds: number, loss: number): void {
  for (let step = 1; step <= steps; step++) {
    time += milliseconds;
    bar.update(step, [['loss', loss]], false);
  }
}

describe('the progress bar', () => {
  test('writes one line when it is done, away from terminals', () => {
    const bar = new Progbar(10);
    run(bar, 10, 200, 0.5);
    expect(written).toEqual([]);
    bar.update(
      10,
      [
        ['loss', 0.25],
        ['tiny', 0.0001234],
      ],
      true,
    );
    expect(written).toEqual(['10/10 ━━━━━━━━━━━━━━━━━━━━ 2s 200ms/step - loss: 0.2500 - tiny: 1.2340e-04\n']);
  });

  test('writes one line per epoch with verbose 2, as Keras does', () => {
    const bar = new Progbar(2, { verbose: 2 });
    run(bar, 2, 1000, 0.9);
    bar.update(2, [['loss', 0.9168]], true);
    expect(written).toEqual(['2/2 - 2s - 1s/step - loss: 0.9168\n']);
  });

  test('is silent with verbose 0', () => {
    const bar = new Progbar(2, { verbose: 0 });
    run(bar, 2, 1000, 0.9);
    bar.update(2, [], true);
    expect(written).toEqual([]);
  });

  test('rewrites its line on a terminal, at most 20 times a second', () => {
    onTerminal(true);
    const bar = new Progbar(100);
    run(bar, 100, 10, 0.5);
    bar.update(100, [['loss', 0.5]], true);
    expect(written.length).toBeGreaterThanOrEqual(20);
    expect(written.length).toBeLessThanOrEqual(22);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked at
    const plain = (text: string) => text.replace(/\x1b\[\d+m/g, '').replace(/[\b\r]/g, '');
    expect(plain(written[4]!)).toMatch(/^ 2[0-9]\/100 ━{20} 0s 10ms\/step - loss: 0\.5000/);
    expect(plain(written.at(-1)!)).toMatch(/^100\/100 ━{20} 1s 10ms\/step - loss: 0\.5000 *\n$/);
    expect(written.slice(1).every(text => text.startsWith('\b'))).toBe(true);
  });

  test('averages the values it is told to, and shows the others as they are', () => {
    const bar = new Progbar(4, { verbose: 1, statefulMetrics: ['last'] });
    bar.update(
      1,
      [
        ['mean', 1],
        ['last', 1],
      ],
      false,
    );
    bar.update(
      2,
      [
        ['mean', 3],
        ['last', 3],
      ],
      false,
    );
    bar.target = 2;
    bar.update(2, [], true);
    expect(written.at(-1)).toMatch(/mean: 2\.0000 - last: 3\.0000/);
  });

  test('writes numbers as Python does', () => {
    const bar = new Progbar(1, { verbose: 2 });
    bar.update(
      1,
      [
        ['a', Number.NaN],
        ['b', Infinity],
        ['c', 12345.678],
        ['d', 0],
        ['e', 9 / 32],
        ['f', -0.5],
      ],
      true,
    );
    expect(written[0]).toContain('a: nan - b: inf - c: 12345.6780 - d: 0.0000e+00 - e: 0.2812 - f: -5.0000e-01');
  });
});
