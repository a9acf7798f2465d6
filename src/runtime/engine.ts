// The engine: one WebAssembly instance with its memory, its heap, the arena that all programs share, and its workers.

import { platform } from '#platform';
import { ValueError } from '../errors.js';
import { Heap } from './heap.js';
import {
  type Build,
  bestBuild,
  type Core,
  compileModule,
  compileModuleAsync,
  instantiate,
  workerSource,
} from './load.js';

export interface EngineOptions {
  /** Which of the two builds; by default the faster one that this JavaScript engine can run. */
  readonly build?: Build;
  /** Threads to use, this one included; by default all processors. */
  readonly threads?: number;
  readonly module?: WebAssembly.Module;
}

/** Threads a program can be split over. The team's epoch word has 8 bits for them. */
const MAX_THREADS = 64;

/** Work that takes about as long as starting a worker: programs with less in all run on one thread. */
const STARTING_WORK = 20_000_000;

export class Engine {
  readonly build: Build;
  readonly core: Core;
  readonly heap: Heap;
  readonly #memory: WebAssembly.Memory;
  readonly #team: number;
  readonly #workers: { terminate(): void }[] = [];
  #threads: number;
  #workersRefused = false;
  /** What several threads could have shared so far. */
  #sharedWork = 0;
  #arena = 0;
  #arenaBytes = 0;
  #f32!: Float32Array;
  #i32!: Int32Array;

  constructor({
    build = bestBuild(),
    threads = platform.cpuCount(),
    module = compileModule(build),
  }: EngineOptions = {}) {
    this.build = build;
    this.#memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
    this.core = instantiate(module, this.#memory);
    this.heap = new Heap(this.#memory, this.core.exports.heapBase.value as number);
    const teamBytes = this.core.exports.TEAM_BYTES.value as number;
    this.#team = this.heap.allocate(teamBytes);
    this.i32.fill(0, this.#team / 4, (this.#team + teamBytes) / 4);
    this.core.exports.joinTeam(this.#team, platform.maySleep());
    this.#threads = checkThreads(threads);
  }

  /** All of memory as float32. Do not keep it: memory may grow. */
  get f32(): Float32Array {
    if (this.#f32?.byteLength !== this.#memory.buffer.byteLength) this.#f32 = new Float32Array(this.#memory.buffer);
    return this.#f32;
  }

  /** All of memory as int32. Do not keep it: memory may grow. */
  get i32(): Int32Array {
    if (this.#i32?.byteLength !== this.#memory.buffer.byteLength) this.#i32 = new Int32Array(this.#memory.buffer);
    return this.#i32;
  }

  /** Threads that programs are compiled for. */
  get threads(): number {
    return this.#threads;
  }

  /** Threads that can take part now. */
  get availableThreads(): number {
    return this.#workersRefused ? 1 : this.#threads;
  }

  /** Sets the number of threads. Resolves when they are ready; until then programs run on those that are. */
  setThreads(threads: number): Promise<void> {
    this.#threads = checkThreads(threads);
    return this.ready();
  }

  /** Resolves when all threads are there, or cannot be had. */
  async ready(): Promise<void> {
    this.#startWorkers();
    while (!this.#workersRefused && this.core.exports.readyWorkers() < this.#threads - 1) {
      await new Promise(resolve => setTimeout(resolve, 1));
    }
  }

  /** Address of the arena, at least `bytes` long. It may move, which does not keep its content. */
  arena(bytes: number): number {
    if (bytes > this.#arenaBytes) {
      // The old one goes first, so that the new one can take its place.
      if (this.#arenaBytes > 0) this.heap.free(this.#arena);
      this.#arenaBytes = 0;
      this.#arena = this.heap.allocate(bytes);
      this.#arenaBytes = bytes;
    }
    return this.#arena;
  }

  get arenaBytes(): number {
    return this.#arenaBytes;
  }

  /** Runs the program at an address to its end. `work`: scalar operations, about, that several threads can share. */
  run(program: number, work: number): void {
    let threads = 1;
    if (work > 0 && this.#threads > 1) {
      this.#sharedWork += work;
      if (this.#sharedWork >= STARTING_WORK) this.#startWorkers();
      threads = Math.min(this.#threads, 1 + this.core.exports.readyWorkers());
    }
    this.core.exports.run(program, threads);
  }

  /** Stops the workers. For tests that make many engines; a process ends without it. */
  terminate(): void {
    this.#workersRefused = true;
    for (const worker of this.#workers.splice(0)) worker.terminate();
    this.#threads = 1;
  }

  #startWorkers(): void {
    while (!this.#workersRefused && this.#workers.length < this.#threads - 1) {
      const task = { module: this.core.module, memory: this.#memory, team: this.#team };
      const worker = platform.startWorker(workerSource, task, () => {
        this.#workersRefused = true;
      });
      if (worker) this.#workers.push(worker);
      else this.#workersRefused = true;
    }
  }
}

let shared: Engine | undefined;

/** The engine of this process or page, started on first use. */
export function engine(): Engine {
  shared ??= new Engine(environmentOptions());
  return shared;
}

/**
 * Resolves when the core is compiled and all its threads are there. Everything works without waiting for it; a page
 * that waits does not block while the core is compiled.
 */
export async function ready(): Promise<void> {
  if (!shared) {
    const options = environmentOptions();
    const module = await compileModuleAsync(options.build ?? bestBuild());
    shared ??= new Engine({ ...options, module });
  }
  await shared.ready();
}

/** Sets the number of threads that computations use, this one included. Resolves when they are there. */
export function setThreads(threads: number): Promise<void> {
  return engine().setThreads(threads);
}

/** The number of threads that computations use: fewer than asked for where a page may not share memory. */
export function getThreads(): number {
  return engine().availableThreads;
}

/** Options from the environment: KERASM_THREADS (a number) and KERASM_BUILD (simd or relaxed). */
function environmentOptions(): EngineOptions {
  const threads = platform.environment('KERASM_THREADS');
  const build = platform.environment('KERASM_BUILD');
  if (build !== undefined && build !== 'simd' && build !== 'relaxed') {
    throw new ValueError(`KERASM_BUILD: expected "simd" or "relaxed". Received "${build}".`);
  }
  return { ...(threads ? { threads: Number(threads) } : {}), ...(build ? { build } : {}) };
}

function checkThreads(threads: number): number {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ValueError(`The number of threads must be a positive integer. Received: ${threads}.`);
  }
  return Math.min(threads, MAX_THREADS);
}
