// A function as a layer.

import { callable } from '../../callable.js';
import { type Config, type ConfigurableClass, customObject, type Json, register, toOptions } from '../../config.js';
import { ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { flatten, isDict, type Structure } from '../../structure.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { type CallOptions, Layer, type LayerOptions, type ShapeStructure } from '../layer.js';

export type LambdaFunction = (inputs: never, options: CallOptions) => Structure<Tensor>;

export interface LambdaOptions extends LayerOptions {
  /** Builds the outputs with ops. Weights it uses are not tracked: write a layer for that. */
  function?: LambdaFunction;
  /** Shape of one sample, or a function of the input shape. Default: found by tracing the function. */
  outputShape?: SymbolicShape | ((inputShape: ShapeStructure) => ShapeStructure) | null;
  /** A mask for the output, or a function of inputs and mask. */
  mask?: Tensor | ((inputs: Structure<Tensor>, mask: Structure<Tensor | null>) => Structure<Tensor | null>) | null;
  /** Further named arguments for the function. */
  arguments?: { readonly [name: string]: unknown };
}

class LambdaLayer extends Layer {
  static override readonly className = 'Lambda';

  readonly #function: LambdaFunction;
  readonly #outputShape: LambdaOptions['outputShape'];
  readonly #mask: LambdaOptions['mask'];
  readonly #arguments: { readonly [name: string]: unknown };

  constructor(fn: LambdaFunction | LambdaOptions, options: LambdaOptions = {}) {
    const all = typeof fn === 'function' ? { ...options, function: fn } : ((fn as LambdaOptions | undefined) ?? {});
    const { function: given, outputShape, mask, arguments: more, ...rest } = all;
    super(rest);
    this.#function = resolve(given, this.name);
    this.#outputShape = outputShape ?? null;
    this.#mask = mask ?? null;
    this.#arguments = more ?? {};
    this.supportsMasking = this.#mask !== null;
    this.built = true;
  }

  static override fromConfig<T>(this: new (...args: never) => T, config: Config): T {
    // What Keras 2 says about Python's code, which is of no use here.
    const { function_type: _type, module: _module, output_shape_type: _, output_shape_module: __, ...rest } = config;
    return new (this as unknown as new (options: unknown) => T)(toOptions(rest));
  }

  override call(inputs: Structure<Tensor>, options: CallOptions): Structure<Tensor> {
    return this.#function(inputs as never, { ...options, ...this.#arguments });
  }

  override computeOutputShape(inputShape: ShapeStructure): ShapeStructure {
    const shape = this.#outputShape;
    if (shape === null || shape === undefined) return super.computeOutputShape(inputShape);
    if (typeof shape === 'function') return shape(inputShape);
    return [flatten<number | null>(inputShape)[0] ?? null, ...shape];
  }

  override get hasOwnOutputShape(): boolean {
    return this.#outputShape !== null && this.#outputShape !== undefined;
  }

  override computeMask(inputs: Structure<Tensor>, mask: Structure<Tensor | null>): Structure<Tensor | null> {
    return typeof this.#mask === 'function' ? this.#mask(inputs, mask) : (this.#mask ?? null);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      function: {
        module: 'builtins',
        class_name: 'function',
        config: this.#function.name,
        registered_name: 'function',
      },
      arguments: this.#arguments as { readonly [name: string]: Json },
    };
  }
}

/** The function itself, or the custom object that a config stands for: by its name, or Python's code by the layer's. */
function resolve(given: unknown, layer: string): LambdaFunction {
  if (typeof given === 'function') return given as LambdaFunction;
  const named = isDict(given) ? given['config'] : given;
  const isCode = typeof named !== 'string';
  const found = customObject(isCode ? layer : named);
  if (typeof found === 'function') return found as LambdaFunction;
  throw new ValueError(
    isCode && given !== undefined
      ? `Lambda "${layer}" holds Python code, which is never run here. Pass a function that computes the same under the layer's ` +
          `name: { customObjects: { "${layer}": x => ... } }.`
      : `Lambda: expected a function. Received ${isDict(given) ? `the name of one, "${String(named)}": pass it in customObjects` : String(given)}.`,
  );
}

/** Applies a function of tensors as a layer: `Lambda(x => multiply(x, 2))`. */
export const Lambda = callable(LambdaLayer);
export type Lambda = LambdaLayer;
register('keras.layers', Lambda as unknown as ConfigurableClass);
