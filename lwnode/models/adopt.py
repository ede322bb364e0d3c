# SPDX-License-Identifier: Apache-2.0
"""Takes in a model that was trained elsewhere: a fitted estimator, the network preset, or an ONNX file.

Rules
-----
* Nothing is unpickled: an estimator is an object of the caller's own process, a file is ONNX.
* What comes out is in the one format, ran in a worker, and answers in the number of columns that its task and classes
  say; where the caller has the estimator, the file answers as it does.
* A family that keeps training rows is refused here, where the estimator can still be looked at: its file would be one
  more table of rows (`lwnode.models.families`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from lwnode.errors import CheckFailedError, DataError, Finding, ModelError, WorkerError
from lwnode.models.export import task_of, to_onnx
from lwnode.models.families import refuse
from lwnode.models.format import MODEL_LIMIT
from lwnode.models.normalise import normalise
from lwnode.models.probe import Replay, answers_of, replay, require_faithful
from lwnode.models.worker import Worker
from lwnode.types import Progress, Task, silent

if TYPE_CHECKING:
    from lwnode.documents import Input

_TRIAL_ROWS: Final = 256
_LARGEST: Final = 1e30  # of a value that float32 can hold with room to spare

_COMPLETE_ONLY: Final = Finding(
    code="no-missing-values",
    severity="note",
    message="The model gives no answer to rows with missing values.",
    where="model.onnx",
)

_FAMILIES: Final[dict[str, str]] = {
    "HistGradientBoosting": "histogram boosting",
    "GradientBoosting": "gradient boosting",
    "RandomForest": "random forest",
    "ExtraTrees": "extra trees",
    "DecisionTree": "decision tree",
    "LogisticRegression": "logistic regression",
    "LinearRegression": "linear regression",
    "Ridge": "ridge regression",
    "MLP": "neural network",
    "NeuralNetwork": "neural network",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model in the one format, and what its card will say.

    Parameters
    ----------
    format : {"onnx"}
    bytes : bytes
        The file.
    family : str
        Such as ``histogram boosting``.
    task : {"classification", "regression", "feature extraction"}
    classes : tuple of str
        Labels in the order of the probabilities; empty unless a classifier.
    agreement : float
        Of the probe (`lwnode.models.probe`); 1 where there was no estimator to compare with.
    difference : float
        Of the probe; 0 where there was no estimator to compare with.
    findings : tuple of Finding
        What a person should know before a publication.
    """

    format: Literal["onnx"] = "onnx"
    bytes: bytes
    family: str
    task: Task
    classes: tuple[str, ...] = ()
    agreement: float = 1.0
    difference: float = 0.0
    findings: tuple[Finding, ...] = ()


