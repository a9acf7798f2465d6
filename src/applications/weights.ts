// Trained weights: from a file, or the ones that Keras publishes for ImageNet.

import { ValueError } from '../errors.js';
import type { Functional } from '../models/functional.js';

/** The value of `weights` that means Keras's own. */
export const imagenet = 'imagenet';

/** The address of the weights that Keras publishes for an architecture. */
export type WeightFile<Settings> = (settings: Settings) => string;

const storage = 'https://storage.googleapis.com/tensorflow/keras-applications/';

/** Where Keras publishes a file. */
export function published(path: string): string {
  return storage + path;
}

/** A pair of files of the usual names, with and without the classifier. */
export function tensorflowFiles(folder: string, name: string): WeightFile<{ readonly includeTop: boolean }> {
  return ({ includeTop }) =>
    published(`${folder}/${name}_weights_tf_dim_ordering_tf_kernels${includeTop ? '' : '_notop'}.h5`);
}

/** The model with weights from a file. @throws ValueError saying how to get them if they cannot be read. */
export async function loadWeights<Settings>(
  model: Functional,
  weights: string,
  title: string,
  file: WeightFile<Settings>,
  settings: Settings,
): Promise<Functional> {
  if (weights !== imagenet && !/\.\w+$/.test(weights)) {
    throw new ValueError(
      `${title}: expected \`weights\` to be null (random weights), '${imagenet}', or the path of a weights file. ` +
        `Received: '${weights}'.`,
    );
  }
  const path = weights === imagenet ? file(settings) : weights;
  try {
    await model.loadWeights(path);
  } catch (error) {
    // Nobody will get to see the model.
    model.dispose();
    if (weights !== imagenet) throw error;
    throw new ValueError(
      `${title}: could not load the ImageNet weights that Keras publishes at ${path} (${(error as Error).message}) ` +
        'Pass the path of a file as `weights`, such as Keras makes by ' +
        `\`${title}().save_weights('${title}.weights.h5')\`, or pass \`weights: null\` for random weights.`,
    );
  }
  return model;
}
