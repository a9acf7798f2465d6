// A known architecture as a layer: the two images of a pair of cameras pass through the same Xception.
//
//   node examples/siameseXception.js [size=250]

import { applications, Input, layers, Model, random } from 'kerasm';
import { main } from './main.js';

export async function run({ size = 250 } = {}) {
  const base = applications.Xception({ weights: null, includeTop: false });
  const left = Input({ shape: [size, size, 3] });
  const right = Input({ shape: [size, size, 3] });
  const merged = layers.concatenate([base(left), base(right)], { axis: -1 });
  const model = Model([left, right], merged);
  model.summary();

  const image = random.uniform([1, size, size, 3]);
  const features = await model.predict([image, image], { verbose: 0 });
  console.log('Features of both images:', features.shape);
  return { base, model, features };
}

await main(import.meta, run);
