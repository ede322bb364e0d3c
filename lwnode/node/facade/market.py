# SPDX-License-Identifier: Apache-2.0
"""Actions of `Node`: the catalogue, search and reuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lwnode.node.data import refer
from lwnode.node.facade.calls import Calls
from lwnode.node.handles import Choice, Requirement, Reuse, Search
from lwnode.node.records import IslandMap, Ware
from lwnode.store import Spelt
from lwnode.types import Progress, silent

Words = Mapping[str, str | tuple[str, ...]]


class MarketCalls(Calls):
    """The catalogue, search and reuse."""

    def search(
        self,
        requirement: Requirement | None = None,
        *,
        top: int = 10,
        across: bool = False,
        maps: Mapping[str, str] | None = None,
        everything: bool = False,
        pool_score: bool = False,
        progress: Progress = silent,
    ) -> Search:
        """Search the catalogue on this computer; nothing is sent.

        Parameters
        ----------
        requirement : Requirement
        top : int
            At most this many in each list.
        across : bool
            Also look at learnwares whose columns have other names, or are there in part (`Found.across`).
        maps : mapping, optional
            Own column → a learnware's, confirmed by a person; implies ``across``.
        everything : bool
            List what is the same to a user side by side, and all that a publisher has; otherwise, with data, it stands
            under one of them (`Found.folds`), and a publisher has three places (`Found.held` has the rest).
        pool_score : bool
            Also return the reference engine's score (`Found.pool_scores`), which is relative to who else is there.
        """
        asked = requirement if requirement is not None else Requirement()
        arguments: dict[str, Any] = {"semantic": dict(asked.semantic or {}), "text": asked.text, "top": top}
        if across or maps:
            arguments |= {"across": across, "maps": dict(maps or {})}
        arguments |= {name: True for name, on in (("everything", everything), ("pool_score", pool_score)) if on}
        if asked.data is not None:
            arguments["data"] = refer(asked.data)
        return Search(self._call("search", arguments, progress), asked, maps=maps)

    def map(self, island: str = "", *, data: Any = None, progress: Progress = silent) -> IslandMap:
        """Draw an island: every learnware at a place near those whose data are like its own; nothing is sent.

        Whoever was on the map before stays where he was, or moves a little at a time.

        Parameters
        ----------
        island : str
            The beginning of its id; default: the largest that the data reach, or the largest of all.
        data : optional
            One's own rows, to be placed on the map.

        Raises
        ------
        NotFoundError
            No such island, or an empty catalogue.
        DataError
            The data have not the island's columns.
        """
        arguments: dict[str, Any] = {"island": island}
        if data is not None:
            arguments["data"] = refer(data)
        return self._call("map", arguments, progress)

    def catalogue(self, *, text: str = "", semantic: Words | None = None, everything: bool = False) -> tuple[Ware, ...]:
        """List the catalogue, all of it or what matches words and tags."""
        return self._call("catalogue", {"text": text, "semantic": dict(semantic or {}), "everything": everything})

    def spelling(self, text: str) -> tuple[Spelt, ...]:
        """Tell which words of a query no learnware says, and for which similar ones a search takes them."""
        return self._call("spelling", {"text": text})

    def show(self, id: str) -> Ware:
        """Show one learnware by its id or the beginning of it."""
        return self._call("show", {"id": id})

    def check(self, id: str, *, data: Any = None, progress: Progress = silent) -> Ware:
        """Check a learnware, its model in a worker process.

        Parameters
        ----------
        id : str
        data : optional
            Rows with labels, on which its published figures are tried; they stay on this computer.
        """
        arguments: dict[str, Any] = {"id": id}
        if data is not None:
            arguments["data"] = refer(data)
        return self._call("check", arguments, progress)

    def fetch(self, id: str, *, seconds: float = 60.0, progress: Progress = silent) -> Ware:
        """Get the files of an announced learnware, whatever its size."""
        return self._call("fetch", {"id": id, "seconds": seconds}, progress)

    def reuse(
        self,
        found: Any,
        *,
        data: Any = None,
        method: str = "auto",
        labelled: Any = None,
        across: bool = False,
        maps: Mapping[str, str] | None = None,
        progress: Progress = silent,
    ) -> Reuse:
        """Combine learnwares into predictions for one's own rows; each runs in a process of its own.

        Parameters
        ----------
        found : Search, Choice, or ids
            A search's own `choice` is taken (`choice_across` with ``across``), for ``top-1`` all that it lists; ids are
            taken at their word.
        data : optional
            Rows that weigh the learnwares; default: the search's.
        method : str
            ``auto``, ``mix``, ``fuse``, ``job-selector``, ``average``, ``vote``, ``top-1``, ``align``; with labels also
            ``choose``, ``prune``, ``stack``, ``augment``, ``align-labels``.
        labelled : optional
            Rows with labels: methods that can learn from them, the report says with an interval how good the answers
            are, and they are compared with training on these labels alone.
        across : bool
            Also ask learnwares whose columns have other names or units, or are there in part; what lacks is filled from
            their specifications, and weighs by what that costs.
        maps : mapping, optional
            Own column → a learnware's, confirmed by a person; implies ``across``.

        Raises
        ------
        NothingFitsError
            The search found nothing that fits.
        ReuseError
            None of the learnwares is reached by the columns, or what the method needs is not there.
        """
        chosen = _chosen(found, across=across or bool(maps))
        if isinstance(found, Search):
            data = found.requirement.data if data is None else data
            if method == "top-1" and not chosen.across:
                chosen = Choice(members=tuple(match.learnware for match in found.single or found.nearest))
        reference = refer(data) if data is not None else None
        rows = refer(labelled) if labelled is not None else None
        return Reuse(
            self._call,
            chosen.members,
            method,
            reference,
            rows,
            progress,
            chosen.weights,
            across=chosen.across,
            maps=dict(chosen.maps or {}) | dict(maps or {}),
        )


def _chosen(found: Any, *, across: bool) -> Choice:
    """Return which learnwares are meant."""
    if isinstance(found, Search):
        return found.choice_across if across else found.choice
    if isinstance(found, Choice):
        return replace(found, across=True) if across else found
    return Choice(members=tuple([found] if isinstance(found, str) else found), across=across)
