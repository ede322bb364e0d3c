# SPDX-License-Identifier: Apache-2.0
"""The five JSON shapes of the `learnware` package, 0.4.0: names, fields and their types.

A class name is a key of this table and never a name to import.  Fields stand in the order in which the package writes
them.  What the package leaves out of a file keeps the package's default.

Called by reading and writing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import msgspec

Shape: TypeAlias = Literal["table", "text", "image", "hetero", "capability"]
Number: TypeAlias = int | float

CLASSES: Final[Mapping[Shape, str]] = MappingProxyType(
    {
        "table": "RKMETableSpecification",
        "text": "RKMETextSpecification",
        "image": "RKMEImageSpecification",
        "hetero": "HeteroMapTableSpecification",
        "capability": "LLMGeneralCapabilitySpecification",
    }
)

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {**{name: shape for shape, name in CLASSES.items()}, "RKMEStatSpecification": "table"}
)
"""Class name → shape; the last is an old name of the first."""

UNREAD: Final[Mapping[str, str]] = MappingProxyType(
    {"GenerativeModelSpecification": "its file is a pickle, which is never opened"}
)
"""Class names of the package whose files are not read, and why."""

DEFAULT_GAMMA: Final = 0.1  # of the package


class Typed(msgspec.Struct):
    """Any of them, as far as its type."""

    type: str = ""


class Table(msgspec.Struct):
    """``RKMETableSpecification``."""

    z: list[list[float]]
    beta: list[float]
    gamma: Number = DEFAULT_GAMMA
    num_points: int = 0


class Text(Table):
    """``RKMETextSpecification``."""

    language: list[str] = []


class Image(msgspec.Struct):
    """``RKMEImageSpecification``."""

    z: list[list[list[list[float]]]]
    beta: list[float]
    RKME_IMAGE_VERSION: int = 1
    msg: str | None = None
    n_models: int = 16
    model_config: dict[str, Number | None] = {}


class Hetero(msgspec.Struct):
    """``HeteroMapTableSpecification``; the package never fills ``embedding`` and ``weight``."""

    z: list[list[float]]
    beta: list[float]
    embedding: None = None
    weight: None = None
    gamma: Number = DEFAULT_GAMMA


class Capability(msgspec.Struct):
    """``LLMGeneralCapabilitySpecification``."""

    score_dict: dict[str, Number]
