# SPDX-License-Identifier: Apache-2.0
"""What is tried: families of models and their settings, by preset.

Rules
-----
* Every family can be published: none keeps rows, every leaf of a tree has at least 10 of them.
* ``quick`` is for a first look, ``balanced`` for use, ``thorough`` for when time does not matter.
* A family with more than one setting is tuned on a part of the training rows, so that the held-out rows judge one
  model a family and not the luckiest of many.

Called by `lwnode.training.fit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from lwnode.errors import DataError
from lwnode.models.neural import Settings as Network
from lwnode.types import Task

Preset: TypeAlias = Literal["quick", "balanced", "thorough"]

LEAF_ROWS = 10  # fewest rows behind any leaf that is published


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """Logistic or ridge regression on scaled columns; ``penalty`` is the weight of the squared coefficients."""

    penalty: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosting:
    """Histogram gradient boosting.

    Parameters
    ----------
    rate : float
        Learning rate.
    leaves : int
        Most leaves of a tree.
    leaf_rows : int
        Fewest rows of a leaf.
    rounds : int
        Most trees (for each class, where there are more than two).
    patience : int
        Rounds without improvement on rows of its own after which it stops; 0 to do all rounds.
    """

    rate: float = 0.1
    leaves: int = 15
    leaf_rows: int = 20
    rounds: int = 200
    patience: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """Random forest; ``share`` of the columns is looked at for a split, ``leaf_rows`` grow with the data."""

    trees: int = 120
    leaf_rows: int = LEAF_ROWS
    share: float = 0.5


Settings: TypeAlias = Linear | Boosting | Forest | Network
"""The network's are those of `lwnode.models.neural`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One family with the settings to try.

    Parameters
    ----------
    family : str
        As on the leaderboard and in the card.
    settings : tuple
        At least one; the best on an inner split is kept.
    rows : int
        Fewest rows for which it is tried.
    """

    family: str
    settings: tuple[Settings, ...]
    rows: int = 0


def _network(hidden: tuple[int, ...], decay: float) -> Network:
    """Return settings for some thousand rows: strong decay, as a network on so few learns them by heart otherwise."""
    return Network(hidden=hidden, weight_decay=decay, learning_rate=5e-3, epochs=100, patience=8)


_PRESETS: dict[str, dict[str, tuple[Settings, ...]]] = {
    "quick": {"linear": (Linear(),), "boosting": (Boosting(),)},
    "balanced": {
        "linear": (Linear(penalty=1.0), Linear(penalty=30.0)),
        "boosting": (Boosting(), Boosting(rate=0.05, leaves=6, rounds=300)),
        "forest": (Forest(),),
        "network": (_network((32,), 1.0), _network((64, 32), 0.1)),
    },
    "thorough": {
        "linear": tuple(Linear(penalty=p) for p in (0.1, 1.0, 10.0, 100.0)),
        "boosting": tuple(
            Boosting(rate=rate, leaves=leaves, leaf_rows=rows, rounds=800, patience=20)
            for rate in (0.03, 0.08)
            for leaves in (4, 8, 16, 31)
            for rows in (LEAF_ROWS, 40)
        ),
        "forest": tuple(Forest(trees=200, share=share) for share in (0.3, 0.6)),
        "network": tuple(
            _network(hidden, decay) for hidden in ((32,), (64, 32), (128, 64)) for decay in (0.03, 0.3, 1.0)
        ),
    },
}
_ROWS = {"linear": 0, "boosting": 0, "forest": 0, "network": 200}


def family_name(kind: str, task: Task) -> str:
    """Return what a family is called for a task."""
    names = {"boosting": "histogram boosting", "forest": "random forest", "network": "neural network"}
    if kind == "linear":
        return "ridge regression" if task == "regression" else "logistic regression"
    return names[kind]


def candidates(preset: str, task: Task) -> tuple[Candidate, ...]:
    """Return what a preset tries for a task.

    Raises
    ------
    DataError
        There is no such preset.
    """
    if preset not in get_args(Preset):
        raise DataError(f"there is no preset '{preset}'", hint="presets are: " + ", ".join(get_args(Preset)))
    return tuple(
        Candidate(family=family_name(kind, task), settings=settings, rows=_ROWS[kind])
        for kind, settings in _PRESETS[preset].items()
    )
