// The instruction loop. A program is a run of 32-bit words:
//
//   header       0: bytes of the whole program   1: 1 if any instruction is parallel
//   instruction  0: kernel (index in the function table)   1: flags   2: bytes of this instruction   3: chunk counter
//                4...: the kernel's arguments, in the order of its Args class
//
// A kernel has the signature (args, thread, threads) and computes its thread's share. Serial instructions run on thread
// 0 alone. The encoder sets BARRIER where an instruction must not start before the one in front of it is complete.

import { awaitEpoch, barrier, currentEpoch, dispatch, dispatchedProgram, enlist, joinTeam } from './team';

const PARALLEL: i32 = 1;
const BARRIER: i32 = 2;

export const PROGRAM_HEADER: i32 = 8;
export const INSTRUCTION_HEADER: i32 = 16;

/** Runs a program to its end on `threads` threads (this one and workers 1..threads-1). */
export function run(program: usize, threads: i32): void {
  const team = load<i32>(program, 4) ? threads : 1;
  if (team > 1) dispatch(program, team);
  execute(program, 0, team);
}

/** Life of a worker thread: never returns. `block`: the team block. */
export function worker(block: usize): void {
  joinTeam(block, true);
  let epoch = currentEpoch();
  const thread = enlist();
  for (;;) {
    epoch = awaitEpoch(epoch);
    const threads = epoch & 255;
    if (thread < threads) execute(dispatchedProgram(), thread, threads);
  }
}

function execute(program: usize, thread: i32, threads: i32): void {
  const end = program + <usize>load<i32>(program);
  let p = program + PROGRAM_HEADER;
  while (p < end) {
    const flags = load<i32>(p, 4);
    if (threads == 1) {
      store<i32>(p, 0, 12);
      call_indirect<void>(load<u32>(p), p + INSTRUCTION_HEADER, 0, 1);
    } else {
      if (flags & BARRIER) barrier(thread, threads, p + 12);
      if (flags & PARALLEL) call_indirect<void>(load<u32>(p), p + INSTRUCTION_HEADER, thread, threads);
      else if (thread == 0) {
        store<i32>(p, 0, 12);
        call_indirect<void>(load<u32>(p), p + INSTRUCTION_HEADER, 0, 1);
      }
    }
    p += <usize>load<i32>(p, 8);
  }
  // Nobody leaves before everybody is done: the caller is about to read the results, or to start the next program.
  if (threads > 1) barrier(thread, threads, 0);
}
