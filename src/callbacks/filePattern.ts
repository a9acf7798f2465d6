// Python's format strings, as far as file names of checkpoints need them: `weights.{epoch:02d}-{val_loss:.2f}.keras`.

import { ValueError } from '../errors.js';
import { exponential, fixed, floatText } from '../numberText.js';
import type { AnyLogs } from './callback.js';

/** A field: the name, then optionally fill and alignment, sign, zeros, width, precision, type. */
const spec = /^(?:(.)?([<>=^]))?([+\- ])?(0)?(\d+)?(?:\.(\d+))?([deEfFgGn%s])?$/;

/**
 * Fills the fields of a pattern. `counts` are whole numbers (epoch, batch), `logs` what was measured.
 * @throws ValueError for a name that neither has, as Python's KeyError
 */
export function fillPattern(pattern: string, counts: { readonly [name: string]: number }, logs: AnyLogs): string {
  const fail = (reason: string): never => {
    const known = [...Object.keys(counts), ...Object.keys(logs)].join(', ');
    throw new ValueError(
      `Failed to format this callback filepath: "${pattern}". Reason: ${reason}. Known names: ${known}.`,
    );
  };
  return pattern.replace(/\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}/g, (field, name: string | undefined, format = '') => {
    if (name === undefined) return field[0]!;
    const value = name in counts ? counts[name]! : logs[name];
    if (value === undefined) return fail(`'${name}'`);
    const parts = spec.exec(format);
    if (!parts || typeof value !== 'number') return fail(`'${name}' cannot be written as '${format}'`);
    const [, fill, align, sign = '', zero, width, precision, type] = parts;
    const digits = digitsOf(
      Math.abs(value),
      type,
      precision === undefined ? undefined : Number(precision),
      name in counts,
    );
    if (digits === null) return fail(`'${name}' is ${value}, which is no whole number`);
    const mark = value < 0 || Object.is(value, -0) ? '-' : sign === '-' ? '' : sign;
    return padded(mark, digits, Number(width ?? 0), fill ?? (zero ? '0' : ' '), align ?? (zero ? '=' : '>'));
  });
}

function digitsOf(
  value: number,
  type: string | undefined,
  precision: number | undefined,
  isCount: boolean,
): string | null {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : 'inf';
  switch (type) {
    case 'd':
    case 'n':
      return Number.isInteger(value) ? String(value) : null;
    case 'f':
    case 'F':
      return fixed(value, precision ?? 6);
    case '%':
      return `${fixed(value * 100, precision ?? 6)}%`;
    case 'e':
    case 'E': {
      const text = exponential(value, precision ?? 6);
      return type === 'E' ? text.toUpperCase() : text;
    }
    case 'g':
    case 'G':
      return general(value, precision ?? 6);
    default:
      if (precision !== undefined) return general(value, precision);
      return isCount ? String(value) : floatText(value);
  }
}

/** Python's 'g': so many digits that matter, without zeros at the end. */
function general(value: number, precision: number): string {
  const digits = Math.max(precision, 1);
  const exponent = value === 0 ? 0 : Number(value.toExponential(digits - 1).split('e')[1]);
  const trimmed = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent >= -4 && exponent < digits) return trimmed(fixed(value, digits - 1 - exponent));
  const [mantissa, power] = exponential(value, digits - 1).split('e') as [string, string];
  return `${trimmed(mantissa)}e${power}`;
}

function padded(mark: string, digits: string, width: number, fill: string, align: string): string {
  const missing = Math.max(width - mark.length - digits.length, 0);
  if (align === '=') return mark + fill.repeat(missing) + digits;
  const before = align === '>' ? missing : align === '<' ? 0 : Math.floor(missing / 2);
  return fill.repeat(before) + mark + digits + fill.repeat(missing - before);
}