def adopt(
    model: Any,
    *,
    inputs: Sequence[Input],
    task: Task | None = None,
    classes: Sequence[object] = (),
    probe: npt.ArrayLike | None = None,
    family: str = "",
    progress: Progress = silent,
) -> ModelFile:
    """Take in a trained model.

    Parameters
    ----------
    model
        A fitted scikit-learn estimator or pipeline, a fitted `NeuralNetwork`, an ONNX file as bytes, or its path.
    inputs : sequence of Input
        The columns that it takes, in order.
    task : {"classification", "regression", "feature extraction"}, optional
        Needed for a file; otherwise what the estimator is.
    classes : sequence, optional
        A classifier's labels in the order of its probabilities; needed for a file.
    probe : (n, width) float32, optional
        Rows for the trial; without it, rows that the inputs allow, drawn from a fixed seed.
    family : str, optional
        What the card will call it; otherwise the estimator's kind, or ``onnx``.
    progress : callable, optional
        May raise `CancelledError`.

    Returns
    -------
    ModelFile

    Raises
    ------
    ModelError
        Not a model that can be taken in, or its answers do not fit the task and classes.
    UnsafeModelError
        The file is outside the format.
    WorkerError
        The trial failed.
    CheckFailedError
        The estimator keeps training rows.
    DataError
        There is no file of this path.
    """
    if not inputs:
        raise ModelError("a model without inputs", hint="Name the columns that it takes.")
    rows = _trial_rows(inputs) if probe is None else np.ascontiguousarray(probe, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != len(inputs):
        raise ModelError(
            f"probe rows of shape {rows.shape} for {len(inputs)} inputs", hint="Encode the rows as the card says."
        )
    if isinstance(model, (bytes, bytearray, memoryview, str, Path)):
        if task is None:
            raise ModelError("a file does not say what its task is", hint="Name the task.")
        labels = _labels(classes, task)
        file = _from_file(model, task=task, width=len(inputs), columns=len(labels))
        complete_only = _trial(file, rows, columns=len(labels), progress=progress)
        return ModelFile(bytes=file, family=family or "onnx", task=task, classes=labels, findings=complete_only)
    findings = refuse(model)
    if refusals := [finding for finding in findings if finding.severity == "refuse"]:
        raise CheckFailedError(refusals[0].message, findings=findings, hint="Train a family that keeps no rows.")
    found = task_of(model)
    if task not in (None, found):
        raise ModelError(f"the estimator is for {found}, not for {task}", hint="Name its own task, or none.")
    labels = _labels(model.classes_, found) if found == "classification" else ()
    if classes and _labels(classes, found) != labels:
        raise ModelError("the estimator has other classes than those given", hint="Leave the classes out.")
    file = to_onnx(model, width=len(inputs))
    seen, complete_only = _compare(file, model, rows, progress)
    return ModelFile(
        bytes=file,
        family=family or family_of(model),
        task=found,
        classes=labels,
        agreement=seen.agreement,
        difference=seen.difference,
        findings=findings + complete_only,
    )


def family_of(estimator: Any) -> str:
    """Return what a card calls an estimator: by its last step, where it is a pipeline."""
    while hasattr(estimator, "best_estimator_"):
        estimator = estimator.best_estimator_
    steps = getattr(estimator, "steps", None)
    name = type(steps[-1][1] if steps else estimator).__name__
    return next((words for start, words in _FAMILIES.items() if name.startswith(start)), name)


def _from_file(model: Any, *, task: Task, width: int, columns: int) -> bytes:
    if isinstance(model, (str, Path)):
        path = Path(model)
        try:
            with path.open("rb") as stream:
                data = stream.read(MODEL_LIMIT + 1)
        except OSError as error:
            raise DataError(f"cannot read {path.name}: {error.strerror}", hint="Check the path.") from error
    else:
        data = bytes(model)
    return normalise(data, task=task, width=width, columns=columns)


def _labels(classes: Sequence[object], task: Task) -> tuple[str, ...]:
    labels = tuple(str(label) for label in classes)
    if (task == "classification") != (len(labels) > 1) or len(set(labels)) < len(labels):
        raise ModelError(
            f"{len(labels)} classes for {task}", hint="Name each class of a classifier once, and none otherwise."
        )
    return labels


def _compare(
    file: bytes, estimator: Any, rows: NDArray[np.float32], progress: Progress
) -> tuple[Replay, tuple[Finding, ...]]:
    """Replay the rows that the estimator itself can answer, and see whether the file says the same."""
    answers = answers_of(estimator)
    complete = rows[~np.isnan(rows).any(axis=1)]
    for some in (rows, complete):
        try:
            with np.errstate(all="ignore"):
                meant = np.asarray(answers(some), dtype=np.float64)
        except ValueError:  # scikit-learn's answer to missing values that a model cannot take, and to unknown levels
            continue
        usable = np.abs(meant.reshape(len(some), -1)).max(axis=1) < _LARGEST
        if usable.any():
            found = replay(file, answers, some[usable], progress=progress)
            require_faithful(found)
            return found, () if len(some) == len(rows) else (_COMPLETE_ONLY,)
    raise ModelError(
        "the estimator gives no answer to the probe rows", hint="Give probe rows that it takes, such as a hold-out."
    )


def _trial(file: bytes, rows: NDArray[np.float32], *, columns: int, progress: Progress) -> tuple[Finding, ...]:
    """Run a file on rows, and see whether it gives as many columns as it should."""
    findings: tuple[Finding, ...] = ()
    with Worker(file) as worker:
        try:
            answer = worker.predict(rows, progress)
        except WorkerError:
            raise
        except ModelError:  # it may take no missing values; any other reason comes again
            answer = worker.predict(rows[~np.isnan(rows).any(axis=1)], progress)
            findings = (_COMPLETE_ONLY,)
    (given,) = answer.values()
    if columns and given.shape[1] != columns:
        raise ModelError(
            f"the model gives {given.shape[1]} columns for {columns} classes", hint="Name all classes, in their order."
        )
    return findings


def _trial_rows(inputs: Sequence[Input]) -> NDArray[np.float32]:
    """Return rows that the inputs allow: positions of levels, numbers of every size, some missing."""
    rng = np.random.default_rng(0)
    size = (_TRIAL_ROWS, len(inputs))
    rows = rng.normal(size=size) * 10.0 ** rng.uniform(-1, 2, size=size)
    for column, one in enumerate(inputs):
        if one.type == "category":
            rows[:, column] = rng.integers(0, max(len(one.levels), 1), size=_TRIAL_ROWS)
    rows[_TRIAL_ROWS // 2 :][rng.random((_TRIAL_ROWS // 2, len(inputs))) < 0.2] = np.nan
    return rows.astype(np.float32)
