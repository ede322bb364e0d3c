# SPDX-License-Identifier: Apache-2.0
"""Actions of `Node`: models of one's own."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from lwnode.node.data import refer
from lwnode.node.facade.calls import Calls
from lwnode.node.handles import Model
from lwnode.node.privacy import Budget, PrivacyChoice
from lwnode.types import Progress, silent


class ModelCalls(Calls):
    """Models of one's own."""

    def train(
        self,
        data: Any,
        *,
        task: Literal["", "classification", "regression"] = "",
        preset: Literal["quick", "balanced", "thorough"] = "balanced",
        target: str = "",
        seed: int = 0,
        privacy: Budget | None = None,
        family: Literal["", "linear", "network", "images"] = "",
        classes: tuple[str, ...] = (),
        bounds: tuple[float, float] | None = None,
        start: str = "",
        progress: Progress = silent,
    ) -> Model:
        """Train models on a data set, in a process of their own, and keep the best; or one private model; or a start.

        Parameters
        ----------
        data : DataSetInfo, name, path, Table, array or frame
            A plain table is registered by its name.
        task : str
            Default: from the target column.
        preset : {"quick", "balanced", "thorough"}
        privacy : Budget, optional
            Makes the model itself (ε, δ)-private and charges the data set's budget, once: the same call again returns
            the same model.  It needs a profile with public bounds, and takes neither preset nor seed.
        family : {"", "linear", "network", "images"}
            Of a private model; default: linear, which needs the fewest rows, and images for a table of plain pixels.
        classes : tuple of str, optional
        bounds : (low, high), optional
            Public description of a private model's target, where the profile gives none.
        start : str
            Id of a found learnware: its model is trained further on the data's labels, ten or more of them, and kept as
            a model of one's own.  Where cross-fitting on the labels finds it no better, the learnware stays as it is,
            and the leaderboard says so.
        """
        arguments = {
            "data": refer(data, target=target),
            "task": task,
            "preset": preset,
            "seed": seed,
            "privacy": PrivacyChoice(epsilon=privacy.epsilon, delta=privacy.delta) if privacy is not None else None,
            "family": family,
            "classes": classes,
            "bounds": bounds,
            "start": start,
        }
        return Model(self._call("train", arguments, progress), self._call)

    def adopt(
        self,
        model: Any,
        data: Any,
        *,
        inputs: tuple[str, ...] | None = None,
        classes: tuple[str, ...] = (),
        task: Literal["", "classification", "regression", "feature extraction"] = "",
        progress: Progress = silent,
    ) -> Model:
        """Keep a model of one's own: a fitted estimator, or an ONNX file (path or bytes).

        Parameters
        ----------
        model : estimator, path or bytes
            Converted in this process; only ONNX is kept.
        data : DataSetInfo, name, path, Table or frame
            The rows it was trained on; needed for the specification and the copy scan.
        inputs : tuple of str, optional
            Columns in the order the model takes them; default: the data's features.
        """
        from lwnode.node.adopting import adopted

        arguments = adopted(model, refer(data), inputs=inputs, classes=classes, task=task, call=self._call)
        return Model(self._call("adopt", arguments, progress), self._call)

    def models(self) -> tuple[Model, ...]:
        """List this node's models."""
        return tuple(Model(info, self._call) for info in self._call("models", {}))

    def model(self, id: str) -> Model:
        """Show one of this node's models."""
        return Model(self._call("model", {"id": id}), self._call)

    def predict(self, model: str, data: Any, *, progress: Progress = silent) -> np.ndarray[Any, Any]:
        """Predict with one of this node's own models."""
        return self.model(model).predict(data, progress=progress)
