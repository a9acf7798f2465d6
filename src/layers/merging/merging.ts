// Layers that join several inputs of the same shape, element by element.

import { ShapeError, ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, divide, logicalOr, maximum, minimum, multiply, subtract, where } from '../../ops/elementwise.js';
import { broadcastTo, expandDims } from '../../ops/movement.js';
import { any } from '../../ops/reduce.js';
import { formatShape } from '../../shape.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { Layer, type ShapeStructure } from '../layer.js';
import { getMask, setMask } from '../mask.js';

/** The shape that two inputs merge into, without their batch axis. */
function mergedShape(a: SymbolicShape, b: SymbolicShape): SymbolicShape {
  if (a.length < b.length) return mergedShape(b, a);
  const offset = a.length - b.length;
  return a.map((dim, axis) => {
    if (axis < offset) return dim;
    const other = b[axis - offset]!;
    if (dim === null || other === null) return null;
    if (dim === 1 || other === 1) return Math.max(dim, other);
    if (dim !== other) {
      throw new ShapeError(`Inputs have incompatible shapes. Received shapes ${formatShape(a)} and ${formatShape(b)}`);
    }
    return dim;
  });
}

function checkList(inputs: unknown, name: string): void {
  if (!Array.isArray(inputs)) {
    throw new ValueError(
      `A merge layer should be called on a list of at least 1 input. Layer "${name}" received ${inputs === undefined ? 'none' : 'a single one'}.`,
    );
  }
}

/** @throws ShapeError if batches are of different sizes. */
export function checkBatches(shapes: readonly SymbolicShape[]): void {
  if (new Set(shapes.map(shape => shape[0]).filter(size => size !== null)).size > 1) {
    throw new ShapeError(
      `Cannot merge tensors with different batch sizes. Received tensors with shapes ${shapes.map(formatShape).join(', ')}`,
    );
  }
}

/** Base of the layers that merge element by element. Inputs of fewer axes get axes of size 1 behind the batch. */
export class MergeLayer extends Layer {
  override supportsMasking = true;

  override build(inputShape: ShapeStructure): void {
    checkList(Array.isArray(inputShape) ? inputShape[0] : null, this.name);
    checkBatches(inputShape as readonly SymbolicShape[]);
    this.computeOutputShape(inputShape);
  }

  override get makesMasks(): boolean {
    return false;
  }

  override call(inputs: readonly Tensor[]): Tensor {
    checkList(inputs, this.name);
    const rank = Math.max(...inputs.map(x => x.rank));
    return this.merge(
      inputs.map(x => {
        let full = x;
        while (full.rank < rank) full = expandDims(full, 1);
        const mask = getMask(x);
        if (mask && full !== x) setMask(full, mask);
        return full;
      }),
    );
  }

  merge(_inputs: readonly Tensor[]): Tensor {
    throw new ValueError(`Layer "${this.name}" does not say how it merges.`);
  }

  override computeOutputShape(inputShape: ShapeStructure): ShapeStructure {
    const shapes = inputShape as readonly SymbolicShape[];
    const batch = shapes.map(shape => shape[0]!).find(size => size !== null) ?? null;
    return [batch, ...shapes.map((shape): SymbolicShape => shape.slice(1)).reduce(mergedShape)];
  }

  override computeMask(_inputs: readonly Tensor[], mask: readonly (Tensor | null)[]): Tensor | null {
    if (!Array.isArray(mask) || mask.includes(null)) return null;
    return (mask as readonly Tensor[]).reduce((a, b) => logicalOr(a, b));
  }
}

type Combine = (a: Tensor, b: Tensor) => Tensor;

/** Merges pair by pair. With `masked`, an element that does not count leaves the other one as it is. */
function reduceWith(combine: Combine, inputs: readonly Tensor[], masked: boolean): Tensor {
  if (!masked) return inputs.reduce(combine);
  let output = inputs[0]!;
  let outputMask = fullMask(output);
  for (const input of inputs.slice(1)) {
    const mask = fullMask(input);
    const x = mask ? where(mask, input, output) : input;
    if (outputMask) output = where(outputMask, output, x);
    outputMask = mask && outputMask ? logicalOr(outputMask, mask) : null;
    output = combine(output, x);
  }
  if (outputMask) setMask(output, any(outputMask, -1));
  return output;
}

function fullMask(x: Tensor): Tensor | null {
  const mask = getMask(x);
  return mask && broadcastTo(expandDims(mask, -1), x.shape);
}

/** Masked elements count as 1 in the product; where all inputs are masked, the product is 0. */
function multiplyMasked(inputs: readonly Tensor[]): Tensor {
  const masks = inputs.map(fullMask);
  const product = inputs.map((x, i) => (masks[i] ? where(masks[i], x, 1) : x)).reduce((a, b) => multiply(a, b));
  if (masks.includes(null)) return product;
  const either = (masks as Tensor[]).reduce((a, b) => logicalOr(a, b));
  const output = where(either, product, 0);
  setMask(output, any(either, -1));
  return output;
}

function merging(className: string, merge: (inputs: readonly Tensor[]) => Tensor, count?: number) {
  const Options = layerWith(className, {}, [], MergeLayer);
  class Merging extends Options {
    override build(inputShape: ShapeStructure): void {
      super.build(inputShape);
      this.#checkCount(inputShape);
    }

    #checkCount(inputs: { readonly length?: unknown }): void {
      if (count === undefined || inputs.length === count) return;
      throw new ValueError(
        `A \`${className}\` layer should be called on exactly ${count} inputs. "${this.name}" received ${String(inputs.length)}.`,
      );
    }

    override merge(inputs: readonly Tensor[]): Tensor {
      this.#checkCount(inputs);
      return merge(inputs);
    }
  }
  return layer(Merging) as MadeLayer<typeof Options>;
}

/** Sum of all inputs. */
export const Add = merging('Add', inputs => reduceWith(add, inputs, false));
export type Add = InstanceType<typeof Add>;

/** First input minus the second. */
export const Subtract = merging('Subtract', ([a, b]) => subtract(a!, b!), 2);
export type Subtract = InstanceType<typeof Subtract>;

/** Product of all inputs. */
export const Multiply = merging('Multiply', multiplyMasked);
export type Multiply = InstanceType<typeof Multiply>;

/** Mean of all inputs. */
export const Average = merging('Average', inputs => divide(reduceWith(add, inputs, false), inputs.length));
export type Average = InstanceType<typeof Average>;

/** Largest of all inputs. */
export const Maximum = merging('Maximum', inputs => reduceWith(maximum, inputs, true));
export type Maximum = InstanceType<typeof Maximum>;

/** Smallest of all inputs. */
export const Minimum = merging('Minimum', inputs => reduceWith(minimum, inputs, true));
export type Minimum = InstanceType<typeof Minimum>;
