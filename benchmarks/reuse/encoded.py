# SPDX-License-Identifier: Apache-2.0
"""Images and texts as islands: the encoders' rows in the encoders' own frames.

==========  ============================================================================================================
clothes     Fashion-MNIST (Debian's ``dataset-fashion-mnist``), a domain for each of the ten classes
glosses     WordNet's definitions (``wordnet-base``), a domain for each large lexicographer file of nouns and verbs
==========  ============================================================================================================

Where the data are not installed, the island is None and the rows say so.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np

from benchmarks import installed
from benchmarks.reuse.islands import Island, Source
from lwnode.specification.encoders import IMAGES, TEXTS, encode, encoder_profile
from lwnode.types import Matrix

PUBLISHED, ASKING = 2_000, 1_000
_FEWEST = 2_500  # glosses of a file that is a domain


def clothes(seed: int, *, publish: int = 7) -> Island | None:
    """Return one domain for each class of clothes, or None where the images are not there."""
    found = _images()
    return _island("images", IMAGES, found, seed, publish) if found else None


def glosses(seed: int, *, publish: int = 9) -> Island | None:
    """Return one domain for each large lexicographer file, or None where the texts are not there."""
    found = _texts()
    return _island("texts", TEXTS, found, seed, publish) if found else None


def _island(name: str, encoder: str, domains: list[Matrix], seed: int, publish: int) -> Island:
    """Return an island of which ``publish`` domains, in another order on every seed, are on the market."""
    rng = np.random.default_rng([seed, len(domains)])
    parts = [domains[place][rng.permutation(len(domains[place]))] for place in rng.permutation(len(domains))]
    asking = min(ASKING, min(len(part) for part in parts) - PUBLISHED)
    return Island(
        name=name,
        profile=encoder_profile(encoder),
        seed=seed,
        sources=tuple(
            Source(name=f"{name} {place}", published=part[:PUBLISHED], asks=part[PUBLISHED:])
            for place, part in enumerate(parts[:publish])
        ),
        outside=tuple(parts[publish:]),
        sizes=(50, 200, asking),
    )


@cache
def _images() -> list[Matrix]:
    """Return the encoder's rows of each class."""
    if installed.reason_absent("fashion"):
        return []
    pixels, classes = installed.fashion("train")
    return [encode(IMAGES, pixels[classes == label][: PUBLISHED + 2 * ASKING]) for label in range(10)]


@cache
def _texts() -> list[Matrix]:
    """Return the encoder's rows of each lexicographer file that is large enough."""
    if installed.reason_absent("wordnet"):
        return []
    found: dict[int, list[str]] = defaultdict(list)
    for gloss, file in installed.glosses("noun", "verb"):
        found[file].append(installed.definition(gloss))
    order = np.random.default_rng(0)
    large = [found[file] for file in sorted(found) if len(found[file]) >= _FEWEST]
    chosen = [[texts[i] for i in order.permutation(len(texts))[: PUBLISHED + 2 * ASKING]] for texts in large]
    return [encode(TEXTS, texts) for texts in chosen]
