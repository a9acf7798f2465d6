// A tour of K, the backend: tensors and variables by hand, and the calls that layers and losses are made of.
// Tensors are computed when they are asked for: by K.eval, or by printing.
//
//   node examples/backend.js

import { Input, K, layers, random } from 'kerasm';
import { main } from './main.js';

export function run() {
  const shown = {};
  const show = (name, value) => console.log(name, (shown[name] = value));

  // Placeholders, variables, constants.
  const placeholder = K.placeholder({ shape: [null, null, 3], ndim: 3, dtype: 'float32' });
  show('placeholder', placeholder.shape);
  show('eye', K.eval(K.eye(3)));
  show(
    'zeros and ones',
    [K.zeros([3, 3]), K.ones([3, 3])].map(each => K.eval(K.sum(each))),
  );
  const example = K.variable(random.uniform([224, 224, 3]), 'float32', 'example_var');
  const constant = K.constant(
    [
      [0, 0],
      [0, 0],
    ],
    'int32',
    [2, 2],
  );
  show('constant', [K.dtype(constant), K.eval(constant)]);
  show(
    'variable',
    K.eval(
      K.variable(
        [
          [2, 2],
          [4, 3],
        ],
        'float32',
      ),
    ),
  );

  // Like another array.
  const array = [
    [1, 2],
    [3, 4],
  ];
  show(
    'like',
    [K.onesLike(array, 'float32'), K.zerosLike(array, 'int32'), K.identity(array)].map(each => K.eval(each)),
  );

  // Random numbers and arithmetic.
  const b = K.randomUniformVariable([64, 64, 3], 0, 1);
  const c = K.randomNormalVariable([64, 64, 3], 0, 1);
  const [left, right] = [K.randomUniform([64, 3]), K.randomNormal([64, 3])];
  show('shapes', {
    product: K.multiply(b, K.abs(c)).shape,
    dot: K.dot(K.multiply(left, K.abs(right)), K.transpose(left)).shape,
    sum: K.sum(b, 1).shape,
    softmax: K.softmax(b).shape,
    wide: K.concatenate([b, c], -1).shape,
    tall: K.concatenate([b, c], 0).shape,
  });

  // Settings. What is changed here is put back.
  show('backend', K.backend());
  const settings = [K.epsilon(), K.floatx(), K.imageDataFormat()];
  K.setEpsilon(1e-5);
  K.setFloatx('float16');
  K.setImageDataFormat('channels_first');
  show('settings', [settings, [K.epsilon(), K.floatx(), K.imageDataFormat()]]);
  K.setEpsilon(settings[0]);
  K.setFloatx(settings[1]);
  K.setImageDataFormat(settings[2]);
  K.clearSession();

  // Training or not: a placeholder of 0 and 1, unless it is fixed.
  const signal = K.placeholder([2]);
  const scaled = K.function([signal, K.learningPhase()], K.inTrainPhase(signal, K.multiply(signal, 10)));
  show(
    'phases',
    [0, 1].map(phase => scaled([[1, 2], phase]).array()),
  );
  K.setLearningPhase(1);
  show('phase', K.learningPhase());
  K.clearSession();

  // Which tensors come out of layers.
  const input = Input({ shape: [10] });
  show(
    'Keras tensors',
    [input, layers.Dense(10)(input), K.zeros([2])].map(each => K.isKerasTensor(each)),
  );
  const x = K.randomNormalVariable([16, 16, 3], 0, 1, 'float32', 'x');
  show('ndim, dtype, count', [K.ndim(x), K.dtype(x), K.countParams(x)]);
  show('cast', K.cast(K.constant([1.7, -1.7]), 'int32').array());

  // Updates take effect at once; as `updates` of a K.function, at its calls.
  const old = K.randomNormalVariable([2, 2], 0, 1);
  const fresh = K.randomUniformVariable([2, 2], 0, 1);
  K.update(old, fresh);
  K.updateAdd(old, K.ones([2, 2]));
  K.updateSub(old, K.onesLike(old));
  K.movingAverageUpdate(old, fresh, 0.9);
  show('updated', K.eval(K.less(K.max(K.abs(K.subtract(old, fresh))), 1e-6)));
  show('dot', [K.dot(old, fresh).shape, K.transpose(old).shape]);

  // Gathering and reducing.
  const small = K.variable([
    [1, 2],
    [3, 4],
  ]);
  show('gather', K.eval(K.gather(small, 0)));
  show('max', K.eval(K.max(small, 0, false)));
  const running = K.cumprod(small, 0);
  show('cumprod', [K.eval(running), K.eval(K.argmax(running, 0))]);
  show('square root of squares', K.eval(K.sqrt(K.square(small))));

  // Normalization, with given statistics or with those of the batch.
  const [beta, gamma] = [K.zeros([3]), K.ones([3])];
  const given = K.batchNormalization(x, K.zeros([3]), K.ones([3]), beta, gamma, -1, 0.001);
  const [normed, mean] = K.normalizeBatchInTraining(x, gamma, beta, [0, 1], 0.001);
  show('normalized', [given.shape, mean.shape, Math.round(K.eval(K.mean(K.square(normed))) * 10) / 10]);

  // Shapes.
  const cube = K.variable(K.reshape(K.arange(0, 24, 1), [2, 3, 4]));
  show('permuted', K.permuteDimensions(cube, [2, 1, 0]).shape);
  show('resized', K.resizeImages(K.randomNormalVariable([1, 100, 60, 3], 0, 1), 10, 10, 'channels_last').shape);
  const batch = K.expandDims(K.ones([224, 224, 3]), 0);
  show('flat and squeezed', [batch.shape, K.flatten(batch).shape, K.squeeze(K.ones([224, 224, 1]), -1).shape]);
  show(
    'padded',
    K.spatial2dPadding(batch, [
      [3, 3],
      [3, 3],
    ]).shape,
  );
  show('stack, slice', [K.stack([small, small], 0).shape, K.eval(K.slice(small, [0, 1], [2, 1]))]);
  show('one hot', K.eval(K.oneHot(K.constant([0, 2], 'int32'), 3)));
  show('values', K.batchGetValue([small, K.ones([1])]));

  // Gradients of a loss with respect to a placeholder.
  const point = K.placeholder([2]);
  const slope = K.function([point], K.gradients(K.sum(K.square(point)), point));
  show('gradient', slope([[3, 4]])[0].array());

  // Functions of networks.
  show('relu', K.eval(K.relu(K.constant([-2, 1, 9]), 0.5, 6)));
  show('crossentropy', K.eval(K.categoricalCrossentropy(K.constant([[0, 1]]), K.softmax(K.constant([[0, 0]])))));
  show('dropout', K.dropout(example, 0.5).shape);
  show('unit length', K.eval(K.l2Normalize(K.constant([3, 4]), 0)));
  show(
    'in top 1',
    K.eval(
      K.inTopK(
        K.constant([
          [0.1, 0.9],
          [0.8, 0.2],
        ]),
        K.constant([1, 1], 'int32'),
        1,
      ),
    ),
  );
  const image = K.ones([1, 5, 5, 1]);
  const kernel = K.ones([3, 3, 1, 1]);
  show('conv2d', K.eval(K.conv2d(image, kernel, [1, 1], 'valid', 'channels_last')).flat(3));
  show('pool2d', K.pool2d(image, [2, 2], [1, 1], 'valid', 'channels_last', 'max').shape);
  show(
    'random',
    [K.randomNormal([3, 3], 0, 1), K.randomUniform([3, 3]), K.truncatedNormal([3, 3])].map(
      each => K.getValue(each).length,
    ),
  );
  return shown;
}

await main(import.meta, run);
