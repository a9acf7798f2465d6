// Writes the logs of each epoch to a file of comma-separated values.

import { platform } from '#platform';
import { callable } from '../callable.js';
import { ValueError } from '../errors.js';
import { floatText } from '../numberText.js';
import { type AnyLogs, Callback } from './callback.js';
import { noOtherOptions } from './options.js';

class CSVLoggerCallback extends Callback {
  readonly filename: string;
  readonly separator: string;
  readonly append: boolean;
  #keys: string[] | null = null;
  #header = true;

  constructor(
    filename: string,
    { separator = ',', append = false, ...rest }: { separator?: string; append?: boolean } = {},
  ) {
    super();
    noOtherOptions('CSVLogger', rest, ['separator', 'append']);
    if (typeof filename !== 'string')
      throw new ValueError(`CSVLogger: expected the path of a file as filename. Received: ${String(filename)}.`);
    this.filename = filename;
    this.separator = separator;
    this.append = append;
  }

  override async onTrainBegin(): Promise<void> {
    this.#keys = null;
    this.#header = true;
    if (!this.append) await platform.writeText(this.filename, '', false);
    else this.#header = (await platform.readFile(this.filename).catch(() => new Uint8Array())).length === 0;
  }

  override async onEpochEnd(epoch: number, logs: AnyLogs = {}): Promise<void> {
    let text = '';
    if (!this.#keys) {
      const names = Object.keys(logs).sort();
      // If the first epoch is not validated, a later one may be.
      const validated = names.some(name => name.startsWith('val_'));
      this.#keys = validated ? names : [...names, ...names.map(name => `val_${name}`)];
      if (this.#header) text = this.#row(['epoch', ...this.#keys]);
    }
    const values = this.#keys.map(key => {
      const value = logs[key];
      if (value === undefined) return 'NA';
      return typeof value === 'number' ? floatText(value) : `"[${value.map(floatText).join(', ')}]"`;
    });
    await platform.writeText(this.filename, text + this.#row([String(epoch), ...values]), true);
  }

  #row(cells: readonly string[]): string {
    const quoted = cells.map(cell =>
      /["\r\n]/.test(cell) || cell.includes(this.separator) ? `"${cell.replaceAll('"', '""')}"` : cell,
    );
    return `${quoted.join(this.separator)}\r\n`;
  }
}

/** `CSVLogger('log.csv', { separator: ';', append: true })`. */
export const CSVLogger = callable(CSVLoggerCallback);
