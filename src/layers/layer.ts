// The base contract of layers: weights, the two ways of being called (on symbolic tensors, which records a node of the
// layer graph, and on tensors, which builds op graph), masks, losses, config.

import {
  type Config,
  type ConfigurableClass,
  type Json,
  type KerasObject,
  moduleNameOf,
  serializeObject,
  toOptions,
} from '../config.js';
import { type Constraint, type ConstraintFunction, get as getConstraint } from '../constraints.js';
import { type DType, nearestDType, type TypedArray } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import { type NestedArray, Tensor } from '../graph/tensor.js';
import { get as getInitializer, type Initializer } from '../initializers/index.js';
import { autoName, uniqueName } from '../naming.js';
import { NDArray } from '../ndarray.js';
import { castTo } from '../ops/convert.js';
import { divide } from '../ops/elementwise.js';
import type { Variable } from '../ops/variable.js';
import { get as getRegularizer, type Regularizer, type RegularizerFunction } from '../regularizers.js';
import { formatShape, type Shape, sameShape, sizeOf } from '../shape.js';
import { flatten, isDict, mapStructure, type Structure } from '../structure.js';
import { asStructure, buildConfig, isTensorLike, mapShapes, type ShapeStructure } from './arguments.js';
import { onBehalfOf } from './blame.js';
import { ConnectedLayer } from './connected.js';
import { currentPath, noteNewWeight, withCall, withScope } from './context.js';
import { computeDType, dtypeName, dtypePolicy, variableDType } from './dtypePolicy.js';
import { inferOutputs } from './infer.js';
import { checkInputs, type InputSpec } from './inputSpec.js';
import { KerasTensor, Node, type SymbolicShape, symbolicTensorsIn } from './kerasTensor.js';
import { getMask, masksOf, setMask } from './mask.js';
import { Weight, type WeightStore } from './weight.js';

export type { ShapeStructure };

/** Options that every layer takes. */
export interface LayerOptions {
  /** Default: the class name in snake case, numbered. */
  name?: string | null;
  /** Default true. */
  trainable?: boolean;
  /** Dtype of weights and results. Default 'float32'. */
  dtype?: string | Json;
  /** Penalty on the layer's output, divided by the batch size. */
  activityRegularizer?: Regularizer | RegularizerFunction | string | KerasObject | null;
  /** Shape of one sample, or its only dimension: makes an Input in front of the first layer of a Sequential. */
  inputShape?: SymbolicShape | number;
  /** Keras 2: the same for one axis. For Embedding it is the size of the vocabulary instead. */
  inputDim?: number | null;
  /** Keras 2: the number of steps of a sequence, before `inputDim`. */
  inputLength?: number | null;
  /** Shape of a whole batch, with null for an unknown batch size. */
  batchInputShape?: SymbolicShape | null;
  /** Fixed batch size for `inputShape`. */
  batchSize?: number | null;
  /** Initial values, as for `setWeights`. */
  weights?: readonly WeightValue[];
}

/** What `call` is told besides its inputs. */
export interface CallOptions {
  /** Whether the model is being trained. */
  training: boolean;
  /** The masks that travel on the inputs, in their structure. */
  mask: Structure<Tensor | null>;
  readonly [name: string]: unknown;
}

/** A value for a weight: a tensor, nested arrays, or a typed array (of any length that fits the shape). */
export type WeightValue = Tensor | NestedArray | TypedArray | Variable;

export interface AddWeightOptions {
  shape?: Shape;
  /** Default 'glorot_uniform' for float weights, 'zeros' for others. */
  initializer?: Initializer | string | KerasObject | null;
  dtype?: DType;
  trainable?: boolean;
  regularizer?: Regularizer | RegularizerFunction | string | KerasObject | null;
  constraint?: Constraint | ConstraintFunction | string | KerasObject | null;
  name?: string;
}

/** Base class of all layers. Subclasses implement `build` (weights) and `call`. */
export class Layer extends ConnectedLayer {
  static readonly className: string = 'Layer';
  /** Names of the tensors that can be passed by position after the inputs, such as `value` and `key` of attention. */
  static readonly callArgs: readonly string[] = [];
  /** Names of further options of the layer's `call`, besides `training` and `mask`. */
  static readonly callOptions: readonly string[] = [];
  /** What Keras calls the first argument of the layer's `call`, where files say it. */
  static readonly inputName: string = 'input';
  /** Whether Keras marks the layer as built on construction, and so writes no build_config. */
  static readonly builtAtInit: boolean = false;

