// Writes ONNX models of one node, for measuring onnxruntime-web. Field numbers are those of onnx.proto3.

const FLOAT = 1;
const text = new TextEncoder();

/** A model y = op(inputs, weights). `inputs` and `weights`: name -> shape (weights also data). */
export function singleNodeModel(op, inputs, weights, outputRank, attributes = {}) {
  const names = [...Object.keys(inputs), ...Object.keys(weights)];
  const node = [
    ...names.map(name => string(1, name)),
    string(2, 'y'),
    string(4, op),
    ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
  ];
  const graph = [
    message(1, node),
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

function attribute(name, value) {
  if (typeof value === 'string') return [string(1, name), bytes(4, text.encode(value)), varint(20, 3)];
  if (Array.isArray(value)) return [string(1, name), ...value.map(item => varint(8, item)), varint(20, 7)];
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
