// One step of a recurrent layer as a layer of its own.

import { type ActivationFunction, serializeActivation } from '../../activations.js';
import type { Constraint } from '../../constraints.js';
import type { Tensor } from '../../graph/tensor.js';
import type { Initializer } from '../../initializers/index.js';
import { type InitializerSeed, seed } from '../../initializers/initializer.js';
import { ones, zeros } from '../../ops/creation.js';
import { concatenate, expandDims, stack } from '../../ops/movement.js';
import { dropout } from '../../ops/random.js';
import {
  type GatedOptions,
  gru,
  lstm,
  type RecurrentOptions,
  type RecurrentResult,
  simpleRnn,
} from '../../ops/recurrent.js';
import type { Field } from '../../options.js';
import type { SeedGenerator } from '../../random/seed.js';
import type { Regularizer } from '../../regularizers.js';
import type { Shape } from '../../shape.js';
import type { Structure } from '../../structure.js';
import { layer, layerWith } from '../define.js';
import { activation, constraint, initializer, rate, regularizer, size, value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { type CallOptions, Layer } from '../layer.js';
import type { Weight } from '../weight.js';

/** What a cell is called with besides the input of the step. */
export interface CellCallOptions extends CallOptions {
  readonly states: Structure<Tensor>;
  /** What the cell's `dropoutMasks` gave for the sequence that the step belongs to. */
  readonly masks?: DropoutMasks | null;
}

/** Factors for a cell's input and state, the same at all steps of a sequence. */
export type CellMasks = Pick<RecurrentOptions, 'dropoutMask' | 'recurrentDropoutMask'>;

/** The same of any cell; for a stack of cells, those of each. */
export type DropoutMasks = CellMasks | readonly DropoutMasks[];

/** What RNN needs to know of a cell. A layer with these fields and a `call` returning [output, states] is one. */
export interface RnnCell extends Layer {
  /** Sizes of the states. */
  readonly stateSize: number | readonly (number | readonly number[])[];
  /** Size of the output; default the first state's. */
  readonly outputSize?: number;
  /** The states in front of the first step; default zeros. */
  getInitialState?(batchSize: number): Structure<Tensor>;
  /** Draws what all steps of a sequence share. Takes the shape of a step's input, and the first states. */
  dropoutMasks?(step: Shape, states: Structure<Tensor>): DropoutMasks;
}

const unitsSchema = {
  /** Size of the output and of each state. */
  units: size,
  /** Default 'tanh'. */
  activation: activation('tanh'),
};

const gateSchema = {
  /** Activation of the gates. Default 'sigmoid'. */
  recurrentActivation: activation('sigmoid'),
};

const weightSchema = {
  /** Default true. */
  useBias: value<boolean>(true),
  /** Default 'glorot_uniform'. */
  kernelInitializer: initializer('glorot_uniform'),
  /** Default 'orthogonal'. */
  recurrentInitializer: initializer('orthogonal'),
  /** Default 'zeros'. */
  biasInitializer: initializer('zeros'),
};

const ruleSchema = {
  kernelRegularizer: regularizer,
  recurrentRegularizer: regularizer,
  biasRegularizer: regularizer,
  kernelConstraint: constraint,
  recurrentConstraint: constraint,
  biasConstraint: constraint,
  /** Share of the input to drop, the same elements at every step. Default 0. */
  dropout: rate(0) as Field<number, number, false>,
  /** Share of the state to drop in front of the recurrent weights. Default 0. */
  recurrentDropout: rate(0) as Field<number, number, false>,
};

// `seed` makes dropout repeatable. A missing one is drawn where it stands: here before those of the initializers.
export const simpleRnnSchema = { seed, ...unitsSchema, ...weightSchema, ...ruleSchema };

export const lstmSchema = {
  ...unitsSchema,
  ...gateSchema,
  ...weightSchema,
  /** Starts the forget gate's bias at 1. Default true. */
  unitForgetBias: value<boolean>(true),
  ...ruleSchema,
  seed,
};

export const gruSchema = {
  ...unitsSchema,
  ...gateSchema,
  ...weightSchema,
  ...ruleSchema,
  seed,
  /** Whether the reset gate applies after the recurrent product. Default true. */
  resetAfter: value<boolean>(true),
};

/** Base of the three cells: weights, states, dropout, and the sequence function they are one step of. */
export abstract class BaseCell extends Layer {
  static override readonly callArgs: readonly string[] = ['states'];
  static override readonly callOptions: readonly string[] = ['masks'];

  declare readonly units: number;
  declare readonly activation: ActivationFunction;
  declare readonly useBias: boolean;
  declare readonly kernelInitializer: Initializer;
  declare readonly recurrentInitializer: Initializer;
  declare readonly biasInitializer: Initializer;
  declare readonly kernelRegularizer: Regularizer | null;
  declare readonly recurrentRegularizer: Regularizer | null;
  declare readonly biasRegularizer: Regularizer | null;
  declare readonly kernelConstraint: Constraint | null;
  declare readonly recurrentConstraint: Constraint | null;
  declare readonly biasConstraint: Constraint | null;
  declare readonly dropout: number;
  declare readonly recurrentDropout: number;
  declare readonly seed: InitializerSeed;

  kernel!: Weight;
  recurrentKernel!: Weight;
  bias: Weight | null = null;
  protected abstract readonly gates: number;
  protected readonly stateCount: number = 1;
  protected abstract readonly seeds: SeedGenerator;

  /** Runs the cell over a whole sequence. */
  abstract sequence(x: Tensor, options: RecurrentOptions): RecurrentResult;

  get stateSize(): number | readonly number[] {
    return this.stateCount === 1 ? this.units : new Array<number>(this.stateCount).fill(this.units);
  }

  get outputSize(): number {
    return this.units;
  }

  protected get biasShape(): readonly number[] {
    return [this.gates * this.units];
  }

  /** The bias's first values. */
  protected biasValues(shape: readonly number[]): Tensor {
    return this.biasInitializer.call(shape, 'float32');
  }

  override build(inputShape: SymbolicShape): void {
    const columns = this.gates * this.units;
    this.kernel = this.addWeight({
      name: 'kernel',
      shape: [inputShape.at(-1)!, columns],
      initializer: this.kernelInitializer,
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    this.recurrentKernel = this.addWeight({
      name: 'recurrent_kernel',
      shape: [this.units, columns],
      initializer: this.recurrentInitializer,
      regularizer: this.recurrentRegularizer,
      constraint: this.recurrentConstraint,
    });
    if (this.useBias) {
      this.bias = this.addWeight({
        name: 'bias',
        shape: this.biasShape,
        initializer: 'zeros',
        regularizer: this.biasRegularizer,
        constraint: this.biasConstraint,
      });
      this.bias.write(this.biasValues(this.biasShape).data());
    }
  }

  /**
   * Factors for the input and the state of all steps; none without dropout. With recurrent dropout there is one per
   * gate, as in Keras's implementation 1.
   */
  dropoutMasks(step: Shape): CellMasks {
    const perGate = this.gates > 1 && this.recurrentDropout > 0;
    const draw = (shape: Shape, share: number): Tensor | null => {
      if (share === 0) return null;
      const mask = () => dropout(ones(shape), share, null, this.seeds);
      return perGate ? stack(Array.from({ length: this.gates }, mask)) : mask();
    };
    return {
      dropoutMask: draw(step, this.dropout),
      recurrentDropoutMask: draw([step[0]!, this.units], this.recurrentDropout),
    };
  }

  override call(x: Tensor, { states, training, masks: shared }: CellCallOptions): Structure<Tensor> {
    const given = (Array.isArray(states) ? states : [states]) as readonly Tensor[];
    const masks = training ? (shared ?? this.dropoutMasks(x.shape)) : {};
    const result = this.sequence(expandDims(x, 1), {
      ...this.operands,
      ...masks,
      initialState: given,
      returnSequences: false,
      training,
    });
    return [result.output, [...result.states]];
  }

  /** @internal The weights as the sequence functions take them. */
  get operands(): Pick<RecurrentOptions, 'kernel' | 'recurrentKernel' | 'bias'> {
    return { kernel: this.kernel, recurrentKernel: this.recurrentKernel, bias: this.bias };
  }

  getInitialState(batchSize: number): Tensor[] {
    return Array.from({ length: this.stateCount }, () => zeros([batchSize, this.units]));
  }
}

type Make<B extends Layer> = new (options: object) => B;

class SimpleRNNCellLayer extends layerWith(
  'SimpleRNNCell',
  simpleRnnSchema,
  ['units', 'activation'],
  BaseCell as unknown as Make<BaseCell>,
) {
  protected override readonly gates = 1;
  protected override readonly seeds = this.seed.generator();

  override sequence(x: Tensor, options: RecurrentOptions): RecurrentResult {
    return simpleRnn(x, { ...options, activation: gateActivation(this.activation) });
  }
}

/** One step of a simple recurrence: h' = activation(x · kernel + h · recurrent_kernel + bias). */
export const SimpleRNNCell = layer(SimpleRNNCellLayer);
export type SimpleRNNCell = SimpleRNNCellLayer;

class LSTMCellLayer extends layerWith(
  'LSTMCell',
  lstmSchema,
  ['units', 'activation', 'recurrentActivation'],
  BaseCell as unknown as Make<BaseCell>,
) {
  protected override readonly gates = 4;
  protected override readonly stateCount = 2;
  protected override readonly seeds = this.seed.generator();

  protected override biasValues(shape: readonly number[]): Tensor {
    if (!this.unitForgetBias) return super.biasValues(shape);
    const { units } = this;
    return concatenate([this.biasInitializer.call([units]), ones([units]), this.biasInitializer.call([2 * units])]);
  }

  override sequence(x: Tensor, options: GatedOptions): RecurrentResult {
    return lstm(x, {
      ...options,
      activation: gateActivation(this.activation),
      recurrentActivation: gateActivation(this.recurrentActivation),
    });
  }
}

/** One step of a long short-term memory, with the gates i, f, c, o and the states h and c. */
export const LSTMCell = layer(LSTMCellLayer);
export type LSTMCell = LSTMCellLayer;

class GRUCellLayer extends layerWith(
  'GRUCell',
  gruSchema,
  ['units', 'activation', 'recurrentActivation'],
  BaseCell as unknown as Make<BaseCell>,
) {
  protected override readonly gates = 3;
  protected override readonly seeds = this.seed.generator();

  protected override get biasShape(): readonly number[] {
    return this.resetAfter ? [2, 3 * this.units] : [3 * this.units];
  }

  override sequence(x: Tensor, options: GatedOptions): RecurrentResult {
    return gru(x, {
      ...options,
      resetAfter: this.resetAfter,
      activation: gateActivation(this.activation),
      recurrentActivation: gateActivation(this.recurrentActivation),
    });
  }
}

/** One step of a gated recurrent unit, with the gates z, r, h. */
export const GRUCell = layer(GRUCellLayer);
export type GRUCell = GRUCellLayer;

/** The name of an activation that the fused loops know, or the function itself. */
function gateActivation(fn: ActivationFunction): NonNullable<GatedOptions['activation']> {
  const name = serializeActivation(fn);
  return name === 'tanh' || name === 'sigmoid' || name === 'relu' || name === 'linear' || name === 'hard_sigmoid'
    ? name
    : fn;
}
