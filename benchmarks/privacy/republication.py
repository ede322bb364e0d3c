# SPDX-License-Identifier: Apache-2.0
"""Rows that come out again: points that are rows, and planted rows that are one of a kind."""

from __future__ import annotations

import numpy as np

from benchmarks.harness import Row
from benchmarks.privacy import peers
from benchmarks.privacy.tables import Data, tables
from lwnode.errors import PrivacyBudgetError
from lwnode.specification import Specification, specify, to_frame
from lwnode.specification.audit import plant
from lwnode.specification.copies import neighbour_distance
from lwnode.specification.kernels import nearest2
from lwnode.types import Mask, Matrix, PrivacyMode

EPSILON = 2.0
PLANTED = 5
COPY, BESIDE = 0.02, 0.05  # of the median distance between neighbouring rows


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of all data sets and of all together.

    Where so few rows allow no private specification, it is made at the smallest epsilon that does.
    """
    repeats = 1 if quick else 5
    out: list[Row] = []
    reference = _theirs(peer, repeats) if peer else {}
    total = np.zeros((2, 4), dtype=np.intp)  # ours, peer × (copies, points, republished, planted)
    for data in tables():
        counts, epsilons = {}, set()
        for mode in ("private", "no-noise"):
            for seed in range(repeats):
                rng = np.random.default_rng([seed, 1])
                copy, which = plant(data.profile, data.raw, PLANTED, rng)
                spec, epsilon = _make(copy, data, mode, rng)
                epsilons.add(epsilon)
                counts[mode] = counts.get(mode, 0) + _counted(spec.frame, data, copy, which)
        theirs = reference.get(data.name)
        for mode, found in counts.items():
            total[0] += found
            shown = {"epsilon": max(filter(None, epsilons), default=None)} if mode == "private" else {}
            out.append(_row(f"{data.name}: points that are rows, {mode}", found[:2], theirs, slice(0, 2), shown))
            out.append(_row(f"{data.name}: planted rows republished, {mode}", found[2:], theirs, slice(2, 4), shown))
        if theirs is not None:
            total[1] += theirs
    both = total[1] if peer else None
    out.append(_row("all data sets: points that are rows", total[0, :2], both, slice(0, 2), {}))
    out.append(_row("all data sets: planted rows republished", total[0, 2:], both, slice(2, 4), {}))
    return out


def _make(raw: Matrix, data: Data, mode: PrivacyMode, rng: np.random.Generator) -> tuple[Specification, float | None]:
    if mode != "private":
        return specify(raw, data.profile, privacy=mode), None
    epsilon = EPSILON
    while True:
        try:
            return specify(raw, data.profile, privacy="private", epsilon=epsilon, rng=rng), epsilon
        except PrivacyBudgetError:
            epsilon *= 2.0


def _counted(points: Matrix, data: Data, raw: Matrix, which: Mask) -> np.ndarray:
    """Return (points that are rows, points, planted rows with a point beside them, planted rows)."""
    frame, unit = to_frame(data.profile, raw), neighbour_distance(data.profile, raw)
    copies = int((np.sqrt(nearest2(points, frame)) <= max(COPY * unit, 1e-6)).sum())
    beside = int((np.sqrt(nearest2(frame[which], points)) <= BESIDE * unit).sum())
    return np.array([copies, len(points), beside, int(which.sum())])


def _theirs(peer: str, repeats: int) -> dict[str, np.ndarray]:
    """Return the same counts for the reference engine on the same rows, all in one process."""
    planted = [
        (data, *plant(data.profile, data.raw, PLANTED, np.random.default_rng([seed, 1])))
        for data in tables()
        for seed in range(repeats)
    ]
    frames = [to_frame(data.profile, raw).astype(np.float32) for data, raw, _ in planted]
    found = {data.name: np.zeros(4, dtype=np.intp) for data in tables()}
    for (data, raw, which), (points, _) in zip(planted, peers.specifications(peer, frames), strict=True):
        found[data.name] += _counted(points.astype(np.float64), data, raw, which)
    return found


def _row(name: str, found: np.ndarray, theirs: np.ndarray | None, part: slice, params: dict[str, object]) -> Row:
    count, of = (int(value) for value in found)
    beside = {} if theirs is None else {"peer": f"{theirs[part][0]} of {theirs[part][1]}"}
    return Row(
        name=name,
        unit=f"of {of}",
        ours=float(count),
        peer=None if theirs is None else float(theirs[part][0]),
        bar="<= 0",
        holds=count == 0,
        params={**params, **beside},
    )
