# SPDX-License-Identifier: Apache-2.0
"""Rehearsals: the mechanism of a draft, run again on a part of the rows, so that there are others to compare with.

Nobody outside the data is at hand when a draft is looked at.  So rows are put in pairs, a coin decides which of the two
is in, a specification is made of those that are, by the same mechanism with fresh noise, and the attacks are asked
which it was.

Rules
-----
* What a rehearsal makes never leaves and is never kept: it is no release, and nothing is charged for it.
* A pair is of one sort: two rows that are one of a kind, or two ordinary ones.  Otherwise an attack would only need to
  tell outliers from others.
* Half of the rows are in.  Where so few allow no specification (a private one needs a number of rows), fewer pairs are
  made and the other rows are all in.

Called by the audit of a draft, the tests and the benchmark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import PrivacyBudgetError
from lwnode.specification.audit.unique_rows import isolation, unique_rows
from lwnode.specification.frame import to_frame
from lwnode.specification.reduced_set import Specification
from lwnode.types import Mask, Matrix, Progress, silent

Places = NDArray[np.intp]
MakeOf = Callable[[Places, np.random.Generator], Specification]
"""From positions of rows and a generator for noise to a specification of these rows: positions, so that whoever makes
it can take labels along."""

ROWS = 10_000  # rows that take part
FEWEST_UNIQUE = 10  # the most isolated rows count as one of a kind where fewer are
_PARTS = (2, 4, 10, 25)  # one pair for so many rows: half of them are in, then more
_FEWEST_PAIRS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rehearsal:
    """One run.

    Parameters
    ----------
    spec : Specification
    inside, outside : (k,) int
        The rows of each pair: one that is in and one that is not.
    rest : (r,) int
        Other rows that are in.
    unique : (k,) bool
        Pairs of rows that are one of a kind.
    """

    spec: Specification
    inside: Places
    outside: Places
    rest: Places
    unique: Mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rehearsals:
    """Runs on the same rows.

    Parameters
    ----------
    frame : (n, width) float64, island frame
        The rows that took part.
    gamma : float
        Of the kernel.
    runs : tuple of Rehearsal
    """

    frame: Matrix
    gamma: float
    runs: tuple[Rehearsal, ...]


def rehearse(
    raw: Matrix,
    profile: Profile,
    make: MakeOf,
    *,
    rng: np.random.Generator,
    most: int = 12,
    more: Callable[[], bool] = lambda: True,
    progress: Progress = silent,
) -> Rehearsals:
    """Run a mechanism on random parts of the rows.

    Parameters
    ----------
    raw : (n, width) float64, raw
        Up to `ROWS` of them take part.
    profile : Profile
    make : callable
        The mechanism, asked with positions in ``raw``.
    rng : numpy.random.Generator
        Of pairs, coins and noise.
    most : int
        Runs.
    more : callable
        Asked after each of them whether there is time for another.
    progress : callable

    Raises
    ------
    SpecificationError
        The rows allow no specification of even nearly all of them.
    """
    taken = np.arange(len(raw)) if len(raw) <= ROWS else np.sort(rng.choice(len(raw), ROWS, replace=False))
    raw = raw[taken]
    frame = to_frame(profile, raw)
    unique = _at_least(unique_rows(profile, raw), frame)
    runs: list[Rehearsal] = []
    parts = list(_PARTS)
    while len(runs) < most and (not runs or more()):
        progress(len(runs) / most, "rehearsing attacks on the sketch")
        pairs = max(_FEWEST_PAIRS, len(raw) // parts[0])
        a, b, sort = _pairs(unique, pairs, rng)
        coin = rng.random(len(a)) < 0.5
        inside, outside = np.where(coin, a, b), np.where(coin, b, a)
        rest = np.setdiff1d(np.arange(len(raw)), np.concatenate([a, b]))
        try:
            spec = make(taken[np.sort(np.concatenate([inside, rest]))], rng)
        except PrivacyBudgetError:
            if len(parts) == 1:
                raise
            parts.pop(0)
            continue
        runs.append(Rehearsal(spec=spec, inside=inside, outside=outside, rest=rest, unique=sort))
    return Rehearsals(frame=frame, gamma=profile.gamma, runs=tuple(runs))


def _at_least(unique: Mask, frame: Matrix) -> Mask:
    """Return the rows that are one of a kind, joined by the most isolated of the others where they are few."""
    lacking = min(FEWEST_UNIQUE, len(frame)) - int(unique.sum())
    if lacking <= 0:
        return unique
    distances = np.where(unique, -1.0, isolation(frame))
    out = unique.copy()
    out[np.argsort(-distances, kind="stable")[:lacking]] = True
    return out


def _pairs(unique: Mask, most: int, rng: np.random.Generator) -> tuple[Places, Places, Mask]:
    """Return both rows of each pair, and which pairs are of rows that are one of a kind; those come first."""
    special, ordinary = (rng.permutation(np.flatnonzero(mask)) for mask in (unique, ~unique))
    few = min(len(special) // 2, max(most // 2, most - len(ordinary) // 2))
    many = min(len(ordinary) // 2, most - few)
    a = np.concatenate([special[:few], ordinary[:many]])
    b = np.concatenate([special[few : 2 * few], ordinary[many : 2 * many]])
    return a, b, np.arange(few + many) < few
