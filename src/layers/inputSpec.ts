// What a layer demands of its inputs, and Keras's messages when they are different.

import type { DType } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { firstOutside, type Range } from '../range.js';
import { formatShape } from '../shape.js';

export interface InputSpec {
  readonly ndim?: number;
  readonly minNdim?: number;
  readonly maxNdim?: number;
  /** Required sizes by axis; negative axes count from the end. */
  readonly axes?: { readonly [axis: number]: number | null };
  readonly shape?: readonly (number | null)[];
  readonly dtype?: DType;
  /** The least and the greatest whole number that makes sense, for inputs that are indices. */
  readonly range?: Range;
  readonly name?: string;
}

interface ShapeAndDType {
  readonly shape: readonly (number | null)[];
  readonly dtype: DType;
  /** The elements, where they are known. */
  readonly value?: ArrayLike<number> | null;
}

/** @throws ShapeError naming the layer, the input, what was expected and what came. */
export function checkInputs(specs: readonly InputSpec[], inputs: readonly ShapeAndDType[], layerName: string): void {
  if (inputs.length !== specs.length) {
    throw new ValueError(
      `Layer "${layerName}" expects ${specs.length} input(s), but it received ${inputs.length} input tensors.`,
    );
  }
  inputs.forEach(({ shape, dtype, value }, index) => {
    const spec = specs[index]!;
    const fail = (rest: string): never => {
      throw new ShapeError(
        `Input ${index} with name '${spec.name ?? 'None'}' of layer '${layerName}' is incompatible with the layer: ${rest}`,
      );
    };
    const full = `Full shape received: ${formatShape(shape)}`;
    if (spec.ndim !== undefined && shape.length !== spec.ndim) {
      fail(`expected ndim=${spec.ndim}, found ndim=${shape.length}. ${full}`);
    }
    if (spec.maxNdim !== undefined && shape.length > spec.maxNdim) {
      fail(`expected max_ndim=${spec.maxNdim}, found ndim=${shape.length}`);
    }
    if (spec.minNdim !== undefined && shape.length < spec.minNdim) {
      fail(`expected min_ndim=${spec.minNdim}, found ndim=${shape.length}. ${full}`);
    }
    if (spec.dtype !== undefined && dtype !== spec.dtype) fail(`expected dtype=${spec.dtype}, found dtype=${dtype}`);
    for (const [key, wanted] of Object.entries(spec.axes ?? {})) {
      const axis = Number(key);
      const size = shape.at(axis) ?? null;
      if (wanted !== null && size !== null && size !== wanted) {
        fail(
          `expected axis ${axis} of input shape to have value ${wanted}, but received input with shape ${formatShape(shape)}`,
        );
      }
    }
    const outside = spec.range && value ? firstOutside(value, spec.range) : -1;
    if (outside >= 0) {
      fail(`expected whole numbers from ${spec.range!.join(' to ')}, found ${value![outside]}`);
    }
    if (spec.shape) {
      const fits =
        spec.shape.length === shape.length &&
        spec.shape.every((dim, axis) => dim === null || shape[axis] === null || dim === shape[axis]);
      if (!fits) fail(`expected shape=${formatShape(spec.shape)}, found shape=${formatShape(shape)}`);
    }
  });
}
