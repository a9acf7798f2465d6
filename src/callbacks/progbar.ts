// The progress bar of Keras 3. On a terminal it rewrites its line; elsewhere it writes one line when it is done.

import { platform } from '#platform';
import { type CallableClass, callable } from '../callable.js';
import { ValueError } from '../errors.js';
import { exponential, fixed, floatText } from '../numberText.js';

export interface ProgbarOptions {
  /** Cells of the bar. Default 20. */
  width?: number;
  /** 0 silent, 1 a bar, 2 one line at the end. Default 1. */
  verbose?: number;
  /** Seconds between two drawings. Default 0.05. */
  interval?: number;
  /** Names whose values are shown as they are; all others are averaged over the steps. */
  statefulMetrics?: readonly string[] | null;
  /** Names whose values are averaged; all others are shown as they are. Only one of the two may be given. */
  statelessMetrics?: readonly string[] | null;
  /** What a step is called. Default 'step'. */
  unitName?: string;
}

type Value = number | readonly number[];

const BOLD = '\x1b[1m';
const GREEN = '\x1b[32m';
const WHITE = '\x1b[37m';
const RESET = '\x1b[0m';

class ProgbarClass {
  target: number | null;
  readonly #width: number;
  readonly #verbose: number;
  readonly #interval: number;
  readonly #averaged: (name: string) => boolean;
  readonly #unitName: string;
  /** Sum and weight of each value. */
  readonly #values = new Map<string, [sum: number, weight: number]>();
  readonly #start = now();
  #lastUpdate = 0;
  #afterFirstStep: number | null = null;
  #shown = 0;
  #seen = 0;

  constructor(
    target: number | null,
    {
      width = 20,
      verbose = 1,
      interval = 0.05,
      statefulMetrics = null,
      statelessMetrics = null,
      unitName = 'step',
    }: ProgbarOptions = {},
  ) {
    if (statefulMetrics && statelessMetrics) {
      throw new ValueError('Progbar: only one of statefulMetrics and statelessMetrics can be given.');
    }
    this.target = target;
    this.#width = width;
    this.#verbose = verbose;
    this.#interval = interval;
    this.#averaged = name =>
      statelessMetrics ? statelessMetrics.includes(name) : !(statefulMetrics ?? []).includes(name);
    this.#unitName = unitName;
  }

  /** Steps seen so far. */
  get seen(): number {
    return this.#seen;
  }

  /** Whether an update would be drawn now. */
  get due(): boolean {
    return this.#verbose === 1 && platform.isTerminal && now() - this.#lastUpdate >= this.#interval;
  }

  /** Shows that `current` steps are done. The last one ends the line. */
  update(
    current: number,
    values: readonly (readonly [name: string, value: Value])[] = [],
    finalize = this.target !== null && current >= this.target,
  ): void {
    for (const [name, value] of values) this.#take(name, value, current, finalize);
    this.#seen = current;
    const time = now();
    const perStep = this.#stepDuration(current, time);
    if (this.#verbose === 1 && platform.isTerminal) {
      if (!finalize && time - this.#lastUpdate < this.#interval) return;
      this.#draw(current, perStep, time, finalize);
    } else if (this.#verbose && finalize && this.target) {
      const head =
        this.#verbose === 1 ? `${this.#count(current)} ${'━'.repeat(this.#width)} ` : `${this.#count(current)} - `;
      const duration = `${fixed(time - this.#start, 0)}s`;
      const gap = this.#verbose === 1 ? ' ' : ' - ';
      platform.write(`${head}${duration}${gap}${this.#pace(perStep)}${this.#shownValues()}\n`);
    }
    this.#lastUpdate = time;
  }

  /** Shows that `n` more steps are done. */
  add(n: number, values: readonly (readonly [name: string, value: Value])[] = []): void {
    this.update(this.#seen + n, values);
  }

  #take(name: string, given: Value, current: number, finalize: boolean): void {
    const value = typeof given === 'number' ? given : given.reduce((a, b) => a + b, 0) / given.length;
    if (!this.#averaged(name) || finalize) {
      this.#values.set(name, [value, 1]);
      return;
    }
    const weight = Math.max(current - this.#seen, 1);
    const [sum, total] = this.#values.get(name) ?? [0, 0];
    this.#values.set(name, [sum + value * weight, total + weight]);
  }

  #draw(current: number, perStep: number, time: number, finalize: boolean): void {
    let bar = `${String(current).padStart(7)}/Unknown`;
    let visible = bar.length;
    if (this.target) {
      const done = Math.min(Math.floor((this.#width * current) / this.target), this.#width);
      const count = this.#count(current);
      bar = `${BOLD}${count}${RESET} `;
      if (done > 0) bar += `${GREEN}${'━'.repeat(done)}${RESET}`;
      bar += `${WHITE}${'━'.repeat(this.#width - done)}${RESET}`;
      visible = count.length + 1 + this.#width;
    }
    const clock =
      this.target && !finalize ? eta(perStep * (this.target - current)) : `${fixed(time - this.#start, 0)}s`;
    const rest = ` ${this.#pace(perStep)}${this.#shownValues()}`;
    visible += 1 + clock.length + rest.length;
    const padding = ' '.repeat(Math.max(this.#shown - visible, 0));
    platform.write(
      `${'\b'.repeat(this.#shown)}\r${bar} ${BOLD}${clock}${RESET}${rest}${padding}${finalize ? '\n' : ''}`,
    );
    this.#shown = visible;
  }

  #count(current: number): string {
    return `${String(current).padStart(String(this.target).length)}/${this.target}`;
  }

  #pace(perStep: number): string {
    if (perStep >= 1 || perStep === 0) return `${fixed(perStep, 0)}s/${this.#unitName}`;
    return perStep >= 1e-3
      ? `${fixed(perStep * 1e3, 0)}ms/${this.#unitName}`
      : `${fixed(perStep * 1e6, 0)}us/${this.#unitName}`;
  }

  #shownValues(): string {
    return [...this.#values]
      .map(([name, [sum, weight]]) => {
        const value = sum / Math.max(1, weight);
        // In the lines of verbose 2 Keras counts all negative numbers as small.
        return ` - ${name}: ${format(value, (this.#verbose === 2 ? value : Math.abs(value)) <= 1e-3)}`;
      })
      .join('');
  }

  #stepDuration(current: number, time: number): number {
    if (!current) return 0;
    const duration =
      this.#afterFirstStep !== null && current > 1
        ? (time - this.#afterFirstStep) / (current - 1)
        : (time - this.#start) / current;
    if (current === 1) this.#afterFirstStep = time;
    return duration;
  }
}

/** `Progbar(target)`: call `update(step, [[name, value], ...])` after each step. `target` null: the end is not known. */
export const Progbar: CallableClass<typeof ProgbarClass> = callable(ProgbarClass);
export type Progbar = ProgbarClass;

/** Four digits, or an exponent where few of them would be left. */
function format(value: number, isSmall: boolean): string {
  if (!Number.isFinite(value)) return floatText(value);
  return isSmall ? exponential(value, 4) : fixed(value, 4);
}

function eta(seconds: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  if (seconds > 3600) return `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  return seconds > 60 ? `${Math.floor(seconds / 60)}:${two(seconds % 60)}` : `${Math.floor(seconds)}s`;
}

function now(): number {
  return performance.now() / 1000;
}
