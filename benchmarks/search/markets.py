# SPDX-License-Identifier: Apache-2.0
"""Synthetic markets: specifications of many institutions, made on demand from a seed.

Institutions come in *families* (hospitals of one kind, shops of one chain).  A family is a mixture of four clusters in
the island frame, each with a place of its own, N(0, 0.8²) in every column, a covariance of four directions of its own,
and some width in all.  A member moves every cluster by N(0, 0.25²) in every column, has its own shares of the clusters
(Dirichlet around the family's), and is up to a few tenths wider or narrower.  So learnwares of one family are near each
other, no two are the same, and families are as far apart as chance puts them.

*drawn*
    The points of a specification are drawn from the member's clusters.  With a hundred points, as specifications
    have, this is more noise than a fit has: harder for bounds, not easier.
*patterned*
    With the few points that a million specifications leave room for, drawn points would be noise above all.  So each
    cluster's points are one common pattern, put in the cluster's place and shape and then shaken by a quarter of its
    width, for each specification anew: what fits of one algorithm to similar shapes are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Column, Profile

Floats = NDArray[np.float32]
CLUSTERS, LATENT = 4, 4
_MADE = 2_000  # specifications made at a time


@dataclass(frozen=True, kw_only=True)
class Market:
    """A market that is made from its seed.

    Parameters
    ----------
    width : int
        Columns.
    families : int
    points : int
        Of a specification; a multiple of four.
    shaken : float
        1: the points are drawn; 0.25: they are a pattern, shaken.
    seed : int
    """

    width: int
    families: int
    points: int = 100
    shaken: float = 1.0
    seed: int = 0

    @cached_property
    def _shape(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Places, directions, widths and shares of the families' clusters."""
        rng = np.random.default_rng([self.seed, self.width])
        size = (self.families, CLUSTERS)
        return (
            (0.8 * rng.standard_normal((*size, 1, self.width), dtype=np.float32)),
            (0.4 * rng.standard_normal((*size, LATENT, self.width), dtype=np.float32)),
            rng.uniform(0.25, 0.5, (*size, 1, 1)).astype(np.float32),
            rng.dirichlet(np.full(CLUSTERS, 2.0), self.families).astype(np.float32),
        )

    @cached_property
    def _pattern(self) -> Floats:
        rng = np.random.default_rng([self.seed, self.width, 1])
        return rng.standard_normal((CLUSTERS, self.points // CLUSTERS, LATENT + self.width), dtype=np.float32)

    def made(self, family: NDArray[np.intp], rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return specifications of some families: points (n, m, width) in the frame and weights (n, m)."""
        places, directions, widths, shares = self._shape
        n, each = len(family), self.points // CLUSTERS
        own = rng.standard_gamma(20.0 * shares[family] + 0.05).astype(np.float32) + 1e-6
        own /= own.sum(axis=1, keepdims=True)
        t = self.shaken * rng.standard_normal((n, CLUSTERS, each, LATENT + self.width), dtype=np.float32)
        if self.shaken < 1.0:
            t += np.float32(np.sqrt(1.0 - self.shaken**2)) * self._pattern
        wider = np.exp(0.1 * rng.standard_normal((n, CLUSTERS, 1, 1), dtype=np.float32))
        moved = 0.25 * rng.standard_normal((n, CLUSTERS, 1, self.width), dtype=np.float32)
        Z = t[..., :LATENT] @ directions[family] + widths[family] * t[..., LATENT:]
        Z *= wider
        Z += places[family] + moved
        Z = np.clip(Z.reshape(n, self.points, self.width), -4.0, 4.0)
        return Z, np.repeat(own / each, each, axis=1)

    def specifications(self, count: int) -> Iterator[tuple[Floats, Floats]]:
        """Yield the market's specifications in groups: points (n, m, width) and weights (n, m)."""
        for start in range(0, count, _MADE):
            rng = np.random.default_rng([self.seed, self.width, 2, start])
            yield self.made(np.arange(start, min(start + _MADE, count)) % self.families, rng)

    def users(self, count: int, points: int = 100) -> tuple[Floats, Floats]:
        """Return specifications of users, new members of families drawn at random: (n, m, width) and (n, m)."""
        rng = np.random.default_rng([self.seed, self.width, 3])
        family = rng.integers(self.families, size=count)
        own = Market(
            width=self.width, families=self.families, points=points, shaken=self.shaken, seed=self.seed
        )  # the same families with as many points as a user's specification has
        return own.made(family, rng)

    @cached_property
    def profile(self) -> Profile:
        """The island profile: bounds at ±2, gamma 1 / the median squared distance of two of the market's points."""
        Z, _ = next(self.specifications(_MADE))
        rng = np.random.default_rng([self.seed, self.width, 4])
        rows = Z.reshape(-1, self.width)[rng.choice(Z.shape[0] * self.points, 1_000, replace=False)].astype(np.float64)
        squares = (rows * rows).sum(axis=1)
        distances = squares[:, None] + squares - 2.0 * rows @ rows.T
        gamma = float(f"{1.0 / np.median(distances[np.triu_indices(len(rows), 1)]):.2g}")
        columns = tuple(Column(name=f"c{j}", type="number", low=-2.0, high=2.0) for j in range(self.width))
        return Profile(name="market", columns=columns, gamma=gamma)
