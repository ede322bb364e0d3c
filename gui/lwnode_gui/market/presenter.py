# SPDX-License-Identifier: Apache-2.0
"""What was asked of the market and what was found; every change becomes one new state.

Rules
-----
* Words are searched a moment after the last key, data at once; a newer question drops the older one's answer.
* A search by data is about the whole catalogue; words and chips then filter what is listed.
* The list is read again when the node says that its catalogue has changed, and keeps what was found.

Called by the market's view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from lwnode.errors import LwnodeError
from lwnode_gui.connection import Connection
from lwnode_gui.market.arrange import FITTING, Facet, Row, arrange, facets
from lwnode_gui.market.state import MarketState, Phase
from lwnode_gui.readings import Answer, Catalogue, Hits, Offer, Source, read_catalogue, read_match, read_words

if TYPE_CHECKING:
    from lwnode.node.records import Status

_PAUSE = 300  # milliseconds after the last key


class MarketPresenter(QObject):
    """The market's questions and answers."""

    changed = Signal(object)  # MarketState
    progressed = Signal(object)  # share done of the search by data, or None

    def __init__(self, connection: Connection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._connection = connection
        self._catalogue: Catalogue | None = None
        self._problem: LwnodeError | None = None
        self._words = ""
        self._hits: Hits | None = None
        self._chosen: tuple[Facet, ...] = ()
        self._source = Source()
        self._answer: Answer | None = None
        self._searching = False
        self._count = -1
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self._search_words)
        connection.connected.connect(self._connected)
        connection.lost.connect(self._lost)
        connection.status_read.connect(self._status)

    # ------------------------------------------------------------- what people do
    def type_words(self, text: str) -> None:
        """Take the words as they are typed."""
        self._words = text.strip()
        if self._words:
            self._pause.start()
        else:
            self._pause.stop()
            self._connection.drop("words")
            self._hits = None
            self._show()

    def search(self) -> None:
        """Search now: the words, and the data where some are chosen."""
        if self._words:
            self._pause.stop()
            self._search_words()
        if self._source.given:
            self._match()

    def choose_source(self, source: Source) -> None:
        """Match with these rows, or with words only where none are given."""
        self._source = source
        self._answer = None
        self._chosen = tuple(facet for facet in self._chosen if facet != FITTING)
        self._connection.drop("match")
        self._searching = False
        if source.given:
            self._match()
        else:
            self._show()

    def toggle(self, facet: Facet) -> None:
        """Switch a chip on or off."""
        on = facet in self._chosen
        self._chosen = tuple(item for item in self._chosen if item != facet) if on else (*self._chosen, facet)
        self._show()

    def clear(self) -> None:
        """Take off the words and the chips."""
        self._chosen = ()
        self.type_words("")

    def stop(self) -> None:
        """End the search by data; the list stays."""
        self._connection.drop("match")
        self._searching = False
        self._show()

    def retry(self) -> None:
        """Look for the node again, or read the catalogue again."""
        self._problem = None
        if self._connection.is_open:
            self._read()
        self._connection.retry()

    def dismiss(self) -> None:
        """Put the last problem away."""
        self._problem = None
        self._show()

    # ------------------------------------------------------------- what the node says
    def _connected(self) -> None:
        self._count = -1
        self._show()
        self._read()

    def _lost(self) -> None:
        self._searching = False
        self._show()

    def _status(self, status: Status) -> None:
        if self._count not in (-1, status.catalogue):
            self._read()
        self._count = status.catalogue

    def _read(self) -> None:
        self._connection.submit(
            "catalogue", lambda node, _: read_catalogue(node), done=self._have_catalogue, failed=self._fail
        )

    def _have_catalogue(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._show()

    def _search_words(self) -> None:
        text = self._words
        if text:
            self._connection.submit(
                "words", lambda node, _: read_words(node, text), done=self._have_words, failed=self._fail
            )

    def _have_words(self, hits: Hits) -> None:
        self._hits = hits
        self._show()

    def _match(self) -> None:
        source = self._source
        self._searching, self._problem = True, None
        self._show()
        self._connection.submit(
            "match",
            lambda node, progress: read_match(node, source, progress),
            done=self._have_match,
            failed=self._no_match,
            heard=self._heard,
        )

    def _heard(self, share: float | None, doing: str) -> None:
        self.progressed.emit(share)

    def _have_match(self, answer: Answer) -> None:
        self._answer, self._searching = answer, False
        self._show()

    def _no_match(self, error: LwnodeError) -> None:
        self._searching = False
        self._fail(error)

    def _fail(self, error: LwnodeError) -> None:
        self._problem = error
        self._show()

    # ------------------------------------------------------------- the state
    def _show(self) -> None:
        self.changed.emit(self.state())

    def state(self) -> MarketState:
        """Return what there is to show now."""
        phase = self._phase()
        catalogue = self._catalogue
        if catalogue is None:
            return MarketState(phase=phase, problem=self._problem)
        found = self._answer.found if self._answer is not None else None
        hits = self._hits if self._words else None
        words = hits.ids if hits is not None else None
        everything = arrange(catalogue.offers, words=words, found=found, chosen=())
        by_id = {offer.ware.id: offer for offer in catalogue.offers}
        multiple = found.multiple if found is not None else None
        return MarketState(
            phase=phase,
            rows=arrange(catalogue.offers, words=words, found=found, chosen=self._chosen),
            total=len(catalogue.offers),
            announced=catalogue.announced,
            facets=facets(everything, self._chosen),
            chosen=self._chosen,
            datasets=catalogue.datasets,
            source=self._source,
            words=self._words,
            spelt=hits.spelt if hits is not None else (),
            searching=self._searching,
            answer=self._answer,
            members=tuple((by_id.get(identity), share) for identity, share in multiple.members) if multiple else (),
            best=self._best(by_id),
            home=self._connection.status.home if self._connection.status is not None else "",
            problem=self._problem,
        )

    def _best(self, by_id: dict[str, Offer]) -> Row | None:
        if self._answer is None or not self._answer.found.single:
            return None
        match = self._answer.found.single[0]
        offer = by_id.get(match.learnware)
        return Row(offer=offer, match=match) if offer is not None else None

    def _phase(self) -> Phase:
        if self._catalogue is None:
            return "connecting"
        if not self._catalogue.offers:
            return "empty"
        if self._answer is not None and self._answer.found.verdict in ("nothing fits", "too little data"):
            return "nothing"
        return "list"
