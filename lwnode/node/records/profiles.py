# SPDX-License-Identifier: Apache-2.0
"""What the actions about island profiles return: plain frozen records that travel over the local API unchanged."""

from __future__ import annotations

from dataclasses import dataclass

from lwnode.documents import Profile
from lwnode.errors import Finding
from lwnode.specification.matching import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateProfile:
    """A profile whose bounds were drawn from a data set.

    Parameters
    ----------
    profile : Profile
        Kept here; its origin is ``quantiles``.
    id : str
    epsilon, delta : float
        The guarantee of its bounds.
    epsilon_charged : float
        What this call added to the data set's spent budget; 0 where the same draw existed.
    epsilon_spent, epsilon_cap : float
        The data set's budget now.
    tail : float
        Level of the quantiles that the bounds were extrapolated from: 0.01 at best, 0.10 at worst.
    findings : tuple of Finding
        Columns of which nothing could be told, or little.
    """

    profile: Profile
    id: str
    epsilon: float
    delta: float
    epsilon_charged: float
    epsilon_spent: float
    epsilon_cap: float
    tail: float
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextProfile:
    """The next version of a profile, or why there is none.

    Parameters
    ----------
    current : str
        Id of the version that was asked about.
    profile : Profile or None
        What is proposed.
    id : str
        Of the proposal; empty without one.
    reason : str
        One sentence for a person.
    learnwares, publishers : int
        Whose points took part.
    kept : bool
        Whether it was kept, signed and queued for the hubs.
    """

    current: str
    profile: Profile | None
    id: str
    reason: str
    learnwares: int
    publishers: int
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileMatch:
    """How a table would be read under a profile.

    Parameters
    ----------
    profile, name : str
        Id and name.
    pairs : tuple of Pair
        ``ours`` are the table's columns, ``theirs`` the profile's features.
    missing : tuple of str
        Features of the profile without a partner.
    left : tuple of str
        Columns of the table without a partner.
    sure : bool
        Whether `add(…, accept_map=True)` would take all of it.
    """

    profile: str
    name: str
    pairs: tuple[Pair, ...]
    missing: tuple[str, ...]
    left: tuple[str, ...]
    sure: bool
