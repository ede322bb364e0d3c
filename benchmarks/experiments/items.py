# SPDX-License-Identifier: Apache-2.0
"""Data of the classification markets: Fashion-MNIST, WordNet's glosses, scikit-learn's digits.

========  ==============================================================================================================
fashion   Debian's ``dataset-fashion-mnist``; models read a seeded random convolution, or the pixels (`networks`)
wordnet   Debian's ``wordnet-base``: definitions of nouns and verbs, the twenty largest lexicographer files are classes;
          models read 300 axes of words and word parts, fitted to the definitions of adjectives and adverbs alone
digits    scikit-learn's, 8 × 8; models read the pixels
========  ==============================================================================================================

Rules
-----
* Specifications are made of the product's own encoders' rows, under their public profiles.
* No model's features were fitted to rows of owners or users: they are public or, for the text axes, of other texts.
* Owners and users never share an item.

Called by the experiments with classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from benchmarks import installed
from benchmarks.experiments.baselines import Classes, Features
from benchmarks.experiments.cache import cached
from lwnode.documents import Profile
from lwnode.specification.encoders import IMAGES, TEXTS, encode, encoder_profile
from lwnode.types import Matrix

_CLASSES, _AXES, _HASHES = 20, 300, 2**16  # of the glosses
_FILTERS, _BLOCK = 96, 500

Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How a market is drawn: learnwares and users, their items, their least and most classes."""

    owners: int
    users: int
    owner_items: int
    user_items: int
    owner_classes: tuple[int, int]
    user_classes: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Items:
    """One data set.

    Parameters
    ----------
    name : str
    F : (n, p) float32
        What models read.
    E : (n, w) float64
        Rows of the encoder.
    y : (n,) int64
    encoder : str
    owners, users : (·,) int
        Positions of the items that each side may have.
    sizes : Sizes
    pixels : (n, h, w) uint8 or None
    """

    name: str
    F: Features
    E: Matrix
    y: Classes
    encoder: str
    owners: Positions
    users: Positions
    sizes: Sizes
    pixels: NDArray[np.uint8] | None = None

    @property
    def profile(self) -> Profile:
        """The encoder's public frame."""
        return encoder_profile(self.encoder)

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.y.max()) + 1

    def table(self, at: Positions) -> Mapping[str, NDArray[np.float64]]:
        """Return the encoder's rows of some items as a table."""
        names = [column.name for column in self.profile.features]
        return dict(zip(names, np.asarray(self.E[at], dtype=np.float64).T, strict=True))


def fashion() -> Items:
    """Return Fashion-MNIST: the training images are owners', the test images users'."""
    kept = cached("fashion-1", _fashion)
    return Items(
        name="fashion",
        F=kept["F"],
        E=kept["E"],
        y=kept["y"],
        encoder=IMAGES,
        owners=np.arange(60_000),
        users=np.arange(60_000, 70_000),
        sizes=Sizes(
            owners=50, users=25, owner_items=1_500, user_items=600, owner_classes=(4, 6), user_classes=(5, 8)
        ),
        pixels=kept["pixels"],
    )  # fmt: skip


def wordnet() -> Items:
    """Return WordNet's glosses: seven of ten are owners', the rest users'."""
    kept = cached("wordnet-1", _wordnet)
    order = np.random.default_rng(1).permutation(len(kept["y"]))
    owners, users = np.split(order, [int(0.7 * len(order))])
    return Items(
        name="wordnet",
        F=kept["F"],
        E=kept["E"],
        y=kept["y"],
        encoder=TEXTS,
        owners=owners,
        users=users,
        sizes=Sizes(
            owners=40, users=15, owner_items=2_000, user_items=800, owner_classes=(5, 9), user_classes=(5, 9)
        ),
    )  # fmt: skip


