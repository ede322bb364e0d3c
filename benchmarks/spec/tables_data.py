# SPDX-License-Identifier: Apache-2.0
"""Tables that both sides of a measurement are given, and the exact distance that judges both results."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Column, Profile

Rows = NDArray[np.float32]
_PAIRS = 10_000  # rows whose pairs judge a fit


def clustered(rows: int, width: int, *, seed: int, clusters: int = 30, latent: int = 8) -> Rows:
    """Return standardised rows of clusters with low-rank covariances, as tables and embeddings tend to have."""
    rng = np.random.default_rng([seed, width])
    centres = rng.normal(size=(clusters, width)) * 1.2
    turns = rng.normal(size=(clusters, latent, width)) / np.sqrt(latent)
    cluster = rng.choice(clusters, size=rows, p=rng.dirichlet(np.ones(clusters)))
    X = np.empty((rows, width), dtype=np.float32)
    for c in range(clusters):
        at = np.flatnonzero(cluster == c)
        X[at] = centres[c] + rng.normal(size=(len(at), latent)) @ turns[c] + 0.3 * rng.normal(size=(len(at), width))
    X -= X.mean(axis=0)
    X /= X.std(axis=0)
    return X


def median_gamma(X: Rows) -> float:
    """Return 1 / the median squared distance of a thousand rows."""
    S = X[np.random.default_rng(0).choice(len(X), min(len(X), 1_000), replace=False)].astype(np.float64)
    distances = _squared(S, S)
    return float(1.0 / np.median(distances[np.triu_indices(len(S), 1)]))


def plain_profile(width: int, gamma: float) -> Profile:
    """Return a profile whose frame is the rows, five times narrower, so that nothing is clipped; gamma is the rows'."""
    columns = tuple(Column(name=f"c{j}", type="number", low=-10.0, high=10.0) for j in range(width))
    return Profile(name="plain", columns=columns, gamma=25.0 * gamma)


def island_profile(width: int, gamma: float) -> Profile:
    """Return a profile as an island has it: bounds two standard deviations away, so that the frame is the rows'."""
    columns = tuple(Column(name=f"c{j}", type="number", low=-2.0, high=2.0) for j in range(width))
    return Profile(name="island", columns=columns, gamma=gamma)


def mmd2_to_rows(Z: NDArray[np.float64], weights: NDArray[np.float64], X: Rows, gamma: float) -> float:
    """Return the squared distance of a reduced set to all rows, in float64.

    Notes
    -----
    The mean over all pairs of rows of ``h(x, y) = k(x, y) - f(x) - f(y) + |f|^2``, f the reduced set's embedding: exact
    up to 10,000 rows, over the pairs of 10,000 evenly spread rows beyond.  Unlike the rows' own norm, h is nearly
    degenerate, so its mean is known to about 5e-5 there; both sides are judged by the same rows.
    """
    n = len(X)
    rows = X if n <= _PAIRS else X[np.linspace(0, n - 1, _PAIRS).astype(np.intp)]
    A = rows.astype(np.float64)
    own = float(weights @ np.exp(-gamma * _squared(Z, Z)) @ weights)
    f = np.concatenate([np.exp(-gamma * _squared(A[i : i + 2000], Z)) @ weights for i in range(0, len(A), 2000)])
    pairs = sum(float(np.exp(-gamma * _squared(A[i : i + 500], A)).sum()) for i in range(0, len(A), 500))
    q = len(A)
    diagonal = float((1.0 - 2.0 * f + own).mean())
    apart = ((pairs - 2.0 * q * float(f.sum()) + own * q * q) - q * diagonal) / (q * (q - 1))
    return apart * (1.0 - 1.0 / n) + diagonal / n


def _squared(A: NDArray[np.float64], B: NDArray[np.float64]) -> NDArray[np.float64]:
    gram = A @ B.T
    return np.maximum((A * A).sum(axis=1)[:, None] - 2.0 * gram + (B * B).sum(axis=1), 0.0)
