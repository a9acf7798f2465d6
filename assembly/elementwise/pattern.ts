// Reading an array in another order than that of its memory: broadcasts, transposes, slices with steps.
//
// A pattern is a run of words: rank, sizes[rank], strides[rank] (in elements; 0 repeats). The product of the sizes is
// the number of elements, and no two neighbouring axes could be one. The last axis is read in runs: copied where its
// stride is 1, spread where it is 0.

import { ELEMENT } from '../simd';

/**
 * to[i] = element at + i of the pattern over `x`, i < count. `odometer`: scratch for 6 words.
 * `before`: how many elements in front of `at` the register `to` still holds, 0 if none.
 */
export function readPattern(
  x: usize,
  pattern: usize,
  at: i32,
  count: i32,
  to: usize,
  odometer: usize,
  before: i32,
): void {
  const rank = load<i32>(pattern);
  const sizes = pattern + 4;
  const strides = sizes + <usize>rank * 4;
  if (rank == 2 && load<i32>(strides) == 0 && load<i32>(strides, 4) == 1) {
    const period = load<i32>(sizes, 4);
    if (period < count) {
      if (before == 0 || before % period != 0) repeatRow(x, period, at % period, count, to);
      return;
    }
  }
  // Where element `at` is: its index on every axis, and its offset.
  let rest = at;
  let offset: i32 = 0;
  for (let axis = rank - 1; axis >= 0; axis--) {
    const size = load<i32>(sizes + <usize>axis * 4);
    const index = rest % size;
    rest /= size;
    store<i32>(odometer + <usize>axis * 4, index);
    offset += index * load<i32>(strides + <usize>axis * 4);
  }
  const last = <usize>(rank - 1) * 4;
  const size = load<i32>(sizes + last);
  const stride = load<i32>(strides + last);
  let index = load<i32>(odometer + last);
  let left = count;
  for (;;) {
    const run = min(size - index, left);
    readRun(x + <usize>offset * ELEMENT, stride, run, to);
    left -= run;
    if (left == 0) return;
    to += <usize>run * ELEMENT;
    offset -= index * stride;
    index = 0;
    // The next row: the odometer of the other axes advances by one.
    for (let axis = rank - 2; axis >= 0; axis--) {
      const place = <usize>axis * 4;
      const next = load<i32>(odometer + place) + 1;
      const step = load<i32>(strides + place);
      if (next < load<i32>(sizes + place)) {
        store<i32>(odometer + place, next);
        offset += step;
        break;
      }
      store<i32>(odometer + place, 0);
      offset -= (next - 1) * step;
    }
  }
}

/** A row of `period` (less than `count`) elements over and over, from its element `phase` on. */
function repeatRow(row: usize, period: i32, phase: i32, count: i32, to: usize): void {
  const start = period - phase;
  copyRun(row + <usize>phase * ELEMENT, start, to);
  copyRun(row, phase, to + <usize>start * ELEMENT);
  for (let done = period; done < count; done <<= 1) {
    memory.copy(to + <usize>done * ELEMENT, to, <usize>min(done, count - done) * ELEMENT);
  }
}

function readRun(x: usize, stride: i32, count: i32, to: usize): void {
  if (stride == 1) copyRun(x, count, to);
  else if (stride == 0) spreadRun(load<u32>(x), count, to);
  else {
    for (let i = 0; i < count; i++) store<u32>(to + <usize>i * ELEMENT, load<u32>(x + <usize>(i * stride) * ELEMENT));
  }
}

/** memory.copy has a price per call that short runs would feel. */
function copyRun(x: usize, count: i32, to: usize): void {
  if (count > 64) {
    memory.copy(to, x, <usize>count * ELEMENT);
    return;
  }
  let i = 0;
  for (; i <= count - 4; i += 4) v128.store(to + <usize>i * ELEMENT, v128.load(x + <usize>i * ELEMENT));
  for (; i < count; i++) store<u32>(to + <usize>i * ELEMENT, load<u32>(x + <usize>i * ELEMENT));
}

function spreadRun(bits: u32, count: i32, to: usize): void {
  const value = v128.splat<u32>(bits);
  let i = 0;
  for (; i <= count - 4; i += 4) v128.store(to + <usize>i * ELEMENT, value);
  for (; i < count; i++) store<u32>(to + <usize>i * ELEMENT, bits);
}
