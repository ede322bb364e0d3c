# SPDX-License-Identifier: Apache-2.0
"""Records: the map of an island."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoint:
    """A learnware on a map.

    Parameters
    ----------
    id, name, organisation, publisher : str
    x, y : float
        In units of MMD: a distance on the map is about the part of the true one that lies in its plane.
    own : bool
        Published by this node.
    same : tuple of str
        Ids of what stands under it, being the same to a user.
    """

    id: str
    name: str
    organisation: str
    publisher: str
    x: float
    y: float
    own: bool
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IslandInfo:
    """An island: learnwares of one schema.

    Parameters
    ----------
    id : str
        Of the schema.
    name : str
        Of the profile that most of its learnwares have.
    learnwares : int
        All of them, those that are the same to a user included.
    """

    id: str
    name: str
    learnwares: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IslandMap:
    """An island as a person looks at it.

    Parameters
    ----------
    island : IslandInfo
    points : tuple of MapPoint
        By id; one for all that are the same to a user.
    yours : (float, float) or None
        Where the user's rows lie; None where none were given.
    explained : float
        Share of the squared distances that the map shows, 0 to 1.
    kept : float
        Share of the learnwares whose nearest neighbour is among the five nearest on the map, 0 to 1.
    settled : bool
        Whether the map is as it should be; if not, it turns further the next time, a little each time.
    islands : tuple of IslandInfo
        All islands of the catalogue, the largest first.
    """

    island: IslandInfo
    points: tuple[MapPoint, ...]
    yours: tuple[float, float] | None
    explained: float
    kept: float
    settled: bool
    islands: tuple[IslandInfo, ...]