  /** The layer described by a config. Subclasses whose constructor takes the config's entries need no own version. */
  static fromConfig<T>(this: new (...args: never) => T, config: Config): T {
    return new (this as unknown as new (options: unknown) => T)(toOptions(config));
  }

  /** Unique within a model. */
  override name: string;
  built = false;
  /** Whether a mask on the input travels on to the output, or `computeMask` says how. */
  supportsMasking = this.computeMask !== Layer.prototype.computeMask;
  /** What the layer demands of its inputs, checked at each call. */
  inputSpec: InputSpec | readonly InputSpec[] | null = null;

  readonly #dtype: string;
  #trainable: boolean;
  #activityRegularizer: Regularizer | null;
  readonly #trainableWeights: Weight[] = [];
  readonly #nonTrainableWeights: Weight[] = [];
  #losses: Tensor[] = [];
  #parentPath: string | null = null;
  #buildShapes: Json = null;
  #initialWeights: readonly WeightValue[] | null;
  readonly #batchInputShape: SymbolicShape | null;
  readonly #build: Layer['build'];

  constructor(options: LayerOptions = {}) {
    super();
    const {
      name,
      trainable,
      dtype,
      activityRegularizer,
      inputShape,
      inputDim,
      inputLength,
      batchInputShape,
      batchSize,
      weights,
      ...rest
    } = options;
    const className = this.className;
    const unknown = Object.keys(rest);
    if (unknown.length > 0) {
      throw new ValueError(`Unrecognized keyword arguments passed to ${className}: ${unknown.join(', ')}.`);
    }
    if (typeof trainable !== 'boolean' && trainable !== undefined) {
      throw new ValueError(`Expected \`trainable\` to be a boolean. Received: trainable=${String(trainable)}`);
    }
    if (typeof name !== 'string' && name !== undefined && name !== null) {
      throw new ValueError(`Argument \`name\` of ${className} must be a string. Received: name=${String(name)}`);
    }
    if (typeof name === 'string' && name.includes('/')) {
      throw new ValueError(`Argument \`name\` of ${className} cannot contain character \`/\`. Received: name=${name}`);
    }
    const inputDims = typeof inputShape === 'number' ? [inputShape] : inputShape;
    for (const [option, shape] of Object.entries({ inputShape: inputDims, batchInputShape })) {
      if (shape && !(Array.isArray(shape) && shape.every(dim => dim === null || (Number.isInteger(dim) && dim >= 0)))) {
        throw new ValueError(
          `Argument \`${option}\` of ${className} must be a list of integers and nulls. Received: ${JSON.stringify(shape)}`,
        );
      }
    }
    this.name = name ?? autoName(className);
    this.#trainable = trainable ?? true;
    this.#dtype = dtypeName(dtype);
    this.#activityRegularizer = getRegularizer(activityRegularizer);
    this.#initialWeights = weights ?? null;
    const features = typeof inputDim === 'number' ? [inputDim] : null;
    const sample = inputDims ?? (inputLength === undefined ? features : [inputLength, ...(features ?? [])]);
    // `layer.build(shape)` from outside is more than what subclasses write: it happens once, in the layer's scope.
    this.#build = this.build;
    Object.defineProperty(this, 'build', {
      value: (shape: ShapeStructure, shapes?: { readonly [name: string]: ShapeStructure }) =>
        this.#buildNow(shape, shapes),
      configurable: true,
      writable: true,
    });
    this.#batchInputShape = batchInputShape ?? (sample ? [batchSize ?? null, ...sample] : null);
  }

  /** Keras's name of the class. */
  get className(): string {
    const cls = this.constructor as typeof Layer;
    return Object.hasOwn(cls, 'className') ? cls.className : cls.name;
  }

  // ---- To be implemented by layers -------------------------------------------------------------------------------

  /** Creates the weights. `others` has the shapes of further tensor arguments by name. */
  build(_inputShape: ShapeStructure, _others?: { readonly [name: string]: ShapeStructure }): void {}

  /** Builds the outputs from the inputs. */
  override call(_inputs: Structure<Tensor>, _options: CallOptions): Structure<Tensor> {
    throw new ValueError(`Layer ${this.className} does not have a \`call()\` method implemented.`);
  }

