// A file of events in the folder that TensorBoard reads as one run.

import { platform } from '#platform';
import { concatenate, type Message } from './protobuf.js';
import { record } from './records.js';
import { event, fileVersion } from './summary.js';

/** Bytes that are held back at most. */
const ENOUGH = 1 << 16;

let files = 0;

/** Values are collected and written by `flush`, or when there are many. */
export class EventFile {
  readonly path: string;
  #waiting: Uint8Array[] = [];
  #bytes = 0;

  constructor(folder: string) {
    const seconds = Math.floor(Date.now() / 1000)
      .toString()
      .padStart(10, '0');
    const process = Math.floor(performance.timeOrigin % 1e6);
    this.path = `${folder}/events.out.tfevents.${seconds}.${platform.hostName()}.${process}.${files++}.v2`;
    this.#add(fileVersion(now()));
  }

  /** Adds values at a step. */
  write(step: number, values: readonly Message[]): Promise<void> | undefined {
    this.#add(event(now(), step, values));
    return this.#bytes > ENOUGH ? this.flush() : undefined;
  }

  /** Resolves when all values are in the file. */
  async flush(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#bytes = 0;
    await platform.appendFile(this.path, concatenate(waiting));
  }

  #add(message: Message): void {
    const bytes = record(message.encode());
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
  }
}

const now = () => Date.now() / 1000;
