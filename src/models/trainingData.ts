// The data arguments of fit, evaluate and predict: checked, split and made into batches.

import {
  ArrayBatches,
  type Batches,
  type BatchIterable,
  IterableBatches,
  isBatchIterable,
  type Parts,
} from '../data/batches.js';
import { Column, type Data, type Port, parseData } from '../data/column.js';
import { PyDataset } from '../data/pyDataset.js';
import { ValueError } from '../errors.js';
import { Tensor } from '../graph/tensor.js';
import { NDArray } from '../ndarray.js';
import { Variable } from '../ops/variable.js';
import { flatten, isDict, mapStructure, type Structure } from '../structure.js';

/** Weights of classes, by their number. Classes that are not there weigh 1. */
export type ClassWeight = { readonly [label: number]: number } | ReadonlyMap<number, number>;

/** What `x` can be: arrays, or something that gives batches [x, y] or [x, y, sampleWeight] itself. */
export type Source = Data | BatchIterable;

export interface SourceOptions {
  readonly batchSize?: number | null | undefined;
  readonly steps?: number | null | undefined;
  readonly shuffle?: boolean | 'batch' | undefined;
  readonly classWeight?: ClassWeight | null | undefined;
}

/** The inputs and outputs of the model that data are for, as far as they are known. */
export interface Ports {
  readonly inputs: readonly Port[] | null;
  readonly outputs: readonly Port[] | null;
}

/** Arrays are taken as they are; iterables of batches are not arrays. */
export function givesBatches(x: unknown): x is BatchIterable {
  return !(x instanceof Tensor || x instanceof Variable || x instanceof NDArray) && isBatchIterable(x);
}

/** Batches of what the user passed as x, y and sampleWeight. `inspect` sees all columns before they are used. */
export function batchesOf(
  x: unknown,
  y: unknown,
  sampleWeight: unknown,
  ports: Ports,
  options: SourceOptions,
  inspect: (parts: Parts<Column>) => void = () => {},
): Batches {
  const { batchSize = null, steps = null, shuffle = false, classWeight = null } = options;
  if (givesBatches(x)) {
    for (const [name, value] of Object.entries({ y, sampleWeight })) {
      if (value !== null && value !== undefined) {
        throw new ValueError(
          `When x gives batches, ${name} must not be passed: let x give [x, y] or [x, y, sampleWeight].`,
        );
      }
    }
    const parse = (item: unknown) => {
      const parts = withClassWeight(parseItem(item, ports), classWeight);
      inspect(parts);
      return parts;
    };
    const source = x instanceof PyDataset ? x.passes(shuffle !== false) : x;
    return new IterableBatches(source, parse, steps);
  }
  const parts = withClassWeight(parseParts(x, y, sampleWeight, ports), classWeight);
  inspect(parts);
  return new ArrayBatches(parts, { batchSize, shuffle, steps });
}

/** Inputs, targets and weights as columns. */
export function parseParts(x: unknown, y: unknown, sampleWeight: unknown, ports: Ports): Parts<Column> {
  if (x === null || x === undefined) throw new ValueError('Expected data as x. Received nothing.');
  const inputs = parseData(x, ports.inputs, 'x');
  const samples = lengthOf(inputs);
  return {
    x: inputs,
    y: y === null || y === undefined ? null : parseData(y, ports.outputs, 'y', samples),
    sampleWeight:
      sampleWeight === null || sampleWeight === undefined ? null : parseWeights(sampleWeight, ports.outputs, samples),
  };
}

/** Number of samples; null if there are no columns. */
function lengthOf(columns: Structure<Column | null>): number | null {
  return flatten<Column | null>(columns).find(each => each !== null)?.length ?? null;
}

/** Columns cut in two: the last share of the samples is for validation. @throws ValueError if either side gets none. */
export function splitParts(
  parts: Parts<Column>,
  validationSplit: number,
): [training: Parts<Column>, validation: Parts<Column>] {
  const length = lengthOf(parts.x) ?? 0;
  const at = Math.floor(length * (1 - validationSplit));
  if (at === 0 || at === length) {
    throw new ValueError(
      `Training data contains ${length} samples, which is not sufficient to split it into a validation and training set as ` +
        `specified by validationSplit=${validationSplit}. Either provide more data, or a different value for validationSplit.`,
    );
  }
  const cut = (from: (column: Column) => Column): Parts<Column> => {
    const each = (structure: Structure<Column | null>) =>
      mapStructure<Column | null, Column | null>(structure, column => column && from(column));
    return {
      x: each(parts.x),
      y: parts.y && each(parts.y),
      sampleWeight: parts.sampleWeight && each(parts.sampleWeight),
    };
  };
  return [cut(column => column.slice(0, at)), cut(column => column.slice(at, column.length))];
}

