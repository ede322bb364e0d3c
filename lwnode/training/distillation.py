# SPDX-License-Identifier: Apache-2.0
"""Distillation: one small model that answers as a combination does, taught by its answers to the user's own rows.

The combination is the teacher; its probabilities, not only its choices, are what the student learns (Hinton, Vinyals
and Dean, NIPS 2014 workshop).  Boosting learns the log-odds themselves (Ba and Caruana, NIPS 2014), as its trees take
no soft labels.

Rules
-----
* No label is needed.  A quarter of the rows is held out; families are compared there by how near they come to the
  teacher, and the winner is fitted again on all rows.
* The figures say how well the student agrees with its teacher on rows that it was not taught on, and nothing about the
  truth: a teacher that is wrong has a student that is wrong.
* A leaf of its trees stands for at least 10 rows; nothing of a row is kept.

Called by `lwnode.training.worker_process`, and by scripts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Card, Figure, Origin
from lwnode.errors import DataError, ModelError
from lwnode.models import probe
from lwnode.models.composition import Composition
from lwnode.models.format import INPUT, output_of
from lwnode.models.graph import Draft
from lwnode.models.histogram_boosting import boosting_fragment
from lwnode.models.network import Network, expand, standard
from lwnode.models.neural import NeuralNetwork
from lwnode.training.columns import counted
from lwnode.training.comparison import HELD_OUT, HELD_OUT_LIMIT, split
from lwnode.training.evaluation import r2, rmse
from lwnode.training.fit import one_thread, probe_rows
from lwnode.training.inputs import encode, model_inputs
from lwnode.training.intervals import bootstrap, published, wilson
from lwnode.training.log_odds import fit_log_odds, softmax
from lwnode.training.pacing import Paced
from lwnode.training.presets import Boosting, Candidate, Linear, Settings, candidates
from lwnode.training.problem import Problem
from lwnode.training.table import Table
from lwnode.training.trained import Row, Trained
from lwnode.training.trainers import fit, load
from lwnode.types import Mask, Matrix, Progress, Task, silent

ROWS: Final = 50  # fewest rows
FIGURES_NOTE: Final = "agreement with its teacher on rows that it was not taught on, rounded, not covered by epsilon"
_SMALLEST: Final = 1e-3  # of a teacher's probability, before its logarithm
_REACH: Final = 6.0  # of log-odds
_ROUNDS: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lesson:
    """What a combination answered to a table's rows.

    Parameters
    ----------
    answers : (n, C) probabilities or (n, 1) values
    task : {"classification", "regression"}
    classes : tuple of str
        In the order of the probabilities.
    target : str
        What is predicted, for the card.
    learnwares : tuple of str
        Ids of those that the combination is made of.
    """

    answers: Matrix
    task: Task
    classes: tuple[str, ...]
    target: str
    learnwares: tuple[str, ...]


class _Student(Protocol):
    """A fitted student."""

    def scores(self, X: NDArray[np.float32]) -> Matrix:
        """Return the answers."""
        ...

    def to_onnx(self) -> bytes:
        """Return the model file."""
        ...


def distil(
    table: Table, lesson: Lesson, *, preset: str = "balanced", seed: int = 0, progress: Progress = silent
) -> Trained:
    """Teach one model what a combination answers, in this process.

    Parameters
    ----------
    table : Table
        The user's rows; a target is not needed, and not used.
    lesson : Lesson
        The combination's answers to these rows, in their order.
    preset : {"quick", "balanced", "thorough"}
    seed : int
    progress : callable
        May raise `lwnode.errors.CancelledError`.

    Returns
    -------
    Trained
        The card's figures say how well it agrees with its teacher.

    Raises
    ------
    DataError
        Fewer than 50 rows that were answered, the same answer to all, or no feature.
    ModelError
        No family gave a file that answers as the student does.
    """
    problem, taught = _posed(table, lesson)
    paced = Paced(progress)
    paced(0.0, f"{len(taught)} rows with the answers of {counted(len(lesson.learnwares), 'learnware')}")
    load()
    with one_thread():
        learn, held = split(problem, np.arange(len(taught)), HELD_OUT, seed, limit=HELD_OUT_LIMIT)
        tried = [one for one in _students(preset, problem) if len(taught) >= one.rows]
        ranked: list[tuple[Row, Candidate]] = []
        for number, candidate in enumerate(tried):
            doing = f"teaching {candidate.family} ({number + 1} of {len(tried)})"
            paced(0.8 * number / len(tried), doing)
            began = perf_counter()
            scores = _taught(candidate.settings[0], problem, taught, learn, seed).scores(problem.X[held])
            row = Row(
                family=candidate.family,
                figures=_agreement(problem.task, taught[held], scores),
                loss=_distance(problem.task, taught[held], scores),
                seconds=perf_counter() - began,
            )
            ranked.append((row, candidate))
        ranked.sort(key=lambda pair: pair[0].loss or 0.0)
        return _finish(lesson, problem, taught, ranked, held_out=len(held), seed=seed, paced=paced)


def _posed(table: Table, lesson: Lesson) -> tuple[Problem, Matrix]:
    """Return the rows that were answered as a problem, and the answers."""
    answered: Mask = np.all(np.isfinite(lesson.answers), axis=1)
    if lesson.answers.shape != (table.rows, max(1, len(lesson.classes))):
        raise ValueError("one answer for each row")
    if answered.sum() < ROWS:
        raise DataError(
            f"the combination answered {counted(int(answered.sum()), 'row')}, teaching a student needs {ROWS}",
            hint="give more rows; they need no labels",
        )
    used, taught = table.select(answered), lesson.answers[answered]
    if used.target is not None:
        roles = {**used.roles, used.target: "ignored"}
        used = dataclasses.replace(used, roles=roles, target=None)
    inputs = model_inputs(used)
    choice = taught.argmax(axis=1)
    y = choice if lesson.task == "classification" else taught[:, 0]
    if y.min() == y.max():
        raise DataError("the combination answers the same for every row", hint="give rows that differ more")
    return Problem(
        task=lesson.task,
        target=lesson.target,
        inputs=inputs,
        X=encode(inputs, used.columns),
        y=y,
        classes=lesson.classes,
        unlabelled=int((~answered).sum()),
    ), taught


def _students(preset: str, problem: Problem) -> tuple[Candidate, ...]:
    """Return the preset's families that can be taught: for classes, those that take soft labels or log-odds."""
    kinds = candidates(preset, problem.task)
    return tuple(one for one in kinds if problem.task == "regression" or one.family != "random forest")


