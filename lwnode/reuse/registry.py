# SPDX-License-Identifier: Apache-2.0
"""The registry of reuse methods, and the report on what one of them did.

Called by the node.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from lwnode.errors import ReuseError, SettingsError
from lwnode.reuse.align import align, align_labels, everybody_lacks
from lwnode.reuse.averaging import average, vote
from lwnode.reuse.base import Blend, Combination, Evidence, Kind, Labelled, Members, Method, Report, Rule
from lwnode.reuse.fuse import fuse
from lwnode.reuse.job_selector import job_selector
from lwnode.reuse.log_odds import label_sets
from lwnode.reuse.mix import UNREACHED, mix
from lwnode.reuse.prune import prune
from lwnode.reuse.stack import augment, stack
from lwnode.reuse.top1 import choose, top1
from lwnode.types import Mask

_METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "top-1": top1,
        "average": average,
        "vote": vote,
        "mix": mix,
        "fuse": fuse,
        "job-selector": job_selector,
        "choose": choose,
        "prune": prune,
        "stack": stack,
        "augment": augment,
        "align": align,
        "align-labels": align_labels,
    }
)
METHODS = (*_METHODS, "auto")
"""Names that `combine` takes."""
NEED_LABELS = frozenset({"choose", "prune", "stack", "augment", "align-labels"})
"""Those that learn from labels and do nothing without."""
LEARN_FROM_LABELS = NEED_LABELS | {"mix", "fuse", "align"}
"""Those that answer otherwise when there are labels."""
LEARN_FROM_ROWS = frozenset({"top-1", "mix", "fuse", "job-selector", "stack", "augment", "align", "align-labels"})
"""Those that learn from the user's unlabelled rows more than the distances."""
NEED_CLASSES = frozenset({"vote", "fuse"})
"""Those that are for class probabilities only."""
_PIECE = 2_000_000  # answers combined at a time


def resolve(method: str, members: int, kind: Kind, *, same_classes: bool = True) -> str:
    """Return the method that is meant by a name.

    ``auto`` is ``top-1`` for one learnware, ``fuse`` for classifiers whose label sets differ, else ``mix`` (or
    ``align``, see `usual`).  Where all know the same classes there is nothing to unite, and a relation of label and
    features that differs is taken for class shares that differ: on the sample (a clinic, four learnwares) the AUC is
    .825 fused and .866 mixed, with 99 % of one class estimated.

    Parameters
    ----------
    method : str
    members : int
    kind : {"values", "probabilities"}
    same_classes : bool
        Whether all learnwares know the same classes.

    Raises
    ------
    SettingsError
        No method of that name.
    """
    if method not in METHODS:
        raise SettingsError(f"no reuse method '{method}'", hint="known methods: " + ", ".join(METHODS))
    if method != "auto":
        return method
    if members < 2:
        return "top-1"
    return "fuse" if kind == "probabilities" and not same_classes else "mix"


def usual(method: str, members: Members, mine: Evidence) -> str:
    """Return ``align`` where ``auto`` was resolved to ``mix`` and nobody has all the columns that it reads."""
    return "align" if method == "mix" and mine.kind == "values" and everybody_lacks(members, mine) else method


