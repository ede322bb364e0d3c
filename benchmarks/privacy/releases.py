# SPDX-License-Identifier: Apache-2.0
"""The strongest membership attacks that we know, on private releases, against the bound that is proven.

The attacker knows all rows but one, all public numbers, and two rows of which one is the missing one: the two whose
coordinates are the farthest apart that a search over public rows and the box finds.  Two games:

*embedding*
    What is noised inside a release, before points are fitted.  The likelihood ratio, which no test beats.
*published*
    What leaves: points, weights, residual, level.  The likelihood ratios of the residual and the level, which are
    exact, and the ratio's numerator for the embedding of the points, put together by a linear discriminant that is
    learnt on other runs.

Every game is played in pairs, one with each row in; thresholds are fixed on other runs.  A bar is the bound plus what
so many pairs resolve (`lwnode.specification.audit.resolution`, stated in the row), for the upper exact 95 % limit.
"""

from __future__ import annotations

import math

import numpy as np

from benchmarks.harness import Row
from lwnode.documents import Column, Profile
from lwnode.specification import (
    attacker_auc,
    attacker_tpr,
    from_frame,
    plan_release,
    specify,
    to_frame,
)
from lwnode.specification.accounting import published_rows
from lwnode.specification.audit import clopper_pearson, embedding_ratio, resolution
from lwnode.specification.embedding import embedding
from lwnode.specification.frame import public_rows
from lwnode.specification.kernels import density, squared_distances
from lwnode.specification.noise import noised
from lwnode.specification.scalars import count_below, residual
from lwnode.types import Matrix

EPSILONS = (0.5, 1.0, 2.0)
ROWS, WIDTH, POINTS = 300, 4, 50
FPR = 0.01


def measure(*, quick: bool) -> list[Row]:
    """Return AUC and true positive rate of both games at every epsilon."""
    out: list[Row] = []
    for epsilon in EPSILONS:
        game = Game(epsilon)
        pairs = 4_000 if quick else 40_000
        learnt, judged = game.embeddings(pairs, seed=1), game.embeddings(pairs, seed=2)
        out += _rows(f"embedding, epsilon {epsilon:g}", game.mu, learnt, judged)
        fits, judges = (150, 300) if quick else (500, 2_000)
        learnt, judged = _discriminated(game.published(fits, seed=3), game.published(judges, seed=4))
        out += _rows(f"published, epsilon {epsilon:g}", game.mu, learnt, judged)
    return out


class Game:
    """One table, two rows, and the releases with either."""

    def __init__(self, epsilon: float) -> None:
        columns = tuple(Column(name=f"c{j}", type="number", low=-2.0, high=2.0) for j in range(WIDTH))
        self.profile = Profile(name="game", columns=columns, gamma=1.0 / WIDTH)
        self.epsilon = epsilon
        self.of = embedding(self.profile)
        self.plan = plan_release(ROWS, reach=self.of.reach, epsilon=epsilon)
        self.mu = self.plan.mu
        rng = np.random.default_rng(0)
        self.rest: Matrix = np.clip(rng.normal(size=(ROWS - 1, WIDTH)), -4.0, 4.0)
        near, far = public_rows(self.profile, 1_000, rng), rng.uniform(-4.0, 4.0, size=(1_000, WIDTH))
        tried = np.concatenate([near, far])
        apart = squared_distances(self.of.coordinates(tried), self.of.coordinates(tried))
        self.pair: Matrix = tried[list(np.unravel_index(int(np.argmax(apart)), apart.shape))]
        self.seen: Matrix = self.of.coordinates(self.pair)
        self.tables = [np.concatenate([self.rest, row[None]]) for row in self.pair]
        self.known = self.of.mean([self.rest]) * len(self.rest)

    def embeddings(self, pairs: int, *, seed: int) -> Matrix:
        """Return the likelihood ratio with the first row in and with the second, (pairs, 2)."""
        rng = np.random.default_rng(seed)
        means = [self.of.mean([table]) for table in self.tables]
        return np.array(
            [
                [
                    embedding_ratio(noised(mean, self.plan.embedding_noise, rng), self.known, ROWS, self.seen)
                    for mean in means
                ]
                for _ in range(pairs)
            ]
        )

    def published(self, pairs: int, *, seed: int) -> np.ndarray:
        """Return what an attacker computes of what leaves, (pairs, 2, figures)."""
        rng = np.random.default_rng(seed)
        return np.array([[self._figures(table, rng) for table in self.tables] for _ in range(pairs)])

    def _figures(self, table: Matrix, rng: np.random.Generator) -> list[float]:
        raw = from_frame(self.profile, table).astype(np.float64)
        spec = specify(raw, self.profile, privacy="private", epsilon=self.epsilon, size=POINTS, rng=rng)
        Z, weights, card, profile = spec.frame, spec.weights, spec.card, self.profile
        embedding = weights @ self.of.coordinates(Z)
        seen = math.sqrt(card.residual2 + card.residual_noise**2)
        residuals = [residual(Z, weights, profile, one) for one in self.tables]
        counts = [count_below(Z, weights, card.tail, profile, one) / ROWS for one in self.tables]
        level = self.plan.count_noise / ROWS
        near = density(to_frame(profile, self.pair), Z, weights, profile.gamma)
        return [
            embedding_ratio(embedding, self.known, ROWS, self.seen),
            float(near[0] - near[1]),
            ((seen - residuals[1]) ** 2 - (seen - residuals[0]) ** 2) / (2.0 * card.residual_noise**2),
            ((card.level - counts[1]) ** 2 - (card.level - counts[0]) ** 2) / (2.0 * level**2),
        ]


