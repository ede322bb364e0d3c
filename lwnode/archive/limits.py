# SPDX-License-Identifier: Apache-2.0
"""How large a learnware may be: every limit, with its unit, in one place.

Rules
-----
* A limit is checked against what is declared before anything is read, and enforced while reading.
* Everything is held in memory, so reading an archive takes at most its own size and the size of its files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lwnode.archive import layout
from lwnode.documents.canonical import DOCUMENT_LIMIT
from lwnode.trust.envelope import ENVELOPE_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Largest sizes that are read.

    Parameters
    ----------
    archive : bytes
        An archive, and all its files together once they are unpacked.
    model : bytes
        ``model.onnx``.
    points : bytes
        ``specification.safetensors``.
    document : bytes
        Each JSON file.
    envelope : bytes
        The signed manifest, and the signed keys document.
    ratio : int
        Unpacked bytes for each packed byte of one file.
    """

    archive: int = 2**30 + 2**25  # bytes
    model: int = 2**30  # bytes
    points: int = 2**24  # bytes: 1,000 points of 4,000 coordinates
    document: int = DOCUMENT_LIMIT  # bytes
    envelope: int = ENVELOPE_LIMIT  # bytes
    ratio: int = 200

    def of(self, name: str) -> int:
        """Return the most bytes that a file of this name may have; 0 for a name that is not in the layout."""
        if name in (layout.BUNDLE, layout.KEYS):
            return self.envelope
        if name == layout.MODEL:
            return self.model
        if name == layout.POINTS:
            return self.points
        return self.document if name in layout.FILES else 0


LIMITS: Final = Limits()
"""The limits that hold unless a caller states others."""
