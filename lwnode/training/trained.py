# SPDX-License-Identifier: Apache-2.0
"""What a training run gives: the model file, its card and the leaderboard.

Called by `lwnode.training.fit`, which makes it, and the node, which keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lwnode.documents import Card, Figure
from lwnode.training.presets import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One family on the leaderboard.

    Parameters
    ----------
    family : str
    figures : tuple of Figure
        On the held-out rows, exact; the first is the one to show.  Empty where the family was left out.
    loss : float or None
        What decides, smaller is better: log loss (nats) of a classifier, RMSE of a regressor.
    seconds : float
        Wall time of all its fits before the last.
    note : str
        Why it was left out, or what was odd.
    won : bool
    """

    family: str
    figures: tuple[Figure, ...] = ()
    loss: float | None = None
    seconds: float = 0.0
    note: str = ""
    won: bool = False

    @property
    def figure(self) -> Figure | None:
        """The figure to show."""
        return self.figures[0] if self.figures else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The result of a training run.

    Parameters
    ----------
    model : bytes
        ONNX, fitted on all rows with a label.
    card : Card
        With rounded figures.
    leaderboard : tuple of Row
        Best first, families that were left out last.
    preset : {"quick", "balanced", "thorough", "fine-tuned", "distilled", "start"}
        How it was made; ``start`` where a start stays as it is.
    seed : int
    rows : int
        Rows with a label, all of which the model was fitted on in the end.
    held_out : int
        Rows that the figures are measured on, by a model that had not seen them.
    unlabelled : int
        Rows that took no part.
    """

    model: bytes
    card: Card
    leaderboard: tuple[Row, ...]
    preset: Preset | Literal["fine-tuned", "distilled", "start"]
    seed: int
    rows: int
    held_out: int
    unlabelled: int = 0
