import { describe, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import type { Config, KerasObject } from '../../src/config.js';
import * as initializers from '../../src/initializers/index.js';
import { computeFans } from '../../src/initializers/varianceScaling.js';
import { ConvLSTM2D } from '../../src/layers/rnn/convLstm.js';
import { GRU, LSTM, SimpleRNN } from '../../src/layers/rnn/recurrent.js';
import { randomSeed, SeedGenerator, setRandomSeed } from '../../src/random/seed.js';
import { maxError } from '../support/kernel.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface SeededCase {
  readonly id: string;
  readonly spec: { readonly class_name: string; readonly args: Config; readonly shape: number[] };
  readonly output: TensorDescriptor;
}

interface StatisticsCase {
  readonly id: string;
  readonly kind: string;
  readonly object: KerasObject;
  readonly config: Config;
  readonly shape: number[];
  readonly statistics: Record<'draws' | 'mean' | 'mean_spread' | 'std' | 'std_spread' | 'min' | 'max', number> & {
    readonly orthogonality_error?: number;
  };
  readonly values_must_match: boolean;
  readonly value: TensorDescriptor;
  readonly tolerance: number;
}

/** Keras's JSON of an initializer. */
function json(className: string, config: Config): KerasObject {
  return { module: 'keras.initializers', class_name: className, config, registered_name: null };
}

describe('seeded initializers', () => {
  const { cases, tensor } = loadFamily<SeededCase>('seeded');

  test.each(cases.filter(({ id }) => id.startsWith('seeded/initializer/')))(
    '$id draws what Keras draws',
    ({ spec, output }) => {
      const initializer = initializers.deserialize(json(spec.class_name, spec.args));
      expect(maxError(initializer(spec.shape).data(), tensor(output))).toBeLessThan(2e-6);
    },
  );
});

