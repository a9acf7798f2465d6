// The part that callbacks share which watch one value: what counts as better.

import { ValueError } from '../errors.js';
import { type AnyLogs, Callback } from './callback.js';
import { noOtherOptions } from './options.js';

export interface MonitorOptions {
  /** The name in the logs. Default 'val_loss'. */
  monitor?: string;
  /** Whether less or more is better; 'auto' asks the metric. Default 'auto'. */
  mode?: 'auto' | 'min' | 'max';
  /** Smaller changes do not count as improvements. */
  minDelta?: number;
}

export class MonitorCallback extends Callback {
  readonly monitor: string;
  readonly minDelta: number;
  #mode: 'auto' | 'min' | 'max';

  constructor(
    { monitor = 'val_loss', mode = 'auto', minDelta = 0, ...rest }: MonitorOptions,
    private readonly title: string,
    ownOptions: readonly string[],
  ) {
    super();
    noOtherOptions(title, rest, ['monitor', 'mode', 'minDelta', ...ownOptions]);
    if (!['auto', 'min', 'max'].includes(mode)) console.warn(`${title}: mode '${mode}' is unknown, taking 'auto'.`);
    this.monitor = monitor;
    this.minDelta = Math.abs(minDelta);
    this.#mode = mode === 'min' || mode === 'max' ? mode : 'auto';
  }

  /** Whether `value` is better than `reference` by more than `minDelta`. Anything is better than null. */
  protected isImprovement(value: number, reference: number | null): boolean {
    const direction = this.#direction();
    if (reference === null) return true;
    return direction === 'min' ? value + this.minDelta < reference : value - this.minDelta > reference;
  }

  /** The value being watched; a warning and null if it is not in the logs. */
  protected monitored(logs: AnyLogs, what: string): number | null {
    const value = logs[this.monitor];
    if (typeof value === 'number') return value;
    console.warn(
      `${what} conditioned on metric \`${this.monitor}\` which is not available. Available metrics are: ${Object.keys(logs).join(',')}`,
    );
    return null;
  }

  /** @throws ValueError if it is not known whether less or more is better: to be found out before training. */
  protected checkMonitor(): void {
    this.#direction();
  }

  #direction(): 'min' | 'max' {
    if (this.#mode !== 'auto') return this.#mode;
    const name = this.monitor.replace(/^val_/, '');
    const known = name === 'loss' || name.endsWith('_loss') ? 'down' : this.model.metricDirection(name);
    if (!known && !name.includes('acc')) {
      throw new ValueError(
        `${this.title}: it is not known whether ${this.monitor} should become smaller or greater. ` +
          `Pass mode: 'min' or mode: 'max'.`,
      );
    }
    this.#mode = known === 'down' ? 'min' : 'max';
    return this.#mode;
  }
}
