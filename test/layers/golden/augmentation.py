"""Writes augmentation.json: what Keras's augmentation layers and image transforms give, on JAX.
Usage: KERAS_BACKEND=jax python augmentation.py (Keras 3.15.1)"""

import json
import keras
import numpy as np

rng = np.random.default_rng(7)
images = rng.uniform(0, 255, (3, 5, 4, 2)).astype("float32")
L = keras.layers
seed = {"seed": 42}
layers = [
    *[("RandomFlip", {"mode": mode, **seed}) for mode in ("horizontal", "vertical", "horizontal_and_vertical")],
    *[("RandomRotation", {"factor": 0.3, "fill_mode": mode, **seed}) for mode in ("reflect", "wrap", "constant", "nearest")],
    ("RandomRotation", {"factor": [-0.1, 0.2], "fill_mode": "constant", "fill_value": 9.0, "interpolation": "nearest", **seed}),
    ("RandomZoom", {"height_factor": 0.4, **seed}),
    ("RandomZoom", {"height_factor": [-0.3, -0.1], "width_factor": 0.5, "fill_mode": "wrap", **seed}),
    ("RandomTranslation", {"height_factor": 0.4, "width_factor": [0.1, 0.5], **seed}),
    ("RandomTranslation", {"height_factor": 0.9, "width_factor": 0.2, "fill_mode": "constant", "interpolation": "nearest", **seed}),
    ("RandomContrast", {"factor": 0.6, **seed}),
    ("RandomContrast", {"factor": [0.3, 0.9], "value_range": [10, 200], **seed}),
    ("RandomBrightness", {"factor": 0.3, **seed}),
    ("RandomBrightness", {"factor": [0.1, 0.2], "value_range": [0, 100], **seed}),
    ("RandomCrop", {"height": 3, "width": 2, **seed}),
    ("RandomCrop", {"height": 3, "width": 4, **seed}),
    ("RandomCrop", {"height": 8, "width": 3, **seed}),
]


def rounded(x):
    return np.asarray(x, dtype="float64").round(4).tolist()


cases = []
for name, options in layers:
    layer = getattr(L, name)(**options)
    config = layer.get_config()
    first = layer(images, training=True)
    cases.append({"class_name": name, "options": options, "config": json.loads(json.dumps(config)), "first": rounded(first),
                  "second": rounded(layer(images, training=True)), "single": rounded(getattr(L, name)(**options)(images[0], training=True))})
transform = [[0.8, 0.3, -1.2, -0.4, 1.1, 0.7, 0, 0], [1.5, 0, 2.0, 0, 0.5, -3.5, 0, 0], [-1, 0.1, 9.3, 0, -1, 4, 0, 0]]
transforms, coordinates = [], []
places = rng.uniform(-9, 9, (2, 12)).astype("float32")
for mode in ("constant", "nearest", "wrap", "mirror", "reflect"):
    for interpolation in ("bilinear", "nearest"):
        y = keras.ops.image.affine_transform(images, np.array(transform, "float32"), interpolation, mode, 5.0)
        transforms.append({"interpolation": interpolation, "fill_mode": mode, "output": rounded(y)})
        y = keras.ops.image.map_coordinates(images[0, :, :, 0], places, interpolation == "bilinear", mode, 5.0)
        coordinates.append({"order": int(interpolation == "bilinear"), "fill_mode": mode, "output": rounded(y)})
json.dump({"keras_version": keras.__version__, "images": rounded(images), "layers": cases, "transform": transform, "transforms": transforms,
           "places": np.asarray(places, "float64").tolist(), "coordinates": coordinates}, open("augmentation.json", "w"))
