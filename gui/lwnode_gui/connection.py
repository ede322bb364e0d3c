# SPDX-License-Identifier: Apache-2.0
"""The window's connection to the node: it opens it, notices when it is gone, and keeps status and outbox fresh.

Rules
-----
* The window is a client: it talks to the daemon that holds the home and never opens a home itself.
* Everything that calls the node runs in the background thread; views hear of it through signals and callbacks.
* Where no node runs, the connection looks for one now and then by itself.

Called by the application and the views.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from lwnode.errors import LwnodeError, StoreError
from lwnode_gui.background import Background, Done, Failed, Heard

if TYPE_CHECKING:
    from lwnode.node.facade import Node
    from lwnode.node.records import OutboxInfo, Status
    from lwnode.types import Progress

Open = Callable[[], "Node"]
NodeWork = Callable[["Node", "Progress"], Any]

_OUTBOX_AGE = 60.0  # seconds after which the outbox is checked anew, even where nothing seems to have left
_ROWS = 500  # newest entries of the outbox that are shown


class NotRunningError(LwnodeError):
    """There is no daemon to talk to.

    Parameters
    ----------
    made : bool
        Whether there is a node in the home at all.
    home : Path
    """

    code = "LW-WINDOW-NOT-RUNNING"

    def __init__(self, *, made: bool, home: Path) -> None:
        super().__init__("the node is not running" if made else "there is no node here yet")
        self.made = made
        self.home = home


def open_daemon(home: Path | str | None) -> Node:
    """Return the node that a running daemon holds.

    Raises
    ------
    NotRunningError
        No daemon answers, or there is no node in the home.
    """
    from lwnode.paths import home_at

    place = home_at(home)
    if not place.socket.exists():
        raise NotRunningError(made=place.database.exists(), home=place.root)
    from lwnode.node.facade import Node
    from lwnode.node.remote import RemoteBackend

    try:
        return Node(RemoteBackend(place.socket))
    except StoreError as error:  # a socket that a killed daemon left behind
        raise NotRunningError(made=place.database.exists(), home=place.root) from error


class Connection(QObject):
    """One connection for all views.

    Parameters
    ----------
    opener : callable
        Returns the open node, or raises; runs in the background thread.
    every : float
        Seconds between two looks at the node's status; 0 looks only when asked.
    """

    connected = Signal()
    lost = Signal(object)  # LwnodeError
    status_read = Signal(object)  # Status
    outbox_read = Signal(object)  # OutboxInfo
    outbox_failed = Signal(object)  # LwnodeError

    def __init__(self, opener: Open, *, every: float = 3.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._opener = opener
        self._node: Node | None = None
        self.background = Background(self)
        self.status: Status | None = None
        self.outbox: OutboxInfo | None = None
        self._outbox_at = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(max(1, int(every * 1000)))
        self._timer.timeout.connect(self._look)
        self._polls = every > 0

    @property
    def is_open(self) -> bool:
        """Whether the node answered last time."""
        return self._node is not None

    def start(self) -> None:
        """Connect, and keep looking."""
        self._connect()
        if self._polls:
            self._timer.start()

    def retry(self) -> None:
        """Look for the node now."""
        if not self.is_open:
            self._connect()
        else:
            self.look()

    def submit(self, name: str, work: NodeWork, *, done: Done, failed: Failed, heard: Heard | None = None) -> None:
        """Run ``work(node, progress)`` in the background; see `Background.submit`.

        A failure of the node's files makes the connection look whether the node still answers.
        """
        node = self._node
        if node is None:
            return

        def broken(error: LwnodeError) -> None:
            failed(error)
            if isinstance(error, StoreError):
                self.look()

        self.background.submit(name, lambda progress: work(node, progress), done=done, failed=broken, heard=heard)

    def drop(self, name: str) -> None:
        """Give up the work of this name."""
        self.background.drop(name)

    def close(self) -> bool:
        """End the timer, the thread and the connection; return whether the thread is gone."""
        self._timer.stop()
        gone = self.background.close()
        if self._node is not None:
            self._node.close()
            self._node = None
        return gone

    # ------------------------------------------------------------- connecting
    def _connect(self) -> None:
        if not self.background.waiting("open"):
            opener = self._opener
            self.background.submit("open", lambda _progress: opener(), done=self._opened, failed=self._lose)

    def _opened(self, node: Node) -> None:
        self._node = node
        self.connected.emit()
        self.look()
        self._read_outbox()

    def _lose(self, error: LwnodeError) -> None:
        if self._node is not None:
            self._node.close()
            self._node = None
        self.background.drop("outbox")  # a late answer would be shown beside "not connected"
        self.status = None
        self.outbox = None
        self.lost.emit(error)

    # ------------------------------------------------------------- looking
    def _look(self) -> None:
        if self.is_open:
            self.look()
        else:
            self._connect()

    def look(self) -> None:
        """Read the status now, and the outbox where it is old."""
        node = self._node
        if node is not None and not self.background.waiting("status"):
            self.background.submit("status", lambda _: node.status(), done=self._status, failed=self._lose)
        if time.monotonic() - self._outbox_at > _OUTBOX_AGE:
            self._read_outbox()

    def _status(self, status: Status) -> None:
        before, self.status = self.status, status
        self.status_read.emit(status)
        if before is not None and before.left != status.left:
            self._read_outbox()

    def _read_outbox(self) -> None:
        self._outbox_at = time.monotonic()
        if not self.background.waiting("outbox"):
            self.submit("outbox", lambda node, _: node.outbox(limit=_ROWS), done=self._outbox, failed=self._no_outbox)

    def check_outbox(self) -> None:
        """Check the outbox's chain anew."""
        self._read_outbox()

    def _outbox(self, outbox: OutboxInfo) -> None:
        self.outbox = outbox
        self.outbox_read.emit(outbox)

    def _no_outbox(self, error: LwnodeError) -> None:
        self.outbox = None  # what cannot be computed is not shown
        self.outbox_failed.emit(error)
