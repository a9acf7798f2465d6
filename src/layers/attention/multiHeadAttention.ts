// Attention with several heads, each on projections of its own.

import { ShapeError, ValueError } from '../../errors.js';
import { constant } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import type { Initializer } from '../../initializers/index.js';
import { einsum } from '../../ops/einsum.js';
import { cast, logicalAnd, multiply } from '../../ops/elementwise.js';
import { expandDims } from '../../ops/movement.js';
import type { Field } from '../../options.js';
import { formatShape } from '../../shape.js';
import type { Structure } from '../../structure.js';
import { Softmax } from '../activations/activations.js';
import { EinsumDense } from '../core/einsumDense.js';
import { layer, layerWith } from '../define.js';
import { constraint, initializer, rate, regularizer, size, value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { ShapeStructure } from '../layer.js';
import { getMask, setMask } from '../mask.js';
import { Dropout } from '../regularization/dropout.js';
import { type AttentionCallOptions, causalMask } from './attention.js';

const listOrNull: Field<number | readonly number[] | null, readonly number[] | null, false> = {
  required: false,
  parse: given => (given === undefined || given === null ? null : [given].flat()),
  toConfig: kept => kept,
};

const schema = {
  /** Number of heads. */
  numHeads: size,
  /** Size of each head's queries and keys. */
  keyDim: size,
  /** Size of each head's values. Default keyDim. */
  valueDim: value<number | null>(null),
  /** Share of the attention to drop. Default 0. */
  dropout: rate(0) as Field<number, number, false>,
  /** Default true. */
  useBias: value<boolean>(true),
  /** Shape of the output per step. Default the query's. */
  outputShape: listOrNull,
  /** The axes attended over, counted with the batch as 0. Default all but batch and features. */
  attentionAxes: listOrNull,
  /** How far away a step may attend at most. Default any. */
  slidingWindow: value<number | null>(null),
  /** Default 'glorot_uniform'. */
  kernelInitializer: initializer('glorot_uniform'),
  /** Default 'zeros'. */
  biasInitializer: initializer('zeros'),
  kernelRegularizer: regularizer,
  biasRegularizer: regularizer,
  activityRegularizer: regularizer,
  kernelConstraint: constraint,
  biasConstraint: constraint,
  /** Whether a sigmoid projection of the query gates the result. Default false. */
  useGate: value<boolean>(false),
  seed: value<number | null>(null),
};

export interface MultiHeadAttentionCallOptions extends AttentionCallOptions {
  readonly value: Tensor;
  /** Default the value. */
  readonly key?: Tensor | null;
  /** Where attention is allowed: [batch, queries, values]. */
  readonly attentionMask?: Tensor | null;
  readonly queryMask?: Tensor | null;
  readonly valueMask?: Tensor | null;
  readonly keyMask?: Tensor | null;
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

/** 'abc,cde->abde': the last `bound` of the free and bound axes are summed over, `out` new ones come. */
function projection(free: number, bound: number, out: number): { equation: string; biasAxes: string } {
  const names = letters.slice(0, free + bound + out);
  const freeNames = names.slice(0, free);
  const boundNames = names.slice(free, free + bound);
  const outNames = names.slice(free + bound);
  return {
    equation: `${freeNames}${boundNames},${boundNames}${outNames}->${freeNames}${outNames}`,
    biasAxes: outNames,
  };
}

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

const Options = layerWith('MultiHeadAttention', schema, ['numHeads', 'keyDim', 'valueDim', 'dropout']);

class MultiHeadAttentionLayer extends Options {
  static override readonly callArgs: readonly string[] = ['value', 'key'];
  static override readonly inputName: string = 'query';
  queryDense!: EinsumDense;
  keyDense!: EinsumDense;
  gateDense: EinsumDense | null = null;
  valueDense!: EinsumDense;
  outputDense!: EinsumDense;
  #softmax!: Softmax;
  #dropout!: Dropout;
  #equations!: ReturnType<typeof attentionEquations>;

  constructor(...args: ConstructorParameters<typeof Options>) {
    // Keras's choice of implementation: here there is one.
    super(
      ...(args.map(arg => {
        if (typeof arg !== 'object' || arg === null || !('flashAttention' in arg)) return arg;
        const { flashAttention: _choice, ...rest } = arg as { flashAttention: unknown };
        return rest;
      }) as unknown as typeof args),
    );
    this.supportsMasking = true;
    this.valueDim ??= this.keyDim;
  }

  override build(query: ShapeStructure, others: { readonly [name: string]: ShapeStructure } = {}): void {
    const queryShape = query as SymbolicShape;
    const valueShape = others['value'] as SymbolicShape | undefined;
    if (!valueShape)
      throw new ValueError(
        `MultiHeadAttention "${this.name}" must be called on a query and a value: layer(query, value).`,
      );
    const keyShape = (others['key'] as SymbolicShape | undefined) ?? valueShape;
    if (JSON.stringify(valueShape.slice(1, -1)) !== JSON.stringify(keyShape.slice(1, -1))) {
      throw new ShapeError(
        'All dimensions of `value` and `key`, except the last one, must be equal. ' +
          `Received: value_shape=${formatShape(valueShape)} and key_shape=${formatShape(keyShape)}`,
      );
    }
    const heads = (
      shape: SymbolicShape,
      width: number,
      name: string,
      activation: string | null = null,
    ): EinsumDense => {
      const { equation, biasAxes } = projection(shape.length - 1, 1, 2);
      const free = new Array<null>(shape.length - 2).fill(null);
      return this.#project(equation, [...free, this.numHeads, width], biasAxes, name, shape, activation);
    };
    this.queryDense = heads(queryShape, this.keyDim, 'query');
    this.keyDense = heads(keyShape, this.keyDim, 'key');
    if (this.useGate) this.gateDense = heads(queryShape, this.valueDim!, 'gate', 'sigmoid');
    this.valueDense = heads(valueShape, this.valueDim!, 'value');
    const rank = valueShape.length + 1;
    this.attentionAxes =
      this.attentionAxes === null
        ? [...Array(rank - 3).keys()].map(axis => axis + 1)
        : this.attentionAxes.map(axis => (axis >= 0 ? axis : rank - 1 + axis));
    this.#equations = attentionEquations(rank, this.attentionAxes);
    const count = this.attentionAxes.length;
    const { scoreRank } = this.#equations;
    this.#softmax = new Softmax({ axis: Array.from({ length: count }, (_, i) => scoreRank - count + i) });
    this.#dropout = new Dropout({ rate: this.dropout, seed: this.seed });
    const output = (this.outputShape as readonly number[] | null) ?? [queryShape.at(-1)!];
    const { equation, biasAxes } = projection(queryShape.length - 1, 2, output.length);
    const free = new Array<null>(queryShape.length - 2).fill(null);
    this.outputDense = this.#project(
      equation,
      [...free, ...output],
      biasAxes,
      'attention_output',
      [...queryShape.slice(0, -1), this.numHeads, this.valueDim!],
      null,
    );
  }

  #project(
    equation: string,
    outputShape: SymbolicShape,
    biasAxes: string,
    name: string,
    inputShape: SymbolicShape,
    activation: string | null,
  ): EinsumDense {
    // Copies, so that each projection draws values of its own.
    const copy = (each: Initializer) =>
      (each.constructor as typeof Initializer).fromConfig(each.getConfig()) as Initializer;
    const dense = new EinsumDense({
      equation,
      outputShape,
      biasAxes: this.useBias ? biasAxes : null,
      name,
      activation,
      kernelInitializer: copy(this.kernelInitializer),
      biasInitializer: copy(this.biasInitializer),
      kernelRegularizer: this.kernelRegularizer,
      biasRegularizer: this.biasRegularizer,
      kernelConstraint: this.kernelConstraint,
      biasConstraint: this.biasConstraint,
    });
    dense.ensureBuilt(inputShape);
    return dense;
  }

  override call(query: Tensor, options: MultiHeadAttentionCallOptions): Structure<Tensor> {
    const { value: given, training } = options;
    const keys = options.key ?? given;
    // Keras reads the query's mask off the tensor, whatever the call says.
    const queryMask = getMask(query);
    const allowed = this.#allowed(query, given, { ...options, queryMask });
    const gate = this.gateDense?.(query);
    const q = multiply(this.queryDense(query), 1 / Math.sqrt(this.keyDim));
    const k = this.keyDense(keys);
    const v = this.valueDense(given);
    let scores = einsum(this.#equations.scores, k, q);
    let expanded = allowed;
    while (expanded && expanded.rank < scores.rank)
      expanded = expandDims(expanded, -this.attentionAxes!.length * 2 - 1);
    scores = this.#softmax(scores, { mask: expanded });
    const kept = this.dropout > 0 ? this.#dropout(scores, { training }) : scores;
    const heads = einsum(this.#equations.combine, kept, v);
    const output = this.outputDense(gate ? multiply(heads, gate) : heads);
    if (queryMask) setMask(output, queryMask);
    return options.returnAttentionScores ? [output, scores] : output;
  }

  /** Where attention is allowed by all masks together; null if everywhere. */
  #allowed(query: Tensor, given: Tensor, options: MultiHeadAttentionCallOptions): Tensor | null {
    const [queries, values] = [query.shape[1]!, given.shape[1]!];
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

  override computeMask(): null {
    return null;
  }

  override computeOutputShape(query: ShapeStructure): ShapeStructure {
    const shape = query as SymbolicShape;
    return [...shape.slice(0, -1), ...((this.outputShape as readonly number[] | null) ?? [shape.at(-1)!])];
  }

  /** The scores come with the output only where the call asks: then tracing tells the shapes. */
  override get hasOwnOutputShape(): boolean {
    return false;
  }
}

/** Steps less than `reach` apart. Shape [1, queries, values]. */
function windowMask(queries: number, values: number, reach: number): Tensor {
  const data = Uint8Array.from({ length: queries * values }, (_, i) =>
    Number(Math.abs(Math.floor(i / values) - (i % values)) < reach),
  );
  return constant(data, 'bool', [1, queries, values]);
}

/**
 * Scaled dot product attention of several heads, called as layer(query, value) or layer(query, value, key).
 * Vaswani et al. (2017).
 */
export const MultiHeadAttention = layer(MultiHeadAttentionLayer);
export type MultiHeadAttention = MultiHeadAttentionLayer;
