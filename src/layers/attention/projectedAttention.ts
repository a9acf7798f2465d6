// What the attention layers share that project queries, keys and values with trained weights.

import { ShapeError, ValueError } from '../../errors.js';
import { constant } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import type { Initializer } from '../../initializers/index.js';
import { dotProductAttention } from '../../ops/attention.js';
import { einsum } from '../../ops/einsum.js';
import { cast, logicalAnd, multiply } from '../../ops/elementwise.js';
import { expandDims } from '../../ops/movement.js';
import type { Field, ValuesOf } from '../../options.js';
import type { Regularizer } from '../../regularizers.js';
import { formatShape } from '../../shape.js';
import { Softmax } from '../activations/activations.js';
import { EinsumDense } from '../core/einsumDense.js';
import { constraint, initializer, orNull, rate, regularizer, size, value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { Layer, type LayerOptions, type ShapeStructure } from '../layer.js';
import { Dropout } from '../regularization/dropout.js';
import { type AttentionCallOptions, causalMask } from './attention.js';

/** The options that all of them take. */
export const projectedSchema = {
  /** Share of the attention to drop. Default 0. */
  dropout: rate(0) as Field<number, number, false>,
  /** Default true. */
  useBias: value<boolean>(true),
  /** Whether a sigmoid projection of the query gates the result. Default false. */
  useGate: value<boolean>(false),
  /** How far away a step may attend at most. Default any. */
  slidingWindow: orNull(size),
  /** Default 'glorot_uniform'. */
  kernelInitializer: initializer('glorot_uniform'),
  /** Default 'zeros'. */
  biasInitializer: initializer('zeros'),
  kernelRegularizer: regularizer,
  biasRegularizer: regularizer,
  activityRegularizer: regularizer,
  kernelConstraint: constraint,
  biasConstraint: constraint,
  seed: value<number | null>(null),
};

export interface ProjectedAttentionCallOptions extends AttentionCallOptions {
  readonly value: Tensor;
  /** Default the value. */
  readonly key?: Tensor | null;
  /** Where attention is allowed: [batch, queries, values]. */
  readonly attentionMask?: Tensor | null;
  readonly queryMask?: Tensor | null;
  readonly valueMask?: Tensor | null;
  readonly keyMask?: Tensor | null;
}

/** An EinsumDense in the making. */
interface Projection {
  readonly name: string;
  readonly equation: string;
  readonly outputShape: SymbolicShape;
  readonly biasAxes: string;
  readonly inputShape: SymbolicShape;
  readonly activation?: string;
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

/**
 * The equations of scores and result for projected tensors of `rank` axes (batch, ..., heads, features), attending
 * over `axes`: the keys' axes there get names of their own.
 */
function attentionEquations(
  rank: number,
  axes: readonly number[],
): { scores: string; combine: string; scoreRank: number } {
  const target = letters.slice(0, rank);
  const batch = [...Array(rank - 1).keys()].filter(axis => !axes.includes(axis));
  let next = rank;
  const source = [...target]
    .map((letter, axis) => (batch.includes(axis) || axis === rank - 1 ? letter : letters[next++]!))
    .join('');
  const product = [
    ...batch.map(axis => target[axis]!),
    ...axes.map(axis => target[axis]!),
    ...axes.map(axis => source[axis]!),
  ].join('');
  return {
    scores: `${source},${target}->${product}`,
    combine: `${product},${source}->${target}`,
    scoreRank: product.length,
  };
}

/** Steps less than `reach` apart. Shape [1, queries, values]. */
function windowMask(queries: number, values: number, reach: number): Tensor {
  const data = Uint8Array.from({ length: queries * values }, (_, i) =>
    Number(Math.abs(Math.floor(i / values) - (i % values)) < reach),
  );
  return constant(data, 'bool', [1, queries, values]);
}

type Options = ValuesOf<typeof projectedSchema>;

/** Base of the layers that are called as layer(query, value) or layer(query, value, key). */
export class ProjectedAttention extends Layer {
  static override readonly callArgs: readonly string[] = ['value', 'key'];
  static override readonly callOptions: readonly string[] = [
    'queryMask',
    'valueMask',
    'keyMask',
    'attentionMask',
    'returnAttentionScores',
    'useCausalMask',
  ];
  static override readonly inputName: string = 'query';
  override supportsMasking = true;
  declare readonly dropout: Options['dropout'];
  declare readonly useBias: Options['useBias'];
  declare readonly slidingWindow: Options['slidingWindow'];
  declare readonly kernelInitializer: Options['kernelInitializer'];
  declare readonly biasInitializer: Options['biasInitializer'];
  declare readonly kernelRegularizer: Options['kernelRegularizer'];
  declare readonly biasRegularizer: Options['biasRegularizer'];
  declare readonly kernelConstraint: Options['kernelConstraint'];
  declare readonly biasConstraint: Options['biasConstraint'];
  declare readonly seed: Options['seed'];
  #axes!: readonly number[];
  #equations!: ReturnType<typeof attentionEquations>;
  #softmax!: Softmax;
  #dropout!: Dropout;

  constructor(options: LayerOptions & { readonly flashAttention?: boolean | null }) {
    // Keras's choice of implementation: here there is one.
    const { flashAttention: _choice, ...rest } = options;
    super(rest);
  }

  /** The shapes of value and key. @throws ValueError without a value, ShapeError if they differ before the last axis. */
  protected valueAndKey(others: { readonly [name: string]: ShapeStructure }): [SymbolicShape, SymbolicShape] {
    const value = others['value'] as SymbolicShape | undefined;
    if (!value) {
      throw new ValueError(
        `${this.className} "${this.name}" must be called on a query and a value: layer(query, value).`,
      );
    }
    const key = (others['key'] as SymbolicShape | undefined) ?? value;
    if (JSON.stringify(value.slice(1, -1)) !== JSON.stringify(key.slice(1, -1))) {
      throw new ShapeError(
        'All dimensions of `value` and `key`, except the last one, must be equal. ' +
          `Received: value_shape=${formatShape(value)} and key_shape=${formatShape(key)}`,
      );
    }
    return [value, key];
  }

  /** A projection with the layer's options; `penalty` is for its results. */
  protected project(
    { name, equation, outputShape, biasAxes, inputShape, activation }: Projection,
    penalty: Regularizer | null,
  ): EinsumDense {
    // Copies, so that each projection draws values of its own.
    const copy = (each: Initializer) =>
      (each.constructor as typeof Initializer).fromConfig(each.getConfig()) as Initializer;
    const dense = new EinsumDense({
      equation,
      outputShape,
      biasAxes: this.useBias ? biasAxes : null,
      name,
      activation: activation ?? null,
      kernelInitializer: copy(this.kernelInitializer),
      biasInitializer: copy(this.biasInitializer),
      kernelRegularizer: this.kernelRegularizer,
      biasRegularizer: this.biasRegularizer,
      activityRegularizer: penalty,
      kernelConstraint: this.kernelConstraint,
      biasConstraint: this.biasConstraint,
    });
    // Masks on the inputs are for this layer to use: inside, nobody needs to be told that they go no further.
    dense.supportsMasking = true;
    dense.ensureBuilt(inputShape);
    return dense;
  }

  /** Makes what `attend` needs for projected tensors of `rank` axes that attend over `axes`. */
  protected attendOver(rank: number, axes: readonly number[]): void {
    this.#axes = axes;
    this.#equations = attentionEquations(rank, axes);
    const { scoreRank } = this.#equations;
    this.#softmax = new Softmax({ axis: axes.map((_, i) => scoreRank - axes.length + i) });
    this.#dropout = new Dropout({ rate: this.dropout, seed: this.seed });
  }

  /** Where attention is allowed by all masks together; null if everywhere. */
  protected allowed(query: Tensor, options: ProjectedAttentionCallOptions): Tensor | null {
    const [queries, values] = [query.shape[1]!, options.value.shape[1]!];
    const parts = [
      options.queryMask ? expandDims(options.queryMask, -1) : null,
      options.valueMask ? expandDims(options.valueMask, -2) : null,
      options.keyMask ? expandDims(options.keyMask, -2) : null,
      options.useCausalMask ? causalMask(queries, values) : null,
      this.slidingWindow === null ? null : windowMask(queries, values, this.slidingWindow),
      options.attentionMask ?? null,
    ].filter(part => part !== null);
    return parts.length === 0 ? null : parts.map(part => cast(part, 'bool')).reduce((a, b) => logicalAnd(a, b));
  }

  /** The attended values, and the shares of attention where somebody wants them. */
  protected attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    allowed: Tensor | null,
    { training, returnAttentionScores }: ProjectedAttentionCallOptions,
  ): [heads: Tensor, scores: Tensor | null] {
    const scale = 1 / Math.sqrt(query.shape.at(-1)!);
    let mask = allowed;
    const expandTo = (rank: number) => {
      while (mask && mask.rank < rank) mask = expandDims(mask, -this.#axes.length * 2 - 1);
    };
    // Keras's two ways give a query that may look nowhere different results: the mean of all values here, 0 below.
    if (this.dropout === 0 && !returnAttentionScores && query.rank === 4) {
      expandTo(4);
      return [dotProductAttention(query, key, value, { mask, scale }), null];
    }
    const products = einsum(this.#equations.scores, key, multiply(query, scale));
    expandTo(products.rank);
    const scores = this.#softmax(products, { mask });
    const kept = this.dropout > 0 ? this.#dropout(scores, { training }) : scores;
    return [einsum(this.#equations.combine, kept, value), scores];
  }
}
