# SPDX-License-Identifier: Apache-2.0
"""Everything the market's screen shows, as one frozen value: the view draws it and knows nothing else.

Made by the presenter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from lwnode.errors import LwnodeError
from lwnode_gui.market.arrange import Facet, Row
from lwnode_gui.readings import Answer, Offer, Source

if TYPE_CHECKING:
    from lwnode.node.records import DataSetInfo
    from lwnode.store.indexed_words import Spelt

Phase = Literal["connecting", "empty", "list", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketState:
    """What there is to show.

    Parameters
    ----------
    phase : {"connecting", "empty", "list", "nothing"}
        Waiting for the catalogue; an empty catalogue; the list; a search whose result is that nothing fits.
    rows : tuple of Row
        The cards, in order.
    total, announced : int
        Learnwares on offer, and those whose files are not here yet.
    facets, chosen : tuple of Facet
        The chips, and those that are on.
    datasets : tuple of DataSetInfo
        What can be matched with.
    source : Source
        What is matched with; nothing given for words only.
    words : str
        The words searched for.
    spelt : tuple of Spelt
        Those of them that no learnware says, and the similar ones that were taken for them.
    searching : bool
        A search by data runs.
    answer : Answer or None
        Its result.
    members : tuple of (Offer or None, float)
        The members of the recommended combination with their weights; an offer that has gone meanwhile is None.
    best : Row or None
        The best single learnware.
    home : str
        Where the node keeps its files.
    problem : LwnodeError or None
        What went wrong last, in the words of the node.
    """

    phase: Phase = "connecting"
    rows: tuple[Row, ...] = ()
    total: int = 0
    announced: int = 0
    facets: tuple[Facet, ...] = ()
    chosen: tuple[Facet, ...] = ()
    datasets: tuple[DataSetInfo, ...] = ()
    source: Source = field(default_factory=Source)
    words: str = ""
    spelt: tuple[Spelt, ...] = ()
    searching: bool = False
    answer: Answer | None = None
    members: tuple[tuple[Offer | None, float], ...] = ()
    best: Row | None = None
    home: str = ""
    problem: LwnodeError | None = None
