# SPDX-License-Identifier: Apache-2.0
"""From items, such as images or texts, to the table of their encoder.

Rules
-----
* The table has the encoder's columns as its features, and the labels as its target where there are any.
* Each row keeps the SHA-256 of its item, which the table's `content` goes by: two machines may encode one image with a
  last digit's difference, and it stays the same data set.

Called by `lwnode.training.images` and `lwnode.training.texts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lwnode.errors import DataError
from lwnode.training.columns import ColumnType, Parsed, Values, clean, from_array
from lwnode.training.roles import Role
from lwnode.training.table import Table
from lwnode.types import Matrix


def labels_of(y: ArrayLike | None, count: int, what: str) -> Parsed | None:
    """Return labels as a column.

    Raises
    ------
    DataError
        Not one label for each item.
    """
    if y is None:
        return None
    labels = np.asarray(y)
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.shape != (count,):
        raise DataError(f"{count} {what}, and labels of the shape {labels.shape}", hint="give one label for each")
    parsed = from_array(labels)
    parsed.values.flags.writeable = False
    return parsed


def digests(items: Iterable[bytes]) -> NDArray[np.uint8]:
    """Return the SHA-256 of each item, (n, 32) uint8, read-only."""
    whole = b"".join(hashlib.sha256(item).digest() for item in items)
    return np.frombuffer(whole, dtype=np.uint8).reshape(-1, 32)


def encoded_table(
    rows: Matrix, encoder: str, items: NDArray[np.uint8], labels: Parsed | None, *, name: str, target: str
) -> Table:
    """Return the table of encoded items.

    Raises
    ------
    DataError
        The target is called as one of the encoder's columns, or not at all.
    """
    from lwnode.specification.encoders import encoder_columns  # loads the specification's room

    names = encoder_columns(encoder)
    columns: dict[str, Values] = {column: np.ascontiguousarray(rows[:, i]) for i, column in enumerate(names)}
    types: dict[str, ColumnType] = dict.fromkeys(columns, "number")
    roles: dict[str, Role] = dict.fromkeys(columns, "feature")
    label = clean(target)
    if labels is not None:
        if not label or label in columns:
            raise DataError("the target needs a name of its own", hint="say target='label'")
        columns[label], types[label], roles[label] = labels.values, labels.type, "ignored"
    table = Table(name=name, columns=columns, types=types, roles=roles, encoder=encoder, items=items)
    return table if labels is None else table.assign(target=label)
