// A recurrent layer in both directions.

import { deserializeObject, type Json, type KerasObject, serializeObject } from '../../config.js';
import { ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, divide, multiply } from '../../ops/elementwise.js';
import { concatenate, flip } from '../../ops/movement.js';
import type { Field } from '../../options.js';
import { flatten, type Structure } from '../../structure.js';
import { layer, layerWith } from '../define.js';
import { innerLayer } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { Layer, ShapeStructure } from '../layer.js';
import type { RnnCallOptions, RnnLayer } from './rnn.js';

type MergeMode = 'concat' | 'sum' | 'mul' | 'ave' | null;

const mergeMode: Field<MergeMode, MergeMode, false> = {
  required: false,
  parse(given, where) {
    const mode = given === undefined ? 'concat' : given;
    if (!['concat', 'sum', 'mul', 'ave', null].includes(mode)) {
      throw new ValueError(
        `${where} should be one of 'concat', 'sum', 'mul', 'ave' or null. Received: ${String(given)}`,
      );
    }
    return mode;
  },
  toConfig: kept => kept,
};

const backward: Field<Layer | KerasObject | null, RnnLayer | null, false> = {
  required: false,
  parse: (given, where) => (given ? (innerLayer.parse(given, where) as RnnLayer) : null),
  toConfig: kept => kept && (serializeObject(kept) as Json),
};

/** A copy of a recurrent layer that has no weights yet. */
function copyOf(layer: RnnLayer, prefix: string, changes: { readonly [key: string]: Json }): RnnLayer {
  const json = serializeObject(layer);
  const name = `${prefix}${layer.name.startsWith(prefix) ? layer.name.slice(prefix.length) : layer.name}`;
  return deserializeObject<RnnLayer>(
    { ...json, config: { ...(json.config as object), ...changes, name }, build_config: null },
    'keras.layers',
  );
}

const schema = {
  /** The recurrent layer for the forward direction, and by default for the other one. */
  layer: innerLayer,
  /** How the two outputs become one; null keeps both. Default 'concat'. */
  mergeMode,
  /** Another layer for the backward direction. */
  backwardLayer: backward,
};
const Options = layerWith('Bidirectional', schema, ['layer', 'mergeMode']);

class BidirectionalLayer extends Options {
  static override readonly callArgs: readonly string[] = ['initialState'];
  static override readonly inputName: string = 'sequences';
  override supportsMasking = true;
  readonly forwardLayer: RnnLayer;

  constructor(...args: ConstructorParameters<typeof Options>) {
    super(...args);
    const given = this.layer as RnnLayer;
    for (const each of [this.layer, this.backwardLayer]) {
      if (each && !('goBackwards' in each)) {
        throw new ValueError(
          `Bidirectional: expected a recurrent layer, such as LSTM, GRU, SimpleRNN or RNN. Received ${String(each)}.`,
        );
      }
    }
    this.forwardLayer = copyOf(given, 'forward_', {});
    this.backwardLayer ??= copyOf(given, 'backward_', { go_backwards: true });
    // Only the two copies have weights; the config names the forward one.
    this.layer = this.forwardLayer;
    const two = [this.forwardLayer, this.backwardLayer];
    if (this.forwardLayer.goBackwards === this.backwardLayer.goBackwards) {
      throw new ValueError(
        'Forward layer and backward layer should have different `go_backwards` value. Received: ' +
          `forward_layer.go_backwards ${this.forwardLayer.goBackwards}, backward_layer.go_backwards=${this.backwardLayer.goBackwards}`,
      );
    }
    // Steps that do not count must not be merged with those of the other direction.
    for (const each of two) each.zeroOutputForMask = each.returnSequences;
    this.inputSpec = this.forwardLayer.inputSpec;
  }

  get returnSequences(): boolean {
    return this.forwardLayer.returnSequences;
  }

  get returnState(): boolean {
    return this.forwardLayer.returnState;
  }

  get stateful(): boolean {
    return this.forwardLayer.stateful;
  }

  override build(inputShape: SymbolicShape): void {
    this.forwardLayer.ensureBuilt(inputShape);
    this.backwardLayer!.ensureBuilt(inputShape);
  }

  resetState(): void {
    this.forwardLayer.resetState();
    this.backwardLayer!.resetState();
  }

  protected override heedsCarriedMask({ initialState }: { readonly initialState?: unknown }): boolean {
    return !initialState;
  }

  override call(x: Tensor, { training, mask, initialState }: RnnCallOptions): Structure<Tensor> {
    const states = initialState ? flatten<Tensor>(initialState) : null;
    const run = (each: RnnLayer, own: Tensor[] | undefined) =>
      [each.invoke(x, { training, mask, initialState: own ?? null })].flat() as Tensor[];
    const half = states ? states.length / 2 : 0;
    const [forward, ...forwardStates] = run(this.forwardLayer, states?.slice(0, half));
    const [reversed, ...backwardStates] = run(this.backwardLayer!, states?.slice(half));
    const back = this.returnSequences ? flip(reversed!, 1) : reversed!;
    const outputs = this.#merge(forward!, back);
    return this.returnState
      ? [...outputs, ...forwardStates, ...backwardStates]
      : outputs.length === 1
        ? outputs[0]!
        : outputs;
  }

  #merge(a: Tensor, b: Tensor): Tensor[] {
    switch (this.mergeMode) {
      case 'concat':
        return [concatenate([a, b], -1)];
      case 'sum':
        return [add(a, b)];
      case 'mul':
        return [multiply(a, b)];
      case 'ave':
        return [divide(add(a, b), 2)];
      default:
        return [a, b];
    }
  }

  override computeMask(_inputs: Structure<Tensor>, mask: Structure<Tensor | null>): Structure<Tensor | null> {
    const own = this.returnSequences ? (flatten<Tensor | null>(mask)[0] ?? null) : null;
    const outputs = this.mergeMode === null ? [own, own] : [own];
    if (!this.returnState) return outputs.length === 1 ? own : outputs;
    return [...outputs, ...new Array<null>(2 * this.forwardLayer.stateSize.length).fill(null)];
  }

  override computeOutputShape(inputShape: ShapeStructure): ShapeStructure {
    const shape = this.forwardLayer.computeOutputShape(inputShape);
    const [output, ...states] = (this.returnState ? shape : [shape]) as readonly SymbolicShape[];
    const width = output!.at(-1)!;
    const merged: SymbolicShape = this.mergeMode === 'concat' ? [...output!.slice(0, -1), 2 * width] : output!;
    const outputs = this.mergeMode === null ? [merged, merged] : [merged];
    if (!this.returnState) return outputs.length === 1 ? merged : outputs;
    return [...outputs, ...states, ...states];
  }
}

/** Runs a recurrent layer forwards and a copy of it backwards, and merges the outputs step by step. */
export const Bidirectional = layer(BidirectionalLayer);
export type Bidirectional = BidirectionalLayer;
