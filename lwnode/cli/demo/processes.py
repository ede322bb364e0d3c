# SPDX-License-Identifier: Apache-2.0
"""The daemons of a demo or a test: started with homes of their own, waited for, and ended whatever happens."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from lwnode.errors import StoreError
from lwnode.node.facade import Node
from lwnode.node.remote import RemoteBackend
from lwnode.paths import Home

_START = 60.0  # seconds a daemon may take on a busy machine
_STOP = 8.0  # seconds between being asked and being killed


@dataclass(slots=True)
class Fleet:
    """Daemons by name, each with a home under ``root``; a context manager that ends them all.

    Parameters
    ----------
    root : Path
        Homes and logs are made here.
    passphrase : str
        Of all keys in this fleet; random unless given.
    """

    root: Path
    passphrase: str = field(default_factory=lambda: secrets.token_hex(16))
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _options: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def home(self, name: str) -> Home:
        """Return the home of that name."""
        return Home(self.root / name)

    def create(self, name: str, organisation: str) -> None:
        """Make the node of that name."""
        Node.create(self.home(name).root, organisation=organisation, passphrase=self.passphrase).close()

    def start(self, name: str, *options: str) -> None:
        """Start the daemon of that name; ``options`` are remembered for a restart."""
        self._options[name] = options
        environ = {key: value for key, value in os.environ.items() if not key.startswith("LWNODE_")}
        environ |= {"LWNODE_PASSPHRASE": self.passphrase, "OMP_NUM_THREADS": "1"}
        home = str(self.home(name).root)
        command = [sys.executable, "-m", "lwnode", "daemon", "--home", home, "--with-parent", str(os.getpid())]
        with (self.root / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [*command, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environ,
                start_new_session=True,
            )

    def restart(self, name: str, *options: str) -> None:
        """Start it again, with new options or those it had."""
        self.stop(name)
        self.start(name, *(options or self._options.get(name, ())))

    def node(self, name: str) -> Node:
        """Return the node of that name through its daemon, waiting until it is up.

        Raises
        ------
        StoreError
            It ended, or did not come up in time.
        """
        end = time.monotonic() + _START
        process = self._running[name]
        while time.monotonic() < end:
            if process.poll() is not None:
                raise StoreError(f"the daemon of '{name}' ended at its start", hint=f"see {self.root / name}.log")
            if self.home(name).socket.exists():
                try:
                    return Node(RemoteBackend(self.home(name).socket))  # never the home itself: the daemon has it
                except StoreError:
                    pass
            time.sleep(0.05)
        raise StoreError(f"the daemon of '{name}' did not come up", hint=f"see {self.root / name}.log")

    def kill(self, name: str) -> None:
        """End a daemon without warning, as a power cut would."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> None:
        """End a daemon in order; kill it where it does not."""
        process = self._running.pop(name, None)
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for name in list(self._running):
            self.stop(name)
