# SPDX-License-Identifier: Apache-2.0
"""Data that a command names: as they are named, or, with ``--text-column``, the texts in one column of a file.

Called by the commands that take DATA.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lwnode.training import Texts


def text_data(data: str, column: str, target: str = "") -> str | Texts:
    """Return what a command passes on: the texts of a file's column, or the name or path itself.

    Raises
    ------
    DataError
        As `lwnode.training.item_files.read_texts`.
    """
    if not column:
        return data
    from lwnode.paths import expanded
    from lwnode.training.item_files import read_texts

    return read_texts(expanded(data), column, target=target or None)
