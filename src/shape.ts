// Arithmetic on concrete shapes: sizes, strides, axes, broadcasting. No tensors here.

import { ShapeError, ValueError } from './errors.js';

export type Shape = readonly number[];

/** What users give as a shape: a lone number is one of rank 1. @throws ShapeError if it is none */
export function toShape(given: Shape | number): Shape {
  const shape = typeof given === 'number' ? [given] : given;
  if (!Array.isArray(shape) || !shape.every(dim => Number.isInteger(dim) && dim >= 0)) {
    const received = Array.isArray(given) ? `[${given.join(', ')}]` : String(given);
    throw new ShapeError(`Expected a shape: a list of sizes, or one size. Received: ${received}.`);
  }
  return shape;
}

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** An axis counted from 0, where the given one may count from the end. @throws ValueError if out of range. */
export function normalizeAxis(axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ValueError(
      `axis ${axis} is out of range for a tensor of rank ${rank}: expected ${-rank} to ${rank - 1}.`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** Ascending axes counted from 0; null means all. @throws ValueError if one is out of range or named twice. */
export function normalizeAxes(axes: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axes === null || axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = (typeof axes === 'number' ? [axes] : [...axes]).map(axis => normalizeAxis(axis, rank));
  if (new Set(list).size !== list.length) throw new ValueError(`axes [${list}] name an axis twice.`);
  return list.sort((a, b) => a - b);
}

/** The shape that all of the given ones broadcast to, by NumPy's rule. @throws ShapeError if they do not. */
export function broadcastShapes(...shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map(shape => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    shape.forEach((dim, i) => {
      const axis = i + offset;
      if (result[axis] === 1) result[axis] = dim;
      else if (dim !== 1 && dim !== result[axis]) {
        throw new ShapeError(
          `Shapes ${shapes.map(formatShape).join(' and ')} do not broadcast: expected dimensions that are equal or 1.`,
        );
      }
    });
  }
  return result;
}

/** "(2, 3)" as Keras writes it; null dims as None. */
export function formatShape(shape: readonly (number | null)[]): string {
  const dims = shape.map(dim => (dim === null ? 'None' : String(dim)));
  return dims.length === 1 ? `(${dims[0]},)` : `(${dims.join(', ')})`;
}
