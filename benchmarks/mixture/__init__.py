# SPDX-License-Identifier: Apache-2.0
"""Mixtures of learnwares: how near they come to a user's rows, beside the reference engine's greedy search.

``python -m benchmarks mixture`` measures all; with ``--quick`` the smaller market and fewer users, with ``--peer
PYTHON`` the reference engine in the same run.

The user's rows are a mixture of three members of the market chosen at random (shares Dirichlet(4)): 300 rows, drawn
from their points by weight and shaken by N(0, 0.05²).  Both sides are given the same rows, the same specifications
of 40 points (*patterned*, `benchmarks.search.markets`) and one kernel, and are judged by the same exact squared MMD.

Ours is the search of `lwnode.market.mix` without the rules that say when to stop and whom to drop (`Blender` with no
smallest share): members and shares, greedily over the nearest 25 and by pursuit over the whole market, the better of
the two.  It is given what a market keeps: embeddings and squared norms; and what its single search has computed.  The
reference's greedy search is given the 25 nearest in order, so on both sides the single search is not counted.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.harness import Row, at_most
from benchmarks.reference import run
from benchmarks.search.markets import Floats, Market
from lwnode.market.blend import MEMBERS, Blend, Blender
from lwnode.market.index import Anchors
from lwnode.market.index.exact import Query, squared_norms
from lwnode.market.mixture import NEAREST
from lwnode.specification.landmarks import LANDMARKS

POINTS, ROWS = 40, 300
CASES = ((2_000, 20), (2_000, 384), (20_000, 20), (20_000, 384))
USERS, QUICK_USERS = 20, 6
_TOGETHER = 200


class _Case:
    """A market with what a search keeps of it."""

    def __init__(self, size: int, width: int) -> None:
        market = Market(width=width, families=max(40, int(2 * np.sqrt(size))), points=POINTS, shaken=0.25)
        made = list(market.specifications(size))
        self.points, self.weights = np.concatenate([Z for Z, _ in made]), np.concatenate([b for _, b in made])
        self.size, self.width, self.gamma = size, width, market.profile.gamma
        anchors = Anchors.of(market.profile, LANDMARKS)
        self.norms, parts = np.empty(size), []
        for start in range(0, size, _TOGETHER):
            Z = self.points[start : start + _TOGETHER].astype(np.float64)
            b = self.weights[start : start + _TOGETHER].astype(np.float64)
            norms = squared_norms(list(Z), list(b), self.gamma)
            self.norms[start : start + _TOGETHER] = norms
            starts = np.arange(len(Z)) * POINTS
            parts.append(anchors.vectors(Z.reshape(-1, width), b.ravel(), starts, norms)[:, :-1].astype(np.float32))
        self.embeddings = np.concatenate(parts)
        self.squares = np.square(self.embeddings.astype(np.float64)).sum(axis=1)
        self.anchors = anchors

    def user(self, seed: int) -> Floats:
        """Return the rows of a user, (300, width)."""
        rng = np.random.default_rng([seed, self.size, self.width])
        members, shares = rng.choice(self.size, 3, replace=False), rng.dirichlet(np.full(3, 4.0))
        rows = []
        for member, count in zip(members, rng.multinomial(ROWS, shares), strict=True):
            weights = self.weights[member].astype(np.float64)
            rows.append(self.points[member][rng.choice(POINTS, count, p=weights / weights.sum())])
        X = np.concatenate(rows) + 0.05 * rng.standard_normal((ROWS, self.width), dtype=np.float32)
        return np.clip(X, -4.0, 4.0).astype(np.float32)


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return all rows."""
    rows: list[Row] = []
    for size, width in CASES[:2] if quick else CASES:
        rows += _case(_Case(size, width), QUICK_USERS if quick else USERS, peer)
    return rows


def _case(case: _Case, users: int, peer: str | None) -> list[Row]:
    ours, near, asked = [], [], []
    for seed in range(users):
        rows = case.user(seed)
        inner, own = _inner(case, rows)
        order = np.argsort(case.norms - 2.0 * inner, kind="stable")[:NEAREST]
        ours.append(_mixture(case, rows, inner, own, order))
        near.append(order)
        asked.append(rows)
    theirs = _reference(case, np.stack(asked), np.stack(near), peer) if peer else None
    return _rows(case, ours, theirs)