/** Sample weights that say the classes' weights. @throws ValueError where classes cannot be told. */
export function withClassWeight(parts: Parts<Column>, classWeight: ClassWeight | null): Parts<Column> {
  if (!classWeight) return parts;
  if (parts.sampleWeight) throw new ValueError('classWeight and sampleWeight cannot be given at the same time.');
  const { y } = parts;
  if (!(y instanceof Column))
    throw new ValueError('classWeight is only supported for models with a single output, and needs targets.');
  const weightByClass = classWeightsOf(classWeight);
  if (y.shape.length > 2)
    throw new ValueError(`classWeight needs one class per sample. Received targets of shape (${y.shape.join(', ')}).`);
  const classes = y.shape[1] ?? 1;
  const weights = new Float32Array(y.length);
  for (let i = 0; i < weights.length; i++) {
    let label = Math.round(y.data[i * classes]!);
    if (classes > 1) {
      label = 0;
      for (let k = 1; k < classes; k++) if (y.data[i * classes + k]! > y.data[i * classes + label]!) label = k;
    }
    weights[i] = weightByClass.get(label) ?? 1;
  }
  return { ...parts, sampleWeight: new Column(weights, [weights.length], 'float32') };
}

/** @throws ValueError for what gives no number to the number of a class */
function classWeightsOf(given: ClassWeight): ReadonlyMap<number, number> {
  const entries =
    given instanceof Map ? [...given] : typeof given === 'object' ? Object.entries(given) : [[given, given]];
  return new Map(
    entries.map(([label, weight]) => {
      if (label !== '' && Number.isInteger(Number(label)) && Number.isFinite(weight)) return [Number(label), weight];
      throw new ValueError(
        'Expected classWeight to give a number to the numbers of classes, such as { 0: 1, 1: 5 }. ' +
          `Received ${String(weight)} for ${String(label)}.`,
      );
    }),
  );
}

/** What an iterable gives: [x], [x, y] or [x, y, sampleWeight], or x alone. */
function parseItem(item: unknown, ports: Ports): Parts<Column> {
  if (!Array.isArray(item) || typeof item[0] === 'number') return parseParts(item, null, null, ports);
  if (item.length > 3) {
    throw new ValueError(
      `Expected batches of the form x, [x], [x, y] or [x, y, sampleWeight]. Received a list of ${item.length}.`,
    );
  }
  return parseParts(item[0], item[1], item[2], ports);
}

/** One weight array for all outputs, or one per output. */
function parseWeights(
  given: unknown,
  outputs: readonly Port[] | null,
  samples: number | null,
): Structure<Column | null> {
  // Weights have neither the rank nor the dtype of the output.
  const ports = outputs?.map(({ name }) => ({ name, dtype: 'float32' as const })) ?? null;
  const shared = !isDict(given) || 'shape' in given ? !Array.isArray(given) || typeof given[0] === 'number' : false;
  if (!shared || !ports || ports.length === 1) return parseData(given, ports, 'sampleWeight', samples);
  const weights = parseData(given, ports.slice(0, 1), 'sampleWeight') as Column;
  if (weights.shape.length > 1 && weights.rowSize !== 1) {
    throw new ValueError(
      'For a model with several outputs, a single sampleWeight array must have one number per sample, i.e. shape (samples,). ' +
        'For other weights pass a list with one array per output.',
    );
  }
  return ports.map(() => weights);
}

/** The arrays of data, inputs first, then targets and sample weights, without a copy. */
export function arraysOf({ x, y, sampleWeight }: Parts<Column>): NDArray[] {
  return [x, y, sampleWeight]
    .flatMap(part => (part === null ? [] : flatten<Column | null>(part)))
    .flatMap(column => (column ? [new NDArray(column.data, column.shape)] : []));
}
