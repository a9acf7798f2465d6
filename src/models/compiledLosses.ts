// The losses given to `compile`, matched with the outputs of the model.

import { isKerasObject } from '../config.js';
import type { Column } from '../data/column.js';
import { inContext, ShapeError, ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { type Loss, LossFunctionWrapper } from '../losses/loss.js';
import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  getLoss,
  type LossIdentifier,
  SparseCategoricalCrossentropy,
} from '../losses/losses.js';
import { binaryCrossentropy, sparseCategoricalCrossentropy } from '../losses/probabilistic.js';
import * as regression from '../losses/regression.js';
import { Mean } from '../metrics/metrics.js';
import { add, multiply } from '../ops/elementwise.js';
import { formatShape, type Shape, sameShape } from '../shape.js';
import { flatten, isDict, type Structure } from '../structure.js';
import { classification, describeShapes, forEachIdentifier, namesOf, type Output } from './outputs.js';

/** One loss for all outputs, one per output, or a dict by the outputs' names. null: the output has none. */
export type LossSpec =
  | LossIdentifier
  | null
  | readonly (LossIdentifier | null)[]
  | { readonly [output: string]: LossIdentifier | null };
export type LossWeights = number | readonly number[] | { readonly [output: string]: number };

interface Entry {
  readonly output: number;
  readonly loss: Loss;
  readonly weight: number | null;
  /** The mean of the loss over batches, where there are several losses to tell apart. */
  readonly tracker: InstanceType<typeof Mean> | null;
}

export class CompiledLosses {
  readonly #loss: LossSpec;
  readonly #weights: LossWeights | null;
  #entries: readonly Entry[] | null = null;
  #outputs: readonly Output[] = [];

  constructor(loss: LossSpec, weights: LossWeights | null) {
    if (weights !== null && typeof weights !== 'number' && !Array.isArray(weights) && !isDict(weights)) {
      throw new ValueError(`Expected lossWeights to be a number, a list or a dict. Received: ${String(weights)}.`);
    }
    for (const weight of flatten<unknown>((weights ?? []) as Structure<unknown>)) {
      if (weight !== null && !Number.isFinite(weight))
        throw new ValueError(`Expected lossWeights to be finite numbers. Received: ${String(weight)}.`);
    }
    forEachIdentifier(loss, (identifier: LossIdentifier) => isAutomatic(identifier) || getLoss(identifier));
    this.#loss = loss;
    this.#weights = weights;
  }

  get built(): boolean {
    return this.#entries !== null;
  }

