// Whole networks: models of every kind for training steps, and networks of `applications` for single images.

/** Models to train by name: what makes them of a library `k`, the shapes of a batch's inputs and targets. */
export const trainings = {
  'Conv32-BN-Conv64-BN 32x32x3, batch 50, SGD': {
    inputs: [[50, 32, 32, 3]],
    targets: [[50, 10]],
    make: ({ Input, layers: L, Sequential }) => {
      const block = filters => [
        L.Conv2D(filters, 3),
        L.BatchNormalization(),
        L.Activation('relu'),
        L.MaxPooling2D(3, { strides: 2 }),
      ];
      const model = Sequential([Input({ shape: [32, 32, 3] }), L.ZeroPadding2D(3), ...block(32), ...block(64)]);
      model.add(L.Flatten());
      model.add(L.Dense(10, { activation: 'softmax' }));
      model.compile({ optimizer: 'sgd', loss: 'categorical_crossentropy' });
      return model;
    },
  },
  'Embedding128-Conv1D(32,7) twice, length 500, batch 128, RMSprop': {
    inputs: [[128, 500]],
    tokens: 2000,
    targets: [[128, 1]],
    make: ({ Input, layers: L, Sequential }) => {
      const model = Sequential([
        Input({ shape: [500] }),
        L.Embedding(2000, 128),
        L.Conv1D(32, 7, { activation: 'relu' }),
        L.MaxPooling1D(5),
        L.Conv1D(32, 7, { activation: 'relu' }),
        L.GlobalMaxPooling1D(),
        L.Dense(1),
      ]);
      model.compile({ optimizer: 'rmsprop', loss: 'mse' });
      return model;
    },
  },
  'two inputs, Embedding512-LSTM(32) over 100 steps, two outputs, batch 32, RMSprop': {
    inputs: [
      [32, 100],
      [32, 5],
    ],
    tokens: 10000,
    targets: [
      [32, 1],
      [32, 1],
    ],
    make: ({ Input, layers: L, Model }) => {
      const headline = Input({ shape: [100] });
      const other = Input({ shape: [5] });
      const read = L.LSTM(32)(L.Embedding(10000, 512)(headline));
      let x = L.Concatenate()([read, other]);
      for (let i = 0; i < 3; i++) x = L.Dense(64, { activation: 'relu' })(x);
      const output = () => L.Dense(1, { activation: 'sigmoid' });
      const model = Model([headline, other], [output()(x), output()(read)]);
      model.compile({ optimizer: 'rmsprop', loss: 'binary_crossentropy' });
      return model;
    },
  },
  'SeparableConv 32-64-64-128-64-128 64x64x3, batch 32, RMSprop': {
    inputs: [[32, 64, 64, 3]],
    targets: [[32, 10]],
    make: ({ Input, layers: L, Sequential }) => {
      const separable = filters => L.SeparableConv2D(filters, 3, { activation: 'relu' });
      const model = Sequential([
        Input({ shape: [64, 64, 3] }),
        separable(32),
        separable(64),
        L.MaxPooling2D(2),
        separable(64),
        separable(128),
        L.MaxPooling2D(2),
        separable(64),
        separable(128),
        L.GlobalAveragePooling2D(),
        L.Dense(32, { activation: 'relu' }),
        L.Dense(10, { activation: 'softmax' }),
      ]);
      model.compile({ optimizer: 'rmsprop', loss: 'categorical_crossentropy' });
      return model;
    },
  },
};

/** Networks of `applications`, with the sizes of their images. */
export const applications = { MobileNetV2: 224, ResNet50: 224, Xception: 299 };

/** The network as kerasm makes it, with random weights. */
export function application(k, name) {
  return k.applications[name]({ weights: null });
}

/** The layers of a functional model in their order: class, options in camelCase, names of what comes in, weights by name. */
export function layersOf(model) {
  const camel = key => key.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  return model.getConfig().layers.map(({ class_name: type, name, config, inbound_nodes: nodes }) => ({
    type,
    name,
    options: Object.fromEntries(Object.entries(config).map(([key, value]) => [camel(key), value])),
    inputs: [...JSON.stringify(nodes).matchAll(/"keras_history":\["([^"]+)"/g)].map(([, from]) => from),
    weights: Object.fromEntries(
      model.getLayer(name).weights.map(weight => [weight.name, { shape: weight.shape, data: weight.read() }]),
    ),
  }));
}

/** The same network of TensorFlow.js's layers. Its weights are random, too: only the time counts. */
export function tensorflowModel(tf, layers) {
  const makers = {
    Add: 'add',
    Activation: 'activation',
    BatchNormalization: 'batchNormalization',
    Conv2D: 'conv2d',
    Dense: 'dense',
    DepthwiseConv2D: 'depthwiseConv2d',
    GlobalAveragePooling2D: 'globalAveragePooling2d',
    MaxPooling2D: 'maxPooling2d',
    ReLU: 'reLU',
    SeparableConv2D: 'separableConv2d',
    ZeroPadding2D: 'zeroPadding2d',
  };
  const taken = ['activation', 'axis', 'dilationRate', 'filters', 'kernelSize', 'maxValue', 'padding', 'poolSize'];
  const wanted = [...taken, 'strides', 'units', 'useBias'];
  const outputs = new Map();
  for (const { type, name, options, inputs } of layers) {
    if (type === 'InputLayer') {
      outputs.set(name, tf.input({ batchShape: options.batchShape }));
      continue;
    }
    if (!makers[type]) throw new Error(`bench: no counterpart of ${type} in TensorFlow.js`);
    const given = Object.fromEntries(wanted.filter(key => options[key] !== undefined).map(key => [key, options[key]]));
    const from = inputs.map(input => outputs.get(input));
    const layer = tf.layers[makers[type]]({ ...given, name });
    outputs.set(name, layer.apply(from.length === 1 ? from[0] : from));
  }
  return tf.model({ inputs: outputs.get(layers[0].name), outputs: outputs.get(layers.at(-1).name) });
}
