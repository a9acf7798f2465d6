// Attention between sequences without projections: by dot product, or by a sum behind tanh.

import { ValueError } from '../../errors.js';
import { constant } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { tanh } from '../../ops/activations.js';
import { add, logicalAnd, multiply, subtract, where } from '../../ops/elementwise.js';
import { matmul } from '../../ops/matmul.js';
import { expandDims } from '../../ops/movement.js';
import { dropout } from '../../ops/random.js';
import { sum } from '../../ops/reduce.js';
import { softmax } from '../../ops/softmax.js';
import type { Field } from '../../options.js';
import { SeedGenerator } from '../../random/seed.js';
import type { Structure } from '../../structure.js';
import { layer, layerWith } from '../define.js';
import { rate, value, word } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { type CallOptions, Layer, type LayerOptions, type ShapeStructure } from '../layer.js';
import type { Weight } from '../weight.js';

export interface AttentionCallOptions extends CallOptions {
  /** Also returns the shares of attention. Default false. */
  readonly returnAttentionScores?: boolean;
  /** Lets no step attend to later ones. Default false. */
  readonly useCausalMask?: boolean;
}

/** Lower triangle of ones: step i may attend to steps up to i. Shape [1, queries, values]. */
export function causalMask(queries: number, values: number): Tensor {
  const data = new Uint8Array(queries * values);
  for (let i = 0; i < queries; i++) data.fill(1, i * values, i * values + Math.min(i + 1, values));
  return constant(data, 'bool', [1, queries, values]);
}

/** What both kinds do once there are scores. */
abstract class BaseAttention extends Layer {
  static override readonly callOptions: readonly string[] = ['returnAttentionScores', 'useCausalMask'];
  declare readonly dropout: number;
  declare readonly seed: number | null;
  #seeds: SeedGenerator | null = null;

  constructor(options: LayerOptions) {
    super(options);
    this.supportsMasking = true;
  }

  /** Scores [batch, queries, values] of queries [batch, queries, dim] and keys [batch, values, dim]. */
  protected abstract scores(query: Tensor, key: Tensor): Tensor;

  protected makeSeeds(): void {
    if (this.dropout > 0) this.#seeds = new SeedGenerator(this.seed);
  }

  protected checkInputs(inputs: unknown): void {
    if (!Array.isArray(inputs) || inputs.length < 2 || inputs.length > 3) {
      throw new ValueError(
        `${this.className} layer must be called on a list of inputs, namely [query, value] or [query, value, key]. ` +
          `Received ${Array.isArray(inputs) ? `a list of length ${inputs.length}` : 'a single input'}.`,
      );
    }
  }

  override call(
    inputs: readonly Tensor[],
    { training, mask, returnAttentionScores, useCausalMask }: AttentionCallOptions,
  ): Structure<Tensor> {
    this.checkInputs(inputs);
    const [query, value, key = value] = inputs as readonly [Tensor, Tensor, Tensor?];
    const [queryMask, valueMask] = (mask ?? []) as readonly (Tensor | null | undefined)[];
    let scores = this.scores(query, key);
    const own = valueMask ? expandDims(valueMask, -2) : null;
    const causal = useCausalMask ? causalMask(scores.shape.at(-2)!, scores.shape.at(-1)!) : null;
    const allowed = own && causal ? logicalAnd(own, causal) : (own ?? causal);
    if (allowed) scores = where(allowed, scores, subtract(scores, 1e9));
    const shares = softmax(scores);
    const kept = training && this.#seeds ? dropout(shares, this.dropout, null, this.#seeds) : shares;
    const attended = matmul(kept, value);
    const output = queryMask ? where(expandDims(queryMask, -1), attended, 0) : attended;
    return returnAttentionScores ? [output, kept] : output;
  }

  override computeMask(_inputs: readonly Tensor[], mask: Structure<Tensor | null>): Tensor | null {
    return Array.isArray(mask) ? ((mask[0] as Tensor | null | undefined) ?? null) : null;
  }

  override computeOutputShape(inputShape: ShapeStructure): ShapeStructure {
    const [query, value] = inputShape as readonly SymbolicShape[];
    return [...query!.slice(0, -1), value!.at(-1)!];
  }

  /** The scores come with the output only where the call asks: then tracing tells the shapes. */
  override get hasOwnOutputShape(): boolean {
    return false;
  }
}

type Make = new (options: LayerOptions) => BaseAttention;

const share = rate(0) as Field<number, number, false>;
const dotSchema = {
  /** Whether a trained factor scales the scores. Default false. */
  useScale: value<boolean>(false),
  /** 'dot' for products, 'concat' for a sum behind tanh. */
  scoreMode: word('dot', 'concat'),
  /** Share of the attention to drop. Default 0. */
  dropout: share,
  seed: value<number | null>(null),
};
const DotOptions = layerWith(
  'Attention',
  dotSchema,
  ['useScale', 'scoreMode', 'dropout'],
  BaseAttention as unknown as Make,
);

class AttentionLayer extends DotOptions {
  #scale: Weight | null = null;
  #concatWeight: Weight | null = null;

  constructor(...args: ConstructorParameters<typeof DotOptions>) {
    super(...args);
    this.makeSeeds();
  }

  override build(inputShape: ShapeStructure): void {
    this.checkInputs(inputShape);
    if (this.useScale) this.#scale = this.addWeight({ name: 'scale', shape: [], initializer: 'ones' });
    if (this.scoreMode === 'concat') {
      this.#concatWeight = this.addWeight({ name: 'concat_score_weight', shape: [], initializer: 'ones' });
    }
  }

  protected override scores(query: Tensor, key: Tensor): Tensor {
    const scaled = (x: Tensor) => (this.#scale ? multiply(x, this.#scale) : x);
    if (!this.#concatWeight) return scaled(matmul(query, key, { transposeB: true }));
    const sums = scaled(add(expandDims(query, -2), expandDims(key, -3)));
    return multiply(this.#concatWeight, sum(tanh(sums), -1));
  }
}

/** softmax(query · keyᵀ) · value, called on [query, value] or [query, value, key]. Luong et al. (2015). */
export const Attention = layer(AttentionLayer);
export type Attention = AttentionLayer;

const additiveSchema = {
  /** Whether a trained vector weighs the features of the scores. Default true. */
  useScale: value<boolean>(true),
  /** Share of the attention to drop. Default 0. */
  dropout: share,
  seed: value<number | null>(null),
};
const AdditiveOptions = layerWith(
  'AdditiveAttention',
  additiveSchema,
  ['useScale', 'dropout'],
  BaseAttention as unknown as Make,
);

class AdditiveAttentionLayer extends AdditiveOptions {
  #scale: Weight | null = null;

  constructor(...args: ConstructorParameters<typeof AdditiveOptions>) {
    super(...args);
    this.makeSeeds();
  }

  override build(inputShape: ShapeStructure): void {
    this.checkInputs(inputShape);
    const features = (inputShape as readonly SymbolicShape[])[0]!.at(-1)!;
    if (this.useScale)
      this.#scale = this.addWeight({ name: 'scale', shape: [features], initializer: 'glorot_uniform' });
  }

  protected override scores(query: Tensor, key: Tensor): Tensor {
    const sums = tanh(add(expandDims(query, -2), expandDims(key, -3)));
    return sum(this.#scale ? multiply(this.#scale, sums) : sums, -1);
  }
}

/** softmax(Σ scale · tanh(query + key)) · value. Bahdanau et al. (2014). */
export const AdditiveAttention = layer(AdditiveAttentionLayer);
export type AdditiveAttention = AdditiveAttentionLayer;
