// Which layers were trainable at a moment. What `compile` saw counts for training until it is called again, so that one
// layer can be trained by one model and frozen in another, as the two halves of a generative adversarial network are.

import type { Layer } from '../layers/layer.js';

export class TrainableState {
  readonly #model: Layer;
  readonly #states: readonly (readonly [layer: Layer, trainable: boolean])[];
  #warned = false;

  /** Remembers the present state of a model's layers. */
  constructor(model: Layer) {
    this.#model = model;
    this.#states = statesOf(model);
  }

  /** Runs `fn` with the layers as trainable as they were; the first time that this differs from now, with a warning. */
  during<T>(fn: () => T): T {
    const changed = this.#states.filter(([layer, trainable]) => layer.trainable !== trainable);
    if (changed.length === 0) return fn();
    if (!this.#warned) {
      console.warn(
        `A layer's \`trainable\` state has changed since model "${this.#model.name}" was compiled. Call compile() again ` +
          `for the change to take effect. Changed layers: ${changed.map(([{ name }]) => name).join(', ')}.`,
      );
      this.#warned = true;
    }
    const now = statesOf(this.#model);
    restore(this.#states);
    try {
      return fn();
    } finally {
      restore(now);
    }
  }
}

/** Outer layers first: setting theirs reaches the layers inside. */
function statesOf(model: Layer): (readonly [Layer, boolean])[] {
  return model.flattenLayers().map(layer => [layer, layer.trainable] as const);
}

function restore(states: readonly (readonly [Layer, boolean])[]): void {
  for (const [layer, trainable] of states) layer.trainable = trainable;
}
