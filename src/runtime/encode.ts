// Instructions as data, and their encoding as the words that the instruction loop reads (assembly/program.ts).

import { type KernelArgs, kernelFields } from './kernels.generated.js';
import type { KernelName } from './load.js';
import type { Location, Pointer } from './pointer.js';

/** One call of a kernel. */
export interface Instruction<K extends KernelName = KernelName> {
  readonly kernel: K;
  readonly args: KernelArgs[K];
  /** Words behind the kernel's fixed arguments, where it reads a list. */
  readonly tail?: readonly Pointer[];
  /** Scalar operations, about, that all threads share; 0 where one thread does it alone. */
  readonly work: number;
}

export interface EncodedProgram {
  readonly words: Int32Array;
  /** Indices of the words that hold addresses inside the arena, as offsets from its start. */
  readonly relocations: readonly number[];
  /** What the instructions for all threads add up to. */
  readonly work: number;
}

const PARALLEL = 1;
const BARRIER = 2;
const PROGRAM_WORDS = 2;
const INSTRUCTION_WORDS = 4;
const floatBits = new Float32Array(1);
const intBits = new Int32Array(floatBits.buffer);

/** The words of a program. `kernels`: index of each kernel in the function table. */
export function encodeProgram(
  instructions: readonly Instruction[],
  kernels: Readonly<Record<KernelName, number>>,
): EncodedProgram {
  const words: number[] = [0, 0];
  const relocations: number[] = [];
  const pushPointer = (pointer: Pointer) => {
    if (typeof pointer === 'number') {
      words.push(pointer | 0);
      return;
    }
    const { buffer, byteOffset }: Location = pointer;
    if (buffer.space === 'arena') relocations.push(words.length);
    words.push((buffer.offset + byteOffset) | 0);
  };
  let previousParallel = false;
  let total = 0;
  for (const { kernel, args, tail = [], work } of instructions) {
    const parallel = work > 0;
    const start = words.length;
    words.push(kernels[kernel], 0, 0, 0);
    for (const field of kernelFields[kernel]) {
      const kind = field[0];
      const value = (args as Readonly<Record<string, Pointer | boolean>>)[field.slice(2)]!;
      if (kind === 'p') pushPointer(value as Pointer);
      else if (kind === 'i') words.push(Number(value) | 0);
      else {
        floatBits[0] = value as number;
        words.push(intBits[0]!);
      }
    }
    tail.forEach(pushPointer);
    words[start + 1] = (parallel ? PARALLEL : 0) | (parallel || previousParallel ? BARRIER : 0);
    words[start + 2] = 4 * (words.length - start);
    previousParallel = parallel;
    total += work;
  }
  words[0] = 4 * words.length;
  words[1] = total > 0 ? 1 : 0;
  return { words: Int32Array.from(words), relocations, work: total };
}

/** Words in front of the first instruction's arguments: where a lone instruction's arguments begin. */
export const FIRST_ARGUMENT_WORD = PROGRAM_WORDS + INSTRUCTION_WORDS;
