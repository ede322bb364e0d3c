# SPDX-License-Identifier: Apache-2.0
"""Training further: a start, few labels, and whether the two together are better than the start.

Rules
-----
* A start whose layers can be read is fine-tuned (`lwnode.training.head_tuning`, `lwnode.training.fine_tuning`); a
  network, and any other start, can also get a correction on top (`lwnode.training.residual`).  Ways and settings are
  chosen by cross-fitting, and what it cannot tell apart in favour of what is nearer to the start.
* Every figure is cross-fitted: the answer for a row comes from a fit without the row's fold, with the setting that the
  other folds' rows chose.  So the choice among settings does not flatter what is shown.
* Where the cross-fitted loss is not below the start's, the start stays as it is, and the leaderboard says so.
* The start as it is, the start made better, and training on the labels alone stand on one leaderboard, judged on the
  same rows by the same folds.

Runs in the calling process; `lwnode.training.process` runs it in another, where a node does.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Card, Figure, Origin
from lwnode.errors import ModelError, UnsafeModelError
from lwnode.models import probe
from lwnode.models.layer_reader import read_layers
from lwnode.models.worker import Worker
from lwnode.training.crossfit import parted
from lwnode.training.evaluation import log_loss, rmse, temperature
from lwnode.training.fine_tuning import FineTuning
from lwnode.training.fit import one_thread, probe_rows
from lwnode.training.head_tuning import HeadTuning
from lwnode.training.intervals import figures, published, wilson
from lwnode.training.layered import at_scale, check, fronted
from lwnode.training.pacing import Paced
from lwnode.training.presets import candidates
from lwnode.training.problem import Problem
from lwnode.training.refinement import Either, Refinement
from lwnode.training.residual import Residual
from lwnode.training.start import Start, pose_from
from lwnode.training.table import Table
from lwnode.training.trained import Row, Trained
from lwnode.training.trainers import fit, load
from lwnode.types import Matrix, Progress, Vector, silent

FOLDS = 5
FIGURES_NOTE = "cross-fitted on its owner's labels, rounded to two digits, not covered by epsilon"
UNCHANGED_NOTE = "of the start on its user's labels, rounded to two digits, not covered by epsilon"
ALONE_ROWS = {"histogram boosting": 200}  # labels below which a family of its own has nothing to say
_SMALLEST = 1e-7


def tune(table: Table, start: Start, *, seed: int = 0, progress: Progress = silent) -> Trained:
    """Train a found learnware's model further on a table's labels, in this process.

    Parameters
    ----------
    table : Table
        With a target.
    start : Start
    seed : int
        Of folds, batches and trees.
    progress : callable
        Told the share done; may raise `lwnode.errors.CancelledError`.

    Returns
    -------
    Trained
        ``preset`` is ``fine-tuned``, or ``start`` where the start stays as it is.

    Raises
    ------
    DataError
        As `lwnode.training.start.pose_from`.
    ModelError
        The start does not run on these rows, or the file that was written answers otherwise.
    UnsafeModelError, WorkerError
        The start is outside the format, or its process failed.

    Notes
    -----
    A logistic regression or a small network and 100 labels take some seconds, a convolutional network a minute.
    """
    problem = pose_from(table, start.card)
    paced = Paced(progress)
    paced(0.0, f"running the model to start from on {len(problem.y)} labelled rows")
    load()
    with one_thread():
        rows = probe_rows(problem, seed)
        with Worker(start.model) as worker:
            before = _answer(worker, problem.X)
            try:
                probed = _answer(worker, rows)
            except ModelError:  # it takes no missing values
                rows = rows[: len(rows) // 2]
                probed = _answer(worker, rows)
        if before.shape[1] != max(1, len(problem.classes)):
            raise ModelError(
                "the model to start from does not answer in the classes that its card names",
                hint="choose another learnware, and tell its publisher",
            )
        began = perf_counter()
        way = _way(start, problem, before, rows, probed, seed)
        part = parted(problem, min(FOLDS, len(problem.y)), seed=seed)
        judged = _cross_fitted(way, problem, before, part, paced)
        seconds = perf_counter() - began
        alone = _alone(problem, part, seed, paced)
        return _finish(start, problem, way, judged, before, alone, rows, seconds=seconds, seed=seed, paced=paced)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Judged:
    """What cross-fitting said: the answers (n, C or 1), and the setting for all rows; None for the start as it is."""

    scores: Matrix
    setting: int | None


def _way(
    start: Start, problem: Problem, before: Matrix, rows: NDArray[np.float32], probed: Matrix, seed: int
) -> Refinement:
    """Return how this start can be made better."""
    residual = Residual(
        start=start.model,
        called=start.card.family,
        problem=problem,
        before=before,
        probe=rows,
        probed=probed,
        seed=seed,
    )
    try:
        layers = read_layers(start.model, width=len(problem.inputs))
        F = fronted(layers, np.vstack([problem.X, rows]))
        check(layers, F, np.vstack([before, probed]))
    except UnsafeModelError:
        raise
    except ModelError:
        return residual
    layers = at_scale(layers, before)
    labelled, probe_F = F[: len(before)], F[len(before) :]
    if len(layers.arrays) == 2:
        return HeadTuning(layers=layers, F=labelled, probe=probe_F, problem=problem)
    return Either(ways=(FineTuning(layers=layers, F=labelled, probe=probe_F, problem=problem, seed=seed), residual))


def _answer(worker: Worker, X: NDArray[np.float32]) -> Matrix:
    (found,) = worker.predict(X).values()
    return found.astype(np.float64)


def _losses(problem: Problem, scores: Matrix) -> Vector:
    """Return the loss of each row: minus the logarithm of what happened, or the squared error."""
    if problem.task == "regression":
        return np.asarray((scores[:, 0] - problem.y) ** 2)
    taken = scores[np.arange(len(problem.y)), problem.y]
    return np.asarray(-np.log(np.clip(taken, _SMALLEST, 1.0)))


def _cross_fitted(way: Refinement, problem: Problem, before: Matrix, part: NDArray[np.intp], paced: Paced) -> _Judged:
    """Fit every setting without each fold, and choose: for a fold by the others, for all rows by all."""
    folds = int(part.max()) + 1
    answers = np.empty((way.count + 1, *before.shape))
    answers[0] = before  # the start, the nearest to itself
    for fold in range(folds):
        held = np.flatnonzero(part == fold)
        doing = f"training further: fold {fold + 1} of {folds}"
        tick = paced.stretch(0.05 + 0.65 * fold / folds, 0.05 + 0.65 * (fold + 1) / folds, doing)
        answers[1:, held] = way.answers(np.flatnonzero(part != fold), held, tick)
    losses = np.stack([_losses(problem, scores) for scores in answers])
    scores = np.empty_like(before)
    for fold in range(folds):
        held = part == fold
        scores[held] = answers[_chosen(losses[:, ~held]), held]
    best = _chosen(losses)
    better = best > 0 and _losses(problem, scores).mean() < losses[0].mean()
    return _Judged(scores=scores, setting=best - 1 if better else None)


def _chosen(losses: Matrix) -> int:
    """Return the first setting, from the start on, that the best one is not better than by more than its error.

    Notes
    -----
    The rule of one standard error (Breiman, Friedman, Olshen and Stone 1984, 3.4.3), of the paired difference: what few
    rows cannot tell apart is decided in favour of the start.
    """
    away = losses - losses[losses.mean(axis=1).argmin()]
    error = away.std(axis=1, ddof=1) / np.sqrt(losses.shape[1])
    return int(np.argmax(away.mean(axis=1) <= error))


def _alone(problem: Problem, part: NDArray[np.intp], seed: int, paced: Paced) -> list[Row]:
    """Return leaderboard rows of the quick preset's families, trained on the labels alone, by the same folds."""
    rows = []
    enough = [one for one in candidates("quick", problem.task) if len(problem.y) >= ALONE_ROWS.get(one.family, 0)]
    for number, candidate in enumerate(enough):
        family = f"your labels alone: {candidate.family}"
        paced(0.7 + 0.1 * number, family)
        began = perf_counter()
        scores = np.zeros((len(problem.y), max(1, len(problem.classes))))
        for fold in range(int(part.max()) + 1):
            learn, held = np.flatnonzero(part != fold), np.flatnonzero(part == fold)
            known, y = problem.classes, problem.y[learn]
            seen = np.arange(1)
            if problem.task == "classification":
                seen, y = np.unique(y, return_inverse=True)
                known = tuple(problem.classes[place] for place in seen)
                if len(seen) < 2:
                    scores[held, seen[0]] = 1.0
                    continue
            own = dataclasses.replace(problem, X=problem.X[learn], y=y, classes=known)
            fitted = fit(candidate.settings[0], own, np.arange(len(learn)), seed=seed)
            unseen = 1.0 / (len(learn) + len(problem.classes)) if len(seen) < len(problem.classes) else 0.0
            scores[held] = unseen  # as Laplace counts what was not seen
            share = 1.0 - unseen * (len(problem.classes) - len(seen))
            scores[np.ix_(held, seen)] = share * fitted.scores(problem.X[held])
        rows.append(_row(family, problem, scores, perf_counter() - began))
    return rows


