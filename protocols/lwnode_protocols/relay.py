# SPDX-License-Identifier: Apache-2.0
"""The relay: how operations get from a member's delivery queue into the hub's log, and from the log to every member.

Rules
-----
1. Nothing is remembered about messages: all that counts is committed in the hub's store.
2. One ``query.mailbox`` is parked at every member that is here.  Its ``ack`` is the highest contiguous number that
   **is committed** for (member, box), read from the store when the mailbox is made; the next mailbox is the
   acknowledgement.
3. Of an answer only the next number and its successors are taken, after their envelopes were verified; operation and
   log row are one transaction of the store.
4. Towards the member the log is read from the cursor that its last answer named.  One page is under way at a time.
5. Who a member is says its key; the pipe's number is dropped whenever the node activates itself again.

A reply that does not complete, or never comes, is forgotten and its message made anew: that, and not the pipe, is what
makes delivery certain.  A member that sends nonsense rests for a while and keeps nobody else waiting.

One thread runs `Relay.run`; the other methods hand events to it.  Called by `lwnode_protocols.hub`; the wall tells of
polls and replies.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lwnode.errors import DocumentError, LwnodeError, PartnerError, StoreError, TrustError
from lwnode.node.transport import Operation, Row
from lwnode_protocols.envelope import open_operation
from lwnode_protocols.grid import Enrolled, Grid, Reply
from lwnode_protocols.limits import HubLimits
from lwnode_protocols.messages import (
    DELIVER,
    MAILBOX,
    Delivery,
    DeliveryAnswer,
    Fields,
    MailboxAnswer,
    MailboxAsk,
)

_BEAT = 10.0  # seconds between two signs of life to the pipe
_IDLE = 1.0  # seconds after which the relay looks at its timers although nothing happened
_MARGIN = 20.0  # seconds that an answer may be under way after the node's own limit
_logger = logging.getLogger(__name__)


class Log(Protocol):
    """What the relay asks of the hub's store."""

    def last_seq(self, member: str, box: str) -> int:
        """Return the highest number committed for the member and the box, 0 where there is none."""

    def append(self, member: str, box: str, operations: Sequence[Operation]) -> int:
        """Commit the operations that come next and return the new highest number."""

    def rows(self, after: int, limit: int, bytes_limit: int) -> tuple[Row, ...]:
        """Return rows above ``after``."""

    def height(self) -> int:
        """Return the height of the log."""


@dataclass(slots=True)
class _Under:
    """A message under way; a page of the log has the cursor it starts from."""

    identity: str
    since: float
    base: int = 0


@dataclass(slots=True)
class _Peer:
    """A member that is here."""

    enrolled: Enrolled
    heard: float
    box: str = ""
    have: int | None = None
    mailbox: _Under | None = None
    delivery: _Under | None = None
    rest: float = 0.0  # nothing is sent before this time

    def move(self, have: int) -> None:
        """Take in a cursor.  Answers overtake each other, and within one activation a cursor only grows."""
        self.have = have if self.have is None else max(self.have, have)


@dataclass(slots=True)
class _Announced:
    """A reply whose objects are still coming."""

    reply: Reply
    since: float