  /**
   * The shapes of the outputs. Layers need none of their own: by default `call` is traced with two different sizes for
   * each unknown dimension, and the result compared.
   */
  computeOutputShape(
    inputShape: ShapeStructure,
    others: { readonly [name: string]: ShapeStructure } = {},
  ): ShapeStructure {
    // Before the trace, whose sizes are not those of the weights.
    this.ensureBuilt(inputShape, others);
    const symbolic = (shape: ShapeStructure) => mapShapes(shape, each => new KerasTensor(each, 'float32', 'shape'));
    const kwargs = Object.fromEntries(Object.entries(others).map(([key, shape]) => [key, symbolic(shape)]));
    const outputs = this.computeOutputSpec(symbolic(inputShape), kwargs);
    return mapStructure(outputs, tensor => tensor.shape) as ShapeStructure;
  }

  /** The masks of the outputs. */
  computeMask(_inputs: Structure<Tensor>, mask: Structure<Tensor | null>): Structure<Tensor | null> {
    return mask;
  }

  /** Whether a call with these arguments beside the inputs heeds the mask that travels on the inputs. */
  protected heedsCarriedMask(_others: { readonly [name: string]: unknown }): boolean {
    return true;
  }

  /** The value of `training` where no caller says it. */
  protected get trainsByDefault(): boolean {
    return false;
  }

  /** Whether outputs may have masks where no input has one: so may those of a class that says its masks itself. */
  get makesMasks(): boolean {
    return this.computeMask !== Layer.prototype.computeMask;
  }

  /** Whether the class says its output shape itself. */
  get hasOwnOutputShape(): boolean {
    return this.computeOutputShape !== Layer.prototype.computeOutputShape;
  }

  // ---- Calling ---------------------------------------------------------------------------------------------------

