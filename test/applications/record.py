# Makes architectures.json: what Keras 3 builds for each function of keras.applications. Takes some minutes.
#
#   KERAS_BACKEND=jax python record.py > architectures.json

import hashlib
import json
import math

MODELS = """VGG16 VGG19 Xception MobileNet MobileNetV2 MobileNetV3Small MobileNetV3Large ResNet50 ResNet101 ResNet152
ResNet50V2 ResNet101V2 ResNet152V2 InceptionV3 InceptionResNetV2 DenseNet121 DenseNet169 DenseNet201 NASNetMobile NASNetLarge
EfficientNetB0 EfficientNetB1 EfficientNetB2 EfficientNetB3 EfficientNetB4 EfficientNetB5 EfficientNetB6 EfficientNetB7
EfficientNetV2B0 EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2S EfficientNetV2M EfficientNetV2L
ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge""".split()

# One of each family without the classifier, and the options that only some have.
VARIANTS = [
    (name, dict(include_top=False, input_shape=[96, 96, 3], pooling="avg"))
    for name in """VGG16 Xception MobileNet MobileNetV2 MobileNetV3Small ResNet50 ResNet50V2 InceptionV3 InceptionResNetV2
    DenseNet121 NASNetMobile EfficientNetB0 EfficientNetV2B0 ConvNeXtTiny""".split()
] + [
    ("VGG16", dict(include_top=False, pooling="max")),
    ("Xception", dict(include_top=False)),
    ("ResNet50", dict(include_top=False)),
    ("ResNet50V2", dict(classes=7, classifier_activation=None)),
    ("MobileNet", dict(alpha=0.25, input_shape=[128, 128, 3], classes=10)),
    ("MobileNet", dict(include_top=False)),
    ("MobileNetV2", dict(alpha=0.35, input_shape=[96, 96, 3])),
    ("MobileNetV2", dict(alpha=1.4, include_top=False)),
    ("MobileNetV3Small", dict(minimalistic=True, alpha=0.75)),
    ("MobileNetV3Small", dict(include_preprocessing=False, classes=5)),
    ("MobileNetV3Large", dict(minimalistic=True, include_top=False, pooling="max")),
    ("InceptionV3", dict(include_top=False)),
    ("InceptionResNetV2", dict(include_top=False)),
    ("DenseNet121", dict(include_top=False)),
    ("NASNetMobile", dict(include_top=False)),
    ("EfficientNetB0", dict(include_top=False)),
    ("EfficientNetV2B0", dict(include_preprocessing=False, include_top=False)),
    ("ConvNeXtTiny", dict(include_preprocessing=False, include_top=False)),
]


def canonical(value):
    """JSON with sorted keys and numbers as billionths, so that JavaScript writes the same; calls' idle arguments left out."""
    if isinstance(value, dict):
        items = [(k, v) for k, v in sorted(value.items()) if not (k == "mask" and v is None or k == "training" and v is False)]
        return "{" + ",".join(f"{json.dumps(k)}:{canonical(v)}" for k, v in items) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(math.floor(value * 1e9 + 0.5))
    return json.dumps(value)


def camel(key):
    head, *tail = key.split("_")
    return head + "".join(map(str.capitalize, tail))


def facts(function, options, model):
    described = {"config": model["config"], "layers": model["listing"], "weights": model["weights"]}
    return {
        "function": function,
        "options": {camel(key): value for key, value in options.items()},
        "name": model["name"],
        "layers": model["layers"],
        "params": model["params"],
        "trainable": model["trainable"],
        "output": model["listing"][-1][2],
        "digest": hashlib.sha256(canonical(described).encode()).hexdigest()[:16],
    }


def build(function, options):
    import keras
    import numpy as np

    keras.backend.clear_session()
    model = getattr(keras.applications, function)(weights=None, **options)
    return {
        "name": model.name,
        "layers": len(model.layers),
        "params": model.count_params(),
        "trainable": sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
        "listing": [[layer.name, type(layer).__name__, list(layer.output.shape)] for layer in model.layers],
        "weights": [[weight.path, list(weight.shape)] for weight in model.weights],
        "config": model.get_config(),
    }


if __name__ == "__main__":
    rows = [facts(name, options, build(name, options)) for name, options in [(name, {}) for name in MODELS] + VARIANTS]
    print("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")
