# SPDX-License-Identifier: Apache-2.0
"""Private models: what ε = 1 costs in accuracy, and what attacks on such a model find out.

The attacks know everything but one thing: all other rows, the target row, the mechanism, and how models come out with
the row and without it.  What they do not know is whether the target row, a far outlier with the unlikely label, is
among the rows or another one stands in its place.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression, Ridge

from benchmarks.harness import Row, at_least, at_most
from lwnode.specification import attacker_auc, mu_for
from lwnode.training import auc, r2
from lwnode.training.private.draws import Draws
from lwnode.training.private.logistic import fit_logistic
from lwnode.training.private.problem import Rows
from lwnode.training.private.ridge import fit_ridge
from lwnode.training.private.target import Target
from lwnode.training.private.terms import agree, parts
from lwnode.types import Matrix, Vector

ROWS, WIDTH, EPSILON = 10_000, 20, 1.0
LOSS_BAR = 0.02
_TEST_ROWS = 20_000
_TWO = Target(name="y", classes=("0", "1"))
_ATTACKED = (1_000, 5)  # rows and columns of the attacked models


def measure(*, quick: bool) -> list[Row]:
    """Return all rows; ``quick`` takes fewer seeds and repetitions."""
    seeds = 5 if quick else 15
    rows = [_logistic(name, make, seeds) for name, make in _GENERATORS.items()]
    rows.append(_ridge(seeds))
    return rows + _attacks(400 if quick else 4_000)


# -------------------------------------------------------------------- accuracy
def _independent(rng: np.random.Generator, n: int) -> tuple[Matrix, float, float]:
    return rng.normal(size=(n, WIDTH)) * 4 / 6, 1.5, 0.0


def _narrow(rng: np.random.Generator, n: int) -> tuple[Matrix, float, float]:
    """Bounds ten deviations away."""
    return rng.normal(size=(n, WIDTH)) * 0.2, 1.5, 0.0


def _factors(rng: np.random.Generator, n: int) -> tuple[Matrix, float, float]:
    """Four factors behind twenty columns."""
    loadings = rng.normal(size=(4, WIDTH))
    return (rng.normal(size=(n, 4)) @ loadings + 0.4 * rng.normal(size=(n, WIDTH))) / 2, 1.5, 0.0


def _neighbours(rng: np.random.Generator, n: int) -> tuple[Matrix, float, float]:
    """Neighbouring columns correlated at .9."""
    apart = np.abs(np.subtract.outer(np.arange(WIDTH), np.arange(WIDTH)))
    return rng.normal(size=(n, WIDTH)) @ np.linalg.cholesky(0.9**apart).T / 2, 1.5, 0.0


def _intercept(rng: np.random.Generator, n: int) -> tuple[Matrix, float, float]:
    """All columns far from the middle of their bounds, 8 % positives."""
    return (rng.normal(size=(n, WIDTH)) + 2.0) / 3, 1.5, -3.0


def _skewed(rng: np.random.Generator, n: int) -> tuple[Matrix, float, float]:
    return rng.exponential(size=(n, WIDTH)) / 2 - 2, 1.5, -1.0


def _mixed(rng: np.random.Generator, n: int) -> tuple[Matrix, float, float]:
    """Half of the columns rare events."""
    X = rng.normal(size=(n, WIDTH)) / 2
    X[:, : WIDTH // 2] = (rng.random((n, WIDTH // 2)) < 0.15) * 1.5
    return X, 1.5, 0.0


_GENERATORS: dict[str, Callable[[np.random.Generator, int], tuple[Matrix, float, float]]] = {
    "independent": _independent,
    "narrow": _narrow,
    "four factors": _factors,
    "correlated neighbours": _neighbours,
    "heavy intercept": _intercept,
    "skewed": _skewed,
    "rare events": _mixed,
}


def _log_odds(rng: np.random.Generator, X: Matrix, spread: float, middle: float) -> Vector:
    z = X @ rng.normal(size=WIDTH)
    return np.asarray((z - z.mean()) / z.std() * spread + middle)


def _logistic(name: str, make: Callable[[np.random.Generator, int], tuple[Matrix, float, float]], seeds: int) -> Row:
    """Return the AUC that is lost to the same model without noise, median over seeds."""
    terms = agree(ROWS, epsilon=EPSILON)
    learn, _ = parts(ROWS)
    losses, seconds = [], []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        F, spread, middle = make(rng, ROWS + _TEST_ROWS)
        F = np.clip(F, -4, 4)
        y = (rng.random(len(F)) < 1 / (1 + np.exp(-_log_odds(rng, F, spread, middle)))).astype(np.intp)
        free = LogisticRegression(max_iter=1_000).fit(F[learn], y[learn])
        draws = Draws(np.random.default_rng([seed, 1]), rows=terms.learnt, rows_per_person=1)
        began = time.process_time()
        weight, bias = _fit(F[learn], y[learn], draws, terms.mu)
        seconds.append(time.process_time() - began)
        test, truth = F[ROWS:], y[ROWS:]
        private = test @ (weight[:, 1] - weight[:, 0]) + (bias[1] - bias[0])
        losses.append(auc(truth, free.decision_function(test)) - auc(truth, private))
    return at_most(
        f"private logistic, {name}: AUC lost",
        "AUC",
        statistics.median(losses),
        LOSS_BAR,
        rows=ROWS,
        columns=WIDTH,
        epsilon=EPSILON,
        seeds=seeds,
        worst=round(max(losses), 4),
        cpu_seconds=round(statistics.median(seconds), 3),
    )


def _fit(F: Matrix, y: np.ndarray[tuple[int], np.dtype[np.intp]], draws: Draws, mu: float) -> tuple[Matrix, Vector]:
    rows = Rows(target=_TWO, F=F, labels=y)
    return fit_logistic(rows, np.ones(F.shape[1], dtype=bool), draws, mu, lambda share: None)


def _ridge(seeds: int) -> Row:
    terms = agree(ROWS, epsilon=EPSILON)
    learn, _ = parts(ROWS)
    losses = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        F, _, _ = _factors(rng, ROWS + _TEST_ROWS)
        F = np.clip(F, -4, 4)
        z = _log_odds(rng, F, 1.0, 0.0) + 0.6 * rng.normal(size=len(F))
        y = np.clip(z / 5, -1, 1)
        free = Ridge().fit(F[learn], y[learn]).predict(F[ROWS:])
        rows = Rows(target=Target(name="y", low=-1.0, high=1.0), F=F[learn], labels=y[learn])
        draws = Draws(np.random.default_rng([seed, 1]), rows=terms.learnt, rows_per_person=1)
        weight, bias = fit_ridge(rows, np.ones(WIDTH, dtype=bool), draws, terms.mu, lambda share: None)
        losses.append(r2(y[ROWS:], free) - r2(y[ROWS:], F[ROWS:] @ weight[:, 0] + bias[0]))
    return at_most(
        "private ridge, four factors: R² lost",
        "R²",
        statistics.median(losses),
        LOSS_BAR,
        rows=ROWS,
        columns=WIDTH,
        epsilon=EPSILON,
        seeds=seeds,
        worst=round(max(losses), 4),
    )


# -------------------------------------------------------------------- attacks
def _attacks(pairs: int) -> list[Row]:
    """Return what two attacks find on private models, and on one without protection, where they must find it."""
    n, width = _ATTACKED
    rng = np.random.default_rng(3)
    F = np.clip(rng.normal(size=(n, width)) * 0.7, -4, 4)
    y = (rng.random(n) < 1 / (1 + np.exp(-F @ np.linspace(-1.5, 1.5, width)))).astype(np.intp)
    target = 4.0 * np.sign(np.linspace(-1.5, 1.5, width) + 1e-9)  # surely a 1 …
    label = 0  # … that is none
    mu = mu_for(EPSILON, 1e-5)

    def private(seed: int, inside: bool) -> Vector:
        X, known = F.copy(), y.copy()
        if inside:
            X[0], known[0] = target, label
        draws = Draws(np.random.default_rng([seed, int(inside)]), rows=float(n), rows_per_person=1)
        weight, bias = _fit(X, known, draws, mu)
        found: Vector = np.r_[weight[:, 1] - weight[:, 0], bias[1] - bias[0]]
        return found

    def unprotected(seed: int, inside: bool) -> Vector:
        some = np.random.default_rng([seed, 7]).choice(n, 40, replace=False)
        X, known = F[some], y[some].copy()
        if inside:
            X[0], known[0] = target, label
        known[1:3] = (0, 1)
        fitted = LogisticRegression(C=1e4, max_iter=500).fit(X, known)
        found: Vector = np.r_[fitted.coef_[0], fitted.intercept_]
        return found

    bound = attacker_auc(mu)
    rows: list[Row] = []
    for kind, train, count in (("private", private, pairs), ("unprotected", unprotected, min(pairs, 400))):
        models = [np.array([train(seed, inside) for seed in range(2 * count)]) for inside in (False, True)]
        for name, attack in (("loss", _by_loss), ("scores", _by_scores)):
            low, value, high = _area(attack(models, np.r_[target, 1.0], label))
            how = {"pairs": count, "auc": round(value, 4), "low": round(low, 4), "high": round(high, 4)}
            if kind == "private":
                resolution = 1.96 * 0.5 / count**0.5
                how |= {"bound": round(bound, 4), "resolution": round(resolution, 4)}
                title = f"attack by {name} on private logistic: AUC, upper 95 % limit"
                rows.append(at_most(title, "AUC", high, bound + resolution, **how))
            else:
                rows.append(at_least(f"attack by {name} where it must find: AUC, lower limit", "AUC", low, 0.8, **how))
    return rows


Models = list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]


def _by_loss(models: Models, target: Vector, label: int) -> tuple[Vector, Vector]:
    """Return minus the loss on the target row, without it and with it; the first half of the models is not used."""
    without, within = (np.logaddexp(0.0, (1 - 2 * label) * (found @ target)) for found in models)
    half = len(without) // 2
    return -without[half:], -within[half:]


def _by_scores(models: Models, target: Vector, label: int) -> tuple[Vector, Vector]:
    """Return the best linear score of the weights, learnt on the first half of the models."""
    half = len(models[0]) // 2
    without, within = (found[:half] for found in models)
    spread = np.cov(without.T) + np.cov(within.T)
    spread += 1e-6 * np.trace(spread) * np.eye(len(spread))
    direction = np.linalg.solve(spread, within.mean(axis=0) - without.mean(axis=0))
    return models[0][half:] @ direction, models[1][half:] @ direction


def _area(scores: tuple[Vector, Vector]) -> tuple[float, float, float]:
    """Return the AUC with Clopper-Pearson limits: of independent pairs, the share in which the member scores more."""
    without, within = scores
    pairs = len(within)
    wins = float((within > without).sum() + 0.5 * (within == without).sum())
    low = float(beta.ppf(0.025, wins, pairs - wins + 1)) if wins else 0.0
    high = float(beta.ppf(0.975, wins + 1, pairs - wins)) if wins < pairs else 1.0
    return low, wins / pairs, high
