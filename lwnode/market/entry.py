# SPDX-License-Identifier: Apache-2.0
"""One learnware as the market sees it.

A market may be large, so a search is given *offers*: who is there and in which frame.  The entry behind an offer, with
the specification, is read for those whose exact figures are needed.  What follows from the points is computed at the
first search that needs it and then kept in the entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from lwnode.documents import Card, Manifest, Profile, Semantic
from lwnode.market.claims import believed
from lwnode.market.derived import FramedSpecification, framed
from lwnode.specification.reduced_set import Specification


@dataclass(frozen=True, kw_only=True, eq=False)  # without slots: `cached_property` needs the dictionary
class Entry:
    """A learnware on offer.

    Parameters
    ----------
    id, name, organisation : str
        Digest of the manifest, name and publisher's name.
    semantic : Semantic
    card : Card
        Of its model.
    specification : Specification
        Verified; its points are in raw units.
    manifest : Manifest or None
    publisher : str
        Fingerprint; empty where nobody knows.
    """

    id: str
    name: str
    organisation: str
    semantic: Semantic
    card: Card
    specification: Specification
    manifest: Manifest | None = None
    publisher: str = ""

    @property
    def entry(self) -> Entry:
        """The entry itself: it is its own offer."""
        return self

    @property
    def profile(self) -> Profile:
        """The island profile of the specification."""
        return self.specification.profile

    @cached_property
    def believed(self) -> Specification:
        """The specification with its publisher's figures as far as they are believed."""
        return believed(self.specification)

    @cached_property
    def framed(self) -> FramedSpecification:
        """The specification in its own frame, with what follows from its points."""
        return framed(self.believed, self.profile)

    def framed_in(self, profile: Profile) -> FramedSpecification:
        """Return the specification in the frame of another profile of its schema, kept like the one in its own."""
        if profile is self.profile or profile == self.profile:
            return self.framed
        if profile not in self._elsewhere:
            self._elsewhere[profile] = framed(self.believed, profile)
        return self._elsewhere[profile]

    @cached_property
    def _elsewhere(self) -> dict[Profile, FramedSpecification]:
        return {}

    @cached_property
    def schema(self) -> str:
        """Id of the profile's schema: entries with the same one are compared in one frame."""
        return self.profile.schema_id


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Offer:
    """A learnware on offer whose entry is read when it is asked for.

    Parameters
    ----------
    id : str
    profile : Profile
        Of its specification.
    schema : str
        Id of the profile's schema.
    read : callable
        Returns the entry; raises `lwnode.errors.UnreadableError` where it cannot.
    """

    id: str
    profile: Profile
    schema: str
    read: Callable[[], Entry]

    @property
    def entry(self) -> Entry:
        """The entry, read now unless whoever offers it has kept it."""
        return self.read()


Offered: TypeAlias = Entry | Offer
