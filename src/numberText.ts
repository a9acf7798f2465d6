// Numbers as Python writes them. JavaScript's digits are the same, but for ties and for where exponents begin.

/** Python's '%.4f': like toFixed, but a number just between two goes to the even one (0.03125 to 0.0312). */
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  // Binary fractions lie between two decimals of so many digits only as odd multiples of this power of two.
  const isTie = Math.abs(value * 2 ** (digits + 1)) % 2 === 1;
  if (!isTie || Number(text.at(-1)) % 2 === 0) return text;
  return value.toFixed(digits + 1).slice(0, digits === 0 ? -2 : -1);
}

/** Python's '%.4e': exponents have at least two digits. */
export function exponential(value: number, digits?: number): string {
  return value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Python's str() of a float: the fewest digits that tell it from its neighbours. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return exponential(value);
  const text = Object.is(value, -0) ? '-0' : String(value);
  return text.includes('.') ? text : `${text}.0`;
}
