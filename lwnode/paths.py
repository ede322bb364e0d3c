# SPDX-License-Identifier: Apache-2.0
"""Where a node keeps its files.

Rules
-----
* A home is one directory of mode 0700; everything the node writes is under it, except what a person asks to be
  written elsewhere.
* ``LWNODE_HOME`` or ``--home`` names it; otherwise it is the platform's directory for user data.
* Nothing is created by asking for a path; only :func:`create_home` writes.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lwnode.errors import SettingsError

SOCKET_PATH_LIMIT = 100  # bytes of a unix socket's path that every platform takes

_OURS = frozenset(
    {"blobs", "keys", "quarantine", "scratch", "run", "lock", "node.db", "node.db-wal", "node.db-shm", "settings.toml"}
    | {"ledger.head", "lwnode.log", "hub.lock", "hub.db", "hub-blobs", "indexes"}
)
KEYS_IN_THE_MAKING = ".keys-"  # left behind by a process that was killed


@dataclass(frozen=True, slots=True)
class Home:
    """The layout of one node's directory."""

    root: Path

    @property
    def database(self) -> Path:
        """The node's SQLite database."""
        return self.root / "node.db"

    @property
    def hub_database(self) -> Path:
        """The hub's SQLite database, where this node serves one."""
        return self.root / "hub.db"

    @property
    def blobs(self) -> Path:
        """Files by their SHA-256."""
        return self.root / "blobs"

    @property
    def indexes(self) -> Path:
        """Search indexes, each in a folder named by the id of its island profile; made again from the catalogue."""
        return self.root / "indexes"

    @property
    def hub_blobs(self) -> Path:
        """Files that the hub keeps for its members, by their SHA-256."""
        return self.root / "hub-blobs"

    @property
    def keys(self) -> Path:
        """Private keys, encrypted where a passphrase was given."""
        return self.root / "keys"

    @property
    def settings(self) -> Path:
        """The node's settings."""
        return self.root / "settings.toml"

    @property
    def lock(self) -> Path:
        """Held by the one process that has the node open."""
        return self.root / "lock"

    @property
    def socket(self) -> Path:
        """The local API of a running daemon: a unix socket in a directory of mode 0700.

        It lies in the home, or, where that path is longer than a socket's may be, in a directory of the user's own in
        the place for temporary files.
        """
        inside = self.root / "run" / "api.sock"
        if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT:
            return inside
        short = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"lwnode-{os.getuid()}" / short / "api.sock"

    @property
    def ledger_head(self) -> Path:
        """Head of the privacy ledger, kept outside the database so that a rollback of it is noticed."""
        return self.root / "ledger.head"

    @property
    def quarantine(self) -> Path:
        """Where foreign files lie until they are verified."""
        return self.root / "quarantine"

    @property
    def scratch(self) -> Path:
        """Where worker processes put what they need while they work; emptied when they end."""
        return self.root / "scratch"

    @property
    def log(self) -> Path:
        """The daemon's log."""
        return self.root / "lwnode.log"


def expanded(path: Path | str) -> Path:
    """Return a path from a person, absolute, with ``~`` resolved.

    Raises
    ------
    SettingsError
        It names the home of nobody, or cannot be a path.
    """
    text = os.fspath(path)
    if "\0" in text:
        raise SettingsError("a path cannot hold a NUL character", hint="check the path")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SettingsError("a path whose name is not text in UTF-8", hint="rename the file") from error
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise SettingsError(f"there is no such user: {text.split('/')[0]}", hint="check the path") from error


def default_home() -> Path:
    """Return the home that is meant when none is named: ``LWNODE_HOME`` or the platform's user data directory."""
    named = os.environ.get("LWNODE_HOME", "")
    if named:
        return expanded(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("lwnode", appauthor=False))


def home_at(path: Path | str | None = None) -> Home:
    """Return the layout of the home at ``path`` (default: :func:`default_home`) without touching the disk."""
    return Home(expanded(path) if path is not None else default_home())


def refuse_foreign(home: Home) -> None:
    """Refuse to make a home of a directory that holds something else.

    Raises
    ------
    SettingsError
        It does, or cannot be looked at.
    """
    try:
        names = sorted(entry.name for entry in home.root.iterdir()) if home.root.is_dir() else []
    except OSError as error:
        raise SettingsError(f"the home {home.root} cannot be read: {error.strerror}") from error
    if any(name not in _OURS and not name.startswith(KEYS_IN_THE_MAKING) for name in names):
        raise SettingsError(
            f"{home.root} holds something else than a node", hint="name another directory with --home or LWNODE_HOME"
        )


def create_home(home: Home) -> None:
    """Make the home's directory with mode 0700.

    Raises
    ------
    SettingsError
        The path is a file, or cannot be created.
    """
    try:
        home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.root.chmod(0o700)
        for folder in (home.blobs, home.keys, home.quarantine, home.scratch):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the home {home.root} cannot be created: {error.strerror}",
            hint="name another directory with --home or LWNODE_HOME",
        ) from error
