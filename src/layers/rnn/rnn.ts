// A cell, run over the steps of a sequence.

import { deserializeObject, isKerasObject, type Json, type KerasObject, serializeObject } from '../../config.js';
import { ValueError } from '../../errors.js';
import { asTensor } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { zeros } from '../../ops/creation.js';
import { multiply, where } from '../../ops/elementwise.js';
import { expandDims, slice, squeeze, stack } from '../../ops/movement.js';
import type { RecurrentOptions } from '../../ops/recurrent.js';
import { Variable } from '../../ops/variable.js';
import type { Field } from '../../options.js';
import { formatShape, type Shape } from '../../shape.js';
import { flatten, pack, type Structure } from '../../structure.js';
import { layer, layerWith } from '../define.js';
import { value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { type CallOptions, Layer, type ShapeStructure } from '../layer.js';
import { BaseCell, type CellCallOptions, type DropoutMasks, type RnnCell } from './cells.js';

export const rnnSchema = {
  /** Whether to return the outputs of all steps. Default false: only the last one's. */
  returnSequences: value<boolean>(false),
  /** Whether to return the final states, too. Default false. */
  returnState: value<boolean>(false),
  /** Starts with the last step. Default false. */
  goBackwards: value<boolean>(false),
  /** Whether each batch goes on from the states of the one before. Needs a fixed batch size. Default false. */
  stateful: value<boolean>(false),
  /** Builds the steps one by one instead of as a loop. Default false. */
  unroll: value<boolean>(false),
  /** Makes the outputs of masked steps 0 instead of the output before. Default false. */
  zeroOutputForMask: value<boolean>(false),
};

export interface RnnCallOptions extends CallOptions {
  /**
   * The states in front of the first step. As in Keras 3, the mask that travels on the input is not heeded beside them:
   * pass `mask`, too, where steps are to be skipped.
   */
  readonly initialState?: Structure<Tensor> | null;
}

/** Base of the recurrent layers: states, masks, and the loop over cells that have no fused one. */
export class RnnLayer extends Layer {
  static override readonly callArgs: readonly string[] = ['initialState'];
  static override readonly inputName: string = 'sequences';

  declare returnSequences: boolean;
  declare returnState: boolean;
  declare goBackwards: boolean;
  declare stateful: boolean;
  declare unroll: boolean;
  declare zeroOutputForMask: boolean;
  declare cell: RnnCell;

  override supportsMasking = true;
  #states: Variable[] | null = null;
  #stateShape: Structure<unknown> | null = null;

  /** Sizes of the states, in a list. */
  get stateSize(): readonly (number | readonly number[])[] {
    const { stateSize } = this.cell;
    return typeof stateSize === 'number' ? [stateSize] : stateSize;
  }

  /** The states kept between batches; null unless the layer is stateful and built. */
  get states(): readonly Variable[] | null {
    return this.#states;
  }

  override build(inputShape: SymbolicShape): void {
    this.cell.ensureBuilt([inputShape[0]!, ...inputShape.slice(2)]);
    if (this.stateful) this.#createStates(inputShape);
  }

  #createStates(inputShape: SymbolicShape): void {
    const [batch] = inputShape;
    if (typeof batch !== 'number') {
      throw new ValueError(
        'When using `stateful=True` in a RNN, the batch size must be static. Found dynamic batch size: ' +
          `sequence.shape=${formatShape(inputShape)}`,
      );
    }
    const initial = this.getInitialState(batch);
    this.#stateShape = initial;
    this.#states = flatten<Tensor>(initial).map(
      tensor => new Variable(tensor, { name: 'rnn_state', trainable: false }),
    );
  }

  /** The states in front of the first step. */
  getInitialState(batchSize: number): Structure<Tensor> {
    const own = this.cell.getInitialState?.(batchSize);
    if (own !== undefined) return Array.isArray(own) ? own : [own];
    const make = (size: number | readonly number[]): Structure<Tensor> =>
      typeof size === 'number' ? zeros([batchSize, size]) : size.map(make);
    return this.stateSize.map(make);
  }

  /** Sets the states of a stateful layer back to zero. */
  resetState(): void {
    for (const state of this.#states ?? []) state.write(new Float32Array(state.size));
  }

  /** Keras 2's name for `resetState`. */
  resetStates(): void {
    this.resetState();
  }

  protected override heedsCarriedMask({ initialState }: { readonly initialState?: unknown }): boolean {
    return !initialState;
  }

  override call(x: Tensor, { training, mask, initialState }: RnnCallOptions): Structure<Tensor> {
    const batch = x.shape[0]!;
    if (this.#states && this.#states[0]?.shape[0] !== batch) {
      throw new ValueError(
        'If an RNN is stateful, the batch size of the input sequences must be the same as the batch size of the initial ' +
          `state.\n- Expected batch size: ${this.#states[0]?.shape[0]}\n- Received batch size: ${batch}`,
      );
    }
    const kept =
      this.#states &&
      pack(
        this.#stateShape!,
        this.#states.map(state => state.value),
      );
    const given = initialState ?? kept ?? this.getInitialState(batch);
    const initial = (Array.isArray(given) ? given : [given]) as readonly Structure<Tensor>[];
    const stepMask = flatten<Tensor | null>(mask)[0] ?? null;
    // Keras draws the masks in inference too, and drops them: the seeds move on, as validation does between epochs.
    const masks = this.cell.dropoutMasks?.([batch, ...x.shape.slice(2)], initial) ?? null;
    const run =
      this.cell instanceof BaseCell
        ? this.#fused(this.cell, x, { ...(training ? masks : {}), mask: stepMask, training }, initial)
        : this.#loop(x, initial, stepMask, { ...(masks ? { masks } : {}), training });
    const after = flatten(run.states);
    this.#states?.forEach((state, i) => {
      state.assign(after[i]!);
    });
    const output = this.returnSequences ? run.sequence! : run.output;
    return this.returnState ? [output, ...(run.states as readonly Structure<Tensor>[])] : output;
  }

  #fused(cell: BaseCell, x: Tensor, options: Partial<RecurrentOptions>, initial: readonly Structure<Tensor>[]): Run {
    const { returnSequences, goBackwards, zeroOutputForMask, unroll } = this;
    return cell.sequence(x, {
      ...cell.operands,
      ...options,
      initialState: initial.map(state => asTensor(state as Tensor)),
      returnSequences,
      goBackwards,
      zeroOutputForMask,
      unroll,
    });
  }

  /** Calls the cell step by step. A masked step keeps the states, and its output is the one before. */
  #loop(
    x: Tensor,
    initial: readonly Structure<Tensor>[],
    mask: Tensor | null,
    options: Pick<CellCallOptions, 'masks' | 'training'>,
  ): Run {
    const steps = x.shape[1]!;
    const at = (tensor: Tensor, step: number): Tensor => {
      const start = tensor.shape.map((_, axis) => (axis === 1 ? step : 0));
      return squeeze(
        slice(
          tensor,
          start,
          tensor.shape.map((dim, axis) => (axis === 1 ? 1 : dim)),
        ),
        1,
      );
    };
    const outputs: Tensor[] = [];
    let states: Structure<Tensor> = initial;
    for (let i = 0; i < steps; i++) {
      const step = this.goBackwards ? steps - 1 - i : i;
      const [output, given] = this.cell.invoke(at(x, step), { states, ...options }) as [Tensor, Structure<Tensor>];
      const next = (Array.isArray(given) ? given : [given]) as Structure<Tensor>;
      if (!mask) {
        outputs.push(output);
        states = next;
        continue;
      }
      const counts = at(mask, step);
      const choose = (yes: Tensor, no: Tensor): Tensor => {
        let condition = counts;
        while (condition.rank < yes.rank) condition = expandDims(condition, -1);
        return where(condition, yes, no);
      };
      const before = this.zeroOutputForMask ? undefined : outputs.at(-1);
      outputs.push(choose(output, before ?? multiply(output, 0)));
      const old: readonly Tensor[] = flatten<Tensor>(states);
      states = pack(
        next,
        flatten<Tensor>(next).map((each, k): Tensor => choose(each, old[k]!)),
      );
    }
    return { sequence: this.returnSequences ? stack(outputs, 1) : null, output: outputs.at(-1)!, states };
  }

  override computeMask(_inputs: Structure<Tensor>, mask: Structure<Tensor | null>): Structure<Tensor | null> {
    const own = this.returnSequences ? (flatten<Tensor | null>(mask)[0] ?? null) : null;
    return this.returnState ? [own, ...this.stateSize.map(() => null)] : own;
  }

  override computeOutputShape(inputShape: ShapeStructure): ShapeStructure {
    const [batch, time] = inputShape as SymbolicShape;
    const width = this.cell.outputSize ?? (this.stateSize[0] as number);
    const output: SymbolicShape = this.returnSequences ? [batch!, time!, width] : [batch!, width];
    if (!this.returnState) return output;
    const states = this.stateSize.map(size =>
      typeof size === 'number' ? [batch!, size] : size.map(each => [batch!, each]),
    );
    return [output, ...states];
  }
}

