// Writes ONNX models, for measuring onnxruntime-web. Field numbers are those of onnx.proto3.

const FLOAT = 1;
const text = new TextEncoder();

/** A model y = op(inputs, weights). `inputs` and `weights`: name -> shape (weights also data). */
export function singleNodeModel(op, inputs, weights, outputRank, attributes = {}) {
  const node = { op, inputs: [...Object.keys(inputs), ...Object.keys(weights)], output: 'y', attributes };
  return model([node], inputs, weights, outputRank);
}

/** A model of nodes { op, inputs, output, attributes } in an order in which they can run. The last output is 'y'. */
function model(nodes, inputs, weights, outputRank) {
  const graph = [
    ...nodes.map(({ op, inputs: from, output, attributes }) =>
      message(1, [
        ...from.map(name => string(1, name)),
        string(2, output),
        string(4, op),
        ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
      ]),
    ),
    string(2, 'benchmark'),
    ...Object.entries(weights).map(([name, { shape, data }]) => message(5, tensor(name, shape, data))),
    ...Object.entries(inputs).map(([name, shape]) => message(11, valueInfo(name, shape))),
    message(
      12,
      valueInfo(
        'y',
        Array.from({ length: outputRank }, (_, axis) => `d${axis}`),
      ),
    ),
  ];
  const opset = [string(1, ''), varint(2, 17)];
  return concat([varint(1, 8), message(7, graph), message(8, opset)]);
}

/** A classifier of images, from `layersOf` (networks.mjs). Channels come first, as ONNX has them. */
export function networkModel(layers, inputShape) {
  const nodes = [];
  const constants = {};
  const outputs = new Map();
  const add = (op, inputs, output, attributes = {}) => {
    nodes.push({ op, inputs, output, attributes });
    return output;
  };
  const constant = (name, shape, data) => {
    constants[name] = { shape, data };
    return name;
  };
  const activations = { relu: 'Relu', softmax: 'Softmax' };
  const activated = (x, name, activation) =>
    activation in activations ? add(activations[activation], [x], `${name}/${activation}`) : x;
  /** Zeros around an image that the next convolution or pooling takes in, by the tensor's name. */
  const paddings = new Map();
  const windows = (x, { strides, padding }) => {
    if (paddings.has(x)) return { strides, pads: paddings.get(x) };
    return { strides, auto_pad: padding === 'same' ? 'SAME_UPPER' : 'VALID' };
  };
  const convolve = (x, name, options, kernel, bias, group = 1) =>
    add('Conv', [x, kernel, ...(bias ? [constant(`${name}/bias`, bias.shape, bias.data)] : [])], `${name}/conv`, {
      ...windows(x, options),
      group,
    });
  /** Kernels [height, width, in, out] as [out, in, height, width]; `depthwise` ones as [in, 1, height, width]. */
  const kernelOf = (name, { shape: [h, w, c, n], data }, depthwise) => {
    const moved = new Float32Array(data.length);
    for (let at = 0; at < data.length; at++) {
      const [cell, i, o] = [Math.floor(at / (c * n)), Math.floor(at / n) % c, at % n];
      moved[(depthwise ? i : o * c + i) * h * w + cell] = data[at];
    }
    return constant(name, depthwise ? [c, 1, h, w] : [n, c, h, w], moved);
  };
  const makers = {
    InputLayer: () => 'x',
    Add: ({ name, inputs }) => add('Add', inputs, name),
    Activation: ({ name, options, inputs: [x] }) => activated(x, name, options.activation),
    ReLU: ({ name, options, inputs: [x] }) => {
      const low = constant(`${name}/low`, [], new Float32Array(1));
      const high = constant(`${name}/high`, [], Float32Array.of(options.maxValue ?? Infinity));
      return add('Clip', [x, low, high], name);
    },
    BatchNormalization: ({ name, options, inputs: [x], weights }) => {
      const { gamma, beta, moving_mean: mean, moving_variance: variance } = weights;
      const ones = { shape: mean.shape, data: new Float32Array(mean.data.length).fill(1) };
      const named = { gamma: gamma ?? ones, beta, mean, variance };
      const given = Object.entries(named).map(([key, { shape, data }]) => constant(`${name}/${key}`, shape, data));
      return add('BatchNormalization', [x, ...given], name, { epsilon: options.epsilon });
    },
    Conv2D: ({ name, options, inputs: [x], weights: { kernel, bias } }) =>
      activated(convolve(x, name, options, kernelOf(`${name}/kernel`, kernel, false), bias), name, options.activation),
    DepthwiseConv2D: ({ name, options, inputs: [x], weights: { kernel, bias } }) =>
      convolve(x, name, options, kernelOf(`${name}/kernel`, kernel, true), bias, kernel.shape[2]),
    SeparableConv2D({ name, options, inputs: [x], weights: { depthwise_kernel: kernel, pointwise_kernel, bias } }) {
      const depthwise = kernelOf(`${name}/depthwise`, kernel, true);
      const between = convolve(x, `${name}/depthwise`, options, depthwise, null, kernel.shape[2]);
      const pointwise = kernelOf(`${name}/pointwise`, pointwise_kernel, false);
      return convolve(between, name, { strides: [1, 1], padding: 'valid' }, pointwise, bias);
    },
    Dense: ({ name, options, inputs: [x], weights: { kernel, bias } }) =>
      activated(
        add(
          'Gemm',
          [x, constant(`${name}/kernel`, kernel.shape, kernel.data), constant(`${name}/bias`, bias.shape, bias.data)],
          `${name}/gemm`,
        ),
        name,
        options.activation,
      ),
    GlobalAveragePooling2D: ({ name, inputs: [x] }) =>
      add('Flatten', [add('GlobalAveragePool', [x], `${name}/mean`)], name),
    MaxPooling2D: ({ name, options, inputs: [x] }) =>
      add('MaxPool', [x], name, {
        kernel_shape: options.poolSize,
        ...windows(x, options),
      }),
    ZeroPadding2D({ name, options, inputs: [x] }) {
      const [[top, bottom], [left, right]] = options.padding;
      const padded = add('Identity', [x], name);
      paddings.set(padded, [top, left, bottom, right]);
      return padded;
    },
  };
  for (const layer of layers) {
    if (!makers[layer.type]) throw new Error(`bench: no counterpart of ${layer.type} in ONNX`);
    outputs.set(layer.name, makers[layer.type]({ ...layer, inputs: layer.inputs.map(name => outputs.get(name)) }));
  }
  add('Identity', [outputs.get(layers.at(-1).name)], 'y');
  return model(nodes, { x: inputShape }, constants, 2);
}

