import { expect, test } from 'vitest';
import { ArenaBuffer, planMemory } from '../../src/compiler/plan.js';
import { randomFloats } from '../support/kernel.js';

test('buffers that live at the same time never overlap, and others share memory', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = randomFloats(600, seed).map(x => (x + 1) / 2);
    const buffers = Array.from({ length: 200 }, (_, i) => {
      const first = Math.floor(random[3 * i]! * 100);
      return new ArenaBuffer(
        Math.floor(random[3 * i + 1]! * 5000),
        first,
        first + Math.floor(random[3 * i + 2]! * 10),
        '',
      );
    });
    const total = planMemory(buffers);
    const misplaced = buffers.filter(a => a.offset % 64 !== 0 || a.offset + a.bytes > total);
    expect(misplaced).toEqual([]);
    const clashes = buffers.filter(a =>
      buffers.some(b => {
        const together = a !== b && a.last >= b.first && b.last >= a.first && a.bytes > 0 && b.bytes > 0;
        return together && a.offset + a.bytes > b.offset && b.offset + b.bytes > a.offset;
      }),
    );
    expect(clashes).toEqual([]);
    const atOnce = Array.from({ length: 120 }, (_, t) =>
      buffers.filter(({ first, last }) => first <= t && t <= last).reduce((sum, { bytes }) => sum + bytes, 0),
    );
    expect(total).toBeLessThan(1.5 * Math.max(...atOnce));
  }
});
