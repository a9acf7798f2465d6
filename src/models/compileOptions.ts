// The arguments of `compile` in all the ways they can be written.

import { isKerasObject } from '../config.js';
import { ValueError } from '../errors.js';
import type { OptimizerIdentifier } from '../optimizers/optimizers.js';
import { isDict } from '../structure.js';
import type { LossSpec, LossWeights } from './compiledLosses.js';
import type { MetricSpec } from './compiledMetrics.js';

export interface CompileOptions {
  /** Default 'rmsprop'. */
  readonly optimizer: OptimizerIdentifier | null;
  readonly loss: LossSpec;
  readonly lossWeights: LossWeights | null;
  readonly metrics: MetricSpec | null;
  /** Metrics that take sample weights into account. */
  readonly weightedMetrics: MetricSpec | null;
  /** Runs the model's code for each batch, on tensors that show their values, instead of compiling it. Default false. */
  readonly runEagerly: boolean;
}

/** Options that Keras has and that make no difference here. */
interface IgnoredOptions {
  readonly stepsPerExecution?: number;
  readonly jitCompile?: boolean | 'auto';
  readonly autoScaleLoss?: boolean;
}

type GivenOptions = { readonly [K in keyof CompileOptions]?: CompileOptions[K] | undefined } & IgnoredOptions;

/** What `compile` can be called with: all by name, or some by position first. */
export type CompileArgs =
  | [options?: GivenOptions]
  | [optimizer: OptimizerIdentifier | null, options?: GivenOptions]
  | [optimizer: OptimizerIdentifier | null, loss: LossSpec, options?: GivenOptions]
  | [
      optimizer: OptimizerIdentifier | null,
      loss: LossSpec,
      lossWeights: LossWeights | MetricSpec | null | undefined,
      metrics?: MetricSpec | null | GivenOptions,
      weightedMetrics?: MetricSpec | null | GivenOptions,
      runEagerly?: boolean | GivenOptions,
    ];

const defaults: CompileOptions = {
  optimizer: 'rmsprop',
  loss: null,
  lossWeights: null,
  metrics: null,
  weightedMetrics: null,
  runEagerly: false,
};

const ignored = ['stepsPerExecution', 'jitCompile', 'autoScaleLoss'];
const positions = ['optimizer', 'loss', 'lossWeights', 'metrics', 'weightedMetrics', 'runEagerly'] as const;

/**
 * `compile({ optimizer, loss, ... })`, `compile(optimizer, loss, { metrics })`, or all by position. Keras 2 has metrics
 * in the third place, where Keras 3 has loss weights: a list that is not of numbers is metrics.
 */
export function compileOptions(args: readonly unknown[]): CompileOptions {
  const result: Record<string, unknown> = { ...defaults };
  args.forEach((arg, i) => {
    if (arg === undefined) return;
    if (i === args.length - 1 && isOptions(arg, i)) Object.assign(result, checked(arg));
    else if (i === 2 && isMetrics(arg)) result['metrics'] = arg;
    else if (i >= positions.length)
      throw new ValueError(`compile: expected at most ${positions.length} arguments. Received ${args.length}.`);
    else result[positions[i]!] = arg;
  });
  return Object.fromEntries(
    Object.entries(result).map(([key, value]) => [key, value ?? defaults[key as keyof CompileOptions]]),
  ) as unknown as CompileOptions;
}

function isOptions(arg: unknown, position: number): arg is { readonly [option: string]: unknown } {
  if (!isDict(arg) || isKerasObject(arg)) return false;
  // A dict in the loss's place may be losses by output name.
  return position === 0 || Object.keys(arg).some(key => (positions as readonly string[]).includes(key));
}

function isMetrics(arg: unknown): boolean {
  return Array.isArray(arg) && arg.some(item => typeof item !== 'number');
}

function checked(options: { readonly [option: string]: unknown }): { readonly [option: string]: unknown } {
  const unknown = Object.keys(options).filter(
    key => !(positions as readonly string[]).includes(key) && !ignored.includes(key),
  );
  if (unknown.length > 0)
    throw new ValueError(`compile: unknown option ${unknown.join(', ')}. Expected some of ${positions.join(', ')}.`);
  return Object.fromEntries(Object.entries(options).filter(([key]) => !ignored.includes(key)));
}
