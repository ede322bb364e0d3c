# SPDX-License-Identifier: Apache-2.0
"""The ``__init__.py`` that an exported zip carries: the model's class for the `learnware` package.

It is text here and runs nowhere in this program.  In the package it reads the files beside it and runs the ONNX model.

Called by `lwnode.archive.package_zip.writing`.
"""

from __future__ import annotations

from typing import Final

RUNNER: Final = '''\
"""Runs model.onnx for the learnware package.

The statistical specification, stat.json, is in the coordinates of a public frame, frame.json: a number's bounds are at
-2 and 2, a category takes one coordinate for each level, sqrt(2) for its own level and 0 for the others.  `predict`
takes rows in these coordinates, so that the same rows serve the specification and the model.  `to_frame` makes them of
raw columns; `predict_raw` takes the model's own inputs, as card.json lists them.
"""
import json
import math
import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnxruntime
from learnware.model import BaseModel

HERE = os.path.dirname(os.path.abspath(__file__))
LEVEL = math.sqrt(2.0)


def document(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as source:
        return json.load(source)


class OnnxModel(BaseModel):
    """The model of the learnware; probabilities in the order of card.json's classes, or values."""

    def __init__(self):
        self.card, self.frame = document("card.json"), document("frame.json")
        self.features, at = {}, 0
        for column in self.frame["columns"]:
            if column["role"] == "feature":
                levels = column["levels"] if column["type"] == "category" else []
                width = max(1, len(levels))
                self.features[column["name"]] = (at, width, column)
                at += width
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        path = os.path.join(HERE, "model.onnx")
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        columns = len(self.card["classes"]) or self.session.get_outputs()[0].shape[1]
        super().__init__(input_shape=(at,), output_shape=(int(columns) if isinstance(columns, int) else 1,))

    def predict(self, X):
        """Predict rows in the coordinates of the frame, (n, width)."""
        return self.predict_raw(self.from_frame(X))

    def predict_raw(self, rows):
        """Predict rows of the model's own inputs, (n, inputs): numbers, positions of levels, NaN for missing."""
        (answer,) = self.session.run(None, {"input": np.ascontiguousarray(rows, dtype=np.float32)})
        return answer

    def from_frame(self, X):
        """Return the model's inputs of rows in the frame; an input that the frame lacks is missing."""
        X = np.asarray(X, dtype=np.float64)
        out = np.full((len(X), len(self.card["inputs"])), np.nan)
        for place, wanted in enumerate(self.card["inputs"]):
            if wanted["name"] not in self.features:
                continue
            at, width, column = self.features[wanted["name"]]
            if column["type"] != "category":
                low, high = column["low"], column["high"]
                out[:, place] = X[:, at] * (high - low) / 4.0 + (low + high) / 2.0
                continue
            block = X[:, at : at + width]
            known = {level: position for position, level in enumerate(wanted["levels"])}
            position = np.array([known.get(level, np.nan) for level in column["levels"]])
            clear = (block.max(axis=1) > block.min(axis=1)) if width > 1 else block[:, 0] > LEVEL / 2
            out[:, place] = np.where(clear, position[block.argmax(axis=1)], np.nan)
        return out

    def to_frame(self, columns):
        """Return rows in the frame, of raw columns by name: numbers in their unit, levels as text, None for missing."""
        rows = len(next(iter(columns.values())))
        out = np.zeros((rows, self.input_shape[0]))
        for name, (at, width, column) in self.features.items():
            if column["type"] != "category":
                low, high = column["low"], column["high"]
                values = np.array([np.nan if value is None else value for value in columns[name]], dtype=np.float64)
                framed = np.clip((values - (low + high) / 2.0) * 4.0 / (high - low), -4.0, 4.0)
                out[:, at] = np.where(np.isfinite(values), framed, 0.0)
                continue
            known = {level: position for position, level in enumerate(column["levels"])}
            for row, value in enumerate(columns[name]):
                if value in known:
                    out[row, at + known[value]] = LEVEL
                else:
                    out[row, at : at + width] = LEVEL / width
        return out
'''
