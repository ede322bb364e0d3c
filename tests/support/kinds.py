# SPDX-License-Identifier: Apache-2.0
"""A market of classifiers that know two of four kinds each, every kind at a place of its own."""

from __future__ import annotations

import numpy as np

import lwnode
from tests.support.homes import semantic

NAMES = [f"x{j}" for j in range(4)]
_PLACES = np.random.default_rng(0).normal(size=(4, 4)) * 2.0


def rows(classes: tuple[int, ...], count: int, seed: int, *, target: str = "kind") -> lwnode.Table:
    """Rows of some of four kinds."""
    rng = np.random.default_rng(seed)
    y = np.asarray(classes)[rng.integers(len(classes), size=count)]
    X = _PLACES[y] + rng.normal(size=(count, 4))
    names = np.array([f"kind {c}" for c in y], dtype=object)
    return lwnode.Table.from_arrays(X, names, columns=NAMES, target=target, name=f"rows {seed}")


def publish(node: lwnode.Node, known: tuple[tuple[tuple[int, ...], str], ...]) -> tuple[str, ...]:
    """Train and publish a learnware for each pair of kinds and name of their column; return the ids."""
    profile = lwnode.Profile.from_bounds(dict.fromkeys(NAMES, (-6.0, 6.0)), name="kinds")
    ids = []
    for seed, (classes, target) in enumerate(known):
        model = node.train(rows(classes, 150, seed, target=target).describe(profile), preset="quick", seed=seed)
        ids.append(node.publish(node.draft(model, semantic(f"w{seed}"), privacy="no-noise", profile=profile)).id)
    return tuple(ids)
