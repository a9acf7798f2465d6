// Where seeds come from. Two generators on the host stand for Python's `random` (which draws the seeds of initializers,
// Dropout layers, ... that were given none) and for NumPy's (which shuffles the samples of `fit`); SeedGenerators hand
// out the keys of successive random tensors, inside compiled programs too.

import { type CallableClass, callable } from '../callable.js';
import { ValueError } from '../errors.js';
import { apply, constant } from '../graph/apply.js';
import { defineOp } from '../graph/op.js';
import { Tensor } from '../graph/tensor.js';
import { autoName } from '../naming.js';
import { Variable } from '../ops/variable.js';
import { MersenneTwister, numpyInterval, numpyPermutation, pythonRandint } from './mersenneTwister.js';

/**
 * What random functions accept as `seed`: an integer gives the same numbers at every call; a SeedGenerator gives others
 * each time; nothing means the global SeedGenerator; a tensor of two int32 is the key itself.
 */
export type Seed = number | SeedGenerator | Tensor | null | undefined;

/** What stands for the generator of Python's `random`. */
export const python: MersenneTwister = new MersenneTwister();
const numpy = new MersenneTwister();
const randomWord = () => Math.floor(Math.random() * 2 ** 32);
python.seedWithArray(Array.from({ length: 8 }, randomWord));
numpy.seedWithWord(randomWord());
let globalGenerator: SeedGenerator | undefined;

/**
 * Makes everything random reproducible from here on: initial weights, shuffling, dropout, ... come out as in Python
 * after `keras.utils.set_random_seed(seed)` with the JAX backend.
 * @param seed an integer from 0 to 2^32 - 1
 * @throws ValueError otherwise
 */
export function setRandomSeed(seed: number): void {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new ValueError(`setRandomSeed: expected an integer from 0 to 2^32 - 1. Received: ${seed}.`);
  }
  python.seedWithArray([seed]);
  numpy.seedWithWord(seed);
  globalGenerator = undefined;
}

/** The seed of an object that was given none: Python's `random.randint(1, 10**9)`. */
export function randomSeed(): number {
  return pythonRandint(python, 1, 1_000_000_000);
}

/** The numbers 0 to n - 1 in random order: NumPy's `np.random.permutation(n)`. */
export function permutation(n: number): Int32Array {
  return numpyPermutation(numpy, n);
}

/** An integer from `low` to below `high`: NumPy's `np.random.randint(low, high)`. */
export function numpyRandint(low: number, high: number): number {
  return high - 1 > low ? low + numpyInterval(numpy, high - 1 - low) : low;
}

/** The key after a key; see the kernel. */
const nextSeedOp = defineOp<{ readonly ordered: boolean }>({
  name: 'nextSeed',
  infer: ([seed]) => [{ shape: seed!.shape, dtype: 'int32' }],
  vjp: 'none', // integers
  inPlace: [[0, 0]],
  emit: (k, { inputs: [seed], outputs: [y], attrs }) =>
    k.call('nextSeed', { seed: seed!, y: y!, ordered: attrs.ordered }, false),
});

let keysDrawn = 0;

/** How many keys generators have handed out so far: as long as it stands still, nothing random has happened. */
export function drawnKeys(): number {
  return keysDrawn;
}

class Generator {
  /** The key that `next` returns next: int32 [2]. */
  readonly state: Variable;
  readonly name: string;
  /** The seed it was made with; null if that was none. */
  readonly initialSeed: number | null;

  constructor(seed?: number | null, { name = autoName('SeedGenerator') }: { readonly name?: string | undefined } = {}) {
    this.name = name;
    this.initialSeed = seed ?? null;
    const data = keyOf(seed ?? randomSeed());
    this.state = new Variable({ shape: [2], dtype: 'int32', data }, { name: `${name}_state`, trainable: false });
  }

  /** The current key; then moves on. `ordered: false` jumps to a far key, as Keras's global generator does. */
  next(ordered = true): Tensor {
    keysDrawn++;
    const seed = this.state.value;
    this.state.assign(apply(nextSeedOp, [seed], { ordered }));
    return seed;
  }

  static fromConfig({ seed = null, name }: { readonly seed?: number | null; readonly name?: string }): Generator {
    return new Generator(seed, { name });
  }

  getConfig(): { seed: number | null; name: string } {
    return { seed: this.initialSeed, name: this.name };
  }
}

/**
 * Hands out keys for random tensors: [seed, 0], [seed, 1], ... Pass it as `seed` to draw other numbers at each call.
 * Without a seed it takes `randomSeed()`. Keras: keras.random.SeedGenerator.
 */
export const SeedGenerator: CallableClass<typeof Generator> = callable(Generator);
export type SeedGenerator = Generator;

/** Makes the next random function without a seed start a new global generator. */
export function resetGlobalGenerator(): void {
  globalGenerator = undefined;
}

/** The generator behind random functions that are given no seed. Made on first use after `setRandomSeed`. */
export function globalSeedGenerator(): SeedGenerator {
  globalGenerator ??= new SeedGenerator();
  return globalGenerator;
}

/** The key to draw with: int32 [2]. @throws ValueError if `seed` is none of what Seed lists. */
export function drawSeed(seed: Seed): Tensor {
  if (seed === null || seed === undefined) return globalSeedGenerator().next(false);
  if (typeof seed === 'number') return constant(keyOf(seed));
  if (seed instanceof SeedGenerator) return seed.next();
  if (seed instanceof Tensor && seed.dtype === 'int32' && seed.size === 2) return seed;
  throw new ValueError(`seed: expected an integer or a SeedGenerator. Received: ${String(seed)}.`);
}

function keyOf(seed: number): Int32Array {
  if (!Number.isInteger(seed)) throw new ValueError(`seed: expected an integer. Received: ${seed}.`);
  return Int32Array.of(seed, 0);
}
