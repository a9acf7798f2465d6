// An embedding that also leads back, from vectors to scores for each whole number.

import type { Tensor } from '../../graph/tensor.js';
import { tanh } from '../../ops/activations.js';
import { cast, divide, multiply, notEqual } from '../../ops/elementwise.js';
import { take } from '../../ops/indexing.js';
import { matmul } from '../../ops/matmul.js';
import { layer, layerWith } from '../define.js';
import { value } from '../fields.js';
import { checkInputs } from '../inputSpec.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { CallOptions } from '../layer.js';
import { setMask } from '../mask.js';
import type { Weight } from '../weight.js';
import { embeddingSchema } from './embedding.js';

const schema = {
  ...embeddingSchema,
  /** Whether both directions share one table. Default true. */
  tieWeights: value<boolean>(true),
  /** Dtype of the way back. Floats are float32 here, whatever it says. */
  reverseDtype: value<string | null>(null),
  /** Scores s of the way back become cap · tanh(s / cap). Default: they do not. */
  logitSoftCap: value<number | null>(null),
};

export interface ReversibleCallOptions extends CallOptions {
  /** Whether to go back: (..., outputDim) → (..., inputDim). Default false. */
  readonly reverse?: boolean;
}

class ReversibleEmbeddingLayer extends layerWith('ReversibleEmbedding', schema, [
  'inputDim',
  'outputDim',
  'tieWeights',
  'embeddingsInitializer',
]) {
  static override readonly callOptions: readonly string[] = ['reverse'];
  override supportsMasking = this.maskZero;
  #embeddings!: Weight;
  #reverseEmbeddings: Weight | null = null;

  override build(_inputShape: SymbolicShape): void {
    this.#embeddings = this.addWeight({
      name: 'embeddings',
      shape: [this.inputDim, this.outputDim],
      initializer: this.embeddingsInitializer,
      regularizer: this.embeddingsRegularizer,
      constraint: this.embeddingsConstraint,
    });
    if (this.tieWeights) return;
    this.#reverseEmbeddings = this.addWeight({
      name: 'reverse_embeddings',
      shape: [this.outputDim, this.inputDim],
      initializer: this.embeddingsInitializer,
    });
  }

  override call(x: Tensor, { reverse = false }: ReversibleCallOptions): Tensor {
    if (reverse) return this.#back(x);
    checkInputs([{ range: [-this.inputDim, this.inputDim - 1] }], [x], this.name);
    const vectors = take(this.#embeddings, cast(x, 'int32'), 0);
    if (this.maskZero) setMask(vectors, notEqual(x, 0));
    return vectors;
  }

  #back(x: Tensor): Tensor {
    const scores = this.#reverseEmbeddings
      ? matmul(x, this.#reverseEmbeddings)
      : matmul(x, this.#embeddings, { transposeB: true });
    const cap = this.logitSoftCap;
    return cap === null ? scores : multiply(tanh(divide(scores, cap)), cap);
  }

  /** The mask is for one direction only: `call` sets it. */
  override computeMask(): null {
    return null;
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return [...inputShape, this.outputDim];
  }

  /** Which way the call goes decides: tracing tells the shapes. */
  override get hasOwnOutputShape(): boolean {
    return false;
  }

  get embeddings(): Weight {
    return this.#embeddings;
  }

  get reverseEmbeddings(): Weight | null {
    return this.#reverseEmbeddings;
  }
}

/**
 * Looks up vectors as Embedding does; layer(vectors, { reverse: true }) scores every whole number by its vector.
 * Press & Wolf (2016).
 */
export const ReversibleEmbedding = layer(ReversibleEmbeddingLayer);
export type ReversibleEmbedding = ReversibleEmbeddingLayer;
