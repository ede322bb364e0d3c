# SPDX-License-Identifier: Apache-2.0
"""Fitting one model on the encoded matrix.

Rules
-----
* Every family takes the same float32 matrix (`lwnode.training.encode`) and deals with missing values and categories
  itself: boosting splits on them, the network flags them; the others fill a number with its median and give each
  level, and "missing", a coordinate of its own.  So what is exported takes exactly what is published in the card.
* Labels are positions 0 to C - 1, so the columns of the probabilities are the card's classes.
* Deterministic for a seed; no global seed is touched.

Called by `lwnode.training.comparison` and `lwnode.training.fit`.  torch is imported only for a network.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.models.export import to_onnx
from lwnode.models.neural import NeuralNetwork
from lwnode.training.presets import LEAF_ROWS, Boosting, Forest, Linear, Settings
from lwnode.training.problem import Problem
from lwnode.types import Matrix, Task

_STOP_SHARE = 0.15  # of the rows, on which boosting watches for the end
_STOP_ROWS = 500  # rows below which it does not, and takes few rounds
_FEW_ROUNDS = 60
_FOREST_LEAVES = 400  # leaves of a tree, about: bounds the size of the file


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A fitted model.

    Parameters
    ----------
    estimator
        scikit-learn's, or the network preset.
    task : {"classification", "regression"}
    width : int
        Columns of the matrix.
    settings : Linear, Boosting, Forest or Network
        That give a model of the same size on more rows: early stopping of boosting is replaced by what it found.
    note : str
        What a person should know about the fit; empty where nothing.
    """

    estimator: Any
    task: Task
    width: int
    settings: Settings
    note: str = ""

    def scores(self, X: NDArray[np.float32]) -> Matrix:
        """Return (n, C) probabilities or (n, 1) values."""
        if self.task == "regression":
            values: Matrix = np.asarray(self.estimator.predict(X), dtype=np.float64).reshape(-1, 1)
            return values
        shares: Matrix = np.asarray(self.estimator.predict_proba(X), dtype=np.float64)
        return shares

    def to_onnx(self) -> bytes:
        """Return the model as an ONNX file."""
        return to_onnx(self.estimator, width=self.width)


def load() -> None:
    """Import what the scikit-learn families need, so that the first one's seconds do not include it."""
    import sklearn.compose
    import sklearn.ensemble
    import sklearn.impute
    import sklearn.linear_model
    import sklearn.pipeline
    import sklearn.preprocessing  # noqa: F401 (loaded, not used here)


def fit(
    settings: Settings,
    problem: Problem,
    rows: NDArray[np.intp],
    *,
    seed: int,
    tick: Callable[[float], None] = lambda share: None,
) -> Model:
    """Fit one model on some rows of a problem.

    Parameters
    ----------
    settings : Linear, Boosting, Forest or Network
    problem : Problem
    rows : (k,) int
    seed : int
    tick : callable
        Told the share done where the family can tell; may raise `lwnode.errors.CancelledError`.
    """
    X, y = problem.X[rows], problem.y[rows]
    if isinstance(settings, Boosting):
        settings = _without_watch(settings, problem, y)
        estimator = _boosting(settings, problem, seed)
    elif isinstance(settings, Forest):
        estimator = _forest(settings, problem, len(rows), seed)
    elif isinstance(settings, Linear):
        estimator = _linear(settings, problem)
    else:
        network = NeuralNetwork(problem.inputs, task=problem.task, settings=settings, seed=seed)
        network.fit(X, y, progress=lambda share, doing: tick(share or 0.0))
        return Model(estimator=network, task=problem.task, width=X.shape[1], settings=settings)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        estimator.fit(X, y)
    from sklearn.exceptions import ConvergenceWarning

    stopped = any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
    if isinstance(settings, Boosting):
        settings = dataclasses.replace(settings, rounds=int(estimator.n_iter_), patience=0)
    return Model(
        estimator=estimator,
        task=problem.task,
        width=problem.X.shape[1],
        settings=settings,
        note="stopped before it converged" if stopped else "",
    )


def _without_watch(settings: Boosting, problem: Problem, y: NDArray[Any]) -> Boosting:
    """Return settings without early stopping where the rows it would watch are too few."""
    watched = _STOP_SHARE * len(y)
    classes = len(problem.classes)
    if settings.patience and (
        len(y) < _STOP_ROWS or watched < 5 * classes or (classes and np.bincount(y, minlength=classes).min() < 2)
    ):
        return dataclasses.replace(settings, rounds=min(settings.rounds, _FEW_ROUNDS), patience=0)
    return settings


def _boosting(settings: Boosting, problem: Problem, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingRegressor if problem.task == "regression" else HistGradientBoostingClassifier
    return kind(
        learning_rate=settings.rate,
        max_iter=settings.rounds,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=max(LEAF_ROWS, settings.leaf_rows),
        l2_regularization=1.0,
        categorical_features=[port.type == "category" for port in problem.inputs],
        early_stopping=bool(settings.patience),
        n_iter_no_change=max(1, settings.patience),
        validation_fraction=_STOP_SHARE,
        random_state=seed,
    )


def _forest(settings: Forest, problem: Problem, rows: int, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.pipeline import Pipeline

    kind = RandomForestRegressor if problem.task == "regression" else RandomForestClassifier
    model = kind(
        n_estimators=settings.trees,
        min_samples_leaf=max(LEAF_ROWS, settings.leaf_rows, rows // _FOREST_LEAVES),
        max_features=settings.share,
        random_state=seed,
    )
    return Pipeline([("columns", filled_columns(problem, scaled=False)), ("model", model)])


def _linear(settings: Linear, problem: Problem) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import Pipeline

    model = (
        Ridge(alpha=settings.penalty)
        if problem.task == "regression"
        else LogisticRegression(C=1.0 / settings.penalty, max_iter=500)
    )
    return Pipeline([("columns", filled_columns(problem, scaled=True)), ("model", model)])


def filled_columns(problem: Problem, *, scaled: bool) -> Any:
    """Return a transformer from the encoded matrix to one without missing values, one coordinate a level.

    Parameters
    ----------
    problem : Problem
        Its inputs say which columns are numbers.
    scaled : bool
        Numbers to mean 0 and variance 1.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [i for i, port in enumerate(problem.inputs) if port.type == "number"]
    categories = [i for i, port in enumerate(problem.inputs) if port.type == "category"]
    # -1 is the level "missing"
    levels = [np.arange(-1, len(problem.inputs[i].levels), dtype=np.float32) for i in categories]
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    number_steps = Pipeline([("fill", fill), ("scale", StandardScaler())]) if scaled else fill
    level_steps = Pipeline(
        [
            ("fill", SimpleImputer(strategy="constant", fill_value=-1.0, keep_empty_features=True)),
            (
                "levels",
                OneHotEncoder(categories=levels, handle_unknown="ignore", sparse_output=False, dtype=np.float32),
            ),
        ]
    )
    if not categories:
        return number_steps
    parts = [("levels", level_steps, categories)]
    return ColumnTransformer([("numbers", number_steps, numbers), *parts] if numbers else parts)
