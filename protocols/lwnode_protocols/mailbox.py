# SPDX-License-Identifier: Apache-2.0
"""What a node answers: a Flower `ClientApp` with two queries, ``mailbox`` and ``deliver``.

Rules
-----
* A mailbox is kept unanswered until there is something to say, its time is over, a newer one came, or the node stops.
  The first one, a hello, is answered at once with the cursor.
* Before an operation is offered, the outbox has it (`Port.leaving`) and its files are at the hub.  The first operation
  whose files cannot be brought ends the answer; the ones before it go.
* An answer starts at ``ack + 1``, whatever was sent before: nothing is remembered about messages.
* A page of the log is applied by the port in one transaction with the cursor; where that fails there is no answer, and
  the hub sends the page again.

Called by `lwnode_protocols.connection`, which runs the app's handlers on its threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from flwr.app import Context, Message
from flwr.clientapp import ClientApp

from lwnode.documents import FileEntry
from lwnode.errors import DocumentError, LwnodeError
from lwnode.node.transport import Operation, Port
from lwnode_protocols.adapter.records import fields_of, record
from lwnode_protocols.envelope import Sealed, seal_operation
from lwnode_protocols.limits import ANSWER_LIMIT, NodeTimes
from lwnode_protocols.messages import DELIVER, MAILBOX, Delivery, DeliveryAnswer, MailboxAnswer, MailboxAsk

_BATCH = 200  # operations looked at once
_ROOM = ANSWER_LIMIT - 8 * 1024  # bytes of operations and envelopes in one answer


class Mailbox:
    """The node's conversation with one hub.

    Parameters
    ----------
    port : Port
    hub : str
        The hub's id.
    key : EllipticCurvePrivateKey
        The node's key for this hub.
    bring : callable
        Sees to it that a file is at the hub.
    applied : callable
        Called after a page of the log was applied.
    problem : callable
        Told what keeps operations from leaving; an empty text when nothing does any more.
    times : NodeTimes
    now : callable
        Returns the time, aware.
    """

    def __init__(
        self,
        port: Port,
        *,
        hub: str,
        key: EllipticCurvePrivateKey,
        bring: Callable[[FileEntry], None],
        applied: Callable[[], None],
        problem: Callable[[str], None],
        times: NodeTimes,
        now: Callable[[], datetime],
    ) -> None:
        self._port = port
        self._hub = hub
        self._key = key
        self._bring = bring
        self._applied = applied
        self._problem = problem
        self._times = times
        self._now = now
        self._changed = threading.Condition()
        self._turn = 0  # grows with every mailbox that comes; a parked one of an earlier turn is over
        self._news = 0  # grows with every wake
        self._stopped = False
        self._acknowledged = -1

    # ---------------------------------------------------------------- events, from any thread
    def wake(self) -> None:
        """Look into the delivery queue again."""
        with self._changed:
            self._news += 1
            self._changed.notify_all()

    def supersede(self) -> None:
        """End the mailbox that is parked: a newer one came."""
        with self._changed:
            self._turn += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """End the mailbox that is parked, and all later ones."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    # ---------------------------------------------------------------- the app
    def app(self) -> ClientApp:
        """Return the app that answers the hub's two queries."""
        app = ClientApp()

        @app.query(MAILBOX)
        def mailbox(message: Message, context: Context) -> Message:
            """Answer with operations, once there are any."""
            del context
            answer = self.answer(MailboxAsk.from_fields(fields_of(message)))
            return Message(record(answer.to_fields()), reply_to=message)

        @app.query(DELIVER)
        def deliver(message: Message, context: Context) -> Message:
            """Apply a page of the log."""
            del context
            answer = self.deliver(Delivery.from_fields(fields_of(message)))
            return Message(record(answer.to_fields()), reply_to=message)

        return app

    def answer(self, ask: MailboxAsk) -> MailboxAnswer:
        """Return the answer to a mailbox, waiting until there is one.

        Raises
        ------
        DocumentError
            The mailbox is of another hub.
        """
        self._of_this_hub(ask.hub)
        box = self._port.box(self._hub)
        after = ask.ack if ask.box == box else 0
        if after > self._acknowledged:
            self._port.acknowledged(self._hub, after)
            self._acknowledged = after
        operations = () if ask.hello else self._wait(box, after)
        return MailboxAnswer(box=box, have=self._port.cursor(self._hub), operations=operations)

    def deliver(self, page: Delivery) -> DeliveryAnswer:
        """Apply a page of the log and return the cursor.

        Raises
        ------
        DocumentError
            The page is of another hub.
        """
        self._of_this_hub(page.hub)
        have = self._port.incoming(self._hub, page.base, page.rows)
        self._applied()
        return DeliveryAnswer(have=have)

    def _of_this_hub(self, hub: str) -> None:
        if hub != self._hub:
            raise DocumentError("a message of another hub")

    # ---------------------------------------------------------------- what is offered
    def _wait(self, box: str, after: int) -> tuple[Sealed, ...]:
        """Return the operations above ``after`` that may leave, or none when the mailbox is over."""
        until = time.monotonic() + self._times.hold
        with self._changed:
            turn = self._turn
        while True:
            with self._changed:
                news = self._news
            offered, blocked = self._offer(box, after)
            if offered:
                return offered
            pause = self._times.retry if blocked else self._times.hold
            with self._changed:
                left = min(pause, until - time.monotonic())
                self._changed.wait_for(
                    lambda news=news: self._news != news or self._turn != turn or self._stopped,  # type: ignore[misc]
                    max(0.0, left),
                )
                if self._turn != turn or self._stopped or time.monotonic() >= until:
                    return ()

    def _offer(self, box: str, after: int) -> tuple[tuple[Sealed, ...], bool]:
        """Return what may leave now, and whether something is kept back."""
        offered: list[Sealed] = []
        size = 0
        for operation in self._port.outgoing(self._hub, after, _BATCH):
            sealed = seal_operation(operation, key=self._key, hub=self._hub, box=box, now=self._now())
            size += sealed.size
            if size > _ROOM and offered:
                break
            try:
                self._ready(operation, self._port.files_before(operation))
            except LwnodeError as error:
                if not self._stopped:
                    self._problem(str(error))
                return tuple(offered), True
            offered.append(sealed)
        if offered:
            self._problem("")
        return tuple(offered), False

    def _ready(self, operation: Operation, files: Sequence[FileEntry]) -> None:
        """Record what is about to leave, and bring its files."""
        self._port.leaving(self._hub, operation, files)
        for entry in files:
            self._bring(entry)