def _row(family: str, problem: Problem, scores: Matrix, seconds: float = 0.0, note: str = "") -> Row:
    loss = rmse(problem.y, scores[:, 0]) if problem.task == "regression" else log_loss(problem.y, scores)
    return Row(family=family, figures=figures_on(problem, scores), loss=loss, seconds=seconds, note=note)


def figures_on(problem: Problem, scores: Matrix) -> tuple[Figure, ...]:
    """Return the figures on labelled rows of which some classes may have none.

    Notes
    -----
    The area under the curve is over the classes that have rows; the accuracy counts every answer.
    """
    rng = np.random.default_rng(0)
    if problem.task == "regression":
        return figures(problem.task, problem.y, scores, rng)
    seen, y = np.unique(problem.y, return_inverse=True)
    shares = scores[:, seen]
    if len(seen) == 2:
        total = shares.sum(axis=1, keepdims=True)
        shares = np.where(total > 0.0, shares / np.where(total > 0.0, total, 1.0), 0.5)
    area = figures(problem.task, y, shares, rng)[0]
    right = float((scores.argmax(axis=1) == problem.y).sum())
    low, high = wilson(right, len(y))
    return area, Figure(name="accuracy", value=right / len(y), low=low, high=high)


def _finish(
    start: Start,
    problem: Problem,
    way: Refinement,
    judged: _Judged,
    before: Matrix,
    alone: list[Row],
    rows: NDArray[np.float32],
    *,
    seconds: float,
    seed: int,
    paced: Paced,
) -> Trained:
    """Fit the setting on all rows, write the file, replay it, and put up the leaderboard."""
    kept = judged.setting is None
    family = way.family(judged.setting or 0)
    model, agreement, difference = start.model, start.card.probe_agreement, start.card.probe_difference
    note = "no better than the start on rows it had not seen: the start stays as it is"
    if judged.setting is not None:
        note = f"{way.described(judged.setting)}, chosen by cross-fitting"
        doing = f"training further on all {len(problem.y)} rows"
        refined = way.refine(judged.setting, paced.stretch(0.9, 0.96, doing))
        paced(0.96, "replaying a probe batch")
        model = refined.model
        seen = probe.replay(model, lambda X: refined.probed, rows)
        probe.require_faithful(seen)
        agreement, difference = seen.agreement, seen.difference
    first = _row(f"the start as it is: {start.card.family}", problem, before, note=note if kept else "")
    second = _row(family, problem, judged.scores, seconds, "" if kept else note)
    winner = first if kept else second
    if any(row.loss is not None and winner.loss is not None and row.loss < winner.loss for row in alone):
        said = "your labels alone do better on rows they had not seen: train without a start"
        winner = dataclasses.replace(winner, note=f"{winner.note}; {said}")
    board = [dataclasses.replace(winner, won=True), second if kept else first, *alone]
    board.sort(key=lambda row: np.inf if row.loss is None else row.loss)
    scores = before if kept else judged.scores
    heat = temperature(problem.y, scores) if problem.task == "classification" else None
    said = UNCHANGED_NOTE if kept else FIGURES_NOTE
    card = Card(
        family=start.card.family if kept else family,
        task=problem.task,
        inputs=problem.inputs,
        classes=problem.classes,
        target=problem.target,
        figures=tuple(published(figure) for figure in winner.figures),
        figures_note=said,
        probe_agreement=agreement,
        probe_difference=difference,
        encoder=start.card.encoder,
        temperature=None if heat is None else round(heat, 2),
        temperature_note="" if heat is None else said,
        origin=Origin(kind="unchanged" if kept else "fine-tuned", learnwares=(start.learnware,)),
    )
    paced(1.0, "done")
    paced.flush()
    return Trained(
        model=model,
        card=card,
        leaderboard=tuple(board),
        preset="start" if kept else "fine-tuned",
        seed=seed,
        rows=len(problem.y),
        held_out=len(problem.y),
        unlabelled=problem.unlabelled,
    )
