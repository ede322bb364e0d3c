# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's histogram boosting as ONNX.

The best tabular model of this node has no working exporter elsewhere, so this is the one.  It reads the fitted trees of
`HistGradientBoostingClassifier` and `HistGradientBoostingRegressor` and writes them as a fragment.

Rules
-----
* Every float32 row takes the same path as in scikit-learn: thresholds, missing values, native categories.
* A category column holds positions of levels.  A level that was not there in training, or anything that is not a
  position, goes where a missing value goes, as scikit-learn's encoder and predictor do.
* Class probabilities come out of a softmax over (0, score), so that both of two classes keep their relative accuracy
  when one of them is nearly certain.
* The estimator's private attributes are read here and nowhere else; a version of scikit-learn that changes them fails
  with `ModelError`, not with other numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from lwnode.errors import ModelError
from lwnode.models.graph import Draft, Fragment
from lwnode.models.trees import Ensemble, Indices, Tree
from lwnode.types import Vector

_LARGEST_POSITION: Final = 1 << 20  # far above scikit-learn's 255 levels, far below where float32 has gaps
_CLASS_LINKS: Final = frozenset({"LogitLink", "MultinomialLogit"})
_VALUE_LINKS: Final = frozenset({"IdentityLink", "LogLink"})


def boosting_fragment(estimator: Any, *, source: str, target: str, prefix: str = "") -> Fragment:
    """Return the fragment that predicts as a fitted histogram boosting does.

    Parameters
    ----------
    estimator : HistGradientBoostingClassifier or HistGradientBoostingRegressor
        Fitted.
    source : str
        Name of a float32 matrix (n, width).
    target : str
        Name that the probabilities (n, classes) or values (n, 1) get.
    prefix : str
        Starts the names in between.

    Returns
    -------
    Fragment

    Raises
    ------
    ModelError
        Not fitted, fitted on category names instead of positions, or from a scikit-learn whose inner form is unknown.

    Notes
    -----
    O(trees * leaves) time; 100 iterations of 31 leaves take about 20 ms and 90 kB.
    """
    for needed in ("_predictors", "_baseline_prediction", "_loss", "_preprocessor"):
        if not hasattr(estimator, needed):
            raise ModelError(
                f"the histogram boosting has no '{needed}': it is not fitted, or this scikit-learn stores it otherwise",
                hint="Fit it first; otherwise install the scikit-learn version that this lwnode was tested with.",
            )
    link = type(estimator._loss.link).__name__
    classifier = hasattr(estimator, "classes_")
    if link not in (_CLASS_LINKS if classifier else _VALUE_LINKS):
        raise ModelError(f"the link function '{link}' of this boosting is not known", hint="Use a standard loss.")
    columns, levels = _columns(estimator)
    draft = Draft(source=source, target=target, prefix=prefix)
    data = _only_positions(draft, levels, int(estimator.n_features_in_)) if levels else source
    targets = int(estimator.n_trees_per_iteration_)
    ensemble = Ensemble()
    for iteration in estimator._predictors:
        for number, predictor in enumerate(iteration):
            ensemble.add(_tree(predictor, columns, levels, number))
    sums = ensemble.node(draft, data, targets=targets)
    baseline = np.asarray(estimator._baseline_prediction, dtype=np.float64).reshape(targets)
    if not classifier:
        last = link == "IdentityLink"
        values = draft.node("Add", sums, draft.constant(baseline), last=last)
        if not last:
            draft.node("Exp", values, last=True)
    elif targets == 1:
        scores = draft.node("Gemm", sums, draft.constant([[0.0, 1.0]]), draft.constant([0.0, baseline[0]]))
        draft.node("Softmax", scores, last=True, attributes={"axis": 1})
    else:
        scores = draft.node("Add", sums, draft.constant(baseline))
        draft.node("Softmax", scores, last=True, attributes={"axis": 1})
    return draft.done()


def _columns(estimator: Any) -> tuple[Indices, dict[int, Vector]]:
    """Return the input column of each of the trees' features, and the known levels of the category columns.

    With native categories scikit-learn puts these columns first and replaces each level by its rank.
    """
    width = int(estimator.n_features_in_)
    if estimator._preprocessor is None:
        return np.arange(width, dtype=np.int64), {}
    chosen = np.asarray(estimator.is_categorical_, dtype=bool)
    columns = np.concatenate([np.flatnonzero(chosen), np.flatnonzero(~chosen)]).astype(np.int64)
    levels: dict[int, Vector] = {}
    for column, found in zip(columns, estimator._preprocessor.named_transformers_["encoder"].categories_, strict=False):
        try:
            known = np.asarray(found, dtype=np.float64)
        except (TypeError, ValueError):
            known = np.array([0.5])
        known = known[~np.isnan(known)]
        if np.any(known != np.floor(known)) or np.any(known < 0) or np.any(known > _LARGEST_POSITION):
            raise ModelError(
                "the boosting was fitted on category names or numbers, not on positions of levels",
                hint="Encode each category as 0, 1, 2, … with NaN for missing, and fit again.",
            )
        levels[int(column)] = known
    return columns, levels


def _only_positions(draft: Draft, levels: Mapping[int, Vector], width: int) -> str:
    """Make anything but a whole number in range missing, in the category columns only.

    The runtime tests membership in a set with bits, after a conversion to an integer: 1.5 would pass for 1.
    """
    category = np.zeros((1, width), dtype=bool)
    highest = np.full((1, width), np.inf)
    for column, known in levels.items():
        category[0, column] = True
        highest[0, column] = known.max(initial=0.0)
    whole = draft.node("Equal", draft.source, draft.node("Floor", draft.source))
    low = draft.node("GreaterOrEqual", draft.source, draft.constant(0.0))
    high = draft.node("LessOrEqual", draft.source, draft.constant(highest))
    good = draft.node("And", whole, draft.node("And", low, high))
    keep = draft.node("Or", good, draft.constant(~category, np.bool_))
    return draft.node("Where", keep, draft.source, draft.constant(np.nan))


def _tree(predictor: Any, columns: Indices, levels: Mapping[int, Vector], target: int) -> Tree:
    nodes = predictor.nodes
    column = columns[nodes["feature_idx"].astype(np.int64)]
    left_sets: dict[int, Vector] = {}
    right_sets: dict[int, Vector] = {}
    leaf = nodes["is_leaf"].astype(bool)
    for node in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf):
        known = levels[int(column[node])]
        rank = np.arange(len(known))
        bits = predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]].astype(np.int64)
        goes_left = (bits[rank // 32] >> (rank % 32)) & 1 == 1
        left_sets[int(node)] = known[goes_left]
        right_sets[int(node)] = known[~goes_left]
    return Tree(
        left=nodes["left"].astype(np.int64),
        right=nodes["right"].astype(np.int64),
        leaf=leaf,
        column=column,
        threshold=nodes["num_threshold"].astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        value=nodes["value"].astype(np.float64),
        target=target,
        left_sets=left_sets,
        right_sets=right_sets,
    )
