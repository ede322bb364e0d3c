# SPDX-License-Identifier: Apache-2.0
"""Training: try a preset's families, keep the best, fit it on all rows, write it as a file with its card.

Rules
-----
* A quarter of the rows is held out, every class in its share.  Families are compared there by log loss (RMSE for a
  regression), which unlike AUC also punishes probabilities that are wrong.  Settings inside a family are chosen on a
  part of the other rows.
* The winner is fitted again on all rows; the figures stay those of the model that had not seen the held-out rows.
* After the conversion the file is run on a probe batch against the model it came from.  A file that does not agree is
  not kept: the next family takes its place.
* The same table, preset and seed give the same model.  Nothing is written to disk.

Runs in the calling process, one thread; `lwnode.training.process` runs it in another.

Called by `lwnode.training.worker_process` and by scripts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Card
from lwnode.errors import ModelError
from lwnode.models import probe
from lwnode.training.comparison import HELD_OUT, HELD_OUT_LIMIT, Entry, compare, split
from lwnode.training.intervals import published
from lwnode.training.pacing import Paced
from lwnode.training.presets import candidates
from lwnode.training.problem import Problem, pose
from lwnode.training.table import Table
from lwnode.training.trained import Trained
from lwnode.training.trainers import fit, load
from lwnode.types import Progress, Task, silent

FIGURES_NOTE = "rounded to two digits, not covered by epsilon"
_PROBE_ROWS = 256
_COMPARING = 0.8  # share of the progress that the comparison takes


def train(
    table: Table,
    *,
    task: Task | None = None,
    preset: str = "balanced",
    seed: int = 0,
    progress: Progress = silent,
) -> Trained:
    """Train a model in this process.

    Parameters
    ----------
    table : Table
        With a target.
    task : {"classification", "regression"}, optional
        Default: what the target suggests.
    preset : {"quick", "balanced", "thorough"}
    seed : int
        Of the split, the families and the bootstrap.
    progress : callable
        Told the share done and what is being done, at most ten times a second; may raise
        `lwnode.errors.CancelledError`.

    Returns
    -------
    Trained

    Raises
    ------
    DataError
        There is nothing to learn from this table: `lwnode.training.pose` says what.
    ModelError
        No family gave a file that answers as the model does.

    Notes
    -----
    Seconds for some thousand rows with ``quick``; see the preset.  Choosing the best of a few families on the rows
    that also give the figures makes them a little better than they will be, less than the interval's width.
    """
    problem = pose(table, task)
    tried = candidates(preset, problem.task)
    paced = Paced(progress)
    paced(0.0, f"read {len(problem.y)} rows with {len(problem.inputs)} columns")
    load()
    with one_thread():
        learn, held = split(problem, np.arange(len(problem.y)), HELD_OUT, seed, limit=HELD_OUT_LIMIT)
        ranked = compare(problem, tried, learn, held, seed=seed, paced=paced, until=_COMPARING)
        return _finish(problem, ranked, preset=preset, held_out=len(held), seed=seed, paced=paced)


def _finish(problem: Problem, ranked: list[Entry], *, preset: str, held_out: int, seed: int, paced: Paced) -> Trained:
    """Fit the best family on all rows and write it; take the next one where the file does not agree with it."""
    everything = np.arange(len(problem.y))
    rows = probe_rows(problem, seed)
    for place, entry in enumerate(ranked):
        if entry.settings is None:
            continue
        doing = f"fitting {entry.row.family} on all {len(everything)} rows"
        fitted = fit(entry.settings, problem, everything, seed=seed, tick=paced.stretch(_COMPARING, 0.95, doing))
        paced(0.95, "writing the model and replaying a probe batch")
        model = fitted.to_onnx()
        seen = probe.replay(model, fitted.scores, rows)
        if seen.faithful < probe.FAITHFUL:
            row = dataclasses.replace(entry.row, note="left out: the written file gives other answers")
            ranked[place] = dataclasses.replace(entry, row=row)
            continue
        ranked[place] = dataclasses.replace(entry, row=dataclasses.replace(entry.row, won=True))
        card = Card(
            family=entry.row.family,
            task=problem.task,
            inputs=problem.inputs,
            classes=problem.classes,
            target=problem.target,
            figures=tuple(published(figure) for figure in entry.row.figures),
            figures_note=FIGURES_NOTE,
            probe_agreement=seen.agreement,
            probe_difference=seen.difference,
            temperature=None if entry.temperature is None else round(entry.temperature, 2),
            temperature_note="" if entry.temperature is None else FIGURES_NOTE,
        )
        board = [entry.row for entry in ranked]
        paced(1.0, "done")
        paced.flush()
        return Trained(
            model=model,
            card=card,
            leaderboard=tuple(board),
            preset=preset,  # type: ignore[arg-type]  # checked by candidates()
            seed=seed,
            rows=len(everything),
            held_out=held_out,
            unlabelled=problem.unlabelled,
        )
    raise ModelError("no model could be written as a file that answers as it does", hint="try another preset")


def probe_rows(problem: Problem, seed: int) -> NDArray[np.float32]:
    """Return rows to compare the file with the model on: some as they are, and some with a value missing.

    Every column is missing at least once where there are as many rows as columns.
    """
    rng = np.random.default_rng([seed, 1])
    rows = rng.choice(len(problem.X), min(_PROBE_ROWS, len(problem.X)), replace=False)
    whole = problem.X[rows]
    holes = whole.copy()
    where = rng.permutation(len(rows)) % whole.shape[1]
    holes[np.arange(len(rows)), where] = np.nan
    return np.vstack([whole, holes])


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep OpenMP and BLAS to one thread, so that results do not depend on the machine's cores."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no stubs

    with threadpool_limits(limits=1):
        yield