interface Run {
  readonly sequence: Tensor | null;
  readonly output: Tensor;
  readonly states: Structure<Tensor>;
}

const cell: Field<RnnCell | readonly RnnCell[] | KerasObject, RnnCell, true> = {
  required: true,
  parse(given, where) {
    if (Array.isArray(given)) return new StackedRNNCells(given as readonly RnnCell[]);
    const found = isKerasObject(given) ? deserializeObject<RnnCell>(given, 'keras.layers') : (given as RnnCell);
    if (!(found instanceof Layer) || found.stateSize === undefined) {
      throw new ValueError(`${where} should have a \`call\` method and a \`stateSize\`. Received: ${String(given)}`);
    }
    return found;
  },
  toConfig: kept => serializeObject(kept) as Json,
};

class GenericRNNLayer extends layerWith(
  'RNN',
  { cell, ...rnnSchema },
  ['cell', 'returnSequences', 'returnState'],
  RnnLayer,
) {}

/** Runs a cell over the steps of a sequence: `RNN(LSTMCell(8))`, `RNN([cell, cell])`, or a cell of your own. */
export const RNN = layer(GenericRNNLayer);
export type RNN = GenericRNNLayer;

const cells: Field<readonly (RnnCell | KerasObject)[], readonly RnnCell[], true> = {
  required: true,
  parse: given => given!.map(each => (isKerasObject(each) ? deserializeObject<RnnCell>(each, 'keras.layers') : each)),
  toConfig: kept => kept.map(each => serializeObject(each) as Json),
};

