// Attention with several heads, each on projections of its own.

import type { Config, Json } from '../../config.js';
import { ShapeError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { multiply } from '../../ops/elementwise.js';
import type { Field } from '../../options.js';
import type { Regularizer } from '../../regularizers.js';
import { formatShape } from '../../shape.js';
import type { Structure } from '../../structure.js';
import type { EinsumDense } from '../core/einsumDense.js';
import { layer, layerWith } from '../define.js';
import { orNull, regularizer, size, wholes } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { ShapeStructure } from '../layer.js';
import { getMask, setMask } from '../mask.js';
import { ProjectedAttention, type ProjectedAttentionCallOptions, projectedSchema } from './projectedAttention.js';

/** A whole number or several, each at least `least`, or null, the default. */
function someOrNull(least: number): Field<number | readonly number[] | null, readonly number[] | null, false> {
  const list = orNull(wholes(least));
  return { ...list, parse: (given, where) => list.parse(typeof given === 'number' ? [given] : given, where) };
}

const schema = {
  /** Number of heads. */
  numHeads: size,
  /** Size of each head's queries and keys. */
  keyDim: size,
  /** Size of each head's values. Default keyDim. */
  valueDim: orNull(size),
  /** Shape of the output per step. Default the query's. */
  outputShape: someOrNull(1),
  /** The axes attended over, counted with the batch as 0. Default all but batch and features. */
  attentionAxes: someOrNull(-Infinity),
  ...projectedSchema,
};

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

const Options = layerWith(
  'MultiHeadAttention',
  schema,
  ['numHeads', 'keyDim', 'valueDim', 'dropout'],
  ProjectedAttention,
);

class MultiHeadAttentionLayer extends Options {
  queryDense!: EinsumDense;
  keyDense!: EinsumDense;
  gateDense: EinsumDense | null = null;
  valueDense!: EinsumDense;
  outputDense!: EinsumDense;
  readonly #projectionPenalty: Regularizer | null;

  constructor(...args: ConstructorParameters<typeof Options>) {
    super(...args);
    this.valueDim ??= this.keyDim;
    // As in Keras, it is the results of the projections that are penalized, not those of the layer.
    this.#projectionPenalty = this.activityRegularizer;
    this.activityRegularizer = null;
  }

  override build(query: ShapeStructure, others: { readonly [name: string]: ShapeStructure } = {}): void {
    const queryShape = query as SymbolicShape;
    const [valueShape, keyShape] = this.valueAndKey(others);
    this.#checkAxes(queryShape, valueShape);
    const heads = (inputShape: SymbolicShape, width: number, name: string, activation?: string): EinsumDense => {
      const free = new Array<null>(inputShape.length - 2).fill(null);
      const outputShape = [...free, this.numHeads, width];
      const spec = { ...projection(inputShape.length - 1, 1, 2), outputShape, name, inputShape };
      return this.project(activation ? { ...spec, activation } : spec, this.#projectionPenalty);
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
    this.attendOver(rank, this.attentionAxes);
    const output = (this.outputShape as readonly number[] | null) ?? [queryShape.at(-1)!];
    this.outputDense = this.project(
      {
        ...projection(queryShape.length - 1, 2, output.length),
        outputShape: [...new Array<null>(queryShape.length - 2).fill(null), ...output],
        name: 'attention_output',
        inputShape: [...queryShape.slice(0, -1), this.numHeads, this.valueDim!],
      },
      this.#projectionPenalty,
    );
  }

  /** @throws ShapeError if there is no axis to attend over. */
  #checkAxes(query: SymbolicShape, value: SymbolicShape): void {
    const last = query.length - 2;
    const axes = this.attentionAxes?.map(axis => (axis >= 0 ? axis : query.length + axis));
    if (query.length === value.length && last > 0 && (axes?.every(axis => axis > 0 && axis <= last) ?? true)) return;
    throw new ShapeError(
      'Query and value must be of the same rank, 3 or more, and `attentionAxes` among the axes between the batch and the ' +
        `features. Received: query_shape=${formatShape(query)}, value_shape=${formatShape(value)}` +
        `${this.attentionAxes ? `, attentionAxes=[${this.attentionAxes.join(', ')}]` : ''}`,
    );
  }

  override call(query: Tensor, options: ProjectedAttentionCallOptions): Structure<Tensor> {
    const { value, key } = options;
    // Keras reads the query's mask off the tensor, whatever the call says.
    const queryMask = getMask(query);
    const allowed = this.allowed(query, { ...options, queryMask });
    const gate = this.gateDense?.(query);
    const [heads, scores] = this.attend(
      this.queryDense(query),
      this.keyDense(key ?? value),
      this.valueDense(value),
      allowed,
      options,
    );
    const output = this.outputDense(gate ? multiply(heads, gate) : heads);
    if (queryMask) setMask(output, queryMask);
    return options.returnAttentionScores ? [output, scores!] : output;
  }

  override computeMask(): null {
    return null;
  }

  override get makesMasks(): boolean {
    return false;
  }

  override computeOutputShape(query: ShapeStructure): ShapeStructure {
    const shape = query as SymbolicShape;
    return [...shape.slice(0, -1), ...((this.outputShape as readonly number[] | null) ?? [shape.at(-1)!])];
  }

  /** The scores come with the output only where the call asks: then tracing tells the shapes. */
  override get hasOwnOutputShape(): boolean {
    return false;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), activity_regularizer: regularizer.toConfig(this.#projectionPenalty) as Json };
  }
}

/**
 * Scaled dot product attention of several heads, called as layer(query, value) or layer(query, value, key).
 * Vaswani et al. (2017).
 */
export const MultiHeadAttention = layer(MultiHeadAttentionLayer);
export type MultiHeadAttention = MultiHeadAttentionLayer;
