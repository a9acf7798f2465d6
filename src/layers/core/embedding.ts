// Vectors for whole numbers.

import type { Tensor } from '../../graph/tensor.js';
import { cast, notEqual } from '../../ops/elementwise.js';
import { take } from '../../ops/indexing.js';
import { layer, layerWith } from '../define.js';
import { constraint, fixed, initializer, regularizer, size, value } from '../fields.js';
import type { InputSpec } from '../inputSpec.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { Weight } from '../weight.js';

/** The options of embeddings. */
export const embeddingSchema = {
  /** Number of different inputs: they go from 0 to inputDim - 1. */
  inputDim: size,
  /** Length of each vector. */
  outputDim: size,
  /** Default 'uniform', between -0.05 and 0.05. */
  embeddingsInitializer: initializer('random_uniform'),
  embeddingsRegularizer: regularizer,
  activityRegularizer: regularizer,
  embeddingsConstraint: constraint,
  /** Whether input 0 means "no step here" and makes a mask. Default false. */
  maskZero: value<boolean>(false),
  quantizationConfig: fixed(null),
};

class EmbeddingLayer extends layerWith('Embedding', embeddingSchema, [
  'inputDim',
  'outputDim',
  'embeddingsInitializer',
]) {
  override supportsMasking = this.maskZero;
  // Negative numbers count from the end.
  override inputSpec: InputSpec = { range: [-this.inputDim, this.inputDim - 1] };
  #embeddings!: Weight;

  override build(_inputShape: SymbolicShape): void {
    this.#embeddings = this.addWeight({
      name: 'embeddings',
      shape: [this.inputDim, this.outputDim],
      initializer: this.embeddingsInitializer,
      regularizer: this.embeddingsRegularizer,
      constraint: this.embeddingsConstraint,
    });
  }

  override call(x: Tensor): Tensor {
    return take(this.#embeddings, x.dtype === 'int32' ? x : cast(x, 'int32'), 0);
  }

  override computeMask(x: Tensor): Tensor | null {
    return this.maskZero ? notEqual(x, 0) : null;
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return [...inputShape, this.outputDim];
  }

  get embeddings(): Weight {
    return this.#embeddings;
  }
}

/** Looks up a trained vector for each whole number.  (batch, ...) → (batch, ..., outputDim). */
export const Embedding = layer(EmbeddingLayer);
export type Embedding = EmbeddingLayer;