def _discriminated(learnt: np.ndarray, judged: np.ndarray) -> tuple[Matrix, Matrix]:
    """Return Fisher's discriminant of the figures, learnt on the first runs, for both."""
    difference = learnt[:, 0].mean(axis=0) - learnt[:, 1].mean(axis=0)
    within = sum(np.cov(learnt[:, side], rowvar=False) for side in (0, 1))
    scale = np.sqrt(np.diag(within)) + 1e-12
    direction = np.linalg.solve(within / np.outer(scale, scale) + 1e-6 * np.eye(len(scale)), difference / scale) / scale
    return learnt @ direction, judged @ direction


def _rows(name: str, mu: float, learnt: Matrix, judged: Matrix) -> list[Row]:
    pairs = len(judged)
    right = float((judged[:, 0] > judged[:, 1]).sum() + 0.5 * (judged[:, 0] == judged[:, 1]).sum())
    high = clopper_pearson(right, pairs)[1]
    bound = attacker_auc(mu)
    finest = resolution(bound, pairs)
    # the runs that set the threshold are nearly normal, so that its 1 % needs no thousands of them
    threshold = learnt[:, 1].mean() + 2.3263 * learnt[:, 1].std()
    hits, false = int((judged[:, 0] > threshold).sum()), int((judged[:, 1] > threshold).sum())
    false_high = clopper_pearson(false, pairs)[1]
    allowed = attacker_tpr(mu, max(FPR, false_high))
    found_high = clopper_pearson(hits, pairs)[1]
    finest_found = resolution(allowed, pairs)
    shared = {"pairs": pairs, "n": ROWS, "published n": published_rows(ROWS)}
    return [
        Row(
            name=f"attack on the {name}: AUC, upper limit",
            unit="",
            ours=high,
            bar=f"<= {bound + finest:.4f}",
            holds=high <= bound + finest,
            params={
                **shared,
                "seen": round(right / pairs, 4),
                "bound": round(bound, 4),
                "resolution": round(finest, 4),
            },
        ),
        Row(
            name=f"attack on the {name}: found at 1 % false, upper limit",
            unit="",
            ours=found_high,
            bar=f"<= {allowed + finest_found:.4f}",
            holds=found_high <= allowed + finest_found,
            params={
                **shared,
                "seen": round(hits / pairs, 4),
                "false": round(false / pairs, 4),
                "bound": round(attacker_tpr(mu, FPR), 4),
                "bound at the false ones' upper limit": round(allowed, 4),
                "resolution": round(finest_found, 4),
            },
        ),
    ]
