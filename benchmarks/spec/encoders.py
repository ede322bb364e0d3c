# SPDX-License-Identifier: Apache-2.0
"""Images and texts: what their specifications cost, and whether the right source is found.

*Images* are Fashion-MNIST (Debian's ``dataset-fashion-mnist``), *texts* the glosses of WordNet (``wordnet-base``).
Where these are not installed the rows say so.

========  ==============================================================================================================
cost      1,000 items, encoded and sketched.  The reference engine sketches images through 16 random networks, whose
          arithmetic is counted and turned into seconds with this machine's own rate: a run would take hours.  For
          texts it is given our rows and makes its sketch of them
sources   a source is one class: ten kinds of clothes, or the largest lexicographer files of nouns and verbs.  1,000
          items publish at ε = 1, others of the class ask with their rows: the right source has the smallest MMD
========  ==============================================================================================================
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import installed
from benchmarks.harness import Row, at_least
from benchmarks.reference import run
from lwnode.specification import specify, to_frame
from lwnode.specification.encoders import IMAGES, TEXTS, encode, encoder_profile
from lwnode.specification.kernels import gaussian

ITEMS = 1_000
SEEDS, EPSILON, SIZE = 5, 1.0, 50
COST_BARS = {IMAGES: 1_000.0, TEXTS: 1.0}
TOP1_BARS = {IMAGES: 0.95, TEXTS: 0.90}

# Of the reference engine's image specification, by its settings: 16 networks of 0.4 GFLOP for an image; in each of 100
# steps 1,000 images go forward, and 50 pseudo-images three times forward and back (a backward pass counts as two).
NETWORKS, FLOP, STEPS, PSEUDO, ROUNDS = 16, 0.4e9, 100, 50, 3


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of this part."""
    seeds = 2 if quick else SEEDS
    rows: list[Row] = []
    for encoder, name, read in ((IMAGES, "fashion", _fashion), (TEXTS, "wordnet", _glosses)):
        kind = "images" if encoder == IMAGES else "glosses"
        reason = installed.reason_absent(name)
        classes = [] if reason else read()
        cost, top1 = f"{ITEMS:,} {kind}: CPU", f"{kind}: right source of {len(classes)}, epsilon {EPSILON:g}"
        if reason:
            rows += [_absent(cost, "s", COST_BARS[encoder], reason), _absent(top1, "share", TOP1_BARS[encoder], reason)]
            continue
        rows.append(_images_cost(cost, classes) if encoder == IMAGES else _texts_cost(cost, classes, peer))
        rows.append(_top1(top1, encoder, classes, seeds))
    return rows


def _absent(name: str, unit: str, bar: float, reason: str) -> Row:
    return Row(name=name, unit=unit, ours=None, bar=f">= {bar:g}", holds=None, reason=reason)


def _images_cost(name: str, classes: list[Any]) -> Row:
    """Compare the measured seconds with the reference's arithmetic at this machine's rate."""
    images = np.concatenate([part[: ITEMS // len(classes)] for part in classes])
    seconds, _ = _sketched(IMAGES, images, SIZE)
    flop = NETWORKS * FLOP * STEPS * (ITEMS + 3 * ROUNDS * PSEUDO)
    rate = _matmul_rate()
    ratio = flop / rate / seconds
    params = {"peer": "by operation count", "PFLOP": round(flop / 1e15, 2), "GFLOP/s": round(rate / 1e9, 1)}
    bar = COST_BARS[IMAGES]
    return Row(
        name=name, unit="s", ours=seconds, peer=flop / rate, ratio=ratio, bar=f">= {bar:g} x", holds=ratio >= bar,
        params=params,
    )  # fmt: skip


def _texts_cost(name: str, classes: list[Any], peer: str | None) -> Row:
    """Compare encoding and sketch with the reference's sketch of the same rows alone."""
    texts = [text for part in classes for text in part[: ITEMS // len(classes) + 1]][:ITEMS]
    size = 100
    seconds, rows = _sketched(TEXTS, texts, size)
    params: dict[str, Any] = {"points": size, "peer": "its sketch of our rows, without the embedding"}
    bar = COST_BARS[TEXTS]
    if peer is None:
        reason = "the reference engine was not given (--peer)"
        return Row(name=name, unit="s", ours=seconds, bar=f">= {bar:g} x", holds=None, params=params, reason=reason)
    with tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder:
        file = str(Path(folder) / "rows.npy")
        np.save(file, rows.astype(np.float32))
        gamma = encoder_profile(TEXTS).gamma
        theirs = statistics.median(run(peer, "table_specification", files=[file] * 3, gammas=[gamma] * 3, size=size))
    ratio = theirs / seconds
    return Row(
        name=name, unit="s", ours=seconds, peer=theirs, ratio=ratio, bar=f">= {bar:g} x", holds=ratio >= bar,
        params=params,
    )  # fmt: skip


def _sketched(encoder: str, items: Any, size: int) -> tuple[float, NDArray[np.float64]]:
    """Return CPU seconds of encoding and an exact sketch, the median of three, and the rows."""
    profile = encoder_profile(encoder)
    rows = encode(encoder, items)  # warm: the weights are made once in a process
    seconds = []
    for _ in range(3):
        begin = time.process_time()
        rows = encode(encoder, items)
        specify(rows, profile, privacy="public", size=size)
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds), rows


def _matmul_rate() -> float:
    """Return float32 operations a second of a large matrix product, the best of five."""
    a = np.random.default_rng(0).normal(size=(1_024, 1_024)).astype(np.float32)
    best = 0.0
    for _ in range(5):
        begin = time.process_time()
        for _ in range(5):
            a @ a
        best = max(best, 5 * 2.0 * 1_024**3 / (time.process_time() - begin))
    return best


def _top1(name: str, encoder: str, classes: list[Any], seeds: int) -> Row:
    """Return the share of sources that are found, over seeds that split the items and draw the noise."""
    profile = encoder_profile(encoder)
    rows = [encode(encoder, part) for part in classes]
    hits = 0
    for seed in range(seeds):
        rng = np.random.default_rng([seed, len(classes)])
        asked, made = [], []
        for part in rows:
            order = rng.permutation(len(part))
            made.append(specify(part[order[:ITEMS]], profile, privacy="private", epsilon=EPSILON, size=SIZE, rng=rng))
            asked.append(to_frame(profile, part[order[ITEMS : 2 * ITEMS]]))
        own = [float(spec.weights @ gaussian(spec.frame, spec.frame, profile.gamma) @ spec.weights) for spec in made]
        for right, X in enumerate(asked):
            to_rows = [float((gaussian(X, spec.frame, profile.gamma) @ spec.weights).mean()) for spec in made]
            hits += int(np.argmin(np.array(own) - 2.0 * np.array(to_rows)) == right)
    return at_least(name, "share", hits / (seeds * len(classes)), TOP1_BARS[encoder], items=ITEMS, seeds=seeds)


def _fashion() -> list[Any]:
    """Return Fashion-MNIST's images by class."""
    images, labels = installed.fashion("train")
    return [images[labels == label][: 3 * ITEMS] for label in range(10)]


def _glosses() -> list[Any]:
    """Return WordNet's glosses by lexicographer file, of those with twice as many as publish."""
    found: dict[int, list[str]] = defaultdict(list)
    for gloss, file in installed.glosses("noun", "verb"):
        found[file].append(gloss)
    order = np.random.default_rng(0)
    large = [found[file] for file in sorted(found) if len(found[file]) >= 2 * ITEMS]
    return [[texts[i] for i in order.permutation(len(texts))[: 3 * ITEMS]] for texts in large]
