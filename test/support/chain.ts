// Runs programs of the chain kernel on typed arrays, encoded as the ops encode them.

import type { Emitter, Place } from '../../src/graph/op.js';
import { type ChainProgram, emitChain } from '../../src/ops/chain.js';
import type { Engine } from '../../src/runtime/engine.js';
import type { MicroOp } from '../../src/runtime/kernels.generated.js';
import { type Shape, sizeOf } from '../../src/shape.js';
import { runKernel } from './kernel.js';

type Data = Float32Array | Int32Array;
type Steps = Pick<ChainProgram, 'constants' | 'steps' | 'results'>;

/** y = code(...inputs) for arrays of one length. */
export function runChain(engine: Engine, code: MicroOp, inputs: readonly Data[], y: Data): void {
  const program = { steps: [{ code, operands: inputs.map((_, i) => i) }], results: [inputs.length] };
  const shape = [y.length];
  runProgram(
    engine,
    program,
    inputs.map(data => ({ data, shape })),
    [{ data: y, shape }],
  );
}

/** Runs a program; the same array as input and output is one piece of memory. */
export function runProgram(
  engine: Engine,
  program: Steps,
  inputs: readonly { data: Data; shape: Shape }[],
  outputs: readonly { data: Data; shape: Shape }[],
): void {
  const arrays: Data[] = [];
  const buffers = new Map<Data, Place['buffer']>();
  const placeOf = ({ data, shape }: { data: Data; shape: Shape }): Place => {
    let buffer = buffers.get(data);
    // The offset is the array's number: it stands for the address until the kernel runs.
    if (!buffer)
      buffers.set(data, (buffer = { bytes: 4 * data.length, space: 'fixed', offset: arrays.push(data) - 1 }));
    return {
      shape,
      dtype: data instanceof Float32Array ? 'float32' : 'int32',
      size: sizeOf(shape),
      buffer,
      byteOffset: 0,
    };
  };
  const arrayOf = (value: unknown) =>
    typeof value === 'object' ? arrays[(value as Place).buffer.offset]! : (value as number);
  const emitter: Pick<Emitter, 'threads' | 'workspace' | 'call'> = {
    threads: engine.threads,
    workspace: bytes => placeOf({ data: new Int32Array(Math.ceil(bytes / 4)), shape: [] }),
    call: (kernel, args, _work, tail = []) => {
      const values = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, arrayOf(value)]));
      runKernel(engine, kernel, values as Parameters<typeof runKernel>[2] as never, tail.map(arrayOf));
    },
  };
  emitChain(emitter, program, inputs.map(placeOf), outputs.map(placeOf));
}
