# SPDX-License-Identifier: Apache-2.0
"""The model card: how to call a learnware's model, and what its owner measured.

The model takes one float32 matrix, a column for each input in order.  A number goes in as it is, in the unit stated; a
category goes in as the position of its level; a missing value or an unknown level is NaN.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lwnode.documents.canonical import optional
from lwnode.documents.specification import Privacy
from lwnode.errors import DocumentError

ORIGIN_LIMIT = 256  # learnwares that a model is made from
_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input column.

    Parameters
    ----------
    name : str
    type : {"number", "category"}
    unit : str
    levels : tuple of str
        Levels of a category in the order of their positions.
    """

    name: str
    type: Literal["number", "category"]
    unit: str = ""
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One published figure.

    Parameters
    ----------
    name : str
        Such as ``auc``, ``accuracy``, ``rmse``, ``r2``.
    value, low, high : float
        Estimate and 95 % interval, rounded to two digits.
    """

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a model was made from.

    Parameters
    ----------
    kind : {"fine-tuned", "distilled", "composed", "unchanged"}
        Trained further on its owner's labels, taught by the learnwares' answers, put together of their models, or one
        of them as it was.
    learnwares : tuple of str
        Their ids, at least one.
    """

    kind: Literal["fine-tuned", "distilled", "composed", "unchanged"]
    learnwares: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse an origin without meaning; `DocumentError`."""
        if not self.learnwares or not all(_ID.fullmatch(one) for one in self.learnwares):
            raise DocumentError("an origin names the learnwares by their ids")
        if len(set(self.learnwares)) < len(self.learnwares) or len(self.learnwares) > ORIGIN_LIMIT:
            raise DocumentError(f"an origin names 1 to {ORIGIN_LIMIT} learnwares, each once")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The card of one model.

    Parameters
    ----------
    format : {"onnx"}
    family : str
        What was trained, such as ``histogram boosting``.
    task : {"classification", "regression", "feature extraction"}
    inputs : tuple of Input
    classes : tuple of str
        Labels in the order of the model's probabilities; empty unless a classifier.
    target : str
        Name of the column it predicts; empty where it has none.
    figures : tuple of Figure
        On rows that were held out.
    figures_note : str
        How they were protected, such as ``rounded to two digits, not covered by epsilon``.
    probe_agreement : float
        Share of a probe batch on which the file gives the trained model's label (classifier) or value.
    probe_difference : float
        Largest absolute difference on the probe batch.
    note : str
        What a person overrode in the audit, and why; empty where nothing.
    encoder : str
        Id of the encoder that turns images or texts into the inputs; empty for tables.
    privacy : Privacy or None
        The guarantee of the model itself; None where it was trained without one.
    temperature : float or None
        By which a classifier's log-odds are divided to be calibrated; None where it is not said.
    temperature_note : str
        How it was protected, or why it is not said.
    origin : Origin or None
        What it was made from; None where it was trained from nothing.
    """

    schema: Literal["lwnode.card/1"] = "lwnode.card/1"
    format: Literal["onnx"] = "onnx"
    family: str
    task: Literal["classification", "regression", "feature extraction"]
    inputs: tuple[Input, ...]
    classes: tuple[str, ...] = ()
    target: str = ""
    figures: tuple[Figure, ...] = ()
    figures_note: str = ""
    probe_agreement: float = 1.0
    probe_difference: float = 0.0
    note: str = ""
    encoder: str = optional("")
    privacy: Privacy | None = optional(None)
    temperature: float | None = optional(None)
    temperature_note: str = optional("")
    origin: Origin | None = optional(None)
