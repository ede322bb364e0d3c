# SPDX-License-Identifier: Apache-2.0
"""The node's end of the pipe to a worker process: start it, ask it, end it.

Rules
-----
* The process gets a session of its own, nothing of the user's environment, and no open file but its three pipes.
* Every wait has an end: the caller's time, or the caller's wish to stop.  Where a question ends in an error, the
  process group is already killed.
* What the process says on its error stream is counted and hashed into the log; people see it nowhere.

Called by `lwnode.models.worker`.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, Final, NoReturn

from lwnode.errors import WorkerError, WorkerLimitError
from lwnode.models.frames import Assembler, Frame, pack
from lwnode.types import Progress

_PIECE: Final = 1 << 18  # bytes of one read or write
_TICK: Final = 0.1  # seconds between two questions whether to stop

_log = logging.getLogger(__name__)


class Channel:
    """A worker process and the pipes to it.

    Parameters
    ----------
    module : str
        Run as the process's main module.
    arguments : sequence of str
        Its arguments; the process id of this process, and ``main`` where its main thread called, are added.
    limit : bytes
        Of one reply.

    Raises
    ------
    WorkerLimitError
        The process cannot be started.

    Notes
    -----
    Making the object starts the process and does not wait for it.
    """

    def __init__(self, module: str, arguments: Sequence[str], *, limit: int) -> None:
        self._assembler = Assembler(limit=limit)
        self._errors_hash = hashlib.sha256()
        self._errors_size = 0
        try:
            self._process = subprocess.Popen(
                _command(module, arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(),
                cwd="/",
                start_new_session=True,
                close_fds=True,
                bufsize=0,
            )
        except OSError as error:
            raise WorkerLimitError(
                f"a worker process cannot be started: {error.strerror}",
                hint="Free some memory or processes, or repair the installation of Python.",
            ) from error
        self._sending = _pipe(self._process.stdin)
        self._receiving = _pipe(self._process.stdout)
        self._errors = _pipe(self._process.stderr)

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._process.pid

    @property
    def closed(self) -> bool:
        """Whether the process was ended from here."""
        return self._sending.closed

    def ask(self, frame: Frame, *, wall: float, share: float, doing: str, progress: Progress) -> Frame:
        """Send a frame and return the reply.

        Parameters
        ----------
        frame : Frame
        wall : float
            Seconds until the process is given up.
        share, doing
            Passed to ``progress``.
        progress : callable
            Asked ten times a second; what it raises ends the process.

        Raises
        ------
        WorkerError
            The process is closed, died, took too long, or sent something that is no frame.
        CancelledError
            From ``progress``.
        """
        if self.closed:
            raise WorkerError("the worker is closed", hint="Start another one.")
        try:
            return self._exchange(pack(frame), wall, share, doing, progress)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process and what it may have started, at once; may be called again."""
        if self.closed:
            return
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for _ in range(4):  # what is left of the error stream; a flood is cut off
            if not self._read_errors():
                break
        for pipe in (self._sending, self._receiving, self._errors):
            pipe.close()
        if self._errors_size:
            digest = self._errors_hash.hexdigest()
            _log.debug("a worker wrote %d bytes to its error stream, sha256 %s", self._errors_size, digest)

    def _exchange(
        self, pieces: Sequence[memoryview], wall: float, share: float, doing: str, progress: Progress
    ) -> Frame:
        waiting = list(pieces)
        now = time.monotonic()
        deadline, asked = now + wall, 0.0
        with selectors.DefaultSelector() as selector:
            selector.register(self._sending, selectors.EVENT_WRITE)
            selector.register(self._receiving, selectors.EVENT_READ)
            selector.register(self._errors, selectors.EVENT_READ)
            while now < deadline:
                if now - asked >= _TICK:
                    progress(share, doing)
                    asked = now
                ready = [key.fileobj for key, _ in selector.select(min(_TICK, deadline - now))]
                if self._errors in ready and not self._read_errors():
                    selector.unregister(self._errors)
                if self._receiving in ready and (reply := self._receive()) is not None:
                    if waiting:
                        raise WorkerError("the worker answered before the question", hint="Use another learnware.")
                    return reply
                if self._sending in ready:
                    self._send(waiting)
                    if not waiting:
                        selector.unregister(self._sending)
                now = time.monotonic()
        raise WorkerError(
            f"the worker took longer than {wall:g} s",
            hint="Use fewer rows or another learnware, or allow workers more time in the settings.",
        )

    def _send(self, waiting: list[memoryview]) -> None:
        try:
            sent = os.write(self._sending.fileno(), waiting[0][:_PIECE])
        except BrokenPipeError:
            self._died()
        except BlockingIOError:
            return
        waiting[0] = waiting[0][sent:]
        if not waiting[0]:
            del waiting[0]

    def _receive(self) -> Frame | None:
        try:
            piece = os.read(self._receiving.fileno(), min(self._assembler.need, _PIECE))
        except BlockingIOError:
            return None
        if not piece:
            self._died()
        self._assembler.feed(piece)
        return self._assembler.take()

    def _read_errors(self) -> bool:
        """Take note of the error stream; False at its end."""
        try:
            piece = os.read(self._errors.fileno(), _PIECE)
        except BlockingIOError:
            return True
        self._errors_hash.update(piece)
        self._errors_size += len(piece)
        return bool(piece)

    def _died(self) -> NoReturn:
        self.close()
        status = self._process.returncode
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        raise WorkerError(
            f"the worker ended by itself ({how})",
            hint="The model crashed or went beyond its limits; use another learnware.",
        )


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    os.set_blocking(stream.fileno(), False)
    return stream


def _command(module: str, arguments: Sequence[str]) -> list[str]:
    """Return the command line of a worker.

    ``-I`` keeps the current directory, the user's own packages and every PYTHON* variable out.
    """
    thread = "main" if threading.current_thread() is threading.main_thread() else "other"
    return [sys.executable, "-I", "-m", module, *arguments, str(os.getpid()), thread]


def _environment() -> dict[str, str]:
    """Return the environment of a worker: what the interpreter needs to start, and nothing of the user's."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",  # each arena reserves 64 MiB of address space
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "ORT_DISABLE_TELEMETRY": "1",
    }
