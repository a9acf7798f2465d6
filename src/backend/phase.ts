// The K backend: the learning phase, that is whether a model is being trained or used.

import { ValueError } from '../errors.js';
import type { TensorLike } from '../graph/apply.js';
import { asTensor } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { defaultTraining, insideCall, setDefaultTraining, trainingInForce } from '../layers/context.js';
import { InputLayer } from '../layers/core/inputLayer.js';
import { type KerasTensor, symbolicTensorsIn } from '../layers/kerasTensor.js';
import { lift } from '../layers/operation.js';
import { named } from '../named.js';

let phase: KerasTensor | undefined;

/** @internal The placeholder that stands for the learning phase. */
export function phasePlaceholder(): KerasTensor {
  phase ??= new InputLayer({ batchShape: [], dtype: 'int32', name: 'keras_learning_phase' }).inboundNodes[0]!
    .outputTensors[0]!;
  return phase;
}

/**
 * 0 or 1 if the phase has been set, or while a layer is being called; else a placeholder for `K.function`, which makes
 * layers train where it is fed a 1: `K.function([model.input, K.learningPhase()], [model.output])`.
 */
export function learningPhase(): 0 | 1 | KerasTensor {
  if (insideCall()) return trainingInForce() ? 1 : 0;
  const fixed = defaultTraining();
  return fixed === undefined ? phasePlaceholder() : fixed ? 1 : 0;
}

/** Fixes the phase of everything that does not say it: 0 for use, 1 for training. @throws ValueError for other values. */
export function setLearningPhase(value: 0 | 1 | boolean): void {
  if (value !== 0 && value !== 1 && typeof value !== 'boolean') {
    throw new ValueError(`Expected learning phase to be 0 or 1. Received: ${String(value)}`);
  }
  setDefaultTraining(Boolean(value));
}

type Choice = KerasTensor | TensorLike | (() => KerasTensor | TensorLike);
type Training = boolean | 0 | 1 | KerasTensor | null;

const chooseByPhase = lift(
  'keras.src.legacy.backend',
  'inTrainPhase',
  (x: TensorLike, alt: TensorLike): Tensor => asTensor(trainingInForce() ? x : alt),
  'x alt',
);

const choose = (x: Choice, alt: Choice, training: Training = null): Tensor | KerasTensor => {
  const resolve = (choice: Choice): TensorLike => (typeof choice === 'function' ? choice() : choice) as TensorLike;
  const known =
    typeof training === 'boolean' || typeof training === 'number'
      ? Boolean(training)
      : insideCall()
        ? trainingInForce()
        : defaultTraining();
  if (known !== undefined) {
    const chosen = resolve(known ? x : alt);
    return symbolicTensorsIn(chosen).length > 0 ? (chosen as unknown as KerasTensor) : asTensor(chosen);
  }
  return chooseByPhase(resolve(x), resolve(alt));
};

/** `x` while training, `alt` otherwise. Both may be functions. `training` overrides the learning phase. */
export const inTrainPhase = named('inTrainPhase', choose, 'x', 'alt', 'training');

/** `x` while not training, `alt` otherwise. */
export const inTestPhase = named(
  'inTestPhase',
  (x: Choice, alt: Choice, training: Training = null) => choose(alt, x, training),
  'x',
  'alt',
  'training',
);
