# SPDX-License-Identifier: Apache-2.0
"""Folding: learnwares that are the same to a user stand under one of them, with the reason.

A market is open to everybody, and the same learnware comes again: published twice, published by a second node, copied.
Folded, it takes one place in a list and on the map; nothing is deleted, and every fold can be opened.

Rules
-----
* Who leads: the node's own, then who has been here longest, then the smaller id.  *Here* is this node's clock: what a
  publisher says of its time is its own word, and a copy could be dated back.
* So nobody can hide a learnware by copying it: the copy comes later and stands under the original.  Under a leader of
  another publisher it is marked as a copy where it is the very same sketch.
* Folds are stars: everybody stands under a leader that he was compared with, never under somebody who is folded.
* A new learnware is compared exactly with its neighbours only: leaders of the same question whose short vectors are
  within the noise.
* When a leader is withdrawn, those under it are looked at again, among themselves and with all other leaders.

For a node that lists or draws its market; it asks the models side by side.  Not safe for several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from lwnode.documents import Profile
from lwnode.market.entry import Entry
from lwnode.market.organizer.equivalence import Agreement, Candidate, Likeness, likeness, noise_explains
from lwnode.market.organizer.vectors import FREQUENCIES, Vectors, vectors_of
from lwnode.market.results import Fold
from lwnode.types import Matrix

_MARGIN = 3.0  # an estimated squared distance beyond this multiple of the noise is no neighbour's
_ROUNDING = 1e-5  # of a squared distance between float32 vectors
_MOST_FRAMES = 8  # profiles of one question in which vectors are kept
_MOST_ASKED = 3  # of the leaders that look alike, the oldest, are asked side by side: a flood of copies costs no more


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listed:
    """A learnware in the catalogue.

    Parameters
    ----------
    entry : Entry
    publisher : str
        Fingerprint.
    received : datetime
        When this node first had it, aware UTC.
    own : bool
        Published by this node.
    """

    entry: Entry
    publisher: str
    received: datetime
    own: bool = False

    @property
    def order(self) -> tuple[bool, datetime, str]:
        """Key of the order in which learnwares lead."""
        return not self.own, self.received, self.entry.id


class Folding:
    """All learnwares of a market, folded.

    Parameters
    ----------
    agreed : callable
        Two ids → how their models agree, None where they were not asked side by side.

    Notes
    -----
    Adding one costs O(N·q) for N leaders of its question (one product with their vectors of q coordinates) and
    O(m²·width) for each neighbour.
    """

    def __init__(self, agreed: Callable[[str, str], Agreement | None] = lambda first, second: None) -> None:
        self._agreed = agreed
        self._listed: dict[str, Listed] = {}
        self._candidates: dict[str, Candidate] = {}
        self._folds: dict[str, Fold] = {}
        self._under: dict[str, set[str]] = {}
        self._leaders: dict[Hashable, _Leaders] = {}
        self.compared = 0
        """Exact comparisons so far."""
        self.unasked: set[tuple[str, str]] = set()
        """Pairs whose sketches are alike and whose models were not asked side by side, the smaller id first."""

    def __len__(self) -> int:
        """Return the number of learnwares, folded or not."""
        return len(self._listed)

    @property
    def folds(self) -> Mapping[str, Fold]:
        """Id → fold, for every learnware that stands under another."""
        return dict(self._folds)

    @property
    def leaders(self) -> tuple[str, ...]:
        """Ids of the learnwares that stand under nobody, in the order in which they lead."""
        ids = (identity for identity in self._listed if identity not in self._folds)
        return tuple(sorted(ids, key=lambda identity: self._listed[identity].order))

    def under(self, leader: str) -> tuple[Fold, ...]:
        """Return what stands under a learnware, the oldest first."""
        ids = sorted(self._under.get(leader, ()), key=lambda identity: self._listed[identity].order)
        return tuple(self._folds[identity] for identity in ids)

    def add(self, listed: Listed) -> Fold | None:
        """Take in a learnware.

        Parameters
        ----------
        listed : Listed
            One that is there already is replaced.

        Returns
        -------
        Fold or None
            Where it stands; None where it leads.
        """
        identity = listed.entry.id
        if identity in self._listed:
            self.withdraw(identity)
        self._listed[identity], self._candidates[identity] = listed, Candidate(entry=listed.entry)
        self._settle([identity])
        return self._folds.get(identity)

    def settle(self, identity: str) -> None:
        """Give a learnware its place anew, as it is known by now how its model agrees with others.

        Raises
        ------
        KeyError
            It is not there.
        """
        self.add(self._listed[identity])

    def withdraw(self, identity: str) -> None:
        """Take a learnware out; those that stood under it are settled anew.

        Raises
        ------
        KeyError
            It is not there.
        """
        candidate = self._candidates.pop(identity)
        del self._listed[identity]
        self.unasked = {pair for pair in self.unasked if identity not in pair}
        if fold := self._folds.pop(identity, None):
            self._under[fold.under].discard(identity)
            return
        group = self._leaders[candidate.question]
        group.remove(identity)
        self._settle(self._released(identity))

    def _settle(self, ids: Iterable[str]) -> None:
        """Give every one of some learnwares its place, the first in order first."""
        waiting = sorted(ids, key=lambda identity: self._listed[identity].order)
        while waiting:
            identity = waiting.pop(0)
            listed, candidate = self._listed[identity], self._candidates[identity]
            group = self._leaders.setdefault(candidate.question, _Leaders())
            alike = self._alike(candidate, group)
            earlier = [(other, found) for other, found in alike if self._listed[other].order < listed.order]
            if earlier:
                self._fold(listed, *min(earlier, key=lambda pair: self._listed[pair[0]].order))
                continue
            group.add(candidate)
            for later, found in alike:  # they led until now, and may no longer
                group.remove(later)
                freed = self._released(later)
                self._fold(self._listed[later], identity, found)
                waiting = sorted({*waiting, *freed}, key=lambda each: self._listed[each].order)

    def _alike(self, candidate: Candidate, group: _Leaders) -> list[tuple[str, Likeness]]:
        """Return the leaders of a group that are the same to a user."""
        own = candidate.entry.id
        alike: list[tuple[str, Likeness]] = []
        for identity in group.neighbours(candidate):
            self.compared += 1
            found = likeness(self._candidates[identity], candidate, self._agreed(*sorted((identity, own))))
            if found is not None:
                alike.append((identity, found))
        alike.sort(key=lambda pair: self._listed[pair[0]].order)
        self.unasked |= {
            (min(own, other), max(own, other)) for other, found in alike[:_MOST_ASKED] if found.agreement is None
        }
        return [(other, found) for other, found in alike if found.folds]

    def _fold(self, listed: Listed, leader: str, found: Likeness) -> None:
        other = self._listed[leader]
        later = listed.received > other.received  # one's own may lead without being the original
        copy = found.same_sketch and later and listed.publisher != other.publisher
        self._folds[listed.entry.id] = Fold(
            id=listed.entry.id,
            under=leader,
            copy=copy,
            checked=found.agreement is not None,
            reason=("a copy by another publisher: " if copy else "") + found.reason,
        )
        self._under.setdefault(leader, set()).add(listed.entry.id)

    def _released(self, leader: str) -> list[str]:
        """Return who stood under a learnware, standing nowhere now."""
        freed = sorted(self._under.pop(leader, ()))
        for identity in freed:
            del self._folds[identity]
        return freed


class _Leaders:
    """The leaders of one question, with their vectors in the frames in which they are asked for."""

    def __init__(self) -> None:
        self._members: dict[str, Candidate] = {}
        self._frames: dict[Profile, _Rows] = {}  # the frame that was used last comes last

    def add(self, candidate: Candidate) -> None:
        self._members[candidate.entry.id] = candidate
        for profile, rows in self._frames.items():
            rows.add(candidate, vectors_of([candidate.entry.specification], profile)[0])

    def remove(self, identity: str) -> None:
        del self._members[identity]
        for rows in self._frames.values():
            rows.remove(identity)

    def neighbours(self, candidate: Candidate) -> list[str]:
        """Return the leaders that may be alike, by the estimated distance in the candidate's own frame."""
        profile = candidate.entry.profile
        rows = self._frames.pop(profile, None) or self._framed(profile)
        self._frames[profile] = rows
        if len(self._frames) > _MOST_FRAMES:
            del self._frames[next(iter(self._frames))]
        (vector,) = vectors_of([candidate.entry.specification], profile)
        return rows.near(candidate, vector)

    def _framed(self, profile: Profile) -> _Rows:
        rows, members = _Rows(), list(self._members.values())
        vectors = vectors_of([member.entry.specification for member in members], profile)
        for member, vector in zip(members, vectors, strict=True):
            rows.add(member, vector)
        return rows


