# SPDX-License-Identifier: Apache-2.0
"""What the views read from the node, with everything computed that a view shows besides.

Rules
-----
* These functions run in the background thread; they take a node and return frozen records.
* Figures come from the node or are computed here from its records; nothing is guessed for the screen.

Called by the presenters, through the connection.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lwnode.market.results import Found
    from lwnode.node.data import DataRef
    from lwnode.node.facade import Node
    from lwnode.node.records import DataSetInfo, IslandMap, PartnerInfo, Ware
    from lwnode.store.indexed_words import Spelt
    from lwnode.types import Progress

_TOP = 50  # most matches that a search lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A learnware on offer.

    Parameters
    ----------
    ware : Ware
    fingerprint : str
        Its publisher's, in groups that people compare.
    """

    ware: Ware
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The catalogue as the market shows it: what is ready, how many are announced only, and one's own data sets."""

    offers: tuple[Offer, ...]
    announced: int
    datasets: tuple[DataSetInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Ids of the learnwares that match words, the best first, and which words were taken for which similar ones."""

    ids: tuple[str, ...]
    spelt: tuple[Spelt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Rows to match with: a registered data set by name, or a file by path."""

    name: str = ""
    path: str = ""
    target: str = ""

    @property
    def label(self) -> str:
        """Its name for people."""
        return self.name or Path(self.path).name

    @property
    def given(self) -> bool:
        """Whether there are rows at all."""
        return bool(self.name or self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A finished search by data: what was asked, what was found, and how long it took."""

    source: Source
    found: Found
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A map that was drawn: which rows it was asked for, what is on it, and whose rows could be placed."""

    source: Source
    drawn: IslandMap
    datasets: tuple[DataSetInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """This node's key, and the partners whose keys it holds."""

    organisation: str
    readable: str
    partners: tuple[PartnerInfo, ...]


@lru_cache(maxsize=1024)
def _readable(publisher: str) -> str:
    from lwnode.trust import readable

    return readable(publisher)


def offer(ware: Ware) -> Offer:
    """Return a learnware with its publisher's fingerprint in readable form."""
    return Offer(ware=ware, fingerprint=_readable(ware.publisher))


def read_catalogue(node: Node) -> Catalogue:
    """Return what is on offer, in the order the node lists it."""
    wares = node.catalogue(everything=True)
    ready = tuple(offer(ware) for ware in wares if ware.state == "ready")
    announced = sum(ware.state == "announced" for ware in wares)
    return Catalogue(offers=ready, announced=announced, datasets=node.datasets())


def read_words(node: Node, text: str) -> Hits:
    """Return the learnwares that match words."""
    return Hits(ids=tuple(ware.id for ware in node.catalogue(text=text)), spelt=node.spelling(text))


def read_match(node: Node, source: Source, progress: Progress) -> Answer:
    """Search the catalogue with one's own rows."""
    from lwnode.node.handles import Requirement

    data = _data(source)
    started = time.monotonic()
    found = node.search(Requirement(data=data), top=_TOP, progress=progress).found
    assert found is not None  # it is None only where no data were given
    rows = len(found.uncovered.rows)
    return Answer(source=source, found=found, rows=rows, seconds=time.monotonic() - started)


def _data(source: Source) -> DataRef:
    from lwnode.node.data import DataRef

    return DataRef(name=source.name, path=source.path, target=source.target)


def read_map(node: Node, island: str, source: Source, progress: Progress) -> Drawing:
    """Draw an island, with one's own rows on it where some are given."""
    drawn = node.map(island, data=_data(source) if source.given else None, progress=progress)
    return Drawing(source=source, drawn=drawn, datasets=node.datasets())


def read_circle(node: Node) -> Circle:
    """Return this node's key and its partners."""
    keys = node.keys()
    return Circle(organisation=keys["organisation"], readable=keys["readable"], partners=node.partners())
