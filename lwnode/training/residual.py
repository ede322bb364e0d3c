# SPDX-License-Identifier: Apache-2.0
"""A small model on top of a start whose own layers cannot be trained further, such as trees.

=============  =========================================================================================
regression     what the start's answer lacks: ridge on the coordinates, or, from `TREES_ROWS` labels on, a
               few small boosted trees
classes        log-odds added to the start's, shrunk by ridge (`lwnode.training.log_odds`)
=============  =========================================================================================

Rules
-----
* Both models become one file: the start's graph as it is, the correction behind it (`lwnode.models.composition`).
* The correction sees the raw inputs as the network preset does: scaled numbers, a flag where one is missing, levels;
  and the start's answer.  A leaf of its trees stands for at least 10 rows.

Called by `lwnode.training.tuning`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lwnode.models.composition import Composition, operators
from lwnode.models.format import INPUT, output_of
from lwnode.models.graph import Draft
from lwnode.models.histogram_boosting import boosting_fragment
from lwnode.models.network import Single, coordinate_nodes, expand, standard
from lwnode.training.log_odds import SMALLEST, LogOdds, fit_log_odds, log_odds, softmax
from lwnode.training.presets import LEAF_ROWS, Boosting
from lwnode.training.problem import Problem
from lwnode.training.refinement import Places, Refined, Tick
from lwnode.training.ridge_line import Line, fit_line
from lwnode.training.trainers import fit
from lwnode.types import Matrix

PENALTIES: Final = (100.0, 30.0, 10.0, 3.0, 1.0)  # over the number of rows
ROUNDS: Final = (15, 60)
TREES_ROWS: Final = 100  # labels
_OLD_TREES: Final = frozenset({"TreeEnsembleClassifier", "TreeEnsembleRegressor"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corrected:
    """A start with a correction behind it: one of ``added``, ``line`` and ``trees``.

    Parameters
    ----------
    start : bytes
        The start's file.
    problem : Problem
        Its inputs and classes count, not its rows.
    center, scale : (p,) float32
        Of the numeric inputs.
    added : LogOdds or None
        To the start's log-odds.
    line : Line or None
        On the start's value.
    trees : estimator or None
        Boosted trees that are added to a value.
    """

    start: bytes
    problem: Problem
    center: Single
    scale: Single
    added: LogOdds | None = None
    line: Line | None = None
    trees: Any = None

    def scores(self, X: Single, before: Matrix) -> Matrix:
        """Return (n, C) probabilities or (n, 1) values for raw rows and the start's answers."""
        if self.trees is not None:
            return before + np.asarray(self.trees.predict(X), dtype=np.float64)[:, None]
        seen = expand(self.problem.inputs, X, self.center, self.scale).astype(np.float64)
        if self.added is not None:
            scores = self.added.slope * log_odds(before) + seen @ self.added.weight + self.added.bias
            return softmax(scores)
        assert self.line is not None
        return self.line.values(seen, before[:, 0])[:, None]

    def to_onnx(self) -> bytes:
        """Return both models as one file.

        Raises
        ------
        ModelError
            The start was written for operators that ours do not go with.
        UnsafeModelError
            Both together are larger than the format allows.
        """
        whole = Composition()
        before = whole.embed(self.start)
        draft = Draft(source=INPUT, target=output_of(self.problem.task))
        if self.trees is not None:
            whole.take(boosting_fragment(self.trees, source=INPUT, target="correction", prefix="trees "))
            draft.node("Add", before, "correction", last=True)
        elif self.added is not None:
            held = draft.node("Clip", before, draft.constant(SMALLEST), draft.constant(1.0))
            known = draft.node("Mul", draft.node("Log", held), draft.constant(self.added.slope))
            scores = draft.node("Add", known, self._more(draft, self.added.weight, self.added.bias))
            draft.node("Softmax", scores, last=True, attributes={"axis": 1})
        else:
            assert self.line is not None
            known = draft.node("Mul", before, draft.constant(self.line.slope))
            constant = np.array([self.line.constant])
            draft.node("Add", known, self._more(draft, self.line.weight[:, None], constant), last=True)
        whole.add(draft)
        columns = max(1, len(self.problem.classes))
        return whole.to_onnx(width=len(self.problem.inputs), columns=columns, task=self.problem.task)

    def _more(self, draft: Draft, weight: Matrix, bias: Matrix) -> str:
        """Add what the coordinates give."""
        seen = coordinate_nodes(draft, self.problem.inputs, self.center, self.scale)
        return draft.node("Gemm", seen, draft.constant(weight), draft.constant(bias))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residual:
    """A start, what it answers to the labelled rows, and their labels.

    Parameters
    ----------
    start : bytes
    called : str
        What the start is called.
    problem : Problem
    before : (n, C) probabilities or (n, 1) values
        The start's answers.
    probe : (p, width) float32
        The probe's rows.
    probed : (p, C) or (p, 1)
        The start's answers to them.
    seed : int
        Of the trees.
    """

    start: bytes
    called: str
    problem: Problem
    before: Matrix
    probe: NDArray[np.float32]
    probed: Matrix
    seed: int

    def family(self, setting: int) -> str:
        """Return what the result is called."""
        return f"{self.called} with a correction on top"

    @property
    def count(self) -> int:
        """Number of settings."""
        return len(PENALTIES) + (len(ROUNDS) if self._trees else 0)

    @property
    def _trees(self) -> bool:
        """Whether boosted trees are tried."""
        enough = self.problem.task == "regression" and len(self.problem.y) >= TREES_ROWS
        return enough and not _OLD_TREES & set(operators(self.start))

    def described(self, setting: int) -> str:
        """Return what a setting is, in words."""
        if setting >= len(PENALTIES):
            return f"{ROUNDS[setting - len(PENALTIES)]} small trees"
        return f"ridge {PENALTIES[setting]:g} over the number of rows"

    def answers(self, learn: Places, held: Places, tick: Tick) -> NDArray[np.float64]:
        """Return what each setting, fitted on ``learn``, gives for ``held``: (settings, k, C or 1)."""
        found = []
        for setting in range(self.count):
            tick(setting / self.count)
            found.append(self._fit(setting, learn).scores(self.problem.X[held], self.before[held]))
        return np.stack(found)

    def refine(self, setting: int, tick: Tick) -> Refined:
        """Return the start with a correction that was fitted with one setting on all rows."""
        tick(0.0)
        whole = self._fit(setting, np.arange(len(self.problem.y)))
        return Refined(model=whole.to_onnx(), probed=whole.scores(self.probe, self.probed))

    def _fit(self, setting: int, rows: Places) -> Corrected:
        X, before, y = self.problem.X[rows], self.before[rows], self.problem.y[rows]
        center, scale = standard(self.problem.inputs, X)
        blank = Corrected(start=self.start, problem=self.problem, center=center, scale=scale)
        if setting >= len(PENALTIES):
            lacking = dataclasses.replace(self.problem, X=X, y=y - before[:, 0])
            settings = Boosting(rounds=ROUNDS[setting - len(PENALTIES)], leaves=4, leaf_rows=LEAF_ROWS, patience=0)
            model = fit(settings, lacking, np.arange(len(y)), seed=self.seed)
            return dataclasses.replace(blank, trees=model.estimator)
        seen = expand(self.problem.inputs, X, center, scale).astype(np.float64)
        penalty = PENALTIES[setting] / len(rows)
        if self.problem.task == "classification":
            wanted = np.eye(len(self.problem.classes))[y]
            return dataclasses.replace(blank, added=fit_log_odds(seen, wanted, penalty, log_odds(before)))
        return dataclasses.replace(blank, line=fit_line(seen, before[:, 0], y, penalty))
