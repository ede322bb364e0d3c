# SPDX-License-Identifier: Apache-2.0
"""The one thread beside the window: it runs calls to the node in order and brings the answers back.

Rules
-----
* The window's thread never waits: it submits work and is called when the answer is there.
* Work that replaces older work of the same name drops it; a late answer of a dropped task is never delivered.
* Progress reaches the window ten times a second at most.
* Cancelling is told to the work through its progress callable, which raises `CancelledError`.
* After `close` nothing is delivered any more, and the thread is gone as soon as its call returns.

Called by the connection.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from lwnode.errors import CancelledError, LwnodeError

if TYPE_CHECKING:
    from lwnode.types import Progress

Work = Callable[["Progress"], Any]
Done = Callable[[Any], None]
Failed = Callable[[LwnodeError], None]
Heard = Callable[[float | None, str], None]

_EVERY = 0.1  # seconds between two reports of progress: work that reports more often must not flood the window

_log = logging.getLogger(__name__)


class Task:
    """One piece of submitted work.

    Parameters
    ----------
    name : str
        Work of the same name replaces it.
    work, done, failed, heard : callable
        ``work`` runs in the thread; the others in the window's: the answer, the error, the progress.
    """

    def __init__(self, name: str, work: Work, done: Done, failed: Failed, heard: Heard | None) -> None:
        self.name = name
        self.work = work
        self.done = done
        self.failed = failed
        self.heard = heard
        self._dropped = threading.Event()

    @property
    def dropped(self) -> bool:
        """Whether nobody waits for its answer any more."""
        return self._dropped.is_set()

    def drop(self) -> None:
        """Give it up; where it runs already, it ends at its next progress."""
        self._dropped.set()


class Background(QObject):
    """The thread and its queue."""

    _answered = Signal(object, object, object)  # task, answer, error
    _progressed = Signal(object, object, str)  # task, share, doing

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._open: list[Task] = []
        self._closed = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._progressed.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        # a daemon thread: where a node never answers, it must not keep a closed window's process alive
        self._thread = threading.Thread(target=self._run, name="lwnode-window", daemon=True)
        self._thread.start()

    def submit(self, name: str, work: Work, *, done: Done, failed: Failed, heard: Heard | None = None) -> Task:
        """Queue work; older work of the same name is dropped.

        Parameters
        ----------
        name : str
        work : callable
            Called in the thread with the progress callable that it must call now and then.
        done, failed : callable
            Called in the window's thread with the answer or the error.
        heard : callable, optional
            Called in the window's thread with the share done and what is being done.
        """
        self.drop(name)
        task = Task(name, work, done, failed, heard)
        if not self._closed:
            self._open.append(task)
            self._queue.put(task)
        return task

    def drop(self, name: str) -> None:
        """Give up the work of this name, queued or running."""
        for task in self._open:
            if task.name == name:
                task.drop()

    def waiting(self, name: str) -> bool:
        """Say whether work of this name is queued or running."""
        return any(task.name == name and not task.dropped for task in self._open)

    def close(self, seconds: float = 5.0) -> bool:
        """Drop everything and end the thread; return whether it is gone after ``seconds``."""
        self._closed = True
        for task in self._open:
            task.drop()
        self._queue.put(None)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (task := self._queue.get()) is not None:
            answer: Any = None
            error: LwnodeError | None = None
            try:
                if task.dropped:
                    raise CancelledError("cancelled")
                answer = task.work(self._progress_of(task))
            except LwnodeError as problem:
                error = problem
            except Exception as problem:  # the window's top-level handler: a fault in a call must not end the thread
                _log.exception("the call '%s' failed", task.name)
                error = LwnodeError(f"the window met a fault of its own: {type(problem).__name__}")
            if not self._closed:
                self._answered.emit(task, answer, error)

    def _progress_of(self, task: Task) -> Progress:
        last = -_EVERY

        def progress(share: float | None, doing: str) -> None:
            nonlocal last
            if task.dropped:
                raise CancelledError("cancelled", hint="nothing half-made was kept")
            if task.heard is not None and time.monotonic() - last >= _EVERY:
                last = time.monotonic()
                self._progressed.emit(task, share, doing)

        return progress

    def _deliver(self, task: Task, answer: Any, error: LwnodeError | None) -> None:
        if task in self._open:
            self._open.remove(task)
        if task.dropped or self._closed:
            return
        if error is None:
            task.done(answer)
        elif not isinstance(error, CancelledError):
            task.failed(error)

    def _tell(self, task: Task, share: float | None, doing: str) -> None:
        if task.heard is not None and not task.dropped and not self._closed:
            task.heard(share, doing)