  /** The means of the single losses, in the order of the outputs. */
  get metrics(): readonly InstanceType<typeof Mean>[] {
    return (this.#entries ?? []).flatMap(({ tracker }) => tracker ?? []);
  }

  /**
   * Finds the loss of each output. `byKey`: the model gives its outputs as a dict, so a dict of losses may leave some out.
   * @throws ValueError if losses and outputs do not match.
   */
  build(outputs: readonly Output[], byKey: boolean): void {
    const found = this.#perOutput(outputs, byKey).flatMap((identifiers, output) =>
      identifiers.flatMap(identifier =>
        identifier === null ? [] : [{ output, identifier, loss: this.#resolve(identifier, outputs[output]!) }],
      ),
    );
    const weights = this.#weightList(
      outputs,
      found.map(({ output }) => output),
    );
    const entries = found.map(({ output, identifier, loss }, i) => {
      const name = outputs[output]!.name ?? (typeof identifier === 'string' ? identifier : loss.name);
      const tracker = found.length > 1 ? new Mean({ name: `${name}_loss` }) : null;
      return { output, loss, weight: weights?.[i] ?? null, tracker };
    });
    if (byKey && isDict(this.#loss)) {
      const order = Object.keys(this.#loss);
      entries.sort((a, b) => order.indexOf(outputs[a.output]!.name!) - order.indexOf(outputs[b.output]!.name!));
    }
    this.#outputs = outputs;
    this.#entries = entries;
  }

  /** The weighted sum of the losses of a batch; null if no output has one. */
  call(
    targets: readonly (Tensor | null)[],
    predictions: readonly Tensor[],
    weights: readonly (Tensor | null)[],
  ): Tensor | null {
    let total: Tensor | null = null;
    for (const { output, loss, weight, tracker } of this.#entries!) {
      const prediction = predictions[output]!;
      const described = this.#outputs[output]!;
      const target = targets[output];
      const sampleWeight = weights[output] ?? null;
      if (!target) {
        throw new ValueError(`Output "${described.name ?? output}" has a loss, but no targets were passed for it.`);
      }
      checkShapes(loss, { name: described.name, target, prediction });
      let value = inContext(
        () => `Loss "${loss.name}" ${describeShapes(described, target, prediction, sampleWeight)}`,
        () => loss(target, prediction, sampleWeight),
      );
      if (value.rank > 0) {
        throw new ShapeError(
          `Loss "${loss.name}" must give one number per batch. Received shape ${formatShape(value.shape)}: its reduction is 'none'.`,
        );
      }
      tracker?.updateState(value, prediction.shape[0] ?? 1);
      if (weight !== null) value = multiply(value, weight);
      total = total ? add(total, value) : value;
    }
    return total;
  }

  /** Checks targets that are the numbers of classes. @throws ValueError for one that is no class. */
  checkTargets(targets: readonly (Column | null)[]): void {
    for (const { output, loss } of this.#entries!) {
      const column = targets[output];
      if (!column || !(loss instanceof LossFunctionWrapper)) continue;
      const { name, prediction } = this.#outputs[output]!;
      if (loss.fn === binaryCrossentropy) checkBinary(column, name ?? '');
      if (loss.fn !== sparseCategoricalCrossentropy) continue;
      const { ignoreClass = null, axis = -1 } = loss.options as {
        ignoreClass?: number | null;
        axis?: number;
      };
      const classes = prediction.shape.at(axis)!;
      const isClass = (label: number) => Number.isInteger(label) && label >= 0 && label < classes;
      const wrong = column.data.findIndex(label => !isClass(label) && label !== ignoreClass);
      if (wrong >= 0) {
        throw new ValueError(
          `Targets of sparse_categorical_crossentropy must be classes from 0 to ${classes - 1}, as many as the output ` +
            `${name ?? ''} has. Received ${column.data[wrong]} in sample ${Math.floor(wrong / column.rowSize)}.`,
        );
      }
    }
  }

  /** The identifiers for each output: usually one. */
  #perOutput(outputs: readonly Output[], byKey: boolean): (LossIdentifier | null)[][] {
    const loss = this.#loss;
    if (Array.isArray(loss)) {
      const list = loss as readonly (LossIdentifier | null)[];
      if (list.length === outputs.length) return list.map(each => [each]);
      if (outputs.length === 1) return [[...list]];
      throw new ValueError(
        `Expected one loss per output (${namesOf(outputs)}). Received ${list.length} losses for ${outputs.length} outputs.`,
      );
    }
    if (isDict(loss) && !isKerasObject(loss)) {
      const dict = loss as { readonly [output: string]: LossIdentifier | null };
      const unknown = Object.keys(dict).filter(name => !outputs.some(output => output.name === name));
      if (unknown.length > 0)
        throw new ValueError(
          `No output of the model is called ${unknown.join(', ')}. Expected losses for: ${namesOf(outputs)}.`,
        );
      return outputs.map(({ name }) => {
        if (name! in dict || byKey) return [dict[name!] ?? null];
        throw new ValueError(
          `The dict of losses has none for output "${name}". Expected losses for: ${namesOf(outputs)}. ` +
            `Received: ${Object.keys(dict).join(', ')}. Pass null for outputs that are not trained.`,
        );
      });
    }
    return outputs.map(() => [loss as LossIdentifier | null]);
  }

  #weightList(outputs: readonly Output[], used: readonly number[]): readonly (number | null)[] | null {
    const weights = this.#weights;
    if (weights === null) return null;
    if (typeof weights === 'number') return used.map(() => weights);
    if (!Array.isArray(weights)) {
      const dict = weights as { readonly [output: string]: number };
      const unknown = Object.keys(dict).filter(name => !outputs.some(output => output.name === name));
      if (unknown.length > 0)
        throw new ValueError(
          `lossWeights: no output of the model is called ${unknown.join(', ')}. Expected: ${namesOf(outputs)}.`,
        );
      return used.map(output => dict[outputs[output]!.name!] ?? null);
    }
    const list = weights as readonly number[];
    if (list.length === used.length) return list;
    if (list.length === outputs.length) return used.map(output => list[output]!);
    throw new ValueError(
      `lossWeights must match the number of losses. Received ${list.length} weights for ${used.length} losses.`,
    );
  }

  #resolve(identifier: LossIdentifier, { target, prediction }: Output): Loss {
    if (!isAutomatic(identifier)) return getLoss(identifier)!;
    const kind = classification(target?.shape ?? prediction.shape, prediction.shape);
    return kind === 'binary'
      ? BinaryCrossentropy()
      : kind === 'sparse'
        ? SparseCategoricalCrossentropy()
        : CategoricalCrossentropy();
  }
}

/** Whole numbers are meant as classes, of which there are two. Other numbers may be what they like. */
function checkBinary({ data, rowSize }: Column, output: string): void {
  const wrong = data.findIndex(label => label !== 0 && label !== 1);
  if (wrong < 0 || !data.every(label => Number.isInteger(label))) return;
  throw new ValueError(
    `Targets of binary_crossentropy must be 0 or 1, or numbers between, for output ${output}. Received ${data[wrong]} in sample ` +
      `${Math.floor(wrong / rowSize)}. Scale them, or use a loss for several classes.`,
  );
}

const regressions: readonly unknown[] = Object.values(regression);

/** Losses that compare element by element would stretch targets of another shape over the outputs without a word. */
function checkShapes(loss: Loss, { name, target, prediction }: Output): void {
  if (!target || !(loss instanceof LossFunctionWrapper) || !regressions.includes(loss.fn)) return;
  const dropOnes = (shape: Shape) => (shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape);
  const [a, b] = [dropOnes(target.shape), dropOnes(prediction.shape)];
  if (sameShape(a, b)) return;
  throw new ShapeError(
    `Loss "${loss.name}" compares targets and outputs element by element. Received targets of shape ` +
      `${formatShape(target.shape)} for ${name === null ? 'an output' : `output "${name}"`} of shape ${formatShape(prediction.shape)}.`,
  );
}

/** Whether the shapes of targets and outputs decide which cross-entropy is meant. */
function isAutomatic(identifier: LossIdentifier): boolean {
  return typeof identifier === 'string' && /^(crossentropy|ce)$/i.test(identifier);
}
