# SPDX-License-Identifier: Apache-2.0
"""What `lwnode.training.tuning` asks of a way to make a start better with few labels.

===================================  ==================================================================================
`lwnode.training.head_tuning`        the last layer of a start, trained further: the whole of a logistic or ridge
                                     regression
`lwnode.training.fine_tuning`        all layers of a network
`lwnode.training.residual`           a small model on top: of a network, and of a start without layers that can be read
===================================  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lwnode.types import Matrix

Places = NDArray[np.intp]
Tick = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refined:
    """A start made better.

    Parameters
    ----------
    model : bytes
        One file.
    probed : (p, C) probabilities or (p, 1) values
        What it is meant to answer to the probe's rows.
    """

    model: bytes
    probed: Matrix


class Refinement(Protocol):
    """A way to make a start better, with the settings it can be done by, from near to the start to far from it."""

    def family(self, setting: int) -> str:
        """Return what the result is called, on the leaderboard and in the card."""
        ...

    @property
    def count(self) -> int:
        """Number of settings."""
        ...

    def answers(self, learn: Places, held: Places, tick: Tick) -> NDArray[np.float64]:
        """Return what each setting, fitted on ``learn``, gives for the rows ``held``: (settings, k, C or 1)."""
        ...

    def refine(self, setting: int, tick: Tick) -> Refined:
        """Return the start made better with one setting on all rows."""
        ...

    def described(self, setting: int) -> str:
        """Return what a setting is, in words."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Either:
    """Several ways side by side: the settings of the first, then those of the second, and so on."""

    ways: tuple[Refinement, ...]

    @property
    def count(self) -> int:
        """Number of settings."""
        return sum(way.count for way in self.ways)

    def family(self, setting: int) -> str:
        """Return what the result is called."""
        way, own = self._place(setting)
        return way.family(own)

    def answers(self, learn: Places, held: Places, tick: Tick) -> NDArray[np.float64]:
        """Return what each setting gives: (settings, k, C or 1)."""
        return np.concatenate([way.answers(learn, held, tick) for way in self.ways])

    def refine(self, setting: int, tick: Tick) -> Refined:
        """Return the start made better with one setting on all rows."""
        way, own = self._place(setting)
        return way.refine(own, tick)

    def described(self, setting: int) -> str:
        """Return what a setting is, in words."""
        way, own = self._place(setting)
        return way.described(own)

    def _place(self, setting: int) -> tuple[Refinement, int]:
        """Return whose setting it is, and which one there."""
        for way in self.ways:
            if setting < way.count:
                return way, setting
            setting -= way.count
        raise IndexError("there is no such setting")
