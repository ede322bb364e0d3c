# SPDX-License-Identifier: Apache-2.0
"""Fitted estimators as model files.

Histogram boosting, trees and forests are written by this package alone; everything else goes through skl2onnx, with our
own converters for the steps that it gets wrong or cannot do.  The network preset brings its own writer.

Rules
-----
* What is exported answers as the estimator does on float32 rows, missing values included; `lwnode.models.probe` checks
  it on rows, for every export.
* Third parties' warnings stay in here.
* Called by training and by `lwnode.models.adopt`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np

from lwnode.errors import ModelError
from lwnode.models.encoders import imputer_fragment, one_hot_fragment, scaler_fragment
from lwnode.models.families import parts
from lwnode.models.forests import forest_fragment
from lwnode.models.format import INPUT, OPSET, TREES_DOMAIN, output_of
from lwnode.models.graph import Fragment, assemble
from lwnode.models.histogram_boosting import boosting_fragment
from lwnode.models.normalise import normalise
from lwnode.types import Task

_SKL_TREES: Final = 3  # version of the tree domain that skl2onnx writes


@runtime_checkable
class Exportable(Protocol):
    """An estimator that writes itself, as the network preset does."""

    task: Task

    def to_onnx(self) -> bytes:
        """Return the model file."""
        ...


def to_onnx(estimator: Any, *, width: int) -> bytes:
    """Write a fitted estimator as a model file.

    Parameters
    ----------
    estimator
        A fitted scikit-learn classifier with probabilities, regressor, or pipeline that ends in one; or an estimator
        with a method ``to_onnx``, such as the network preset.
    width : int
        Columns of its input.

    Returns
    -------
    bytes
        ONNX in the one format (`lwnode.models.format`).

    Raises
    ------
    ModelError
        Not fitted, without probabilities, or with a step that cannot be written; the hint says what can.

    Notes
    -----
    About 20 ms for histogram boosting and forests; skl2onnx takes a second to import and 10–100 ms after that.
    """
    if isinstance(estimator, Exportable):
        return estimator.to_onnx()
    task = task_of(estimator)
    columns = len(estimator.classes_) if task == "classification" else 1
    if task == "classification" and columns < 2:
        raise ModelError("the classifier knows one class only", hint="Fit it on rows of at least two classes.")
    while hasattr(estimator, "best_estimator_"):
        estimator = estimator.best_estimator_
    own = _own_writers().get(type(estimator))
    if own is not None:
        fragment = own(estimator, source=INPUT, target=output_of(task))
        return assemble(fragment, width=width, columns=columns, task=task)
    return _through_skl2onnx(estimator, width=width, columns=columns, task=task)


def task_of(estimator: Any) -> Task:
    """Return the task of a fitted estimator.

    Raises
    ------
    ModelError
        Neither a classifier with probabilities nor a regressor, or not fitted.
    """
    if isinstance(estimator, Exportable):
        return estimator.task
    if hasattr(estimator, "predict_proba"):
        if not hasattr(estimator, "classes_"):
            raise ModelError("the classifier is not fitted", hint="Fit it before it is exported.")
        return "classification"
    if hasattr(estimator, "classes_") or not hasattr(estimator, "predict"):
        raise ModelError(
            f"{type(estimator).__name__} gives no class probabilities and is no regressor",
            hint="Wrap a classifier without predict_proba into CalibratedClassifierCV, or take another one.",
        )
    return "regression"


def _own_writers() -> dict[type, Callable[..., Fragment]]:
    """Return our writers by the estimator class that they are for."""
    from sklearn import ensemble, impute, preprocessing, tree

    forests = (
        tree.DecisionTreeClassifier,
        tree.DecisionTreeRegressor,
        tree.ExtraTreeClassifier,
        tree.ExtraTreeRegressor,
        ensemble.RandomForestClassifier,
        ensemble.RandomForestRegressor,
        ensemble.ExtraTreesClassifier,
        ensemble.ExtraTreesRegressor,
    )
    return {
        ensemble.HistGradientBoostingClassifier: boosting_fragment,
        ensemble.HistGradientBoostingRegressor: boosting_fragment,
        **dict.fromkeys(forests, forest_fragment),
        impute.SimpleImputer: imputer_fragment,
        preprocessing.StandardScaler: scaler_fragment,
        preprocessing.OneHotEncoder: one_hot_fragment,
    }


def _through_skl2onnx(estimator: Any, *, width: int, columns: int, task: Task) -> bytes:
    """Write an estimator with skl2onnx, our own writers taking over their steps wherever they stand."""
    _refuse_calibrated_boosting(estimator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from skl2onnx import convert_sklearn
        from skl2onnx.common.data_types import FloatTensorType

        writers = _own_writers()
        shapes = {kind: _encoder_shape for kind, writer in writers.items() if writer in _ENCODERS}
        try:
            model = convert_sklearn(
                estimator,
                name="lwnode",
                initial_types=[(INPUT, FloatTensorType([None, width]))],
                target_opset={"": OPSET, TREES_DOMAIN: _SKL_TREES},
                options={"zipmap": False} if task == "classification" else None,
                custom_conversion_functions={kind: _converter(writer) for kind, writer in writers.items()},
                custom_shape_calculators=shapes,
            )
        # a converter that meets a case it was not written for fails with any of these
        except (RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
            raise ModelError(
                f"{type(estimator).__name__} cannot be written as ONNX: {type(error).__name__} in its converter",
                hint="Use histogram boosting, forests, linear models or networks, with imputing, scaling and one-hot "
                "encoding before them.",
            ) from error
    versions = {"": OPSET, TREES_DOMAIN: _SKL_TREES}
    return normalise(model, task=task, width=width, columns=columns, versions=versions)


def _refuse_calibrated_boosting(estimator: Any) -> None:
    """Stop before skl2onnx calibrates probabilities where scikit-learn calibrates scores: it changes the answers."""
    for part in parts(estimator):
        if type(part).__name__ == "CalibratedClassifierCV" and any(
            type(inner).__name__ == "HistGradientBoostingClassifier" for inner in parts(part)
        ):
            raise ModelError(
                "calibrated histogram boosting cannot be written as ONNX",
                hint="Publish the boosting itself: its probabilities come from a proper loss.",
            )


_ENCODERS: Final = (imputer_fragment, one_hot_fragment, scaler_fragment)


def _encoder_shape(operator: Any) -> None:
    """Tell skl2onnx how many columns one of our encoders gives."""
    from skl2onnx.common.data_types import FloatTensorType

    step = operator.raw_operator
    operator.outputs[0].type = FloatTensorType([None, len(step.get_feature_names_out())])


def _converter(writer: Callable[..., Fragment]) -> Callable[[Any, Any, Any], None]:
    """Return one of our writers in the form that skl2onnx calls."""

    def convert(scope: Any, operator: Any, container: Any) -> None:
        from onnx import helper, numpy_helper

        step = operator.raw_operator
        prefix = scope.get_unique_variable_name("own")
        names = [value.full_name for value in operator.inputs]
        source = f"{prefix} source"
        container.nodes.append(helper.make_node("Concat", names, [f"{prefix} joined"], axis=1))
        container.nodes.append(helper.make_node("Cast", [f"{prefix} joined"], [source], to=1))
        fragment = writer(step, source=source, target=operator.outputs[-1].full_name, prefix=prefix)
        container.nodes.extend(fragment.nodes)
        container.initializers.extend(fragment.constants)
        if len(operator.outputs) == 2:  # a classifier inside another estimator also gives its label
            labels = np.asarray(step.classes_)
            labels = labels.astype(np.int64) if labels.dtype.kind in "iub" else labels.astype(str).astype(object)
            container.initializers.append(numpy_helper.from_array(labels, f"{prefix} labels"))
            ranks = f"{prefix} ranks"
            container.nodes.append(helper.make_node("ArgMax", [fragment.target], [ranks], axis=1, keepdims=0))
            container.nodes.append(
                helper.make_node("Gather", [f"{prefix} labels", ranks], [operator.outputs[0].full_name])
            )

    return convert
