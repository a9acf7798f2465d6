// The Mersenne Twister MT19937 with the two ways of drawing that decide what a Keras program sees of it: Python's
// `random` and NumPy's legacy `np.random`. They share the generator, and differ in seeding and in drawing below a bound.
// Source: Matsumoto, Nishimura, "Mersenne Twister" (1998), and the 2002 initialisation.

const SIZE = 624;
const MIDDLE = 397;

/** The generator: 32 bits at a time. */
export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE);
  #next = SIZE;

  /** NumPy's seeding: init_genrand with one word. */
  seedWithWord(seed: number): void {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      state[i] = Math.imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
    }
    this.#next = SIZE;
  }

  /** Python's seeding: init_by_array with the words of the seed, the lowest first. */
  seedWithArray(words: ArrayLike<number>): void {
    this.seedWithWord(19650218);
    const state = this.#state;
    let i = 1;
    let j = 0;
    const advance = () => {
      if (++i < SIZE) return;
      state[0] = state[SIZE - 1]!;
      i = 1;
    };
    for (let k = Math.max(SIZE, words.length); k > 0; k--) {
      const mixed = Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), 1664525);
      state[i] = (state[i]! ^ mixed) + words[j]! + j;
      advance();
      j = (j + 1) % words.length;
    }
    for (let k = SIZE - 1; k > 0; k--) {
      state[i] = (state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), 1566083941)) - i;
      advance();
    }
    state[0] = 0x80000000;
  }

  /** The next 32 bits, as an integer in [0, 2^32). */
  nextWord(): number {
    if (this.#next === SIZE) this.#twist();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
      state[i] = state[(i + MIDDLE) % SIZE]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}

/** Python's `random.randint(low, high)`, both ends included, for spans below 2^32: rejection on as few bits as possible. */
export function pythonRandint(generator: MersenneTwister, low: number, high: number): number {
  const span = high - low + 1;
  const bits = 32 - Math.clz32(span);
  for (;;) {
    const value = generator.nextWord() >>> (32 - bits);
    if (value < span) return low + value;
  }
}

/** Python's `random.random()`: 53 bits in [0, 1). */
export function pythonRandom(generator: MersenneTwister): number {
  const high = generator.nextWord() >>> 5;
  return (high * 0x4000000 + (generator.nextWord() >>> 6)) / 0x20000000000000;
}

/** Python's `random.shuffle(list)`: Fisher-Yates from the end, in place. */
export function pythonShuffle(generator: MersenneTwister, list: unknown[]): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = pythonRandint(generator, 0, i);
    [list[i], list[j]] = [list[j], list[i]];
  }
}

/** An integer from 0 to `last`, as NumPy draws it: rejection on the bits below a mask. */
export function numpyInterval(generator: MersenneTwister, last: number): number {
  const mask = 0xffffffff >>> Math.clz32(last);
  for (;;) {
    const value = (generator.nextWord() & mask) >>> 0;
    if (value <= last) return value;
  }
}

/** NumPy's `np.random.permutation(n)`: Fisher-Yates from the end, rejection on the bits below a mask. */
export function numpyPermutation(generator: MersenneTwister, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = numpyInterval(generator, i);
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
}