def _inner(case: _Case, rows: Floats) -> tuple[np.ndarray, float]:
    """Return what the single search has computed: inner products with all, and the rows' squared norm."""
    query = Query.of(rows.astype(np.float64), np.full(len(rows), 1.0 / len(rows)), case.gamma)
    parts = [
        query.inner(list(case.points[start : start + _TOGETHER]), list(case.weights[start : start + _TOGETHER]))
        for start in range(0, case.size, _TOGETHER)
    ]
    return np.concatenate(parts), query.norm2


def _mixture(case: _Case, rows: Floats, inner: np.ndarray, own: float, near: np.ndarray) -> tuple[float, Blend, Blend]:
    """Return CPU seconds, the greedy mixture and the pursued one."""
    begin = time.process_time()
    X, b = rows.astype(np.float64), np.full(len(rows), 1.0 / len(rows))
    blender = Blender(
        query=Query.of(X, b, case.gamma, norm2=own), norms=case.norms,
        sketch=lambda place: (case.points[place], case.weights[place]),
        inner={int(place): float(inner[place]) for place in near}, smallest=0.0, enough=lambda blend: False,
    )  # fmt: skip
    greedy = blender.greedy([int(place) for place in near])
    target = case.anchors.vectors(X, b, np.zeros(1, dtype=np.intp), np.array([own]))[0, :-1]
    pursued = blender.pursue(case.embeddings, case.squares, target)
    return time.process_time() - begin, greedy, pursued


def _reference(case: _Case, asked: Floats, near: np.ndarray, peer: str) -> list[list[float]]:
    """Return CPU seconds and squared MMD of the reference's greedy search for each user."""
    with tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder:
        file = str(Path(folder) / "users.npz")
        shares = np.full(asked.shape[:2], 1.0 / ROWS)
        np.savez(file, points=case.points[near], weights=case.weights[near], queries=asked, query_weights=shares)
        found = run(peer, "search_mixture", file=file, gamma=case.gamma, members=MEMBERS)
    return [[seconds, squared] for seconds, squared, _, _ in found]


def _rows(case: _Case, ours: list[tuple[float, Blend, Blend]], theirs: list[list[float]] | None) -> list[Row]:
    named = f"mixture of {case.size:,}, {case.width} columns"
    squared = [min(greedy.squared, pursued.squared) for _, greedy, pursued in ours]
    seconds = statistics.median(spent for spent, _, _ in ours)
    greedy = statistics.mean(item.squared for _, item, _ in ours)
    params = {"users": len(ours), "own_greedy": f"{greedy:.4g}"}
    if theirs is None:
        reason = "the reference engine was not given (--peer)"
        return [
            Row(name=f"{named}: distance", unit="mean MMD²", ours=statistics.mean(squared), bar="<= 0.5 x", holds=None,
                params=params, reason=reason),
            Row(name=f"{named}: CPU", unit="s", ours=seconds, bar=">= 1 x", holds=None, params=params, reason=reason),
        ]  # fmt: skip
    peer = statistics.mean(value for _, value in theirs)
    worse = sum(mine > value * (1.0 + 1e-6) + 1e-9 for mine, (_, value) in zip(squared, theirs, strict=True))
    taken = statistics.median(spent for spent, _ in theirs)
    ratio = statistics.mean(squared) / peer
    return [
        Row(name=f"{named}: distance", unit="mean MMD²", ours=statistics.mean(squared), peer=peer, ratio=ratio,
            bar="<= 0.5 x", holds=ratio <= 0.5, params=params),
        at_most(f"{named}: further away than the reference's", "users", worse, 0, users=len(ours)),
        Row(name=f"{named}: CPU", unit="s", ours=seconds, peer=taken, ratio=taken / seconds, bar=">= 1 x",
            holds=taken >= seconds, params=params),
    ]  # fmt: skip
