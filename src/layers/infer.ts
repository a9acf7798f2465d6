// Shapes of symbolic outputs: a layer's own rule if it has one, else a trace of its call with two different sizes in
// the place of every unknown dimension. Where the two results differ, the output's dimension is unknown.

import { parameter } from '../graph/leaves.js';
import type { Tensor } from '../graph/tensor.js';
import { trace } from '../graph/trace.js';
import { flatten, isDict, mapStructure, pack, type Structure } from '../structure.js';
import { KerasTensor, type SymbolicShape } from './kerasTensor.js';
import type { Layer, ShapeStructure } from './layer.js';
import { getMask, getMaskShape, setMask, setMaskShape } from './mask.js';

// Far apart, so that strides cannot make them meet; with many divisors, so that halving layers accept them.
const standIns = [480, 960] as const;

type Kwargs = { readonly [name: string]: unknown };

/** The outputs of `layer` for symbolic inputs. Nothing is computed and no variable changes. */
export function inferOutputs(layer: Layer, inputs: Structure<KerasTensor>, kwargs: Kwargs): Structure<KerasTensor> {
  if (
    layer.hasOwnOutputShape &&
    !layer.makesMasks &&
    !flatten<unknown>([inputs as Structure<unknown>, kwargs as Structure<unknown>]).some(carriesMask)
  ) {
    return fromOwnRule(layer, inputs, kwargs);
  }
  const [first, second] = standIns.map(size => traceCall(layer, inputs, kwargs, size));
  const others = flatten(second!);
  const own = layer.hasOwnOutputShape ? flatten(fromOwnRule(layer, inputs, kwargs)) : null;
  const outputs = flatten(first!).map((tensor, i) => {
    const other = others[i]!;
    const output = new KerasTensor(own?.[i]?.shape ?? common(tensor.shape, other.shape), tensor.dtypeName);
    const mask = getMask(tensor);
    const otherMask = getMask(other);
    if (mask && otherMask) setMaskShape(output, common(mask.shape, otherMask.shape));
    return output;
  });
  return pack(first!, outputs);
}

function carriesMask(leaf: unknown): boolean {
  return leaf instanceof KerasTensor && getMaskShape(leaf) !== null;
}

function fromOwnRule(layer: Layer, inputs: Structure<KerasTensor>, kwargs: Kwargs): Structure<KerasTensor> {
  const shapeOf = (value: Structure<KerasTensor>) =>
    mapStructure(value, tensor => tensor.shape) as unknown as ShapeStructure;
  const { callArgs } = layer.constructor as typeof Layer;
  const others = Object.fromEntries(
    callArgs.flatMap(name => (kwargs[name] instanceof KerasTensor ? [[name, shapeOf(kwargs[name])] as const] : [])),
  );
  const toTensors = (shape: ShapeStructure): Structure<KerasTensor> => {
    if (Array.isArray(shape) && !shape.every(dim => dim === null || typeof dim === 'number')) {
      return shape.map(each => toTensors(each as ShapeStructure));
    }
    if (isDict(shape)) {
      return Object.fromEntries(Object.entries(shape).map(([key, each]) => [key, toTensors(each as ShapeStructure)]));
    }
    return new KerasTensor(shape as SymbolicShape, layer.computeDtype);
  };
  return toTensors(layer.computeOutputShape(shapeOf(inputs), others));
}

function traceCall(layer: Layer, inputs: Structure<KerasTensor>, kwargs: Kwargs, size: number): Structure<Tensor> {
  const concrete = (leaf: unknown): unknown => {
    if (!(leaf instanceof KerasTensor)) return leaf;
    const known = (shape: SymbolicShape) => shape.map(dim => dim ?? size);
    const tensor = parameter({ shape: known(leaf.shape), dtype: leaf.dtype, dtypeName: leaf.dtypeName });
    const mask = getMaskShape(leaf);
    if (mask) setMask(tensor, parameter({ shape: known(mask), dtype: 'bool' }));
    return tensor;
  };
  const stand = (value: unknown) => mapStructure(value as Structure<unknown>, concrete);
  return trace(() =>
    layer.keepingLosses(() => layer.callOnTensors(stand(inputs) as Structure<Tensor>, stand(kwargs) as Kwargs)),
  ).result;
}

/** The shape that two traces agree on. */
function common(a: SymbolicShape, b: SymbolicShape): SymbolicShape {
  return a.map((dim, axis) => (dim === b[axis] ? dim : null));
}
