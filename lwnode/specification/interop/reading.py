# SPDX-License-Identifier: Apache-2.0
"""From the `learnware` package's JSON to objects.

Rules
-----
* The order is: bounds (`bounds`) → the declared type → the fields of that type, strictly → a sound object.
* Unknown keys are passed over, as the package does, and are not kept.  A known key must have its type: no text for a
  number, no NaN or infinity, no number that float64 cannot hold.
* Nothing that the file names is imported or called.

Called by the archive's reader of package files and by the node's import.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
import numpy as np

from lwnode.errors import SpecificationError
from lwnode.specification.interop import shapes
from lwnode.specification.interop.bounds import check_bounds
from lwnode.specification.interop.imported import CapabilityScores, ImageSettings, ImportedSet
from lwnode.types import Matrix

S = TypeVar("S", bound=msgspec.Struct)

_MOST_MODELS = 10_000


def read_json(data: bytes, *, declared: str = "") -> ImportedSet | CapabilityScores:
    """Return the specification in a JSON file of the package.

    Parameters
    ----------
    data : bytes
        Of any origin; UTF-8 without a byte order mark.
    declared : str
        Class name that a ``learnware.yaml`` gives the file; empty where none does.

    Raises
    ------
    SpecificationError
        Too large, not JSON, of an unknown type or another than declared, or not a sound specification.

    Notes
    -----
    5 ms a MiB.
    """
    check_bounds(data)
    written = _decoded(data, shapes.Typed).type
    name = written or declared
    if not name:
        raise SpecificationError("the file does not say which specification it is", hint="it has no 'type'")
    shape, wanted = shapes.SHAPES.get(name), shapes.SHAPES.get(declared or name)
    if shape is None or wanted is None:
        raise SpecificationError(
            "a specification of a type that is not read", hint="known are: " + ", ".join(shapes.SHAPES)
        )
    if shape != wanted:
        raise SpecificationError(f"a {shape} specification where a {wanted} specification was declared")
    return _READERS[shape](data)


def _table(data: bytes) -> ImportedSet:
    plain = _decoded(data, shapes.Table)
    return ImportedSet(
        kind="table", points=_matrix(plain.z), beta=np.array(plain.beta), gamma=plain.gamma, rows=plain.num_points
    )


def _text(data: bytes) -> ImportedSet:
    plain = _decoded(data, shapes.Text)
    return ImportedSet(
        kind="text",
        points=_matrix(plain.z),
        beta=np.array(plain.beta),
        gamma=plain.gamma,
        rows=plain.num_points,
        languages=tuple(plain.language),
    )


def _hetero(data: bytes) -> ImportedSet:
    plain = _decoded(data, shapes.Hetero)
    return ImportedSet(kind="hetero", points=_matrix(plain.z), beta=np.array(plain.beta), gamma=plain.gamma)


def _image(data: bytes) -> ImportedSet:
    plain = _decoded(data, shapes.Image)
    sizes = {(len(image), len(channel), len(row)) for image in plain.z for channel in image for row in channel}
    if len(sizes) != 1:
        raise SpecificationError("the images are not of one size")
    if plain.RKME_IMAGE_VERSION != 1 or not 1 <= plain.n_models <= _MOST_MODELS or len(plain.model_config) > 20:
        raise SpecificationError("an image specification of another version, or with impossible settings")
    settings = ImageSettings(
        version=plain.RKME_IMAGE_VERSION,
        note=plain.msg,
        models=plain.n_models,
        config=tuple(plain.model_config.items()) or ImageSettings().config,
    )
    return ImportedSet(kind="image", points=np.array(plain.z), beta=np.array(plain.beta), image=settings)


def _capability(data: bytes) -> CapabilityScores:
    return CapabilityScores(scores=tuple(_decoded(data, shapes.Capability).score_dict.items()))


_READERS: dict[shapes.Shape, Callable[[bytes], ImportedSet | CapabilityScores]] = {
    "table": _table, "text": _text, "hetero": _hetero, "image": _image, "capability": _capability,
}  # fmt: skip


def _matrix(rows: list[list[float]]) -> Matrix:
    if len({len(row) for row in rows}) != 1:
        raise SpecificationError("the points are not of one width, or there are none")
    return np.array(rows, dtype=np.float64)


def _decoded(data: bytes, kind: type[S]) -> S:
    try:
        return msgspec.json.decode(data, type=kind, strict=True)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise SpecificationError(f"not a specification of the learnware package: {_without_values(error)}") from error


def _without_values(error: Exception) -> str:
    """Return what is wrong and where; the parser's message names types and places, no values."""
    return str(error)[:200]