/** Size of a cell's output. */
const widthOf = (each: RnnCell): number => each.outputSize ?? [each.stateSize].flat(2)[0]!;

class StackedRNNCellsLayer extends layerWith('StackedRNNCells', { cells }, ['cells']) {
  static override readonly callArgs: readonly string[] = ['states'];
  static override readonly callOptions: readonly string[] = ['masks'];

  get stateSize(): readonly (number | readonly number[])[] {
    return this.cells.map(each => each.stateSize as number | readonly number[]);
  }

  get outputSize(): number {
    return widthOf(this.cells.at(-1)!);
  }

  override build(inputShape: SymbolicShape): void {
    let shape = inputShape;
    for (const each of this.cells) {
      each.ensureBuilt(shape);
      shape = [shape[0]!, widthOf(each)];
    }
  }

  dropoutMasks([batch, ...input]: Shape, states: Structure<Tensor>): readonly DropoutMasks[] {
    let step = input;
    return this.cells.map((each, i) => {
      const own = (states as readonly Structure<Tensor>[])[i]!;
      const masks = each.dropoutMasks?.([batch!, ...step], Array.isArray(own) ? own : [own]) ?? {};
      step = [widthOf(each)];
      return masks;
    });
  }

  override call(x: Tensor, { states, training, masks }: CellCallOptions): Structure<Tensor> {
    let output = x;
    const next = this.cells.map((each, i) => {
      const own = (states as readonly Structure<Tensor>[])[i]!;
      const result = each.invoke(output, {
        states: Array.isArray(own) ? own : [own],
        training,
        ...(masks && each.dropoutMasks ? { masks: (masks as readonly DropoutMasks[])[i]! } : {}),
      }) as [Tensor, Structure<Tensor>];
      output = result[0];
      const after = result[1];
      return typeof each.stateSize === 'number' && Array.isArray(after) ? (after[0] as Tensor) : after;
    });
    return [output, next];
  }

  getInitialState(batchSize: number): Structure<Tensor> {
    return this.cells.map(each => {
      const sizes = [each.stateSize].flat(2);
      const own = each.getInitialState?.(batchSize) ?? sizes.map(size => zeros([batchSize, size]));
      const list = Array.isArray(own) ? own : [own];
      return typeof each.stateSize === 'number' ? (list[0] as Tensor) : list;
    }) as Structure<Tensor>;
  }
}

/** Several cells as one: the output of each is the input of the next. */
export const StackedRNNCells = layer(StackedRNNCellsLayer);
export type StackedRNNCells = StackedRNNCellsLayer;
