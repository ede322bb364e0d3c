# SPDX-License-Identifier: Apache-2.0
"""Comparing families on rows that none of them has seen.

Rules
-----
* Rows are parted with every class in its share, by the seed.
* Families are compared by log loss (RMSE for a regression); settings inside a family on a part of the rows to learn
  from, so that the held-out rows judge one model a family and not the luckiest of many.

Called by `lwnode.training.fit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from lwnode.training.evaluation import log_loss, rmse, temperature
from lwnode.training.intervals import figures
from lwnode.training.pacing import Paced
from lwnode.training.presets import Candidate, Settings
from lwnode.training.problem import Problem
from lwnode.training.trained import Row
from lwnode.training.trainers import fit
from lwnode.types import Matrix

HELD_OUT = 0.25  # share of the rows
HELD_OUT_LIMIT = 20_000  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A leaderboard row, the settings behind it and a classifier's temperature; None where the family was left out."""

    row: Row
    settings: Settings | None
    temperature: float | None = None


def split(
    problem: Problem, rows: NDArray[np.intp], share: float, seed: int, *, limit: int | None = None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Part rows in two, every class in its share and at least one row of it on each side.

    Parameters
    ----------
    problem : Problem
    rows : (k,) int
    share : float
        Of the second part.
    seed : int
    limit : int, optional
        Most rows of the second part.

    Returns
    -------
    learn, held : (k1,) and (k2,) int, ascending
    """
    rng = np.random.default_rng([seed, len(rows)])
    if limit is not None:
        share = min(share, limit / len(rows))
    groups = problem.y[rows] if problem.task == "classification" else np.zeros(len(rows), dtype=np.intp)
    held: list[NDArray[np.intp]] = []
    for group in np.unique(groups):
        members = rng.permutation(rows[groups == group])
        held.append(members[: min(len(members) - 1, max(1, round(share * len(members))))])
    second = np.sort(np.concatenate(held))
    return np.setdiff1d(rows, second), second


def compare(
    problem: Problem,
    tried: Sequence[Candidate],
    learn: NDArray[np.intp],
    held: NDArray[np.intp],
    *,
    seed: int,
    paced: Paced,
    until: float,
) -> list[Entry]:
    """Return a leaderboard row for each family, the best first.

    Parameters
    ----------
    problem : Problem
    tried : sequence of Candidate
    learn, held : (k,) int
        Rows to learn from, and rows to judge on.
    seed : int
    paced : Paced
    until : float
        Share of the progress at which the comparison ends.
    """
    entries: list[Entry] = []
    for i, candidate in enumerate(tried):
        start, end = until * i / len(tried), until * (i + 1) / len(tried)
        if len(problem.y) < candidate.rows:
            note = f"left out: needs {candidate.rows} rows"
            entries.append(Entry(row=Row(family=candidate.family, note=note), settings=None))
            continue
        began = perf_counter()
        doing = f"training {candidate.family} ({i + 1} of {len(tried)})"
        middle = start + 0.8 * (end - start)
        settings = _tune(problem, candidate, learn, seed=seed, paced=paced, stretch=(start, middle), doing=doing)
        fitted = fit(settings, problem, learn, seed=seed, tick=paced.stretch(middle, end, doing))
        scores = fitted.scores(problem.X[held])
        measured = figures(problem.task, problem.y[held], scores, np.random.default_rng(seed))
        row = Row(
            family=candidate.family,
            figures=measured,
            loss=_loss(problem, held, scores),
            seconds=perf_counter() - began,
            note=fitted.note,
        )
        heat = temperature(problem.y[held], scores) if problem.task == "classification" else None
        entries.append(Entry(row=row, settings=fitted.settings, temperature=heat))
        shown = measured[0]
        paced(end, f"{candidate.family}: {shown.name} {shown.value:.2f} ({shown.low:.2f} to {shown.high:.2f})")
        paced.flush()
    return sorted(entries, key=lambda entry: np.inf if entry.row.loss is None else entry.row.loss)


def _tune(
    problem: Problem,
    candidate: Candidate,
    learn: NDArray[np.intp],
    *,
    seed: int,
    paced: Paced,
    stretch: tuple[float, float],
    doing: str,
) -> Settings:
    """Return the settings with the lowest loss on a part of the training rows."""
    if len(candidate.settings) == 1:
        return candidate.settings[0]
    inner, watch = split(problem, learn, HELD_OUT, seed, limit=HELD_OUT_LIMIT)
    best, best_loss = candidate.settings[0], np.inf
    marks = np.linspace(*stretch, len(candidate.settings) + 1)
    for settings, start, end in zip(candidate.settings, marks, marks[1:], strict=False):
        tick = paced.stretch(float(start), float(end), doing)
        loss = _loss(problem, watch, fit(settings, problem, inner, seed=seed, tick=tick).scores(problem.X[watch]))
        if loss < best_loss:
            best, best_loss = settings, loss
    return best


def _loss(problem: Problem, rows: NDArray[np.intp], scores: Matrix) -> float:
    if problem.task == "regression":
        return rmse(problem.y[rows], scores[:, 0])
    return log_loss(problem.y[rows], scores)
