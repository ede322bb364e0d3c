# SPDX-License-Identifier: Apache-2.0
"""The probe: whether the file says what the trained model says.

Rules
-----
* After every export, rows go through both, the file in a worker process as it will run elsewhere.
* The figures stand in the model's card; an export that changes answers is not published (`require_faithful`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from lwnode.errors import ModelError
from lwnode.models.worker import Worker
from lwnode.types import Progress, silent

TOLERANCE: Final = 1e-3  # of a probability, or relative to the spread of the values
FAITHFUL: Final = 0.995  # least share of rows within it: float32 may move single rows over a threshold


class Replay(NamedTuple):
    """What a probe saw.

    Parameters
    ----------
    agreement : float
        Share of rows on which the file gives the model's label, or its value within the tolerance.
    difference : float
        Largest absolute difference of a probability or value.
    faithful : float
        Share of rows on which every number is within the tolerance.
    """

    agreement: float
    difference: float
    faithful: float


def replay(
    model: bytes,
    estimator_predict: Callable[[NDArray[np.float32]], npt.ArrayLike],
    X_probe: npt.ArrayLike,
    *,
    progress: Progress = silent,
) -> Replay:
    """Compare a model file with what it was made of.

    Parameters
    ----------
    model : bytes
        The model file.
    estimator_predict : callable
        Gives the trained model's probabilities (n, classes), values (n,) or (n, 1), or features (n, k) for float32
        rows.
    X_probe : (n, width) float32
        Rows, such as the hold-out; at least one.
    progress : callable, optional
        May raise `CancelledError`.

    Returns
    -------
    Replay

    Raises
    ------
    ModelError
        The two give different numbers of columns.
    WorkerError, UnsafeModelError, CancelledError
        As `Worker.predict`.
    """
    rows = np.ascontiguousarray(X_probe, dtype=np.float32)
    with Worker(model) as worker:
        ((output, given),) = worker.predict(rows, progress).items()
    meant = np.asarray(estimator_predict(rows), dtype=np.float64)
    meant = meant[:, None] if meant.ndim == 1 else meant
    if meant.shape != given.shape or not len(rows):
        raise ModelError(
            f"the file gives {given.shape} where the model gives {meant.shape}",
            hint="Export the model again, or choose another family.",
        )
    difference = np.abs(given - meant)
    scale = 1.0 if output == "probabilities" else float(meant.std()) or 1.0
    within = (difference <= TOLERANCE * scale).all(axis=1)
    same = given.argmax(axis=1) == meant.argmax(axis=1) if output == "probabilities" else within
    return Replay(agreement=float(same.mean()), difference=float(difference.max()), faithful=float(within.mean()))


def require_faithful(found: Replay) -> None:
    """Raise where a file does not say what its model says.

    Raises
    ------
    ModelError
        Fewer than `FAITHFUL` of the rows are within the tolerance.
    """
    if found.faithful < FAITHFUL:
        raise ModelError(
            f"the exported file changes the answer to {1 - found.faithful:.1%} of the probe rows",
            hint="Choose another family; boosting, forests, linear models and networks export exactly.",
        )


def answers_of(estimator: Any) -> Callable[[NDArray[np.float32]], npt.ArrayLike]:
    """Return the method of an estimator that gives what its file gives: probabilities, else values."""
    found: Callable[[NDArray[np.float32]], npt.ArrayLike]
    classifier = hasattr(estimator, "classes_")
    found = estimator.predict_proba if classifier else estimator.predict
    return found