function attribute(name, value) {
  if (typeof value === 'string') return [string(1, name), bytes(4, text.encode(value)), varint(20, 3)];
  if (Array.isArray(value)) return [string(1, name), ...value.map(item => varint(8, item)), varint(20, 7)];
  if (!Number.isInteger(value)) return [string(1, name), float(2, value), varint(20, 1)];
  return [string(1, name), varint(3, value), varint(20, 2)];
}

function tensor(name, shape, data) {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [...shape.map(dim => varint(1, dim)), varint(2, FLOAT), string(8, name), bytes(9, raw)];
}

function valueInfo(name, shape) {
  const dims = shape.map(dim => message(1, typeof dim === 'number' ? [varint(1, dim)] : [string(2, dim)]));
  const type = [varint(1, FLOAT), message(2, dims)];
  return [string(1, name), message(2, [message(1, type)])];
}

function leb(value) {
  const out = [];
  do {
    out.push((value & 127) | (value > 127 ? 128 : 0));
    value = Math.floor(value / 128);
  } while (value > 0);
  return out;
}

function varint(field, value) {
  return Uint8Array.from([...leb(field * 8), ...leb(value)]);
}

function float(field, value) {
  return Uint8Array.from([...leb(field * 8 + 5), ...new Uint8Array(Float32Array.of(value).buffer)]);
}

function bytes(field, content) {
  return concat([Uint8Array.from([...leb(field * 8 + 2), ...leb(content.length)]), content]);
}

function string(field, content) {
  return bytes(field, text.encode(content));
}

function message(field, parts) {
  return bytes(field, concat(parts));
}

function concat(parts) {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
