# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's decision trees and forests as ONNX, missing values included.

The converter of skl2onnx drops the direction that a tree learned for missing values: on data with a tenth of the values
missing, 4 to 17 % of the labels of a forest changed.  This one keeps it.

Rules
-----
* A float32 row takes the same path as in scikit-learn (`lwnode.models.trees`).
* A leaf gives one number, so the trees of a classifier stand in the file once for each class but the first, whose share
  is what remains.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lwnode.errors import ModelError
from lwnode.models.graph import Draft, Fragment
from lwnode.models.trees import Ensemble, Tree


def forest_fragment(estimator: Any, *, source: str, target: str, prefix: str = "") -> Fragment:
    """Return the fragment that predicts as a fitted tree or forest does.

    Parameters
    ----------
    estimator : DecisionTree*, ExtraTree*, RandomForest* or ExtraTrees*
        Fitted, with one output.
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
        Not fitted, with several outputs, or with fewer than two classes.

    Notes
    -----
    O(trees * nodes * classes) time and size.
    """
    members = getattr(estimator, "estimators_", [estimator])
    if not all(hasattr(member, "tree_") for member in members):
        raise ModelError("the forest is not fitted", hint="Fit it before it is exported.")
    if estimator.n_outputs_ != 1:
        raise ModelError("the forest predicts several outputs", hint="Fit one model for each output.")
    classes = len(estimator.classes_) if hasattr(estimator, "classes_") else 0
    if classes == 1:
        raise ModelError("the classifier knows one class only", hint="Fit it on rows of at least two classes.")
    columns = range(1, classes) if classes else range(1)
    targets = len(columns)
    ensemble = Ensemble()
    for member in members:
        for target_number, column in enumerate(columns):
            ensemble.add(_tree(member.tree_, column, target_number, len(members)))
    draft = Draft(source=source, target=target, prefix=prefix)
    sums = ensemble.node(draft, source, targets=targets)
    if not classes:
        draft.node("Identity", sums, last=True)
        return draft.done()
    rest = np.hstack([-np.ones((targets, 1)), np.eye(targets)])
    bias = np.eye(1, classes)[0]
    shares = draft.node("Gemm", sums, draft.constant(rest), draft.constant(bias))
    draft.node("Clip", shares, draft.constant(0.0), draft.constant(1.0), last=True)
    return draft.done()


def _tree(tree: Any, column: int, target: int, members: int) -> Tree:
    value = tree.value[:, 0, column]
    return Tree(
        left=tree.children_left.astype(np.int64),
        right=tree.children_right.astype(np.int64),
        leaf=tree.children_left < 0,
        column=tree.feature.astype(np.int64),
        threshold=tree.threshold.astype(np.float64),
        missing_left=tree.missing_go_to_left.astype(bool),
        value=value.astype(np.float64) / members,
        target=target,
    )