def _taught(settings: Settings, problem: Problem, taught: Matrix, rows: NDArray[np.intp], seed: int) -> _Student:
    if problem.task == "regression":
        return fit(settings, problem, rows, seed=seed)
    X, wanted = problem.X[rows], taught[rows]
    if isinstance(settings, Linear):
        center, scale = standard(problem.inputs, X)
        seen = expand(problem.inputs, X, center, scale).astype(np.float64)
        found = fit_log_odds(seen, wanted, settings.penalty / len(rows))
        layer = found.weight.astype(np.float32), found.bias.astype(np.float32)
        return _Soft(
            Network(
                inputs=problem.inputs,
                task=problem.task,
                center=center,
                scale=scale,
                weights=layer[:1],
                biases=layer[1:],
            )
        )
    if isinstance(settings, Boosting):
        return _Boosted.taught(settings, problem, wanted, rows, seed)
    network = NeuralNetwork(problem.inputs, task=problem.task, settings=settings, seed=seed)  # type: ignore[arg-type]
    return _Soft(network.fit(X, wanted).network_)


@dataclass(frozen=True, slots=True)
class _Soft:
    """A network, of one layer or more."""

    network: Network

    def scores(self, X: NDArray[np.float32]) -> Matrix:
        return self.network.forward(X).astype(np.float64)

    def to_onnx(self) -> bytes:
        return self.network.to_onnx()


