# SPDX-License-Identifier: Apache-2.0
"""One node's connection to one hub: a group of four threads that lives until it is stopped.

=========  =====================================================================================
thread     what it does
=========  =====================================================================================
``poll``   asks the hub for messages, for ever, and hands them on; connects again when it must
``mail``   answers mailboxes: parked most of the time
``page``   applies pages of the hub's log
``file``   fetches files that were announced and are wanted here
=========  =====================================================================================

Rules
-----
* Whatever goes wrong is waited out, for ever, with a growing pause.  Nothing is lost by that: what matters is in the
  port's store.
* The hub does not know this node any more (401): activate again, at once.  The key is not a member's (412): go on
  asking, since the hub may only have been restored from a backup, and say so.
* A clock that is off must not keep a node out: where a hub refuses a signature and its own clock differs, the node
  signs for this hub by the hub's clock, and says so in its log.
* A message that was lost on the way here would be missed for minutes, as the hub takes it for parked.  So whenever a
  call is interrupted, all connections are made anew and the node activates itself again: that makes the hub send
  afresh.
* `stop` ends all four threads within two seconds, parked or not.

Called by `lwnode_protocols.worker`.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from flwr.app import Message

from lwnode.documents import FileEntry
from lwnode.errors import LwnodeError, NotFoundError, PartnerError, UnreachableError
from lwnode.node.transport import Link, Membership, Port
from lwnode_protocols.adapter.client import FleetClient, FleetRefusedError, Parcel
from lwnode_protocols.files import HubFiles
from lwnode_protocols.limits import NodeTimes
from lwnode_protocols.mailbox import Mailbox
from lwnode_protocols.messages import DELIVER, MAILBOX
from lwnode_protocols.tls import pinned_context
from lwnode_protocols.wire import Wire

_ANSWER = 2 * 2**20  # bytes of the hub's answer to one call; a page of the log is half of it
_WANTED = 64  # files asked for at once
_SKEW = 3.0  # seconds by which clocks may differ before it matters; a hub tells its time to the second
_RENEW = 1.0  # seconds that an activation must have lasted to be renewed without a pause
_HELD = 0.25  # seconds that any poll without a message should take
_COUNTED = 5.0  # seconds between two notes of the bytes on the wire
_logger = logging.getLogger(__name__)


class Connection:
    """A connection that keeps itself up.

    Parameters
    ----------
    port : Port
    membership : Membership
    key : EllipticCurvePrivateKey
        The node's key for this hub.
    quarantine : Path
        Directory for unfinished files.
    times : NodeTimes
    now : callable
        Returns the time, aware.
    """

    def __init__(
        self,
        port: Port,
        membership: Membership,
        *,
        key: EllipticCurvePrivateKey,
        quarantine: Path,
        times: NodeTimes,
        now: Callable[[], datetime],
    ) -> None:
        self._port = port
        self._membership = membership
        self._hub = membership.hub
        self._times = times
        self._clock = now
        self._offset = timedelta(0)  # of the hub's clock against ours, where that matters
        self._wire = Wire(pinned_context(membership.certificate), times)
        self._client = FleetClient(self._wire.client(membership.address, most=_ANSWER), key, now=self._now)
        self._files = HubFiles(
            self._wire.client(membership.address), key, hub=self._hub, quarantine=quarantine, now=self._now
        )
        self._mailbox = Mailbox(
            port,
            hub=self._hub,
            key=key,
            bring=self._bring,
            applied=self._look_for_files,
            problem=self._kept_back,
            times=times,
            now=self._now,
        )
        self._app = self._mailbox.app()
        self._stopping = threading.Event()
        self._mail: queue.SimpleQueue[Parcel | None] = queue.SimpleQueue()
        self._pages: queue.SimpleQueue[Parcel | None] = queue.SimpleQueue()
        self._wanted = threading.Event()
        self._brought: set[str] = set()
        self._active = False
        self._activated = 0.0
        self._since: datetime | None = None
        self._trouble = "not connected yet"
        self._kept = ""
        self._noted = 0.0
        self._noting = threading.Lock()
        self._threads = [
            threading.Thread(target=work, name=f"lwnode-{name}-{self._hub[:8]}", daemon=True)
            for name, work in (
                ("poll", self._poll),
                ("mail", lambda: self._answer(self._mail)),
                ("page", lambda: self._answer(self._pages)),
                ("file", self._fetch),
            )
        ]

    def _now(self) -> datetime:
        """Return the time by the hub's clock."""
        return self._clock() + self._offset

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Say that there is something new in the delivery queue, or that files are wanted."""
        self._mailbox.wake()
        self._wanted.set()

    def link(self) -> Link:
        """Return the connection's state."""
        return Link(
            hub=self._hub,
            name=self._membership.name,
            connected=self._active,
            since=self._since,
            problem=self._trouble or self._kept or self._ended(),
        )

    def _ended(self) -> str:
        """Say that a thread ended that should not have."""
        if self._stopping.is_set() or all(thread.is_alive() for thread in self._threads):
            return ""
        return "a part of this connection ended unexpectedly: the log says why; restart the node"

    def begin_stop(self) -> None:
        """Tell all threads to end; `finish_stop` waits for them."""
        self._stopping.set()
        self._mailbox.stop()
        self._wanted.set()
        self._mail.put(None)
        self._pages.put(None)

    def finish_stop(self) -> None:
        """Say goodbye, end what is under way, and wait for the threads."""
        if self._active:
            farewell = threading.Thread(target=self._leave, name=f"lwnode-leave-{self._hub[:8]}", daemon=True)
            farewell.start()
            farewell.join(self._times.goodbye)
            self._threads.append(farewell)
        self._wire.abort()
        for thread in self._threads:
            thread.join()
        self._active = False
        self._wire.close()
        self._note_traffic(everything=True)

    def _leave(self) -> None:
        with contextlib.suppress(PartnerError):
            self._client.leave()

    # ---------------------------------------------------------------- poll
    def _poll(self) -> None:
        first = self._times.longest_pause / 50
        pause = first
        while not self._stopping.is_set():
            try:
                self._once()
                pause = first
                continue
            except FleetRefusedError as error:
                if self._refused(error):
                    continue
            except LwnodeError as error:
                self._active = False
                self._trouble = str(error) or "the hub does not answer"
            self._stopping.wait(pause * random.uniform(0.5, 1.5))  # noqa: S311  (spreads reconnections)
            pause = min(2 * pause, self._times.longest_pause)

    def _refused(self, error: FleetRefusedError) -> bool:
        """Note a refusal; return whether to go on without a pause."""
        was_active, self._active = self._active, False
        if error.status == 401 and error.hub_time is not None:
            ahead = error.hub_time - self._now()
            if abs(ahead.total_seconds()) > _SKEW:
                self._offset += ahead
                _logger.warning("hub %s: its clock differs by %d s", self._hub[:12], self._offset.total_seconds())
                return True
        if was_active and error.status in (401, 410) and time.monotonic() - self._activated > _RENEW:
            return True  # the hub started again: it knows our key, not our number
        self._trouble = _explained(error)
        return False

    def _once(self) -> None:
        """Connect where that is due, ask once, and hand on what came."""
        if not self._active:
            self._client.activate()
            self._brought.clear()
            self._active, self._since, self._trouble = True, self._clock(), ""
            self._activated = time.monotonic()
            self._wanted.set()
        asked = time.monotonic()
        parcel = self._client.poll()
        self._note_traffic()
        if parcel is None:
            if time.monotonic() - asked < _HELD:  # a hub that does not hold its polls is not asked without end
                self._stopping.wait(_HELD)
            return
        if parcel.kind == f"query.{MAILBOX}":
            self._mailbox.supersede()
            self._mail.put(parcel)
        elif parcel.kind == f"query.{DELIVER}":
            self._pages.put(parcel)
        else:
            _logger.warning("hub %s sent a message of an unknown kind", self._hub[:12])

    # ---------------------------------------------------------------- mail, page
    def _answer(self, parcels: queue.SimpleQueue[Parcel | None]) -> None:
        while (parcel := parcels.get()) is not None and not self._stopping.is_set():
            try:
                message = self._client.fetch(parcel)
                reply: Message = self._app(message, self._client.context())
                if not self._stopping.is_set():
                    self._client.reply(reply)
            except UnreachableError as error:
                _logger.info("hub %s: interrupted: %s", self._hub[:12], error)
                self._wire.reset()
            except FleetRefusedError as error:
                _logger.info("hub %s: too late: %s", self._hub[:12], error)
            except LwnodeError as error:
                if not self._stopping.is_set():  # the hub asks again; that is what its timers are for
                    _logger.warning("hub %s: a message was not answered: %s", self._hub[:12], error)

    def _bring(self, entry: FileEntry) -> None:
        """See to it that a file is at the hub."""
        if entry.sha256 in self._brought:
            return
        if not self._files.has(entry.sha256):
            self._files.bring(entry.sha256, self._port.read_file(entry.sha256))
        self._brought.add(entry.sha256)

    def _kept_back(self, problem: str) -> None:
        self._kept = problem
        if problem:
            _logger.warning("hub %s: an operation is kept back: %s", self._hub[:12], problem)

    # ---------------------------------------------------------------- file
    def _look_for_files(self) -> None:
        self._wanted.set()

    def _fetch(self) -> None:
        later: dict[str, float] = {}  # files that could not be had → when they are asked for again
        while not self._stopping.is_set():
            self._wanted.wait(self._times.retry)
            self._wanted.clear()
            while self._active and not self._stopping.is_set() and self._fetch_some(later):
                pass

    def _fetch_some(self, later: dict[str, float]) -> bool:
        """Fetch what is wanted and not postponed; return whether anything came."""
        came = False
        now = time.monotonic()
        for sha256 in [sha256 for sha256, at in later.items() if at <= now]:
            del later[sha256]
        for entry in self._port.wanted(self._hub, _WANTED):
            if self._stopping.is_set():
                return False
            if entry.sha256 in later:
                continue
            try:
                self._port.received(self._hub, entry.sha256, self._files.fetch(entry))
                came = True
                self._note_traffic()
            except NotFoundError:
                later[entry.sha256] = now + self._times.retry
            except LwnodeError as error:
                later[entry.sha256] = now + self._times.retry
                if not self._stopping.is_set():
                    _logger.warning("hub %s: %s: %s", self._hub[:12], entry.name, error)
        return came

    # ---------------------------------------------------------------- bytes
    def _note_traffic(self, *, everything: bool = False) -> None:
        """Tell the port how many bytes went over the wire."""
        with self._noting:
            if not everything and time.monotonic() - self._noted < _COUNTED:
                return
            self._noted = time.monotonic()
            sent, received = self._wire.take_counts()
            if sent or received:
                self._port.traffic(self._hub, sent=sent, received=received)


def _explained(error: FleetRefusedError) -> str:
    if error.status == 412:
        return "the hub does not know this node as a member: ask for a new invite"
    if error.status == 401:
        return "the hub does not accept this node's signature: set the clock of this computer"
    return str(error)
