# SPDX-License-Identifier: Apache-2.0
"""Tree ensembles as one ONNX operator, deciding exactly as the trees they were made of.

Used by `lwnode.models.histogram_boosting` and `lwnode.models.forests`.

Rules
-----
* A float32 row takes the same path here as in scikit-learn, which compares in float64: thresholds are rounded toward
  minus infinity, because for every float32 ``x`` and real ``t``, ``x <= t`` holds exactly when ``x <= floor32(t)``.
* A missing value (NaN) goes the way that the tree learned for it.
* A set of categories is one membership test, not a chain of comparisons: smaller files, and as fast as a threshold.
* Leaves are float32; the runtime adds them up in float32.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lwnode.models.format import TREES_DOMAIN
from lwnode.models.graph import Draft
from lwnode.types import Mask, Vector

_LESS_OR_EQUAL: Final = 0  # codes of the operator, version 5 of its domain
_MEMBER: Final = 6
_NOTHING: Final = -1.0  # stands for an empty set: no level has this position

Indices = NDArray[np.int64]


def floor32(values: Vector) -> NDArray[np.float32]:
    """Return the largest float32 that is not above each value.

    Parameters
    ----------
    values : (n,) float64
        Thresholds; infinite ones stay.

    Returns
    -------
    (n,) float32
    """
    exact = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore", under="ignore"):
        rounded = exact.astype(np.float32)
        above = rounded.astype(np.float64) > exact
        rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
    return rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One decision tree as flat arrays over its nodes; node 0 is the root.

    Parameters
    ----------
    left, right : (n,) int64
        Children of each inner node.
    leaf : (n,) bool
    column : (n,) int64
        Input column that an inner node looks at.
    threshold : (n,) float64
        ``x <= threshold`` goes left.
    missing_left : (n,) bool
        Where a missing value goes.
    value : (n,) float64
        What each leaf adds.
    target : int
        Column of the sum that it is added to.
    left_sets, right_sets : dict of int to (k,) float64
        For an inner node that tests a category: the levels that go left, and the known levels that go right.  Any
        other level goes where a missing value goes.
    """

    left: Indices
    right: Indices
    leaf: Mask
    column: Indices
    threshold: Vector
    missing_left: Mask
    value: Vector
    target: int
    left_sets: dict[int, Vector] = field(default_factory=dict)
    right_sets: dict[int, Vector] = field(default_factory=dict)


class Ensemble:
    """Trees on their way into one operator."""

    def __init__(self) -> None:
        self._inner: list[dict[str, NDArray[Any]]] = []
        self._roots: list[int] = []
        self._sets: list[Vector] = []
        self._leaves: list[tuple[Vector, int]] = []
        self._nodes = 0
        self._leaf_count = 0

    def add(self, tree: Tree) -> None:
        """Append one tree.

        Notes
        -----
        A category test asks for the set whose complement is "missing or unknown goes there too": where those go left,
        membership of the right set leads right and everything else left.  So unknown levels need no test of their own.
        """
        inner = np.flatnonzero(~tree.leaf)
        leaves = np.flatnonzero(tree.leaf)
        place = np.empty(len(tree.leaf), dtype=np.int64)
        place[inner] = self._nodes + np.arange(len(inner))
        place[leaves] = self._leaf_count + np.arange(len(leaves))
        self._leaves.append((tree.value[leaves], tree.target))
        self._roots.append(self._nodes)
        self._leaf_count += len(leaves)
        if not len(inner):
            # a tree that is one leaf: a node whose two branches are that leaf
            self._nodes += 1
            self._inner.append(_stump(place[0]))
            return
        sets = [int(node) for node in inner if int(node) in tree.left_sets]
        member = np.isin(inner, sets)
        swapped = member & tree.missing_left[inner]
        for node in sets:
            levels = tree.right_sets[node] if tree.missing_left[node] else tree.left_sets[node]
            self._sets.append(levels if len(levels) else np.array([_NOTHING]))
        yes = np.where(swapped, tree.right[inner], tree.left[inner])
        no = np.where(swapped, tree.left[inner], tree.right[inner])
        self._nodes += len(inner)
        self._inner.append(
            {
                "nodes_modes": np.where(member, _MEMBER, _LESS_OR_EQUAL),
                "nodes_featureids": tree.column[inner],
                "nodes_splits": floor32(np.where(member, 0.0, tree.threshold[inner])),
                "nodes_truenodeids": place[yes],
                "nodes_falsenodeids": place[no],
                "nodes_trueleafs": tree.leaf[yes],
                "nodes_falseleafs": tree.leaf[no],
                "nodes_missing_value_tracks_true": tree.missing_left[inner] & ~member,
            }
        )

    def node(self, draft: Draft, source: str, *, targets: int) -> str:
        """Add the operator to a draft, and return the name of the sums (n, targets) float32.

        Notes
        -----
        O(nodes) time.  About 14 bytes for an inner node and 6 for a leaf, and 4 for each level of a category test.
        """
        from onnx import numpy_helper

        columns = {key: np.concatenate([part[key] for part in self._inner]) for key in self._inner[0]}
        attributes: dict[str, Any] = {
            "n_targets": targets,
            "aggregate_function": 1,  # the sum
            "post_transform": 0,  # none
            "tree_roots": self._roots,
            "nodes_modes": numpy_helper.from_array(columns.pop("nodes_modes").astype(np.uint8)),
            "nodes_splits": numpy_helper.from_array(columns.pop("nodes_splits")),
            "leaf_targetids": [target for values, target in self._leaves for _ in values],
            "leaf_weights": numpy_helper.from_array(
                np.concatenate([values for values, _ in self._leaves]).astype(np.float32)
            ),
        }
        attributes.update((key, values.astype(np.int64).tolist()) for key, values in columns.items())
        if self._sets:
            parts = [part for levels in self._sets for part in (levels, [np.nan])]
            attributes["membership_values"] = numpy_helper.from_array(np.concatenate(parts).astype(np.float32))
        return draft.node("TreeEnsemble", source, domain=TREES_DOMAIN, attributes=attributes)


def _stump(leaf: int) -> dict[str, NDArray[Any]]:
    """Return the one node of a tree that is one leaf: both branches lead there."""
    zero = np.zeros(1, dtype=np.int64)
    return {
        "nodes_modes": zero,
        "nodes_featureids": zero,
        "nodes_missing_value_tracks_true": zero,
        "nodes_splits": np.zeros(1, dtype=np.float32),
        "nodes_truenodeids": np.array([leaf]),
        "nodes_falsenodeids": np.array([leaf]),
        "nodes_trueleafs": np.ones(1, dtype=np.int64),
        "nodes_falseleafs": np.ones(1, dtype=np.int64),
    }