describe('initializers', () => {
  const { cases, tensor } = loadFamily<StatisticsCase>('initializers');

  test.each(cases.filter(({ kind }) => kind === 'initializer'))('$id is distributed as in Keras', one => {
    const { shape, statistics } = one;
    if (one.values_must_match) {
      const initializer = initializers.deserialize({ ...one.object, config: one.config });
      expect(maxError(initializer(shape).data(), tensor(one.value))).toBeLessThan(one.tolerance);
      return;
    }
    setRandomSeed(1);
    const draws = Array.from({ length: statistics.draws }, () =>
      initializers
        .deserialize({ ...one.object, config: one.config })(shape)
        .data(),
    );
    const means = draws.map(mean);
    const deviations = draws.map(draw => Math.sqrt(mean(draw.map(x => x * x)) - mean(draw) ** 2));
    // Both are means over the draws, whose spreads the recording gives; six of the standard errors of their difference.
    const margin = (spread: number) => 6 * spread * Math.sqrt(2 / statistics.draws) + 1e-6;
    expect(Math.abs(mean(means) - statistics.mean)).toBeLessThan(margin(statistics.mean_spread));
    expect(Math.abs(mean(deviations) - statistics.std)).toBeLessThan(
      margin(statistics.std_spread) + 1e-4 * statistics.std,
    );
    const reach = Math.max(statistics.max, -statistics.min);
    const furthest = Math.max(...draws.map(draw => Array.from(draw, Math.abs).reduce((a, b) => Math.max(a, b), 0)));
    expect(furthest).toBeLessThan(1.3 * reach);
  });

  test.each([[[20, 20]], [[12, 30]], [[30, 12]], [[3, 2, 4, 5]]])('Orthogonal %j is orthogonal', shape => {
    const columns = shape.at(-1)!;
    const rows = shape.reduce((a, b) => a * b, 1) / columns;
    const w = new initializers.Orthogonal({ gain: 2, seed: 3 })(shape).data();
    const [count, length, stride, step] = rows < columns ? [rows, columns, columns, 1] : [columns, rows, 1, columns];
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) {
        let dot = 0;
        for (let i = 0; i < length; i++) dot += w[a * stride + i * step]! * w[b * stride + i * step]!;
        expect(Math.abs(dot - (a === b ? 4 : 0))).toBeLessThan(4e-6);
      }
    }
  });

  test('fans of vectors, matrices, convolution kernels, and by axes', () => {
    expect(computeFans([])).toEqual([1, 1]);
    expect(computeFans([5])).toEqual([5, 5]);
    expect(computeFans([3, 7])).toEqual([3, 7]);
    expect(computeFans([3, 3, 16, 32])).toEqual([144, 288]);
    expect(computeFans([4, 2, 8], 0, [1, -1])).toEqual([4, 16]);
    expect(computeFans([4, 2, 8], [0, 1], [2])).toEqual([8, 8]);
  });

  test("no seed means the next of Python's random numbers, drawn on construction", () => {
    setRandomSeed(5);
    const [first, second] = [randomSeed(), randomSeed()];
    setRandomSeed(5);
    const [a, b] = [initializers.get('he_normal'), new initializers.RandomNormal()];
    expect(b([4]).data()).toEqual(new initializers.RandomNormal({ seed: second })([4]).data());
    expect(a([4, 4]).data()).toEqual(new initializers.HeNormal({ seed: first })([4, 4]).data());
    expect(a([4, 4]).data()).toEqual(a([4, 4]).data());
    expect(a.getConfig()['seed']).toBeNull();
  });

  test('recurrent cells draw their seed in the order of Keras: some before the initializers, some after', () => {
    setRandomSeed(5);
    const [first, second, third, fourth] = [randomSeed(), randomSeed(), randomSeed(), randomSeed()];
    const kernelSeed = (make: () => { kernelInitializer: initializers.Initializer }) => {
      setRandomSeed(5);
      const values = make().kernelInitializer([3, 4]).data();
      expect(randomSeed()).toBe(fourth);
      return [first, second, third].findIndex(
        seed => String(new initializers.GlorotUniform({ seed })([3, 4]).data()) === String(values),
      );
    };
    expect(kernelSeed(() => new LSTM(2))).toBe(0);
    expect(kernelSeed(() => new GRU(2))).toBe(0);
    expect(kernelSeed(() => new SimpleRNN(2))).toBe(1);
    expect(kernelSeed(() => new ConvLSTM2D(2, 2))).toBe(1);
  });

  test('a SeedGenerator as seed gives other values at each call', () => {
    const initializer = new initializers.GlorotUniform({ seed: new SeedGenerator(4) });
    const [first, second] = [initializer([3, 3]).data(), initializer([3, 3]).data()];
    expect(second).not.toEqual(first);
    const copy = initializers.deserialize(initializers.serialize(initializer));
    expect([copy([3, 3]).data(), copy([3, 3]).data()]).toEqual([first, second]);
  });

  test.each([
    ['GlorotUniform', { seed: 3, input_axes: null, output_axes: null }],
    [
      'VarianceScaling',
      { seed: 1, scale: 2, mode: 'fan_avg', distribution: 'uniform', input_axes: null, output_axes: null },
    ],
    ['RandomNormal', { seed: null, mean: 1, stddev: 0.5 }],
    ['Orthogonal', { seed: null, gain: 2 }],
    ['STFT', { side: 'imag', window: 'hann', periodic: true, scaling: null }],
    ['Constant', { value: 0.5 }],
    ['Zeros', {}],
  ])('the config of %s survives a round trip', (className, config) => {
    expect(initializers.serialize(initializers.deserialize(json(className, config)))).toEqual(json(className, config));
  });

  test('names, aliases and Keras 2 configs', () => {
    for (const [name, cls] of [
      ['glorot_uniform', initializers.GlorotUniform],
      ['GlorotUniform', initializers.GlorotUniform],
      ['lecun_normal', initializers.LecunNormal],
      ['uniform', initializers.RandomUniform],
      ['normal', initializers.RandomNormal],
      ['zeros', initializers.Zeros],
      ['zero', initializers.Zeros],
      ['one', initializers.Ones],
      ['orthogonal', initializers.Orthogonal],
      ['identity', initializers.Identity],
      ['truncated_normal', initializers.TruncatedNormal],
      ['variance_scaling', initializers.VarianceScaling],
    ] as const) {
      expect(initializers.get(name)).toBeInstanceOf(cls);
    }
    const classic = json('VarianceScaling', {
      scale: 1,
      mode: 'fan_avg',
      distribution: 'normal',
      seed: null,
      dtype: 'float32',
    });
    expect(initializers.deserialize(classic).getConfig()['distribution']).toBe('truncated_normal');
    expect(initializers.get(null)).toBeNull();
  });

  test('classes can be called without new, with options by position or by name', () => {
    expect(initializers.constant(3)([2]).data()).toEqual(Float32Array.of(3, 3));
    expect(initializers.Constant({ value: 4 })([1], 'int32').data()).toEqual(Int32Array.of(4));
    expect(initializers.RandomUniform(0, 1, 7).getConfig()).toEqual({ seed: 7, minval: 0, maxval: 1 });
    expect(initializers.Identity({ gain: 2 })([2, 3]).data()).toEqual(Float32Array.of(2, 0, 0, 0, 2, 0));
  });

  // The first values, recorded from Keras 3.15.1.
  test.each([
    [{}, [0, 0, 0, 0, 0.40824828, 0.20412414, -0.20412414, -0.40824828, 0.8164966, -0.40824828]],
    [
      { side: 'imag', window: 'hamming', scaling: 'spectrum', periodic: true },
      [0, 0, 0, 0, 0, -0.12761115, -0.12761115, 0, 0, -0.29257154],
    ],
    [{ window: 'blackman', scaling: null }, [0, 0, 0, 0, 0.34, 0.17, -0.17, -0.34, 1, -0.5]],
    [
      { window: [1, 2, 3, 4, 5] },
      [0.13483998, 0.13483998, 0.13483998, 0.13483998, 0.26967996, 0.13483998, -0.13483998, -0.26967996, 0.40451995],
    ],
  ] as const)('STFT %j', (options, start) => {
    const kernel = initializers.STFT(options)([5, 1, 4]);
    expect(kernel.shape).toEqual([5, 1, 4]);
    expect(maxError(kernel.data().slice(0, start.length), start)).toBeLessThan(1e-6);
  });

  test('mistakes are named', () => {
    expect(() => new initializers.HeNormal({ seed: 0.5 })).toThrow(
      /HeNormal: `seed` must be an integer or a SeedGenerator/,
    );
    expect(() => new initializers.VarianceScaling({ scale: -1 })).toThrow(/`scale` must be positive. Received: -1/);
    expect(() => new initializers.Zeros({ gain: 1 } as never)).toThrow(/Zeros has no option `gain`/);
    expect(() => initializers.get('glorot')).toThrow(/Unknown initializer "glorot".*glorot_uniform/);
    expect(() => initializers.Identity()([2])).toThrow(/rank 2. Received: \(2,\)/);
    expect(() => initializers.STFT()([4, 2, 3])).toThrow(/expected a shape \(window, 1, frequencies\).*\(4, 2, 3\)/);
    expect(() => initializers.STFT({ window: [1] })([4, 1, 3])).toThrow(/expected a window of 4 numbers.*Received 1/);
    expect(() => initializers.STFT({ window: 'hat' })).toThrow(
      /`window` must be one of 'boxcar', 'hann'.*Received: hat/,
    );
    expect(() => initializers.Orthogonal()([2])).toThrow(/rank 2 at least. Received: \(2,\)/);
  });
});

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
