# SPDX-License-Identifier: Apache-2.0
"""Stacking and feature augmentation: a model on the learnwares' outputs, with or without the user's features.

Values: a ridge on the outputs learns what to add to their plain mean (Breiman 1996).  Classes: a multinomial regression
learns what to add to the logarithm of the mean of the probabilities.  How much is learnt is chosen on rows left out;
with few labels, or labels that say nothing, the plain answer stays.

A user that asks about another target than the learnwares' needs more than lines.  So the augmentation of values is
the mean of that ridge, whose part is ``20 / (40 + n)``, and of curved models (`lwnode.reuse.curved`) of the user's
features, the plain answer and the three directions in which the learnwares differ most.

Differs from `learnware`: a class label is no number, several outputs stay several, and the user's table is not changed.

Called by the registry as ``stack`` and ``augment``, and by the alignment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lwnode.errors import ReuseError
from lwnode.reuse.base import Blend, Evidence, Labelled, Members, Rule
from lwnode.reuse.class_shares import NEVER, posterior
from lwnode.reuse.curved import Model, curved
from lwnode.reuse.linear import Linear, Scaling, classes, ridge, scaling
from lwnode.reuse.losses import usable
from lwnode.reuse.outputs import base, columns, parts
from lwnode.types import Matrix

PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # on the mean log loss of classes
DIRECTIONS = 3  # of the learnwares' outputs, for the curved models
CURVED_FROM = 8  # labels from which on there are any
_ROWS = 5_000  # labelled rows that a ridge, or the trees, take
_SEEN = 2_000  # unlabelled rows that suggest the directions


def stack(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit a linear model on the learnwares' outputs alone.

    Raises
    ------
    ValueError
        There are no labels.
    """
    return _fitted(members, mine, labelled, features=False)


def augment(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit models on the user's features and the learnwares' outputs.

    Raises
    ------
    ValueError
        There are no labels.
    ReuseError
        The user's features are not known.
    """
    if mine.rows is None or (labelled is not None and labelled.evidence.rows is None):
        raise ReuseError("augmenting needs the user's own features", hint="use stack, or give the rows")
    linear = _fitted(members, mine, labelled, features=True)
    if labelled is None or mine.kind != "values":
        return linear
    used = np.flatnonzero(usable(labelled))
    if len(used) < CURVED_FROM:
        return linear
    known = labelled.take(used[:: -(-len(used) // _ROWS)])
    view = _view(members, mine.take(slice(None, None, -(-len(mine.rows) // _SEEN))))
    model = curved(view(known.evidence), known.wanted)
    return Augmented(linear=linear, view=view, model=model, part=20.0 / (40.0 + len(known)))


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Augmented:
    """A linear model and curved ones.

    Parameters
    ----------
    linear : Rule
    view : View
    model : callable
        Columns of the view → values.
    part : float
        Of the linear one.
    """

    linear: Rule
    view: View
    model: Model
    part: float

    def __call__(self, evidence: Evidence) -> Blend:
        """Return the answers; NaN for a row that nobody answers."""
        blend = self.linear(evidence)
        values = self.part * blend.values + (1.0 - self.part) * self.model(self.view(evidence))
        return Blend(values=values, weights=blend.weights)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """Few columns that say the most: the user's features, the plain answer, and how the learnwares differ.

    Parameters
    ----------
    members : Members
    outputs, columns : Scaling
        Of what each learnware says beside the plain answer, and of the columns.
    directions : (N·k, ≤ 3) float64
    """

    members: Members
    outputs: Scaling
    directions: Matrix
    columns: Scaling | None = None

    def __call__(self, evidence: Evidence) -> Matrix:
        """Return the columns of some rows, (n, d) float64, finite."""
        if evidence.rows is None:
            raise ReuseError("augmenting needs the user's own features", hint="use stack, or give the rows")
        plain = base(self.members, evidence)
        said = self.outputs(columns(self.members, evidence, plain)) @ self.directions
        whole = np.column_stack([evidence.rows, np.nan_to_num(plain), said])
        return whole if self.columns is None else self.columns(whole)


def _view(members: Members, mine: Evidence) -> View:
    """Return the view that the user's unlabelled rows suggest."""
    said = columns(members, mine, base(members, mine))
    outputs = scaling(said)
    _, _, directions = np.linalg.svd(outputs(said), full_matrices=False)
    plain = View(members=members, outputs=outputs, directions=directions[:DIRECTIONS].T)
    return replace(plain, columns=scaling(plain(mine)))


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
