# SPDX-License-Identifier: Apache-2.0
"""Images and texts that Debian installs: Fashion-MNIST and the glosses of WordNet.

Called by the benchmarks that measure images and texts; where the data are absent, their rows say so.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FASHION = Path("/usr/share/datasets/fashion-mnist")
WORDNET = Path("/usr/share/wordnet")
_PACKAGES = {"fashion": "dataset-fashion-mnist", "wordnet": "wordnet-base"}
_FILES = {"fashion": FASHION / "train-images-idx3-ubyte.gz", "wordnet": WORDNET / "data.noun"}


def reason_absent(name: Literal["fashion", "wordnet"]) -> str:
    """Return why a data set is not there, or nothing."""
    if _FILES[name].is_file():
        return ""
    return f"the data are not installed: Debian's {_PACKAGES[name]} (`make data` says how)"


def fashion(*parts: Literal["train", "t10k"]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images (n, 28, 28) and their classes (n,), 0 to 9."""

    def read(part: str, kind: str, skip: int) -> NDArray[np.uint8]:
        data = gzip.decompress((FASHION / f"{part}-{kind}-ubyte.gz").read_bytes())
        return np.frombuffer(data, dtype=np.uint8, offset=skip)

    pixels = np.concatenate([read(part, "images-idx3", 16) for part in parts]).reshape(-1, 28, 28)
    return pixels, np.concatenate([read(part, "labels-idx1", 8) for part in parts]).astype(np.int64)


def glosses(*parts: Literal["noun", "verb", "adj", "adv"]) -> list[tuple[str, int]]:
    """Return (gloss with its examples, lexicographer file) of every synset."""
    found: list[tuple[str, int]] = []
    for part in parts:
        for line in (WORDNET / f"data.{part}").read_text(encoding="ascii").splitlines():
            head, bar, gloss = line.partition(" | ")
            if bar and not line.startswith("  "):
                found.append((gloss.strip(), int(head.split()[1])))
    return found


def definition(gloss: str) -> str:
    """Return a gloss without its examples."""
    return gloss.partition('; "')[0].strip()
