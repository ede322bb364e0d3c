# SPDX-License-Identifier: Apache-2.0
"""Figures on a card: whether they can be, and whether they hold on rows that are at hand.

Rules
-----
* Figures of the publisher are from rows that were held out of training; nobody else has those.  What can be recomputed
  is a figure on other rows of the same kind, or on all rows of public data, most of which the model has learnt from.
* So only one direction is held against a publisher: worse than published, beyond the chance of both samples.
* A figure on rows of another kind says how good the model is *there*; the finding says so and is no accusation.

Called by the checker; rows come from the caller.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lwnode.archive import Learnware
from lwnode.checker.answers import Predict, Rows, ask
from lwnode.checker.report import note, refuse, warn
from lwnode.documents import Card, Figure
from lwnode.errors import Finding
from lwnode.specification import Labels, Specification, published_rows
from lwnode.specification.scalars import residual
from lwnode.training.evaluation import accuracy
from lwnode.training.intervals import figures, published, wilson
from lwnode.types import Matrix

_POSSIBLE: Final = {
    "accuracy": (0.0, 1.0),
    "auc": (0.0, 1.0),
    "r2": (float("-inf"), 1.0),
    "rmse": (0.0, float("inf")),
}
_OF_TASK: Final = {"classification": ("accuracy", "auc"), "regression": ("r2", "rmse"), "feature extraction": ()}
_FEWEST: Final = 30  # rows with a label
_MOST_ROWS: Final = 6_000  # of which the release measures every one
_SAME_RESIDUAL: Final = 0.01  # relative difference of two computers' arithmetic, and more
_SEED: Final = 7  # of the bootstrap: two checks of the same rows say the same


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """Rows with labels, on which a model is tried.

    Parameters
    ----------
    rows : (n, inputs) float32
        Encoded as the card says.
    target : (n,) object or float64
        Labels or values; None or NaN where a row has none.
    same : bool
        Whether these are the rows behind the specification (`same_rows`), which its publisher declared public.
    """

    rows: Rows
    target: NDArray[np.generic]
    same: bool = False


def check_claims(card: Card) -> Iterator[Finding]:
    """Yield figures on a card that no model can have."""
    correct = "its publisher must correct the card and publish again; do not go by it until then"
    others = set(itertools.chain.from_iterable(names for task, names in _OF_TASK.items() if task != card.task))
    for figure in card.figures:
        low, high = _POSSIBLE.get(figure.name, (float("-inf"), float("inf")))
        if not low <= figure.value <= high:
            message = f"its {figure.name} is outside what that figure can be"
            yield refuse("figure-impossible", message, correct, "card.json")
        if figure.name in others:
            message = f"its {figure.name} belongs to another task than {card.task}"
            yield refuse("figure-of-another-task", message, correct, "card.json")
    if not card.figures and card.task != "feature extraction":
        yield note(
            "no-figures",
            "its publisher says nothing of how good the model is",
            "try it on labelled rows of your own: `lwnode check ID --data FILE --target COLUMN`",
            "card.json",
        )


def check_figures(ware: Learnware, predict: Predict, evidence: Evidence) -> Iterator[Finding]:
    """Yield how the figures on the card hold on rows with labels."""
    if not len(evidence.rows):
        return
    answers = ask(predict, ware.card, evidence.rows)
    if isinstance(answers, Finding):
        yield answers
        return
    ours = recomputed(ware.card, answers, evidence.target)
    if ours is None:
        message = f"fewer than {_FEWEST} of the rows have a label that the model knows; its figures were not tried"
        hint = "give more rows, and spell the labels as `lwnode show` has them"
        yield note("too-few-labels", message, hint, "card.json")
        return
    stated = {figure.name: figure for figure in ware.card.figures}
    whose = "the public rows behind it" if evidence.same else "these rows"
    for figure in ours:
        claim = stated.get(figure.name)
        text = f"its {figure.name} on {whose} is {figure.value:g} ({figure.low:g} to {figure.high:g})"
        if claim is None:
            yield note("figure-measured", text, "its card does not say what it was where it was made", "card.json")
        elif _worse(figure, claim):
            yield warn(
                "figure-not-reached",
                f"{text}; its card says {claim.value:g} ({claim.low:g} to {claim.high:g})",
                "its publisher should explain it, as these are its rows; use another learnware"
                if evidence.same
                else "go by the figure on your own rows; they may be of another kind than those it was trained on",
                "card.json",
            )
        else:
            hint = "nothing to do: most of these rows were trained on" if evidence.same else "nothing to do"
            yield note("figure-holds", f"{text}, as its card says", hint, "card.json")


def recomputed(card: Card, answers: Matrix, target: NDArray[np.generic]) -> tuple[Figure, ...] | None:
    """Return the figures of answers to rows with labels, rounded as published; None where too few have one."""
    rng = np.random.default_rng(_SEED)
    if card.task == "regression":
        try:
            truth = np.asarray(target, dtype=np.float64)
        except (TypeError, ValueError):
            return None
        known = np.isfinite(truth)
        if known.sum() < _FEWEST or not np.ptp(truth[known]) > 0.0:
            return None
        return tuple(map(published, figures("regression", truth[known], answers[known], rng)))
    if card.task != "classification":
        return None
    at = Labels.from_classes(list(target), card.classes).of_rows
    known = at >= 0
    if known.sum() < _FEWEST:
        return None
    if len(np.unique(at[known])) == len(card.classes):
        return tuple(map(published, figures("classification", at[known], answers[known], rng)))
    right = accuracy(at[known], answers[known].argmax(axis=1))  # an area needs rows of every class
    low, high = wilson(right * float(known.sum()), float(known.sum()))
    return (published(Figure(name="accuracy", value=right, low=low, high=high)),)


def _worse(ours: Figure, claim: Figure) -> bool:
    """Say whether a figure is worse than claimed, beyond both intervals."""
    return ours.low > claim.high if ours.name == "rmse" else ours.high < claim.low


def same_rows(spec: Specification, raw: Matrix) -> bool:
    """Say whether rows are those that a public specification was made of.

    Parameters
    ----------
    spec : Specification
    raw : (n, width) float64, raw
        In the specification's profile.

    Notes
    -----
    A public specification's residual is exact, and so is its number of rows to two digits: other rows have another
    distance from the points.  Of more than 6,000 rows the release may measure a part; they are not recognised.
    """
    if spec.card.privacy.mode != "public" or published_rows(len(raw)) != spec.card.rows or len(raw) > _MOST_ROWS:
        return False
    own = residual(spec.frame, spec.weights, spec.profile, raw) ** 2
    return abs(own - spec.card.residual2) <= _SAME_RESIDUAL * spec.card.residual2
