// Each call of a layer adds a node to it. With one node, a layer has an output; with several, one asks by number.
//
//   node examples/layerNodes.js

import { Input, layers } from 'kerasm';
import { main } from './main.js';

const { Conv2D, LSTM } = layers;

export async function run() {
  const a = Input({ shape: [280, 256] });
  const b = Input({ shape: [280, 256] });
  const lstm = LSTM(32);
  const encodedA = lstm(a);
  const single = lstm.output === encodedA;
  console.log('One call: the output is that of the call:', single);

  const encodedB = lstm(b);
  let message = '';
  try {
    lstm.output;
  } catch (error) {
    message = error.message;
  }
  console.log(message);
  const byNode = lstm.getOutputAt(0) === encodedA && lstm.getOutputAt(1) === encodedB;
  console.log('Two calls: the outputs by number are those of the calls:', byNode);

  const conv = Conv2D(16, [3, 3], { padding: 'same' });
  conv(Input({ shape: [32, 32, 3] }));
  const shape = conv.inputShape;
  conv(Input({ shape: [64, 64, 3] }));
  const shapes = [conv.getInputShapeAt(0), conv.getInputShapeAt(1)];
  console.log('Input shape after one call:', shape, 'and after two:', ...shapes);
  return { single, message, byNode, shape, shapes };
}

await main(import.meta, run);
