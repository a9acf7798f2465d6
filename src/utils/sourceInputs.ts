// Symbolic tensors, and where they come from.

import { KerasTensor } from '../layers/kerasTensor.js';

/** The tensors of the inputs that are needed to compute `tensor`, without repetition. Keras: get_source_inputs. */
export function getSourceInputs(tensor: KerasTensor): KerasTensor[] {
  const sources = new Set<KerasTensor>();
  const seen = new Set<KerasTensor>();
  const open = [tensor];
  // A list instead of recursion: deep models would overflow the engine's stack. The last is taken first, hence reversed.
  for (let next = open.pop(); next; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const node = next.history?.layer.inboundNodes[next.history.nodeIndex];
    if (!node) sources.add(next);
    else if (node.isInput) for (const output of node.outputTensors) sources.add(output);
    else open.push(...[...node.inputTensors].reverse());
  }
  return [...sources];
}

/** Whether a value is a symbolic tensor: of an `Input`, or what layers made of one. Keras: is_keras_tensor. */
export function isKerasTensor(value: unknown): value is KerasTensor {
  return value instanceof KerasTensor;
}
