# Makes outputs.json: what small models of Keras 3 answer to one image, with weights and pixels that follow from formulas.
#
#   KERAS_BACKEND=jax python record_outputs.py > outputs.json

import json

import keras
import numpy as np

CASES = [
    ("MobileNet", dict(alpha=0.25, input_shape=[32, 32, 3])),
    ("MobileNetV2", dict(alpha=0.35, input_shape=[33, 33, 3])),
    ("MobileNetV3Small", dict(input_shape=[64, 64, 3])),
    ("MobileNetV3Large", dict(minimalistic=True, alpha=0.75, input_shape=[47, 47, 3])),
    ("NASNetMobile", dict(input_shape=[64, 64, 3])),
    ("DenseNet121", dict(input_shape=[32, 32, 3])),
    ("EfficientNetB0", dict(input_shape=[48, 48, 3])),
]


def weight(index, path, shape):
    """Values in the range that keeps activations in bounds; the same as in outputs.test.ts."""
    k = np.arange(1, int(np.prod(shape)) + 1, dtype="float64")
    noise = np.sin(12.9898 * k + 78.233 * index) * 43758.5453
    uniform = noise - np.floor(noise)
    if len(shape) >= 2:
        fan = np.prod(shape[:2] if path.endswith("depthwise_kernel") or shape[-1] == 1 else shape[:-1])
        values = (2 * uniform - 1) * np.sqrt(6 / fan)
    elif path.endswith(("gamma", "variance")):
        values = 0.5 + uniform
    else:
        values = (uniform - 0.5) * 0.2 * len(shape)
    return values.reshape(shape)


def camel(key):
    head, *tail = key.split("_")
    return head + "".join(map(str.capitalize, tail))


rows = []
for name, options in CASES:
    keras.backend.clear_session()
    model = getattr(keras.applications, name)(weights=None, include_top=False, pooling="avg", **options)
    model.set_weights([weight(i, w.path, w.shape).astype(w.dtype) for i, w in enumerate(model.weights)])
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    shape = options["input_shape"]
    pixels = 127.5 + 127.5 * np.sin(np.arange(np.prod(shape)) * 0.37).reshape([1, *shape])
    output = np.asarray(model.predict(pixels.astype("float32"), verbose=0))[0]
    row = {
        "function": name,
        "options": {camel(key): value for key, value in options.items()},
        "size": len(output),
        "largest": float(np.abs(output).max()),
        "first": [float(value) for value in output[:8]],
    }
    rows.append(json.dumps(row))
print("[\n" + ",\n".join(rows) + "\n]")
