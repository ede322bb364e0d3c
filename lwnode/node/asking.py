# SPDX-License-Identifier: Apache-2.0
"""Asking learnwares about a table: each model in a process of its own, and what their specifications say of the rows.

Rules
-----
* A model that cannot be run, dies, or answers something else than its card says abstains: its answers are missing, the
  reason is kept, and the others go on.  Where none of them can answer, the first reason is the error.
* What lacks in a table is filled from the learnware's specification before its model is asked (`lwnode.reuse.View`).

Called by the reuse action.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Card
from lwnode.errors import ModelError, ReuseError
from lwnode.market import Entry
from lwnode.node.actions.training import run_model, running
from lwnode.node.data import comparable
from lwnode.node.engine import Engine
from lwnode.reuse import (
    SCALE,
    Evidence,
    Framed,
    Members,
    View,
    align_probabilities,
    members_of,
    own_rows,
    seen_through,
    stack_values,
    unframed,
)
from lwnode.reuse.base import Kind, Predict
from lwnode.specification.frame import raw_matrix, to_frame
from lwnode.training import Table
from lwnode.types import Matrix, Progress, Vector, part


def kind_of(card: Card) -> Kind:
    """Return what a model's answers are: class probabilities, or values to be averaged."""
    return "probabilities" if card.task == "classification" else "values"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """What learnwares said of a table.

    Parameters
    ----------
    evidence : Evidence
    distances : (N,) float64
        MMD of the rows to each specification, on the columns that are there.
    classes : tuple of str
        In the order of the answers; empty for values.
    lost : (N,) float64, or None
        What each model loses by the columns that were filled; None where nobody lacks one.
    silent : mapping
        Id → why a learnware said nothing.
    known : tuple of (w,) int64, or None
        For each learnware, the coordinate of the evidence's rows for each of its frame; None where all are in it.
    gamma : float
        γ₀ of the evidence's rows.
    """

    evidence: Evidence
    distances: Vector
    classes: tuple[str, ...]
    lost: Vector | None
    silent: Mapping[str, str]
    known: tuple[NDArray[np.int64], ...] | None
    gamma: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Questioner:
    """Asks some learnwares about tables of one user.

    Parameters
    ----------
    engine : Engine
    views : tuple of View
        At least one, all of one task.
    units : mapping
        Column of the user → unit.
    """

    engine: Engine
    views: tuple[View, ...]
    units: Mapping[str, str]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The learnwares."""
        return tuple(view.entry for view in self.views)

    def ask(self, table: Table, progress: Progress) -> Asked:
        """Run the models on a table.

        Raises
        ------
        ReuseError
            A model is not here.
        ModelError
            None of the models can answer.
        DataError
            The table lacks columns.
        """
        answers, lost, reasons = self._answers(table, part(progress, 0.0, 0.9))
        progress(0.9, "looking where their data were")
        columns, entries, card = comparable(table), self.entries, self.views[0].entry.card
        seen = seen_through(self.views, columns, scale=SCALE[card.task], units=self.units)
        classes: tuple[str, ...] = ()
        if card.task == "classification":
            stacked, classes = align_probabilities(answers, [entry.card.classes for entry in entries])
            if set(classes) == set(card.classes):
                stacked, classes = stacked[:, :, [classes.index(label) for label in card.classes]], card.classes
        else:
            stacked = stack_values(answers)
        frame = entries[0].profile
        rows, known, gamma = None, None, frame.gamma
        if any(view.reach is not None for view in self.views):
            own = own_rows(self.views, columns)
            rows, known = own.rows, own.known
            gamma = frame.gamma * len(frame.features) / own.features
        elif {column.name for column in frame.features} <= set(columns):
            rows = to_frame(frame, raw_matrix(frame, columns))
        evidence = Evidence(
            kind=kind_of(card), predictions=stacked, densities=seen.densities, covered=seen.covered, rows=rows
        )
        return Asked(
            evidence=evidence,
            distances=seen.distances,
            classes=classes,
            lost=lost,
            silent=reasons,
            known=known,
            gamma=gamma,
        )

    def distances(self, table: Table) -> Vector:
        """Return the MMD of a table's rows to every specification, without running a model."""
        card = self.views[0].entry.card
        return seen_through(self.views, comparable(table), scale=SCALE[card.task], units=self.units).distances

    def members(self, asked: Asked, distances: Vector, weights: Vector | None, progress: Progress) -> Members:
        """Return the learnwares as the methods take them."""
        team = members_of(
            self.entries, distances, classes=asked.classes, weights=weights, filling_loss=asked.lost
        )  # fmt: skip
        return dataclasses.replace(team, gamma=asked.gamma, framed=self._framed(asked, progress))

    def _framed(self, asked: Asked, progress: Progress) -> tuple[Framed, ...] | None:
        """Return the learnwares in their frames: all in the first one's, or each in its own."""
        if asked.known is not None:
            return tuple(
                view.framed(known, self._again(view, asked.classes, progress))
                for view, known in zip(self.views, asked.known, strict=True)
            )
        lead = self.views[0].entry.profile
        if any(entry.profile != lead for entry in self.entries):
            return None
        specs = [entry.framed for entry in self.entries]
        return tuple(Framed(points=spec.points, weights=spec.weights, noise=spec.noise) for spec in specs)

    def _again(self, view: View, classes: tuple[str, ...], progress: Progress) -> Predict:
        """Return how a model is asked about rows of its frame, its answers in the order of the evidence."""
        card = view.entry.card
        at = [classes.index(name) for name in card.classes] if classes else [0]

        def predict(rows: Matrix) -> Matrix:
            out = np.full((len(rows), max(1, len(classes))), np.nan)
            try:
                with running(self.engine, card, self._model(view.entry)) as ask:
                    out[:, at] = _checked(card, ask(unframed(view.entry.profile, rows), progress))
            except ModelError:
                out[:] = np.nan
            return out

        return predict

    def _answers(self, table: Table, progress: Progress) -> tuple[list[Matrix], Vector | None, dict[str, str]]:
        """Return every model's own answers, (n, own outputs) each, what filling cost it, and why some said nothing."""
        answers: list[Matrix] = []
        lost = np.zeros(len(self.views))
        silent: dict[str, str] = {}
        failed: ModelError | None = None
        for number, view in enumerate(self.views):
            card = view.entry.card
            progress(number / len(self.views), f"running '{view.entry.name}' in its own process")
            model = self._model(view.entry)
            try:
                if view.reach is None:
                    given = _checked(card, run_model(self.engine, card, model, table, progress).values)
                else:
                    given, lost[number] = self._through(view, model, table, progress)
            except ModelError as error:
                failed = failed or error
                silent[view.entry.id] = str(error)
                given = np.full((table.rows, max(1, len(card.classes))), np.nan)
                lost[number] = np.inf if view.missing else 0.0
            answers.append(given)
        if failed is not None and len(silent) == len(self.views):
            raise failed
        return answers, lost if any(view.missing for view in self.views) else None, silent

    def _through(self, view: View, model: bytes, table: Table, progress: Progress) -> tuple[Matrix, float]:
        """Return a model's answers through a map, and what it loses by the columns that are filled."""
        columns = comparable(table)
        completed = view.completed(columns)
        with running(self.engine, view.entry.card, model) as ask:

            def predict(rows: Matrix) -> Matrix:
                return ask(unframed(view.entry.profile, rows), progress)

            return _checked(view.entry.card, ask(completed, progress)), view.loss(columns, predict)

    def _model(self, entry: Entry) -> bytes:
        model = self.engine.model_of(self.engine.store.catalogue.get(entry.id))
        if model is None:
            raise ReuseError(
                f"the model of '{entry.name}' is not here yet", hint=f"get it with `lwnode fetch {entry.id[:12]}`"
            )
        return model


def _checked(card: Card, answers: Matrix) -> Matrix:
    """Return answers that have the outputs that the card names.

    Raises
    ------
    ModelError
        They have not.
    """
    outputs = max(1, len(card.classes))
    if answers.ndim != 2 or answers.shape[1] != outputs:
        raise ModelError(
            f"the model answers {answers.shape[-1]} numbers a row, and its card names {outputs}",
            hint="Do not use this learnware, and tell its publisher.",
        )
    return answers
