// Instantiates the WebAssembly module: chooses the build, numbers the kernels, and holds the source of the workers.

import { instantiateSync } from '@assemblyscript/loader';
import { platform } from '#platform';
import type { KernelArgs } from './kernels.generated.js';
import { relaxed, simd } from './wasm.generated.js';

export type Build = 'simd' | 'relaxed';
export type KernelName = keyof KernelArgs;

/** What the module exports besides its kernels. */
interface Exports {
  readonly table: WebAssembly.Table;
  readonly heapBase: WebAssembly.Global;
  readonly TEAM_BYTES: WebAssembly.Global;
  joinTeam(block: number, canSleep: boolean): void;
  readyWorkers(): number;
  run(program: number, threads: number): void;
}

export interface Core {
  readonly module: WebAssembly.Module;
  readonly exports: Exports;
  /** Index of each kernel in the function table. */
  readonly kernels: Readonly<Record<KernelName, number>>;
}

/** A module of a few bytes whose only function uses f32x4.relaxed_madd: valid where relaxed SIMD is supported. */
const relaxedProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0, 65, 0, 253, 17, 65, 0, 253, 17, 65,
  0, 253, 17, 253, 133, 2, 11,
]);

/** The faster build that this engine can run. */
export function bestBuild(): Build {
  return WebAssembly.validate(relaxedProbe) ? 'relaxed' : 'simd';
}

/** Compiles the module of a build. */
export function compileModule(build: Build): WebAssembly.Module {
  return new WebAssembly.Module(moduleBytes(build));
}

/** The same without blocking, for browsers that limit synchronous compilation on the main thread. */
export function compileModuleAsync(build: Build): Promise<WebAssembly.Module> {
  return WebAssembly.compile(moduleBytes(build));
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Core {
  const imports = { env: { memory, abort } };
  const { exports } = instantiateSync(module, imports).instance;
  const kernels = addKernels(module, exports) as Core['kernels'];
  return { module, exports: exports as unknown as Exports, kernels };
}

/**
 * Puts all kernels into the function table, in the order of the module's exports, and returns their indices. The
 * programs name kernels by these indices, so every thread must do exactly this: it is part of the workers' source.
 */
function addKernels(module: WebAssembly.Module, exports: Record<string, unknown>): Record<string, number> {
  const others = ['run', 'worker', 'joinTeam', 'readyWorkers'];
  const kernels = WebAssembly.Module.exports(module).filter(
    ({ kind, name }) => kind === 'function' && !others.includes(name),
  );
  const table = exports['table'] as WebAssembly.Table;
  const first = table.grow(kernels.length);
  return Object.fromEntries(
    kernels.map(({ name }, i) => {
      table.set(first + i, exports[name]);
      return [name, first + i];
    }),
  );
}

/** The body of a worker as source text: a function of a WorkerTask. It never returns. */
export const workerSource = `(({ module, memory, team }) => {
  const addKernels = ${addKernels.toString()};
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort() {} } });
  addKernels(module, exports);
  exports.worker(team);
})`;

function abort(): never {
  throw new Error('The WebAssembly core aborted. This is a defect of kerasm: please report it.');
}

function moduleBytes(build: Build): Uint8Array<ArrayBuffer> {
  return platform.fromBase64(build === 'simd' ? simd : relaxed);
}