def combine(
    method: str,
    members: Members,
    mine: Evidence,
    *,
    evidence: Evidence | None = None,
    labelled: Labelled | None = None,
) -> Combination:
    """Combine what several learnwares answered.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    members : Members
        N learnwares.
    mine : Evidence
        The user's own unlabelled rows: they weigh the members.
    evidence : Evidence, optional
        The rows to answer for; default: the same.
    labelled : Labelled, optional
        Rows of the user with labels, for the methods that learn from them.

    Returns
    -------
    Combination
        A row that nobody answered is NaN and marked in the report.

    Raises
    ------
    SettingsError
        No method of that name, one for classes with values, or one that needs labels without any.
    ReuseError
        No learnware answered any row; labels of a class that no learnware knows; or what the method needs is not given.
    DataError
        A label is not finite.

    Notes
    -----
    What is kept beside the evidence is bounded: rows are answered some at a time.
    """
    asked = mine if evidence is None else evidence
    _check(members, mine, asked, labelled)
    sets = label_sets(members, mine.predictions)
    name = resolve(method, len(members.ids), mine.kind, same_classes=bool(np.all(sets == sets[:1])))
    if method == "auto":
        name = usual(name, members, mine)
    if name in NEED_CLASSES and mine.kind != "probabilities":
        raise SettingsError(f"{name} needs classes", hint="use mix or average for numbers")
    if name in NEED_LABELS and labelled is None:
        raise SettingsError(f"{name} needs labelled rows", hint="give some rows with labels, or use mix or fuse")
    return _reported(name, members, asked, _in_pieces(_METHODS[name](members, mine, labelled), asked), labelled)


def _reported(name: str, members: Members, evidence: Evidence, blend: Blend, labelled: Labelled | None) -> Combination:
    unanswered: Mask = np.any(~np.isfinite(blend.values), axis=1)
    if unanswered.all():
        raise ReuseError(
            "no model gave an answer for any row",
            hint="check that the columns hold the values the models were made for",
        )
    part = blend.weights.sum(axis=1) / max(1, int((~unanswered).sum()))
    order = np.argsort(-part, kind="stable")
    return Combination(
        values=blend.values,
        report=Report(
            method=name,
            members=tuple((members.ids[i], float(part[i])) for i in order),
            weights=blend.weights,
            coverage=(blend.weights * evidence.covered).sum(axis=0),
            reached=evidence.densities.max(axis=0) > UNREACHED,
            unanswered=unanswered,
            prior=blend.prior,
            labels=0 if labelled is None else len(labelled),
            shares=blend.shares,
        ),
    )


def _check(members: Members, mine: Evidence, asked: Evidence, labelled: Labelled | None) -> None:
    """Refuse what does not go together, and labels that nobody can answer with.

    Raises
    ------
    ValueError
        The caller's mistake.
    ReuseError
        A label is of a class that no learnware knows.
    """
    count, _, outputs = mine.predictions.shape
    others = (asked,) if labelled is None else (asked, labelled.evidence)
    if len(members.ids) != count:
        raise ValueError("one id for each learnware")
    if members.shares is not None and members.shares.shape != (count, outputs):
        raise ValueError("shares must be (learnwares, classes)")
    for other in others:
        if other.kind != mine.kind or other.predictions.shape[::2] != (count, outputs):
            raise ValueError("all evidence must be of one kind, for the same learnwares and outputs")
        if other.rows is not None and mine.rows is not None and other.rows.shape[1] != mine.rows.shape[1]:
            raise ValueError("all rows must be in one frame")
    if labelled is None or mine.kind == "values":
        return
    known = label_sets(members, np.concatenate([mine.predictions, labelled.evidence.predictions], axis=1)).any(axis=0)
    strange = np.flatnonzero(np.bincount(labelled.targets.astype(np.intp), minlength=outputs)[~known] > 0)
    if len(strange):
        names = ", ".join(members.class_name(int(np.flatnonzero(~known)[place])) for place in strange)
        raise ReuseError(
            f"labels of a class that no learnware knows: {names}",
            hint="leave these rows out, bring the labels to the learnwares' spelling, or train on your own labels",
        )


def _in_pieces(rule: Rule, evidence: Evidence) -> Blend:
    """Answer some rows at a time: rows do not touch each other, and memory stays bounded."""
    members, rows, outputs = evidence.predictions.shape
    step = max(1, _PIECE // (members * outputs))
    blends = [rule(evidence.take(slice(start, start + step))) for start in range(0, rows, step)]
    return Blend(
        values=np.concatenate([blend.values for blend in blends]),
        weights=np.concatenate([blend.weights for blend in blends], axis=1),
        prior=blends[0].prior,
        shares=blends[0].shares,
    )
