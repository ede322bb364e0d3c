# SPDX-License-Identifier: Apache-2.0
"""Which method, where labels can tell.

Rules
-----
* Without labels, or with fewer than `FEWEST`, nothing can be told, and the registry's default is taken; that is
  ``align`` where nobody has all the columns that it reads (`usual`).
* Every method on trial answers each labelled row without its label (five folds).
* The default stays unless another is better by more than a standard error of the difference, row by row: the best of
  several on few labels is often the luckiest.

Called by the node for ``auto``, and for the figures of any method that learns from labels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.align import BEHIND_MAPS, through_maps
from lwnode.reuse.base import Evidence, Labelled, Members
from lwnode.reuse.registry import LEARN_FROM_LABELS, combine, usual
from lwnode.types import Matrix, Vector

FEWEST = 50  # labels from which methods are tried; with 30 the luckiest one costs 5 to 8 points of the gap (groceries)
FOLDS = 5
SURE = 1.0  # standard errors by which another method must be better than the default


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A method on rows whose labels it had not seen.

    Parameters
    ----------
    method : str
    loss : float
        Mean over the rows: squared error in units of the targets' variance, or Brier score.
    better, error : float
        By how much its loss is below the default's, and the standard error of that; 0 for the default.
    """

    method: str
    loss: float
    better: float = 0.0
    error: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """The method that was chosen.

    Parameters
    ----------
    method : str
    trials : tuple of Trial
        The default first; empty where nothing was tried.
    held : (L, k) float64, or None
        The chosen method's answers for the labelled rows, each without its label (`out_of_fold`); None likewise.
    """

    method: str
    trials: tuple[Trial, ...] = ()
    held: Matrix | None = None


def pick(default: str, members: Members, mine: Evidence, labelled: Labelled | None) -> Choice:
    """Choose the method for what the user has.

    Parameters
    ----------
    default : str
        What ``auto`` means without labels (`lwnode.reuse.resolve`).
    members, mine, labelled
        As `lwnode.reuse.combine` takes them.

    Raises
    ------
    ReuseError
        As `lwnode.reuse.combine`.

    Notes
    -----
    Five fits for each method on trial.
    """
    default = usual(default, members, mine)
    if labelled is None or len(labelled) < FEWEST:
        return Choice(method=default)
    features = mine.rows is not None and labelled.evidence.rows is not None
    on_trial = dict.fromkeys((default, "mix", "stack", *(("augment",) if features else ())))
    held = {method: out_of_fold(method, members, mine, labelled) for method in on_trial}
    losses = {method: row_losses(answers, labelled) for method, answers in held.items()}
    trials = [_trial(method, losses[method], losses[default]) for method in on_trial]
    clear = [trial for trial in trials if trial.better > SURE * trial.error]
    best = max(clear, key=lambda trial: trial.better).method if clear else default
    return Choice(method=best, trials=tuple(trials), held=held[best])


def _trial(method: str, loss: Vector, default: Vector) -> Trial:
    gain = default - loss
    return Trial(
        method=method,
        loss=float(loss.mean()),
        better=float(gain.mean()),
        error=float(gain.std(ddof=1) / np.sqrt(len(gain))),
    )


def out_of_fold(method: str, members: Members, mine: Evidence, labelled: Labelled) -> Matrix:
    """Return a method's answers for the labelled rows, (L, k), each without that row's label.

    Parameters
    ----------
    method : str
        Not ``auto``; one that does not learn from labels answers for all rows at once.
    members, mine, labelled
        As `lwnode.reuse.combine` takes them.

    Raises
    ------
    ReuseError
        As `lwnode.reuse.combine`.
    """
    if method in BEHIND_MAPS:  # the maps know no label: they are fitted, and the models asked, once
        asked = through_maps(members, mine)
        there = replace(labelled, evidence=asked(labelled.evidence))
        return out_of_fold(BEHIND_MAPS[method], members, asked(mine), there)
    if method not in LEARN_FROM_LABELS:
        return combine(method, members, mine, evidence=labelled.evidence).values
    fold = _folds(labelled)
    out = np.empty(labelled.evidence.predictions.shape[1:])
    for number in range(min(FOLDS, len(labelled))):
        held, learn = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        evidence = labelled.evidence.take(held)
        out[held] = combine(method, members, mine, evidence=evidence, labelled=labelled.take(learn)).values
    return out


def _folds(labelled: Labelled) -> NDArray[np.intp]:
    """Return the fold of every labelled row, (L,), every class in its share; the same for the same number of rows."""
    order = np.random.default_rng(len(labelled)).permutation(len(labelled))
    if labelled.evidence.kind == "probabilities":
        order = order[np.argsort(labelled.targets[order], kind="stable")]
    fold = np.empty(len(labelled), dtype=np.intp)
    fold[order] = np.arange(len(labelled)) % FOLDS
    return fold


def row_losses(answers: Matrix, labelled: Labelled) -> Vector:
    """Return the loss of every labelled row, (L,); silence costs what knowing nothing would.

    Parameters
    ----------
    answers : (L, k) float64
        NaN where nobody answered: then the targets' mean, or equal shares, are charged.
    labelled : Labelled
    """
    wanted = labelled.wanted
    if labelled.evidence.kind == "probabilities":
        known = np.where(np.isfinite(answers), answers, 1.0 / answers.shape[1])
        brier: Vector = np.square(known - wanted).sum(axis=1)
        return brier
    middle, scale = wanted.mean(axis=0), wanted.var(axis=0)
    errors = np.square(np.where(np.isfinite(answers), answers, middle) - wanted)
    mean: Vector = (errors / np.where(scale > 0.0, scale, 1.0)).mean(axis=1)
    return mean
