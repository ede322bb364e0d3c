# SPDX-License-Identifier: Apache-2.0
"""Which fitted estimators may leave the house: families that keep the rows they were trained on may not.

A nearest-neighbour model *is* its training table; a support vector machine keeps part of it, row by row.  The copy scan
(`lwnode.models.arrays` with the audit) looks at numbers; this check looks at what the estimator is, which holds even
where the rows were scaled or embedded first.

Rules
-----
* Everything inside counts: steps of a pipeline, members of an ensemble, transformers, wrapped estimators.
* Checks return findings; the caller decides (`lwnode.errors.Finding`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from lwnode.errors import Finding

SMALLEST_LEAF: Final = 10  # rows; below it a leaf tells about single people

_NEIGHBOURS: Final = """
    KNeighborsClassifier KNeighborsRegressor KNeighborsTransformer RadiusNeighborsClassifier RadiusNeighborsRegressor
    RadiusNeighborsTransformer NearestNeighbors KNNImputer LocalOutlierFactor KernelDensity
"""
_KERNELS: Final = "GaussianProcessClassifier GaussianProcessRegressor KernelRidge KernelPCA Nystroem Isomap"
_VECTORS: Final = "SVC SVR NuSVC NuSVR OneClassSVM"
_OTHERS: Final = """
    LabelPropagation LabelSpreading LocallyLinearEmbedding AffinityPropagation DBSCAN HDBSCAN OPTICS Birch SparseCoder
"""
_ROWS: Final[dict[str, str]] = {
    **dict.fromkeys(_NEIGHBOURS.split(), "it is the training table, searched at every prediction"),
    **dict.fromkeys(_KERNELS.split(), "it compares new rows with training rows that it keeps"),
    **dict.fromkeys(_VECTORS.split(), "its support vectors are training rows"),
    **dict.fromkeys(_OTHERS.split(), "it keeps training rows"),
    "QuantileTransformer": "its quantiles are the values of each column, up to a thousand of them",
}
_KEPT: Final = ("_fit_X", "X_train_", "X_fit_", "support_vectors_", "_raw_data", "training_data_")
_VALUES: Final = {
    "IsotonicRegression": "its steps are values of training rows",
    "KBinsDiscretizer": "its edges may be values of training rows",
    "SplineTransformer": "its knots may be values of training rows",
    "TargetEncoder": "a rare level's code is close to a single row's target",
    "CountVectorizer": "its vocabulary may hold names of people",
    "TfidfVectorizer": "its vocabulary may hold names of people",
}


def refuse(estimator: Any) -> tuple[Finding, ...]:
    """Return what speaks against publishing a fitted estimator.

    Parameters
    ----------
    estimator
        A fitted scikit-learn estimator, pipeline or ensemble, or the network preset.

    Returns
    -------
    tuple of Finding
        ``family-keeps-rows`` (refuse): it holds training rows.  ``family-keeps-values`` (warn): it holds single
        values.  ``small-leaves`` (warn): a tree has leaves of fewer than `SMALLEST_LEAF` rows.  Refusals come first,
        and each family is named once.
    """
    found: dict[tuple[str, str], Finding] = {}
    smallest: int | None = None
    for part in parts(estimator):
        name = type(part).__name__
        reason = _ROWS.get(name)
        if reason is None and _holds_rows(part):
            reason = "it keeps training rows"
        if reason is not None:
            found["a", name] = Finding(
                code="family-keeps-rows",
                severity="refuse",
                message=f"{name} cannot be published: {reason}. Train boosting, a forest, a linear model or a network.",
                where="model.onnx",
            )
        elif name in _VALUES:
            found["b", name] = Finding(
                code="family-keeps-values", severity="warn", message=f"{name}: {_VALUES[name]}.", where="model.onnx"
            )
        leaf = _smallest_leaf(part)
        smallest = leaf if smallest is None else min(smallest, leaf if leaf is not None else smallest)
    if smallest is not None and smallest < SMALLEST_LEAF:
        found["c", ""] = Finding(
            code="small-leaves",
            severity="warn",
            message=f"A leaf of the trees stands for {smallest} row(s), {SMALLEST_LEAF} are the least for a "
            "publication. Train again with a larger min_samples_leaf.",
            where="model.onnx",
        )
    return tuple(found[key] for key in sorted(found))


def parts(estimator: Any) -> Iterator[Any]:
    """Yield a fitted estimator and everything of scikit-learn's kind that it holds, each once.

    Fitted attributes and parameters are followed through lists, tuples, dictionaries and object arrays.  An estimator
    that was only a template, and was cloned before fitting, is yielded too.
    """
    seen: set[int] = set()
    waiting: list[Any] = [estimator]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, (list, tuple, set, frozenset)):
            waiting.extend(value)
        elif isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, np.ndarray):
            if value.dtype == object:
                waiting.extend(value.ravel().tolist())
        elif not isinstance(value, type) and (value is estimator or _is_part(value)):
            yield value
            waiting.extend(getattr(value, "__dict__", {}).values())


def _is_part(value: Any) -> bool:
    module = type(value).__module__
    return hasattr(value, "get_params") or module.startswith("sklearn.")


def _holds_rows(part: Any) -> bool:
    """Say whether an estimator of any library has an attribute that is known to hold training rows."""
    held = getattr(part, "__dict__", {})
    matrices = any(getattr(held.get(name), "ndim", 0) == 2 for name in _KEPT)
    return matrices or any(type(value).__name__ in ("KDTree", "BallTree") for value in held.values())


def _smallest_leaf(part: Any) -> int | None:
    """Return the number of training rows of the smallest leaf of one fitted tree, None for anything else."""
    name = type(part).__name__
    if name == "Tree" and hasattr(part, "n_node_samples"):
        counts = part.n_node_samples[part.children_left < 0]
    elif name == "TreePredictor":
        counts = part.nodes["count"][part.nodes["is_leaf"].astype(bool)]
    else:
        return None
    return int(counts.min())