class Relay:
    """Moves operations between members.

    Parameters
    ----------
    hub : str
        The hub's id.
    log : Log
    grid : Grid
    limits : HubLimits
    now : callable
        Returns the time, aware; for the envelopes.
    clock : callable
        Returns seconds that never jump; for the timers.
    """

    def __init__(
        self,
        hub: str,
        log: Log,
        grid: Grid,
        *,
        limits: HubLimits,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hub = hub
        self._log = log
        self._grid = grid
        self._limits = limits
        self._now = now
        self._clock = clock
        self._events: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake = threading.Event()
        self._peers: dict[int, _Peer] = {}
        self._announced: dict[str, _Announced] = {}
        self._beaten = clock()
        self._heard: dict[int, float] = {}
        self.problem = ""

    # ---------------------------------------------------------------- events, from any thread
    def arrived(self, enrolled: Enrolled) -> None:
        """Take in a node that activated itself, and so has lost whatever was under way."""
        self._tell(lambda: self._arrive(enrolled))

    def left(self, node: int) -> None:
        """Drop a node that said goodbye, or is no member any more."""
        self._tell(lambda: self._drop(node))

    def replied(self, reply: Reply) -> None:
        """Await the objects of a reply that was announced and kept."""
        self._tell(lambda: self._announced.__setitem__(reply.to, _Announced(reply, self._clock())))

    def polled(self, enrolled: Enrolled) -> None:
        """Note that a node asked for messages."""
        self._heard[enrolled.node] = self._clock()
        if enrolled.node not in self._peers:  # it had been silent for long and was dropped
            self._tell(lambda: None if enrolled.node in self._peers else self._arrive(enrolled))

    def nudge(self) -> None:
        """Look again at once: another object of a reply came."""
        self._wake.set()

    def _tell(self, event: Callable[[], None]) -> None:
        self._events.put(event)
        self._wake.set()

    # ---------------------------------------------------------------- state, for the hub's status
    def connected(self) -> tuple[str, ...]:
        """Return the members that are here, each once."""
        since = self._clock() - self._limits.silence
        return tuple(sorted({peer.enrolled.member for peer in list(self._peers.values()) if self._last(peer) >= since}))

    def _last(self, peer: _Peer) -> float:
        return max(peer.heard, self._heard.get(peer.enrolled.node, 0.0))

    # ---------------------------------------------------------------- the thread
    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set (and `nudge` called)."""
        while not stop.is_set():
            self._wake.wait(_IDLE)
            self._wake.clear()
            if not stop.is_set():
                self.step()

    def step(self) -> None:
        """Do everything that can be done now."""
        while not self._events.empty():
            self._events.get()()
        now = self._clock()
        if now - self._beaten >= _BEAT:
            self._beaten = now
            if not self._grid.beat():
                self._start_over()
        for announced in list(self._announced.values()):
            if self._grid.complete(announced.reply):
                del self._announced[announced.reply.to]
                self._take(announced.reply)
            elif now - announced.since > self._limits.reply_seconds:
                del self._announced[announced.reply.to]
                self._lose(announced.reply.to)
        for peer in list(self._peers.values()):
            self._tend(peer, now)
        for node in [node for node in list(self._heard) if node not in self._peers]:
            self._heard.pop(node, None)

    def _start_over(self) -> None:
        """Flower ended the run (a computer that slept): everything under way is gone."""
        self._grid.reopen()
        self._announced.clear()
        for peer in self._peers.values():
            peer.mailbox = peer.delivery = None

    # ---------------------------------------------------------------- who is here
    def _arrive(self, enrolled: Enrolled) -> None:
        self._drop(enrolled.node)
        self._peers[enrolled.node] = _Peer(enrolled, heard=self._clock())

    def _drop(self, node: int) -> None:
        peer = self._peers.pop(node, None)
        if peer is None:
            return
        under = [message.identity for message in (peer.mailbox, peer.delivery) if message is not None]
        for identity in under:
            self._announced.pop(identity, None)
        self._grid.forget(under)

    def _tend(self, peer: _Peer, now: float) -> None:
        """Replace what was lost, and send what is due."""
        if now - self._last(peer) > self._limits.silence:
            self._drop(peer.enrolled.node)
            return
        limits = self._limits
        if peer.mailbox is not None and now - peer.mailbox.since > limits.hold + _MARGIN:
            self._lose(peer.mailbox.identity)
        if peer.delivery is not None and now - peer.delivery.since > limits.delivery_seconds:
            self._lose(peer.delivery.identity)
        if now < peer.rest:
            return
        try:
            if peer.mailbox is None:
                self._park(peer, now)
            if peer.delivery is None and peer.have is not None:
                self._feed(peer, peer.have, now)
        except LwnodeError as error:
            self._fail(peer, error)

    def _lose(self, identity: str) -> None:
        """Forget a message that will not be answered; `_tend` makes another."""
        self._announced.pop(identity, None)
        for peer in self._peers.values():
            if peer.mailbox is not None and peer.mailbox.identity == identity:
                peer.mailbox = None
            if peer.delivery is not None and peer.delivery.identity == identity:
                peer.delivery = None
        self._grid.forget([identity])

    # ---------------------------------------------------------------- what is sent
    def _park(self, peer: _Peer, now: float) -> None:
        ack = self._log.last_seq(peer.enrolled.member, peer.box) if peer.box else 0
        ask = MailboxAsk(hub=self._hub, box=peer.box, ack=ack, hello=not peer.box)
        identity = self._grid.send(
            peer.enrolled.node, MAILBOX, ask.to_fields(), seconds=self._limits.hold + 2 * _MARGIN
        )
        peer.mailbox = _Under(identity, now)

    def _feed(self, peer: _Peer, have: int, now: float) -> None:
        rows = self._log.rows(have, self._limits.rows, self._limits.page)
        if not rows:
            if have > self._log.height():
                self.problem = "a member has seen more of the log than there is: an older database was put back"
            return
        page = Delivery(hub=self._hub, base=have, rows=rows)
        identity = self._grid.send(
            peer.enrolled.node, DELIVER, page.to_fields(), seconds=self._limits.delivery_seconds + _MARGIN
        )
        peer.delivery = _Under(identity, now, have)

    # ---------------------------------------------------------------- what came back
    def _take(self, reply: Reply) -> None:
        peer = self._peers.get(reply.node)
        if peer is None:
            self._grid.forget([reply.to])
            return
        try:
            if peer.mailbox is not None and peer.mailbox.identity == reply.to:
                peer.mailbox = None
                self._take_mailbox(peer, self._grid.take(reply))
            elif peer.delivery is not None and peer.delivery.identity == reply.to:
                base, peer.delivery = peer.delivery.base, None
                self._take_delivery(peer, base, self._grid.take(reply))
            else:
                self._grid.forget([reply.to])
        except LwnodeError as error:
            self._fail(peer, error)

    def _take_mailbox(self, peer: _Peer, fields: Fields) -> None:
        answer = MailboxAnswer.from_fields(fields)
        peer.box = answer.box
        peer.move(answer.have)
        if not answer.operations:
            return
        before = self._log.last_seq(peer.enrolled.member, answer.box)
        fresh: list[Operation] = []
        refused: TrustError | DocumentError | None = None
        for sealed in answer.operations:
            if sealed.operation.seq <= before:
                continue  # sent again: it is here
            if sealed.operation.seq != before + len(fresh) + 1 or len(fresh) >= self._limits.operations:
                break  # a gap: the next mailbox asks for the number that is missing
            try:
                fresh.append(
                    open_operation(
                        sealed,
                        key=peer.enrolled.key,
                        hub=self._hub,
                        box=answer.box,
                        now=self._now(),
                        clock=self._limits.clock,
                    )
                )
            except (TrustError, DocumentError) as error:
                refused = error
                break
        after = self._log.append(peer.enrolled.member, answer.box, fresh) if fresh else before
        if refused is not None:
            raise refused
        if after == before:
            raise PartnerError("a member sent operations, but not the one that comes next")

    def _take_delivery(self, peer: _Peer, base: int, fields: Fields) -> None:
        answer = DeliveryAnswer.from_fields(fields)
        peer.move(answer.have)
        if answer.have <= base:
            raise PartnerError("a member took a page of the log and did not move on")

    def _fail(self, peer: _Peer, error: LwnodeError) -> None:
        """Note what went wrong with one member, and leave it alone for a while."""
        _logger.warning("member %s: %s", peer.enrolled.member[:12], error)
        if isinstance(error, StoreError):
            self.problem = str(error)
        peer.rest = self._clock() + self._limits.rest
