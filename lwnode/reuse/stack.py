# SPDX-License-Identifier: Apache-2.0
"""Stacking and feature augmentation: a linear model on the learnwares' outputs, with or without the user's features.

Values: a ridge on the outputs learns what to add to their plain mean (Breiman 1996).  Classes: a multinomial regression
learns what to add to the logarithm of the mean of the probabilities.  How much is learnt is chosen on rows left out;
with few labels, or labels that say nothing, the plain answer stays.

Differs from `learnware`: a class label is no number, several outputs stay several, and the user's table is not changed.

Called by the registry as ``stack`` and ``augment``, and by the alignment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lwnode.errors import ReuseError
from lwnode.reuse.base import Blend, Evidence, Labelled, Members, Rule
from lwnode.reuse.class_shares import NEVER, posterior
from lwnode.reuse.linear import Linear, Scaling, classes, ridge, scaling
from lwnode.reuse.losses import usable
from lwnode.reuse.outputs import base, columns, parts
from lwnode.types import Matrix

PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # on the mean log loss of classes
_ROWS = 5_000  # labelled rows that a ridge takes


def stack(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit a linear model on the learnwares' outputs alone.

    Raises
    ------
    ValueError
        There are no labels.
    """
    return _fitted(members, mine, labelled, features=False)


def augment(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit a linear model on the user's features and the learnwares' outputs.

    Raises
    ------
    ValueError
        There are no labels.
    ReuseError
        The user's features are not known.
    """
    if mine.rows is None or (labelled is not None and labelled.evidence.rows is None):
        raise ReuseError("augmenting needs the user's own features", hint="use stack, or give the rows")
    return _fitted(members, mine, labelled, features=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stacked:
    """The plain answer with what was learnt from labels.

    Parameters
    ----------
    members : Members
    columns : Scaling
    features : bool
        Whether the user's features are among the columns.
    model : Linear or None
        None where nothing was learnt.
    """

    members: Members
    columns: Scaling
    features: bool
    model: Linear | None

    def __call__(self, evidence: Evidence) -> Blend:
        """Return the answers; NaN for a row that nobody answers.

        Raises
        ------
        ReuseError
            The user's features are among the columns and not known for these rows.
        """
        plain = base(self.members, evidence)
        answers = plain
        if self.model is not None:
            answers = plain + self.model(self.columns(_columns(self.members, evidence, plain, self.features)))
        if evidence.kind == "probabilities":
            possible = np.any(evidence.answered, axis=0)
            silent = ~np.any(possible, axis=1)
            answers = posterior(np.where(possible, np.nan_to_num(answers), NEVER), np.ones(answers.shape[1]))
            answers[silent] = np.nan
        return Blend(values=answers, weights=parts(evidence))


def _fitted(members: Members, mine: Evidence, labelled: Labelled | None, *, features: bool) -> Rule:
    if labelled is None:
        raise ValueError("learning from labels needs labels")
    plain = base(members, mine)
    scaled = scaling(_columns(members, mine, plain, features))
    used = np.flatnonzero(usable(labelled))
    labelled = labelled.take(used) if len(used) else None
    model = None
    if labelled is not None:
        own = base(members, labelled.evidence)
        X = scaled(_columns(members, labelled.evidence, own, features))
        if labelled.evidence.kind == "probabilities":
            model = classes(X, labelled.targets.astype(np.intp), own, PENALTIES)
        else:
            some = slice(None, None, -(-len(X) // _ROWS))
            model = ridge(X[some], (labelled.wanted - own)[some])
    return Stacked(members=members, columns=scaled, features=features, model=model)


def _columns(members: Members, evidence: Evidence, plain: Matrix, features: bool) -> Matrix:
    said = columns(members, evidence, plain)
    if not features:
        return said
    if evidence.rows is None:
        raise ReuseError("augmenting needs the user's own features", hint="use stack, or give the rows")
    return np.column_stack([evidence.rows, said])
