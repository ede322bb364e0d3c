# SPDX-License-Identifier: Apache-2.0
"""From objects to the JSON that the `learnware` package reads, byte for byte as the package writes it.

Rules
-----
* ``read_json(write_json(s))`` has the values of ``s``; a file that the package wrote comes back unchanged.
* Numbers are written with the fewest digits that give them back.

Called by the archive's export and by the node.
"""

from __future__ import annotations

import json
from typing import Any

from lwnode.specification.interop.imported import CapabilityScores, ImportedSet
from lwnode.specification.interop.shapes import CLASSES


def write_json(specification: ImportedSet | CapabilityScores) -> bytes:
    """Return the JSON of a specification, as the package writes it."""
    if isinstance(specification, CapabilityScores):
        plain: dict[str, Any] = {"score_dict": dict(specification.scores), "type": CLASSES["capability"]}
    elif specification.kind == "image":
        plain = _image(specification)
    else:
        plain = _points(specification)
    return json.dumps(plain, separators=(",", ":")).encode("utf-8")


def _points(one: ImportedSet) -> dict[str, Any]:
    plain: dict[str, Any] = {"z": one.points.tolist(), "beta": one.beta.tolist()}
    if one.kind == "hetero":
        return {**plain, "embedding": None, "weight": None, "gamma": one.gamma, "type": CLASSES["hetero"]}
    plain |= {"gamma": one.gamma, "num_points": one.rows, "type": CLASSES[one.kind]}
    return {**plain, "language": list(one.languages)} if one.kind == "text" else plain


def _image(one: ImportedSet) -> dict[str, Any]:
    assert one.image is not None
    return {
        "RKME_IMAGE_VERSION": one.image.version,
        "msg": one.image.note,
        "z": one.points.tolist(),
        "beta": one.beta.tolist(),
        "n_models": one.image.models,
        "model_config": dict(one.image.config),
        "type": CLASSES["image"],
    }
