// What the two platforms must provide. `#platform` resolves to node.ts or browser.ts by the conditions of package.json.

/** What a worker thread is given. */
export interface WorkerTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the team block. */
  readonly team: number;
}

export interface Platform {
  readonly name: 'node' | 'browser';
  /** Processors this process may use. */
  cpuCount(): number;
  /** Characters in a line of the terminal; 80 where there is none. */
  columns(): number;
  /** The value of an environment variable, if there are any. */
  environment(name: string): string | undefined;
  /** Whether this thread may wait in memory.atomic.wait, which traps on a browser's main thread. */
  maySleep(): boolean;
  /**
   * Starts a thread that runs `source` on a task and never keeps the process alive; null where memory cannot be shared.
   * Where it is only found out later that there may be no threads, `onRefusal` is called.
   */
  startWorker(source: string, task: WorkerTask, onRefusal: () => void): { terminate(): void } | null;
  /** Writes text to where a program's output goes: standard output, or the console of a page. */
  write(text: string): void;
  /** Whether `write` reaches a terminal, where a line can be rewritten. */
  readonly isTerminal: boolean;
  fromBase64(text: string): Uint8Array<ArrayBuffer>;
  /** Lets waiting tasks (timers, events, rendering) run, and resolves right after. */
  breathe(): Promise<void>;
  /** Writes a text file, or adds to its end. @throws Error where there are no files. */
  writeText(path: string, text: string, append: boolean): Promise<void>;
  /** Writes a whole file: at any time it has its old content or all of the new one. Makes the folders on the way. */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Adds bytes to the end of a file. Makes it, and the folders on the way, if it is not there. */
  appendFile(path: string, bytes: Uint8Array): Promise<void>;
  fileExists(path: string): Promise<boolean>;
  /** Removes a file, or a folder with all that is in it; nothing happens if it is not there. */
  remove(path: string): Promise<void>;
  /** The name of this machine, for the names of log files. */
  hostName(): string;
  /** The bytes of a file or of what an address gives. @throws Error saying what could not be read. */
  readFile(path: string): Promise<Uint8Array>;
  /** Folder `subfolder` of an installed npm package; undefined if it is not installed, or there are no packages here. */
  packageFolder(name: string, subfolder: string): string | undefined;
}
