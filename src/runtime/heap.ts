// Allocation in WebAssembly memory for what outlives a program run: variables, programs, the arena itself.

import { OutOfMemoryError } from '../errors.js';

/** Every block starts at a cache line, so vector loads never straddle one and threads never share one by accident. */
const ALIGNMENT = 64;
const PAGE = 65536;

/** First-fit allocator over a growing WebAssembly.Memory. Free blocks are kept sorted by address and merged. */
export class Heap {
  readonly #memory: WebAssembly.Memory;
  readonly #sizes = new Map<number, number>();
  readonly #free: { start: number; end: number }[] = [];
  #used = 0;

  /** Manages everything from address `base` on. */
  constructor(memory: WebAssembly.Memory, base: number) {
    this.#memory = memory;
    this.#free.push({ start: align(base), end: memory.buffer.byteLength });
  }

  /** Bytes in use. */
  get used(): number {
    return this.#used;
  }

  /** Address of a new block. Its content is undefined. @throws OutOfMemoryError naming the bytes asked for. */
  allocate(bytes: number): number {
    const size = align(Math.max(bytes, 1));
    let index = this.#free.findIndex(block => block.end - block.start >= size);
    if (index < 0) {
      this.#grow(size);
      index = this.#free.length - 1;
    }
    const block = this.#free[index]!;
    const address = block.start;
    block.start += size;
    if (block.start === block.end) this.#free.splice(index, 1);
    this.#sizes.set(address, size);
    this.#used += size;
    return address;
  }

  /** Gives a block back. */
  free(address: number): void {
    const size = this.#sizes.get(address);
    if (size === undefined) return;
    this.#sizes.delete(address);
    this.#used -= size;
    let index = this.#free.findIndex(block => block.start > address);
    if (index < 0) index = this.#free.length;
    this.#free.splice(index, 0, { start: address, end: address + size });
    this.#merge(index);
    this.#merge(index - 1);
  }

  /** Joins free block `index` with the next one if they touch. */
  #merge(index: number): void {
    const block = this.#free[index];
    const next = this.#free[index + 1];
    if (block && next && block.end === next.start) {
      block.end = next.end;
      this.#free.splice(index + 1, 1);
    }
  }

  #grow(size: number): void {
    const end = this.#memory.buffer.byteLength;
    const last = this.#free.at(-1);
    const tail = last && last.end === end ? last.end - last.start : 0;
    // A sixteenth more than asked for, so that many small allocations do not grow the memory each time.
    const want = Math.ceil((size - tail) / PAGE);
    const pages = Math.max(want, Math.min(want + Math.ceil(end / PAGE / 16), 65536 - end / PAGE));
    try {
      this.#memory.grow(pages);
    } catch {
      throw new OutOfMemoryError(
        `Out of WebAssembly memory: ${size.toLocaleString('en')} bytes asked for, ${this.#used.toLocaleString('en')} in use, ` +
          `and the engine allows ${(65536 * PAGE).toLocaleString('en')} at most. Use a smaller batch or a smaller model.`,
      );
    }
    const grown = this.#memory.buffer.byteLength;
    if (tail > 0) last!.end = grown;
    else this.#free.push({ start: end, end: grown });
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
