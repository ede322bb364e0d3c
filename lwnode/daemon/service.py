# SPDX-License-Identifier: Apache-2.0
"""Run a node until it is told to stop: engine, local API, Flower worker and, if asked for, a hub.

Rules
-----
* The socket appears only once everything behind it works; it is removed at the end.
* SIGTERM and SIGINT end it within seconds; killed, it loses nothing that was acknowledged.
* A daemon that serves a hub joins it, so that its own documents take the same way as everybody's.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from lwnode.daemon.api import make_app
from lwnode.errors import SettingsError
from lwnode.node.backend import LocalBackend
from lwnode.node.engine import Engine, open_engine
from lwnode.node.port import StorePort
from lwnode.paths import Home
from lwnode.settings import Settings

if TYPE_CHECKING:
    from lwnode.daemon.network import ServedHub

log = logging.getLogger(__name__)


def listen(path: Path) -> socket.socket:
    """Return a listening unix socket of mode 0600 at ``path``; a dead one that lies there is replaced.

    Raises
    ------
    SettingsError
        The directory belongs to somebody else, or cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (path.parent, path.parent.parent):
            if folder.stat().st_uid != os.getuid():
                raise SettingsError(f"{folder} belongs to somebody else", hint="remove it, or choose another home")
        path.parent.chmod(0o700)
    except OSError as error:
        raise SettingsError(f"the local API cannot be opened: {error.strerror}", hint=str(path.parent)) from error
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(64)
    return listener


def watch_parent(parent: int, stop: Callable[[], None]) -> None:
    """Call ``stop`` once the process of that id, which started this one, has ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        stop()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


@dataclass(slots=True)
class Daemon:
    """A running daemon.

    Parameters
    ----------
    home : Home
    settings : Settings
    passphrase : bytes or None
    hub : bool
        Serve a hub too.
    hub_name : str
        What the consortium calls itself.
    network : bool
        False keeps Flower out altogether: nothing can be sent or received.
    with_parent : int
        Id of the process that started this one; end when it ends.  0 for none.
    announce : callable
        Told in a sentence that the node is up.
    signals : bool
        End at SIGTERM and SIGINT; only the main thread can be told so.
    """

    home: Home
    settings: Settings
    passphrase: bytes | None = None
    hub: bool = False
    hub_name: str = ""
    network: bool = True
    with_parent: int = 0
    announce: Callable[[str], None] = log.info
    signals: bool = True
    _engine: Engine | None = None
    _hub: ServedHub | None = None
    _server: uvicorn.Server | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def open(self) -> Engine:
        """Open the engine, start the hub and connect to the hubs that were joined."""
        engine = open_engine(self.home, self.settings, passphrase=self.passphrase)
        engine.daemon = True
        self._engine = engine
        if self.network:
            from lwnode.daemon.network import flower, serve_hub

            if self.hub:
                self._hub = serve_hub(engine, name=self.hub_name)
                engine.hub = self._hub
            engine.connect(flower(StorePort(engine), self.home))
            if self._hub is not None:
                self._join_own_hub(engine)
        return engine

    def _join_own_hub(self, engine: Engine) -> None:
        from lwnode.node.actions.partners import join

        if self._hub is None:
            return
        known = {membership.hub: membership for membership in engine.store.memberships.list()}
        own = self._hub.info()
        if own.hub not in known:
            join(engine, invite=self._hub.invite(1.0, "own node").to_text())

    @property
    def ready(self) -> bool:
        """Whether the local API answers."""
        return self._server is not None and self._server.started

    def run(self) -> None:
        """Serve until a signal or `stop`."""
        listener: socket.socket | None = None
        try:
            engine = self.open()
            listener = listen(self.home.socket)
            config = uvicorn.Config(
                make_app(LocalBackend(engine)),
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=2,
            )
            self._server = uvicorn.Server(config)
            for number in (signal.SIGTERM, signal.SIGINT) if self.signals else ():
                signal.signal(number, self._signalled)
            served = f", serving the hub '{self._hub.info().name}' at {self._hub.info().address}" if self._hub else ""
            self.announce(f"the node of {engine.keys.keys.organisation} is up{served}")
            if self.with_parent:
                watch_parent(self.with_parent, self.stop)
            if not self._stopping.is_set():
                asyncio.run(self._serve(listener))
        finally:
            if listener is not None:
                listener.close()
                self.home.socket.unlink(missing_ok=True)
            self.close()

    async def _serve(self, listener: socket.socket) -> None:
        assert self._server is not None
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # ours are in place
        await self._server.serve(sockets=[listener])

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()
        if self._server is not None:
            self._server.should_exit = True

    def close(self) -> None:
        """Stop hub, transport and store."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        if self._hub is not None:
            self._hub.stop()
            self._hub = None