class _Rows:
    """Vectors and scalars under ids, in growing blocks."""

    def __init__(self) -> None:
        self._vectors: Vectors = np.empty((16, 2 * FREQUENCIES), dtype=np.float32)
        self._scalars: Matrix = np.empty((16, 4))
        self._ids: list[str] = []
        self._at: dict[str, int] = {}

    def add(self, candidate: Candidate, vector: Vectors) -> None:
        place = len(self._ids)
        if place == len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.empty_like(self._vectors)])
            self._scalars = np.concatenate([self._scalars, np.empty_like(self._scalars)])
        self._vectors[place], self._scalars[place] = vector, candidate.scalars
        self._at[candidate.entry.id] = place
        self._ids.append(candidate.entry.id)

    def remove(self, identity: str) -> None:
        place, last = self._at.pop(identity), self._ids.pop()
        if last != identity:
            end = len(self._ids)
            self._vectors[place], self._scalars[place] = self._vectors[end], self._scalars[end]
            self._ids[place], self._at[last] = last, place

    def near(self, candidate: Candidate, vector: Vectors) -> list[str]:
        """Return the ids of those whose distance the noise of both may explain."""
        count = len(self._ids)
        estimates = np.square(self._vectors[:count] - vector).sum(axis=1)
        _, most = noise_explains(candidate, self._scalars[:count])
        return [self._ids[place] for place in np.flatnonzero(estimates <= _MARGIN * most + _ROUNDING)]
