// Runs one op alone on a given engine: its instructions as they are in programs, with guards around every
// array.

import type { Attrs, Emitter, OpDef, Place } from '../../src/graph/op.js';
import { encodeProgram, type Instruction } from '../../src/runtime/encode.js';
import type { Engine } from '../../src/runtime/engine.js';
import { type Shape, sizeOf } from '../../src/shape.js';

const GUARD = 0x7fc0beef;
const GUARD_WORDS = 16;

/** The float32 output of an op. Fails if anything outside outputs and workspaces was written. */
export function runOp<A extends Attrs>(
  engine: Engine,
  op: OpDef<A>,
  inputs: readonly (readonly [Shape, Float32Array])[],
  attrs: A,
): Float32Array {
  const blocks: { readonly start: number; readonly size: number }[] = [];
  const allocate = (size: number, data?: Float32Array): Place['buffer'] => {
    const offset = engine.heap.allocate(4 * (size + 2 * GUARD_WORDS)) + 4 * GUARD_WORDS;
    const start = offset / 4;
    engine.i32.fill(GUARD, start - GUARD_WORDS, start + size + GUARD_WORDS);
    if (data) engine.f32.set(data, start);
    blocks.push({ start, size });
    return { bytes: 4 * size, space: 'fixed', offset };
  };
  const place = (shape: Shape, data?: Float32Array): Place => {
    const size = sizeOf(shape);
    return { shape, dtype: 'float32', size, buffer: allocate(size, data), byteOffset: 0 };
  };
  const places = inputs.map(([shape, data]) => place(shape, data));
  const output = place(op.infer(places, attrs)[0]!.shape);
  const instructions: Instruction[] = [];
  const work = engine.threads > 1 ? 1 : 0;
  const emitter: Emitter = {
    threads: engine.threads,
    call: (kernel, args, _, tail = []) => instructions.push({ kernel, args, tail, work }),
    workspace: bytes => ({ buffer: allocate(Math.ceil(bytes / 4)), byteOffset: 0 }),
    derived(_, bytes, fill) {
      const to = emitter.workspace(bytes);
      fill(emitter, to);
      return to;
    },
  };
  op.emit(emitter, { inputs: places, outputs: [output], attrs });
  const { words } = encodeProgram(instructions, engine.core.kernels);
  const program = engine.heap.allocate(words.byteLength);
  engine.i32.set(words, program / 4);
  engine.run(program, work);
  for (const { start, size } of blocks) {
    for (let i = 1; i <= GUARD_WORDS; i++) {
      if (engine.i32[start - i] !== GUARD) throw new Error(`${op.name} wrote in front of an array (${i} words)`);
      if (engine.i32[start + size + i - 1] !== GUARD) throw new Error(`${op.name} wrote behind an array (${i} words)`);
    }
  }
  inputs.forEach(([, data], i) => {
    const start = places[i]!.buffer.offset / 4;
    if (data.some((value, j) => !Object.is(value, engine.f32[start + j])))
      throw new Error(`${op.name} changed input ${i}`);
  });
  const start = output.buffer.offset / 4;
  const result = engine.f32.slice(start, start + output.size);
  for (const { start: block } of blocks) engine.heap.free(4 * (block - GUARD_WORDS));
  engine.heap.free(program);
  return result;
}