  /** @internal What `layer(...)` does. */
  override invoke(...args: unknown[]): unknown {
    const [inputs, kwargs, positional] = this.#bind(args);
    if (symbolicTensorsIn(args).length > 0)
      return this.#callSymbolic(inputs as Structure<KerasTensor>, kwargs, positional);
    const convert = (value: unknown): unknown =>
      onBehalfOf(this, () => mapStructure(asStructure(value), leaf => (isTensorLike(leaf) ? asTensor(leaf) : leaf)));
    const named = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [key, convert(value)]));
    const tensors = convert(inputs) as Structure<Tensor>;
    for (const leaf of flatten<unknown>(tensors as Structure<unknown>)) {
      if (!(leaf instanceof Tensor) && leaf !== null) {
        throw new ValueError(
          `Layer "${this.name}": expected numbers or tensors as inputs. Received ${JSON.stringify(leaf)} (${typeof leaf}).`,
        );
      }
    }
    return this.callOnTensors(tensors, named);
  }

  /** @internal Runs the layer on tensors, within the trace and the call going on. */
  callOnTensors(given: Structure<Tensor>, kwargs: { readonly [name: string]: unknown }): Structure<Tensor> {
    this.#prepare(given, kwargs);
    const inputs = this.#inComputeDtype(given);
    const { training, mask: givenMask, ...others } = kwargs;
    return withCall(
      this,
      training as boolean | undefined,
      () => this.#clearLosses(),
      inForce => {
        const inherited = masksOf(inputs);
        const mask = (givenMask ?? inherited) as Structure<Tensor | null>;
        const options: { [name: string]: unknown } = {
          ...others,
          training: inForce ?? this.trainsByDefault,
          mask: givenMask ?? (this.heedsCarriedMask(others) ? inherited : null),
        };
        for (const name of (this.constructor as typeof Layer).callArgs) {
          if (options[name] instanceof Tensor) options[`${name}Mask`] ??= getMask(options[name]);
        }
        const computed = withScope(this, this.name, () =>
          onBehalfOf(this, () => this.call(inputs, options as unknown as CallOptions)),
        );
        if (computed === undefined) {
          throw new ValueError(
            `Layer "${this.name}": call() returned undefined. It must return a tensor or a structure of tensors.`,
          );
        }
        const outputs = this.hasOwnDtype ? this.#inComputeDtype(computed) : computed;
        if (this.#activityRegularizer) this.#regularizeOutputs(outputs, this.#activityRegularizer);
        this.#passMask(inputs, outputs, mask);
        return outputs;
      },
    );
  }

  /** @internal Shapes, dtypes and masks of the outputs for symbolic inputs. */
  computeOutputSpec(
    inputs: Structure<KerasTensor>,
    kwargs: { readonly [name: string]: unknown } = {},
  ): Structure<KerasTensor> {
    return inferOutputs(this, inputs, kwargs);
  }

  #callSymbolic(
    inputs: Structure<KerasTensor>,
    kwargs: { readonly [name: string]: unknown },
    positional: readonly unknown[],
  ): Structure<KerasTensor> {
    for (const leaf of flatten<unknown>(inputs as Structure<unknown>)) {
      if (!(leaf instanceof KerasTensor) && !isTensorLike(leaf)) {
        throw new ValueError(`Layer "${this.name}": inputs must be tensors. Received ${String(leaf)}.`);
      }
    }
    this.#prepare(inputs, kwargs);
    const outputs = withScope(this, this.name, () => onBehalfOf(this, () => this.computeOutputSpec(inputs, kwargs)));
    const callArgs = (this.constructor as typeof Layer).callArgs.slice(0, positional.length - 1);
    const named = Object.fromEntries(Object.entries(kwargs).filter(([key]) => !callArgs.includes(key)));
    new Node(this, positional, named, outputs);
    return outputs;
  }

  /** Splits the arguments of a call into inputs, named ones, and the positional ones as they were written. */
  #bind(
    args: readonly unknown[],
  ): [inputs: unknown, kwargs: { [name: string]: unknown }, positional: readonly unknown[]] {
    const last = args.at(-1);
    const hasOptions = args.length > 1 && isDict(last);
    const positional = hasOptions ? args.slice(0, -1) : args.filter((_, i) => i === 0 || args[i] !== undefined);
    const kwargs: { [name: string]: unknown } = hasOptions ? { ...(last as object) } : {};
    const { callArgs } = this.constructor as typeof Layer;
    positional.slice(1).forEach((value, i) => {
      const name = callArgs[i];
      if (name === undefined) {
        throw new ValueError(
          `Layer "${this.name}" (${this.className}) takes ${callArgs.length + 1} tensor argument(s) and an options object. ` +
            `Received ${positional.length} arguments. Pass several inputs as a list.`,
        );
      }
      kwargs[name] = value;
    });
    if (positional.length === 0) throw new ValueError(`Layer "${this.name}" was called without inputs.`);
    this.#checkCallOptions(Object.keys(kwargs));
    return [positional[0], kwargs, positional];
  }

  /** Layers of users may take any options in their `call`; the others say which. */
  #checkCallOptions(given: readonly string[]): void {
    const cls = this.constructor as typeof Layer;
    if (given.length === 0 || moduleNameOf(cls) !== 'keras.layers') return;
    const known = [...cls.callArgs, ...cls.callOptions, 'training', 'mask'];
    const unknown = given.filter(option => !known.includes(option));
    if (unknown.length === 0) return;
    throw new ValueError(
      `Layer "${this.name}" (${this.className}) was called with unknown options: ${unknown.join(', ')}. ` +
        `Expected some of: ${known.join(', ')}.`,
    );
  }

  /** Checks the inputs and builds the layer if that has not happened. */
  #prepare(inputs: Structure<Tensor | KerasTensor>, kwargs: { readonly [name: string]: unknown }): void {
    this.#checkInputs(inputs);
    if (this.built) return;
    const shapeOf = (value: unknown) =>
      mapStructure(value as Structure<Tensor | KerasTensor>, leaf => leaf.shape) as unknown as ShapeStructure;
    const others = Object.fromEntries(
      (this.constructor as typeof Layer).callArgs
        .filter(name => kwargs[name] instanceof Tensor || kwargs[name] instanceof KerasTensor)
        .map(name => [name, shapeOf(kwargs[name])]),
    );
    this.ensureBuilt(shapeOf(inputs), others);
    this.#checkInputs(inputs);
  }

  #checkInputs(inputs: Structure<Tensor | KerasTensor>): void {
    if (!this.inputSpec) return;
    const specs = Array.isArray(this.inputSpec)
      ? (this.inputSpec as readonly InputSpec[])
      : [this.inputSpec as InputSpec];
    checkInputs(specs, flatten(inputs), this.name);
  }

  #buildNow(inputShape: ShapeStructure, others: { readonly [name: string]: ShapeStructure } = {}): void {
    this.ensureBuilt(inputShape, others);
    this.buildInside(inputShape);
  }

  /** @internal Builds what only a call would build, where somebody asks for weights before the first one. */
  buildInside(_inputShape: ShapeStructure): void {}

  /** Builds the layer unless it is built. */
  ensureBuilt(inputShape: ShapeStructure, others: { readonly [name: string]: ShapeStructure } = {}): void {
    if (this.built) return;
    const cls = this.constructor as typeof Layer;
    this.#parentPath ??= currentPath();
    withScope(this, this.name, () => onBehalfOf(this, () => this.#build(inputShape, others)));
    if (!cls.builtAtInit) this.#buildShapes = buildConfig(cls.inputName, inputShape, others);
    this.built = true;
    if (this.#initialWeights) this.setWeights(this.#initialWeights);
    this.#initialWeights = null;
  }

  #regularizeOutputs(outputs: Structure<Tensor>, regularizer: Regularizer): void {
    for (const output of flatten(outputs)) {
      const penalty = regularizer.call(output);
      this.addLoss(output.rank > 0 ? divide(penalty, output.shape[0]!) : penalty);
    }
  }

  #passMask(inputs: Structure<Tensor>, outputs: Structure<Tensor>, mask: Structure<Tensor | null>): void {
    if (this.supportsMasking) {
      const leaves = flatten(outputs);
      if (leaves.every(leaf => getMask(leaf) !== null)) return;
      flatten<Tensor | null>(this.computeMask(inputs, mask)).forEach((each, i) => {
        const output = leaves[i];
        if (each && output && getMask(output) === null) setMask(output, each);
      });
    } else if (flatten(mask).some(each => each instanceof Tensor)) {
      console.warn(
        `Layer '${this.name}' (of type ${this.className}) was passed an input with a mask attached to it. ` +
          'However, this layer does not support masking and will therefore destroy the mask information. ' +
          'Downstream layers will not see the mask.',
      );
    }
  }

  // ---- Weights ---------------------------------------------------------------------------------------------------

  /** Creates a weight and keeps it. */
  addWeight(options: AddWeightOptions = {}): Weight {
    const dtype = options.dtype ?? nearestDType(this.variableDtype);
    const shape = options.shape ?? [];
    if (shape.some(dim => !Number.isInteger(dim) || dim < 0)) {
      throw new ShapeError(
        `Layer "${this.name}": a weight's shape must be known. Received ${formatShape(shape)} for "${options.name ?? 'variable'}".`,
      );
    }
    const initializer = getInitializer(options.initializer ?? (dtype === 'float32' ? 'glorot_uniform' : 'zeros'));
    const name = options.name ?? uniqueName('variable');
    const trainable = options.trainable ?? true;
    const path = withScope(this, this.name, () => `${currentPath()}/${name}`);
    const weight = new Weight(shape, dtype, initializer.call(shape, dtype), {
      name,
      path,
      trainable: trainable && this.#trainable,
      regularizer: getRegularizer(options.regularizer),
      constraint: getConstraint(options.constraint),
    });
    (trainable ? this.#trainableWeights : this.#nonTrainableWeights).push(weight);
    if (!this.#trainable) weight.trainable = false;
    noteNewWeight();
    return weight;
  }

  /** The layers inside of this one: those kept in its fields, in order, alone or in lists and dicts. */
  get sublayers(): readonly Layer[] {
    const found = new Set<Layer>();
    const visit = (value: unknown): void => {
      if (value instanceof Layer) found.add(value);
      else if (Array.isArray(value) && typeof value[0] !== 'number') for (const item of value) visit(item);
      else if (isDict(value)) for (const key of Object.keys(value)) visit(value[key]);
    };
    for (const key of Object.keys(this)) visit((this as unknown as Record<string, unknown>)[key]);
    found.delete(this);
    return [...found];
  }

  /** The weights that the layer made itself: trainable ones, then others. */
  get ownWeights(): Weight[] {
    return [...this.#trainableWeights, ...this.#nonTrainableWeights];
  }

  /** All weights: the layer's own, then those of the layers inside. */
  get weights(): Weight[] {
    return [...new Set([...this.ownWeights, ...this.sublayers.flatMap(layer => layer.weights)])];
  }

  /** Gives back at once the memory of all weights, which otherwise happens when they are out of reach. */
  dispose(): void {
    for (const weight of this.weights) weight.dispose();
  }

  /** Puts the layer's own weights into the store of a file being written: '0', '1', ... in the order of `ownWeights`. */
  saveOwnVariables(store: WeightStore): void {
    this.ownWeights.forEach((weight, i) => {
      store[i] = new NDArray(weight.read(), weight.shape);
    });
  }

  /** Sets the layer's own weights from the store of a file. @throws ValueError if their number or a shape differs. */
  loadOwnVariables(store: WeightStore): void {
    const weights = this.ownWeights;
    const count = Object.keys(store).length;
    if (count !== weights.length) {
      throw new ValueError(
        `Layer '${this.name}' expected ${weights.length} variables, but received ${count} variables during loading. ` +
          `Expected: [${weights.map(({ name }) => name).join(', ')}]`,
      );
    }
    weights.forEach((weight, i) => {
      const { data, shape } = store[i]!;
      if (!sameShape(shape, weight.shape)) {
        throw new ShapeError(
          `Layer '${this.name}': weight ${weight.path} has shape ${formatShape(weight.shape)}, the file has ${formatShape(shape)}.`,
        );
      }
      weight.write(data);
    });
  }

  /** Texts that a `.keras` file keeps beside the weights, by file name, such as a vocabulary. */
  saveAssets(): { readonly [file: string]: string } {
    return {};
  }

  /** Takes such texts from a file. */
  loadAssets(_files: { readonly [file: string]: string }): void {}

  get trainableWeights(): Weight[] {
    return this.trainable ? this.weights.filter(weight => weight.trainable) : [];
  }

  get nonTrainableWeights(): Weight[] {
    return this.trainable ? this.weights.filter(weight => !weight.trainable) : this.weights;
  }

  get variables(): Weight[] {
    return this.weights;
  }

  get trainableVariables(): Weight[] {
    return this.trainableWeights;
  }

  get nonTrainableVariables(): Weight[] {
    return this.nonTrainableWeights;
  }

  /** Copies of the weights' values, as tensors. */
  getWeights(): Tensor[] {
    return this.weights.map(weight => constant(weight.read(), weight.dtype, weight.shape));
  }

  /** Sets the weights in the order of `weights`. @throws ValueError if their number or a shape differs. */
  setWeights(values: readonly WeightValue[]): void {
    const { weights } = this;
    if (weights.length !== values.length) {
      throw new ValueError(
        `You called \`setWeights(weights)\` on layer '${this.name}' with a weight list of length ${values.length}, ` +
          `but the layer was expecting ${weights.length} weights.`,
      );
    }
    const checked = weights.map((weight, i) => {
      const value = values[i]!;
      if (ArrayBuffer.isView(value) && value.length === sizeOf(weight.shape)) return value as TypedArray;
      const tensor = asTensor(value as TensorLike, weight.dtype);
      if (!sameShape(tensor.shape, weight.shape)) {
        throw new ShapeError(
          `Layer ${this.name} weight shape ${formatShape(weight.shape)} is not compatible with provided weight shape ` +
            `${formatShape(tensor.shape)}.`,
        );
      }
      return tensor.data();
    });
    weights.forEach((weight, i) => {
      weight.write(checked[i]!);
    });
  }

  /** Number of elements of all weights. @throws ValueError if the layer is not built. */
  countParams(): number {
    if (!this.built) {
      throw new ValueError(
        `You tried to call \`countParams\` on layer '${this.name}', but the layer isn't built. ` +
          'You can build it manually via: `layer.build(inputShape)`.',
      );
    }
    return this.weights.reduce((sum, weight) => sum + sizeOf(weight.shape), 0);
  }

  /** Whether training changes the layer. Setting it reaches the layers inside. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(value: boolean) {
    this.#trainable = value;
    for (const weight of this.#trainableWeights) weight.trainable = value;
    for (const layer of this.sublayers) layer.trainable = value;
  }

  /** Where the layer sits, such as `sequential/dense`; null before it is built. */
  get path(): string | null {
    if (this.#parentPath === null) return null;
    return this.#parentPath ? `${this.#parentPath}/${this.name}` : this.name;
  }

  // ---- Losses ----------------------------------------------------------------------------------------------------

  /** Adds a scalar to the loss of the model. To be called inside of `call`. */
  addLoss(loss: Structure<Tensor>): void {
    this.#losses.push(...flatten(loss));
  }

  /** Scalars of the last outermost call: `addLoss` and activity regularizers; then the weights' regularizers. */
  get losses(): Tensor[] {
    const added = this.flattenLayers().flatMap(layer => layer.#losses);
    const penalties = this.trainableWeights.flatMap(weight => weight.regularizer?.call(weight.value) ?? []);
    return [...added, ...penalties];
  }

  #clearLosses(): void {
    for (const layer of this.flattenLayers()) layer.#losses = [];
  }

  /** @internal Runs `fn` and forgets the losses it adds. */
  keepingLosses<T>(fn: () => T): T {
    const saved = this.flattenLayers().map(layer => [layer, layer.#losses] as const);
    for (const [layer] of saved) layer.#losses = [];
    try {
      return fn();
    } finally {
      for (const layer of this.flattenLayers()) layer.#losses = [];
      for (const [layer, losses] of saved) layer.#losses = losses;
    }
  }

  /** This layer and all layers inside, outer ones first. */
  flattenLayers(): Layer[] {
    const found = new Set<Layer>();
    const visit = (layer: Layer): void => {
      if (found.has(layer)) return;
      found.add(layer);
      for (const inner of layer.sublayers) visit(inner);
    };
    visit(this);
    return [...found];
  }

  get activityRegularizer(): Regularizer | null {
    return this.#activityRegularizer;
  }

  set activityRegularizer(regularizer: Regularizer | null) {
    this.#activityRegularizer = regularizer;
  }

  // ---- Dtypes ----------------------------------------------------------------------------------------------------

  /** The name of the dtype policy, as given. */
  get dtype(): string {
    return this.#dtype;
  }

  /** The name of the dtype of weights. */
  get variableDtype(): string {
    return variableDType(this.#dtype);
  }

  /** The name of the dtype that floats have on their way in and out. */
  get computeDtype(): string {
    return computeDType(this.#dtype);
  }

  /** Floats in the dtype that the layer computes in; everything else as it is. */
  #inComputeDtype(tensors: Structure<Tensor>): Structure<Tensor> {
    const name = this.computeDtype;
    const isOther = (leaf: unknown) => leaf instanceof Tensor && leaf.dtype === 'float32' && leaf.dtypeName !== name;
    if (nearestDType(name) !== 'float32' || !flatten(tensors).some(isOther)) return tensors;
    return mapStructure(tensors, leaf => {
      if (!isOther(leaf)) return leaf;
      const cast = castTo(leaf, name);
      const mask = getMask(leaf);
      if (mask) setMask(cast, mask);
      return cast;
    });
  }

  /** Whether outputs are in the layer's dtype, and not in those of layers inside. */
  protected get hasOwnDtype(): boolean {
    return true;
  }

  /** @internal The shape of a batch, where the layer was told what comes in as the first layer of a model. */
  get batchInputShape(): SymbolicShape | null {
    return this.#batchInputShape;
  }

  // ---- Config ----------------------------------------------------------------------------------------------------

  /** Keras's own config: what `fromConfig` needs to make the layer again, without weights. */
  getConfig(): Config {
    const config: Config = { name: this.name, trainable: this.trainable, dtype: dtypePolicy(this.#dtype) };
    if (this.#activityRegularizer) {
      config['activity_regularizer'] = serializeObject(this.#activityRegularizer);
    }
    return config;
  }

  /** The shapes the layer was built with, for files; null if it has none to remember. */
  getBuildConfig(): Json {
    return this.#buildShapes;
  }

  /** Builds the layer as `getBuildConfig` remembers. */
  buildFromConfig(config: Json): void {
    if (!isDict(config)) return;
    if ('input_shape' in config) {
      if (config['input_shape'] !== null) this.ensureBuilt(config['input_shape'] as ShapeStructure);
    } else if (isDict(config['shapes_dict'])) {
      const [first, ...others] = Object.entries(config['shapes_dict']).map(
        ([key, shape]) => [key.replace(/_shape$/, ''), shape as ShapeStructure] as const,
      );
      if (first) this.ensureBuilt(first[1], Object.fromEntries(others));
    }
  }

  override toString(): string {
    return `<${this.className} name=${this.name}, built=${this.built ? 'True' : 'False'}>`;
  }
}

/** A class of layers, as the registry knows them. */
export type LayerClass = ConfigurableClass<Layer>;
