// The team of threads that runs a program together: thread 0 is the caller, the others are workers that sleep between
// programs. All state lies in one block of shared memory that the runtime allocates and zeroes ("team block"), because
// globals and data segments belong to each instance on its own.

/** Byte offsets inside the team block; one cache line each, so that spinning on one word does not slow the others. */
const EPOCH: usize = 0; // programs handed out so far << 8 | threads that take part in the last one
const PROGRAM: usize = 64; // address of that program
const READY: usize = 128; // workers that have arrived at their waiting place
const ASLEEP: usize = 132; // workers in atomic.wait
const ARRIVED: usize = 192; // threads that have reached the barrier
const PHASE: usize = 256; // counts barriers passed
export const TEAM_BYTES: i32 = 320;

/**
 * Polls before a thread goes to sleep: about 100 microseconds, longer than the gap between two training steps. Where other
 * processes want the cores, whoever waits longer gives its core to the thread that it waits for.
 */
const SPINS: i32 = 100_000;

/** Address of the team block, the same in every instance. */
let team: usize = 0;
/** Whether this thread is allowed to sleep; a browser's main thread is not. */
let maySleep: bool = false;

export function joinTeam(block: usize, canSleep: bool): void {
  team = block;
  maySleep = canSleep;
}

/** Number of workers that can take part now. */
export function readyWorkers(): i32 {
  return atomic.load<i32>(team, READY);
}

/** A worker's entry: returns its thread number, 1, 2, ... */
export function enlist(): i32 {
  return atomic.add<i32>(team, 1, READY) + 1;
}

/** Hands a program to threads 1..threads-1. They start at once; the caller must then execute its own share. */
export function dispatch(program: usize, threads: i32): void {
  store<u32>(team, <u32>program, PROGRAM);
  const count = atomic.load<i32>(team, EPOCH) >> 8;
  atomic.store<i32>(team, ((count + 1) << 8) | threads, EPOCH);
  wake(EPOCH);
}

export function currentEpoch(): i32 {
  return atomic.load<i32>(team, EPOCH);
}

/**
 * Waits until the epoch is no longer `seen` and returns the new one, whose low byte is its number of threads. A worker
 * that is not among them must look at nothing else: nobody waits for it, so the next program may already be there.
 */
export function awaitEpoch(seen: i32): i32 {
  awaitChange(EPOCH, seen);
  return atomic.load<i32>(team, EPOCH);
}

export function dispatchedProgram(): usize {
  return <usize>load<u32>(team, PROGRAM);
}

/**
 * Meets all threads of the running program. Whatever any of them wrote before is seen by all of them afterwards.
 * `counter`, if not 0, is the address of a word that is 0 when the threads go on.
 */
export function barrier(thread: i32, threads: i32, counter: usize): void {
  if (threads == 1) {
    if (counter) store<i32>(counter, 0);
    return;
  }
  const phase = atomic.load<i32>(team, PHASE);
  if (atomic.add<i32>(team, 1, ARRIVED) == threads - 1) {
    atomic.store<i32>(team, 0, ARRIVED);
    if (counter) atomic.store<i32>(counter, 0);
    atomic.add<i32>(team, 1, PHASE);
    wake(PHASE);
  } else {
    awaitChange(PHASE, phase);
  }
}

/** Number of the next chunk of an instruction whose threads claim chunks as they get free. `args`: the kernel's arguments. */
export function claim(args: usize): i32 {
  return atomic.add<i32>(args - 4, 1);
}

/** Where the share of `thread` begins when n elements are split evenly, at multiples of 16 elements (a cache line). */
export function share(n: i32, thread: i32, threads: i32): i32 {
  if (thread == threads) return n;
  return <i32>((<i64>n * thread) / threads) & ~15;
}

/** Where the share of `thread` begins when n rows, or other long pieces of work, are split evenly. */
export function shareRows(n: i32, thread: i32, threads: i32): i32 {
  return <i32>((<i64>n * thread) / threads);
}

function wake(word: usize): void {
  if (atomic.load<i32>(team, ASLEEP) != 0) atomic.notify(team + word, -1);
}

function awaitChange(word: usize, seen: i32): void {
  for (;;) {
    for (let i = 0; i < SPINS; i++) {
      if (atomic.load<i32>(team + word) != seen) return;
    }
    if (!maySleep) continue;
    // The waker changes the word before it reads ASLEEP, and wait() compares the word itself: no wake-up is lost.
    atomic.add<i32>(team, 1, ASLEEP);
    call_indirect<void>(load<u32>(changetype<usize>(sleep)), team + word, seen);
    atomic.sub<i32>(team, 1, ASLEEP);
  }
}

/**
 * Nothing but the wait, and called through the table so that it is never inlined: the baseline compiler of Node 20 (V8
 * 11.3) loses local variables that live across memory.atomic.wait32.
 */
function sleep(address: usize, seen: i32): void {
  atomic.wait<i32>(address, seen, -1);
}
