// Memory planning: fixed offsets in the arena from lifetimes. Largest buffers first, each at the lowest offset where no
// buffer that lives at the same time is in its way (best fit among the gaps).

import type { Buffer } from '../runtime/pointer.js';

/** A region of the arena, alive from instruction group `first` to `last` inclusive. */
export class ArenaBuffer implements Buffer {
  readonly space = 'arena';
  readonly bytes: number;
  readonly first: number;
  last: number;
  offset = 0;
  /** What it holds, for error messages and listings. */
  readonly label: string;

  constructor(bytes: number, first: number, last: number, label: string) {
    this.bytes = bytes;
    this.first = first;
    this.last = last;
    this.label = label;
  }
}

const ALIGNMENT = 64;

/** Sets every buffer's offset and returns the bytes of arena they need. */
export function planMemory(buffers: readonly ArenaBuffer[]): number {
  const placed: ArenaBuffer[] = []; // by offset
  let total = 0;
  for (const buffer of [...buffers].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const size = align(buffer.bytes);
    let best = -1;
    let bestGap = Infinity;
    let end = 0;
    for (const other of placed) {
      if (other.last < buffer.first || other.first > buffer.last) continue;
      const gap = other.offset - end;
      if (gap >= size && gap < bestGap) {
        best = end;
        bestGap = gap;
      }
      end = Math.max(end, other.offset + align(other.bytes));
    }
    buffer.offset = best >= 0 ? best : end;
    total = Math.max(total, buffer.offset + size);
    const at = placed.findIndex(other => other.offset > buffer.offset);
    placed.splice(at < 0 ? placed.length : at, 0, buffer);
  }
  return total;
}

function align(bytes: number): number {
  return Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;
}