@dataclass(frozen=True, slots=True)
class _Boosted:
    """Boosted trees for the log-odds of each class, in one file."""

    members: tuple[Any, ...]
    width: int

    @classmethod
    def taught(
        cls, settings: Boosting, problem: Problem, wanted: Matrix, rows: NDArray[np.intp], seed: int
    ) -> _Boosted:
        odds = np.log(np.clip(wanted, _SMALLEST, 1.0))
        odds = np.clip(odds - odds.mean(axis=1, keepdims=True), -_REACH, _REACH)
        settings = dataclasses.replace(settings, rounds=min(settings.rounds, _ROUNDS), patience=0)
        members = []
        for column in odds.T:
            one = dataclasses.replace(problem, task="regression", classes=(), X=problem.X[rows], y=column)
            members.append(fit(settings, one, np.arange(len(rows)), seed=seed).estimator)
        return cls(tuple(members), problem.X.shape[1])

    def scores(self, X: NDArray[np.float32]) -> Matrix:
        return softmax(np.column_stack([member.predict(X) for member in self.members]))

    def to_onnx(self) -> bytes:
        whole = Composition()
        names = [f"odds {number}" for number in range(len(self.members))]
        for number, (member, name) in enumerate(zip(self.members, names, strict=True)):
            whole.take(boosting_fragment(member, source=INPUT, target=name, prefix=f"trees {number} "))
        draft = Draft(source=INPUT, target=output_of("classification"))
        joined = draft.node("Concat", *names, attributes={"axis": 1})
        draft.node("Softmax", joined, last=True, attributes={"axis": 1})
        whole.add(draft)
        return whole.to_onnx(width=self.width, columns=len(names), task="classification")


def _distance(task: Task, taught: Matrix, scores: Matrix) -> float:
    """Return how far a student is from its teacher: mean cross-entropy, or RMSE."""
    if task == "regression":
        return rmse(taught[:, 0], scores[:, 0])
    return float(-(taught * np.log(np.clip(scores, 1e-7, 1.0))).sum(axis=1).mean())


def _agreement(task: Task, taught: Matrix, scores: Matrix) -> tuple[Figure, ...]:
    """Return the share of rows with the teacher's label, or the share of the teacher's variance, with an interval."""
    if task == "classification":
        same = float((taught.argmax(axis=1) == scores.argmax(axis=1)).sum())
        low, high = wilson(same, len(taught))
        return (Figure(name="agreement", value=same / len(taught), low=low, high=high),)
    truth, guess = taught[:, 0], scores[:, 0]

    def explained(rows: NDArray[np.intp]) -> float:
        return r2(truth[rows], guess[rows]) if truth[rows].min() < truth[rows].max() else 0.0

    together = np.zeros(len(truth), dtype=np.intp)
    low, high = bootstrap(explained, together, np.random.default_rng(0))
    return (Figure(name="agreement", value=explained(np.arange(len(truth))), low=low, high=high),)


def _finish(
    lesson: Lesson,
    problem: Problem,
    taught: Matrix,
    ranked: Sequence[tuple[Row, Candidate]],
    *,
    held_out: int,
    seed: int,
    paced: Paced,
) -> Trained:
    """Teach the best family on all rows, and write it; take the next one where the file does not agree with it."""
    rows = probe_rows(problem, seed)
    board = [row for row, _ in ranked]
    for place, (row, candidate) in enumerate(ranked):
        paced(0.85, f"teaching {row.family} on all {len(taught)} rows")
        student = _taught(candidate.settings[0], problem, taught, np.arange(len(taught)), seed)
        model = student.to_onnx()
        seen = probe.replay(model, student.scores, rows)
        if seen.faithful < probe.FAITHFUL:
            board[place] = dataclasses.replace(row, note="left out: the written file gives other answers")
            continue
        board[place] = dataclasses.replace(row, won=True)
        card = Card(
            family=f"{row.family}, distilled",
            task=problem.task,
            inputs=problem.inputs,
            classes=problem.classes,
            target=problem.target,
            figures=tuple(published(figure) for figure in row.figures),
            figures_note=FIGURES_NOTE,
            probe_agreement=seen.agreement,
            probe_difference=seen.difference,
            origin=Origin(kind="distilled", learnwares=lesson.learnwares),
        )
        paced(1.0, "done")
        paced.flush()
        return Trained(
            model=model,
            card=card,
            leaderboard=tuple(board),
            preset="distilled",
            seed=seed,
            rows=len(taught),
            held_out=held_out,
            unlabelled=problem.unlabelled,
        )
    raise ModelError("no student could be written as a file that answers as it does", hint="try another preset")
