# SPDX-License-Identifier: Apache-2.0
"""What privacy costs: the right source among 20 domains, the error that noise adds, and redrafts that cost nothing.

*Domains*: of each, one half publishes and the other half asks, with its rows, which stay where they are, as the search
does.  The right answer is the other half.

========================  ==============================================================================================
n = 2,000 and 300, d = 8  mixtures of three correlated clusters drawn at random: far apart, as institutions may be
n ≈ 180, d = 64           20 pairs of handwritten digits (scikit-learn's), each digit in four of them: domains overlap
========================  ==============================================================================================
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import lwnode
from benchmarks.harness import Row, at_least, at_most
from benchmarks.spec.tables_data import clustered, island_profile, median_gamma, mmd2_to_rows
from lwnode.documents import Column, Profile, Semantic
from lwnode.specification import Specification, specify, to_frame
from lwnode.specification.kernels import gaussian, kernel_means

Rows = NDArray[np.float64]
Domain = tuple[Rows, Rows]  # what publishes, and what asks

DOMAINS = 20
SIZE = 100  # points
SEEDS = 10
WIDTHS = (8, 20, 50)
REDRAFTS = 100


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of this part."""
    seeds = 3 if quick else SEEDS
    large = [_mixtures(2_000, seed) for seed in range(seeds)]
    small = [_mixtures(300, seed) for seed in range(seeds)]
    digits = [_digits(seed) for seed in range(seeds)]
    return [
        _top1("20 domains, n = 2,000, d = 8, epsilon 1", large, 1.0, 0.99),
        _top1("20 domains, n = 300, d = 8, epsilon 1", small, 1.0, 0.98),
        _top1("20 domains, n about 180, d = 64, epsilon 1", digits, 1.0, 0.85),
        _top1("20 domains, n about 180, d = 64, epsilon 2", digits, 2.0, 0.98),
        _top1("20 domains, n about 180, d = 64, no noise", digits, None, 0.0),
        *(_added_error(rows, 3 if quick else 5) for rows in (2_000, 5_000)),
        *_redrafts(10 if quick else REDRAFTS),
    ]


def _mixtures(rows: int, seed: int) -> tuple[Profile, list[Domain]]:
    """Return domains of three correlated clusters each, in bounds that hold them."""
    rng = np.random.default_rng([seed, rows])
    domains: list[Domain] = []
    for _ in range(DOMAINS):
        centres, turn = rng.normal(size=(3, 8)), rng.normal(size=(3, 8)) / np.sqrt(3)
        shares = rng.dirichlet(np.ones(3) * 2)
        X = centres[rng.choice(3, size=2 * rows, p=shares)]
        X = X + 0.6 * rng.normal(size=(2 * rows, 3)) @ turn + 0.3 * rng.normal(size=(2 * rows, 8))
        domains.append((X[:rows], X[rows:]))
    columns = tuple(Column(name=f"c{j}", type="number", low=-2.5, high=2.5) for j in range(8))
    return Profile(name="mixtures", columns=columns, gamma=1 / 8), domains


