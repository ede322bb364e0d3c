# SPDX-License-Identifier: Apache-2.0
"""The names of a learnware's files, in an archive and one by one.

Changing the format
-------------------
1. The set of names belongs to ``lwnode.manifest/1``.  A name is never given a second meaning.
2. A new file means a new manifest schema; readers keep the old set beside the new one.
3. A golden archive of each released version stays in ``tests/vectors/`` and is read by the tests for ever.
"""

from __future__ import annotations

from typing import Final

CARD: Final = "card.json"
MODEL: Final = "model.onnx"
PROFILE: Final = "profile.json"
SEMANTIC: Final = "semantic.json"
SPECIFICATION: Final = "specification.json"
POINTS: Final = "specification.safetensors"

FILES: Final = (CARD, MODEL, PROFILE, SEMANTIC, SPECIFICATION, POINTS)
"""Exactly the files that a manifest lists, in its order."""

BUNDLE: Final = "manifest.sig"
"""The signed manifest; stands beside the files in an archive."""

KEYS: Final = "keys.json"
"""The publisher's signed keys document; may stand in an archive, so that a stranger can be introduced by it."""