def digits() -> Items:
    """Return scikit-learn's digits: a thousand are owners', the rest users'."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(y))
    return Items(
        name="digits",
        F=((X - 8.0) / 10.0).astype(np.float32),
        E=encode(IMAGES, grey(X)),
        y=y.astype(np.int64),
        encoder=IMAGES,
        owners=order[:1_000],
        users=order[1_000:],
        sizes=Sizes(owners=30, users=25, owner_items=200, user_items=150, owner_classes=(3, 5), user_classes=(4, 7)),
    )


def grey(X: NDArray[Any]) -> NDArray[np.uint8]:
    """Return digits of 64 values from 0 to 16 as grey images, (n, 8, 8)."""
    return np.round(np.asarray(X, dtype=np.float64) * (255.0 / 16.0)).astype(np.uint8).reshape(-1, 8, 8)


DATA: Mapping[str, Callable[[], Items]] = MappingProxyType({"fashion": fashion, "wordnet": wordnet, "digits": digits})


def reason_absent(name: str) -> str:
    """Return why a data set is not there, or nothing."""
    if name == "fashion" or name == "wordnet":
        return installed.reason_absent(name)
    return ""


def _fashion() -> dict[str, NDArray[Any]]:
    """Return images, labels, a random convolution that follows from no data, and the product encoder's rows.

    The convolution: 96 filters of 5 × 5, rectified, averaged over 4 × 4 places, the root taken.
    """
    pixels, labels = installed.fashion("train", "t10k")
    filters = np.random.default_rng(0).normal(size=(25, _FILTERS))
    filters -= filters.mean(axis=0)
    filters /= np.linalg.norm(filters, axis=0)
    filters[:, :16] += 0.15
    kernel = filters.astype(np.float32)
    out = np.empty((len(pixels), 16 * _FILTERS), dtype=np.float16)
    for start in range(0, len(pixels), _BLOCK):
        images = pixels[start : start + _BLOCK].astype(np.float32) / 255.0
        windows = sliding_window_view(images, (5, 5), axis=(1, 2)).reshape(-1, 25)
        maps = np.maximum(windows @ kernel, 0.0).reshape(len(images), 4, 6, 4, 6, _FILTERS)
        out[start : start + _BLOCK] = np.sqrt(maps.mean(axis=(2, 4))).reshape(len(images), -1)
    return {"pixels": pixels, "y": labels, "F": out, "E": encode(IMAGES, pixels)}


def _wordnet() -> dict[str, NDArray[Any]]:
    """Return labels, the text axes and the product encoder's rows of the glosses."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    how = {"n_features": _HASHES, "norm": None, "alternate_sign": False}
    words = HashingVectorizer(stop_words="english", **how)
    pieces = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), **how)

    def counted(texts: list[str]) -> Any:
        return csr_matrix(hstack([words.transform(texts), pieces.transform(texts)]))

    def axes(counts: Any) -> Features:
        found = fitted.transform(weighing.transform(counts)).astype(np.float32)
        scaled: Features = 8.0 * found / (np.linalg.norm(found, axis=1, keepdims=True) + 1e-6)
        return scaled

    other = counted([installed.definition(gloss) for gloss, _ in installed.glosses("adj", "adv")])
    weighing = TfidfTransformer(sublinear_tf=True).fit(other)
    fitted = TruncatedSVD(_AXES, n_iter=3, random_state=0).fit(weighing.transform(other))
    pairs = installed.glosses("noun", "verb")
    files = np.array([file for _, file in pairs])
    largest = np.argsort(-np.bincount(files), kind="stable")[:_CLASSES]
    kept = np.flatnonzero(np.isin(files, largest))
    place = {int(file): at for at, file in enumerate(largest)}
    texts = [installed.definition(pairs[at][0]) for at in kept]
    y = np.array([place[int(files[at])] for at in kept], dtype=np.int64)
    F = np.concatenate([axes(counted(texts[at : at + 10_000])) for at in range(0, len(texts), 10_000)])
    return {"y": y, "F": F, "E": encode(TEXTS, texts)}