def _digits(seed: int) -> tuple[Profile, list[Domain]]:
    """Return pairs of digits; bounds are two standard deviations around the mean of all digits, gamma is the median's.

    The digits as a whole stand for what is publicly known about such images.
    """
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    middle, spread = X.mean(axis=0), np.maximum(X.std(axis=0), 0.1)
    rng = np.random.default_rng(seed)
    pairs = [(a, (a + step) % 10) for step in (1, 3) for a in range(10)]
    domains: list[Domain] = []
    for pair in pairs:
        rows = rng.permutation(np.flatnonzero(np.isin(y, pair)))
        domains.append((X[rows[: len(rows) // 2]], X[rows[len(rows) // 2 :]]))
    columns = tuple(
        Column(
            name=f"pixel {j}",
            type="number",
            low=float(middle[j] - 2 * spread[j]),
            high=float(middle[j] + 2 * spread[j]),
        )
        for j in range(64)
    )
    return Profile(name="digits", columns=columns, gamma=1 / 128), domains


def _top1(name: str, runs: list[tuple[Profile, list[Domain]]], epsilon: float | None, bar: float) -> Row:
    """Return how often the nearest specification is that of the asker's own domain."""
    right: list[float] = []
    for seed, (profile, domains) in enumerate(runs):
        published = [_published(rows, profile, epsilon, [seed, i]) for i, (rows, _) in enumerate(domains)]
        hits = 0
        for i, (_, asking) in enumerate(domains):
            X = to_frame(profile, asking)
            hits += int(np.argmin([_distance2(other, X) for other in published]) == i)
        right.append(hits / len(domains))
    mean = float(np.mean(right))
    asked = sum(len(domains) for _, domains in runs)
    if epsilon is None:
        return Row(name=name, unit="top-1", ours=mean, bar="", holds=None, params={"askers": asked})
    return at_least(name, "top-1", mean, bar, askers=asked)


def _distance2(spec: Specification, X: Rows) -> float:
    """Return the squared distance of a specification to rows in its frame, but for the rows' own norm."""
    gamma = spec.profile.gamma
    own = float(spec.weights @ gaussian(spec.frame, spec.frame, gamma) @ spec.weights)
    return own - 2.0 * float(spec.weights @ kernel_means(spec.frame, X, gamma))


def _published(rows: Rows, profile: Profile, epsilon: float | None, seed: list[int]) -> Specification:
    if epsilon is None:
        return specify(rows, profile, privacy="no-noise", size=SIZE)
    return specify(rows, profile, privacy="private", epsilon=epsilon, size=SIZE, rng=np.random.default_rng(seed))


def _added_error(rows: int, seeds: int) -> Row:
    """Return what noise adds to the relative error ``MMD / |mu|``, against the same fit without noise: the worst width.

    The rows are clusters with low-rank covariances under the median gamma, which no reduced set describes well.
    """
    medians: dict[int, float] = {}
    for width in WIDTHS:
        added: list[float] = []
        for seed in range(seeds):
            X = np.clip(clustered(rows, width, seed=seed), -4.0, 4.0)  # as the box does
            gamma = median_gamma(X)
            profile, raw = island_profile(width, gamma), X.astype(np.float64)
            errors = []
            for epsilon in (1.0, 100.0):  # the same mechanism: at the largest epsilon its noise is nothing
                rng = np.random.default_rng([seed, width])
                made = specify(raw, profile, privacy="private", epsilon=epsilon, size=SIZE, rng=rng)
                distance2 = mmd2_to_rows(made.points.astype(np.float64), made.weights, X, gamma)
                norm2 = mmd2_to_rows(np.zeros((1, width)), np.zeros(1), X, gamma)
                errors.append(float(np.sqrt(max(distance2, 0.0) / norm2)))
            added.append(errors[0] - errors[1])
        medians[width] = round(statistics.median(added), 4)
    worst = max(medians, key=lambda width: medians[width])
    return at_most(
        f"relative error that noise adds at epsilon 1, n = {rows:,}", "MMD / |mu|", medians[worst], 0.03,
        seeds=seeds, by_columns=" / ".join(f"{width}: {value}" for width, value in medians.items()),
    )  # fmt: skip


def _redrafts(times: int) -> list[Row]:
    """Draft one data set again and again: other bytes, and ε beyond the first."""
    sample = lwnode.sample()
    with (
        tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder,
        lwnode.Node.create(Path(folder) / "home", organisation="One", passphrase="one good passphrase") as node,
    ):
        node.add_profile(lwnode.read_profile(sample / "profile.json"))
        model = node.train(sample / "hospital_c_geriatric.csv", target="readmitted_30d", preset="quick")
        about = Semantic(name="Readmission", description="Back within 30 days", scenario=("Health",), license="MIT")
        first = node.draft(model, about, privacy=lwnode.Budget(epsilon=1.0))
        files = {file.name: file.sha256 for file in first.files if file.name.startswith("specification")}
        other, spent = 0, 0.0
        for _ in range(times):
            again = node.draft(model, about, privacy=lwnode.Budget(epsilon=1.0))
            mine = {file.name: file.sha256 for file in again.files if file.name.startswith("specification")}
            other += mine != files or again.digest != first.digest
            spent = max(spent, again.epsilon_spent - first.epsilon_spent)
    return [
        at_most("redrafts: different bytes", "drafts", other, 0, redrafts=times),
        at_most("redrafts: epsilon beyond the first", "epsilon", spent, 0.0, redrafts=times),
    ]
