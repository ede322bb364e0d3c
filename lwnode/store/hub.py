# SPDX-License-Identifier: Apache-2.0
"""The hub's store: members, invites, the log, and the members' files.

Rules
-----
* The hub's id and the generation of its log are born with its database.  A hub whose database is lost, or put back from
  a backup, gets another generation, so that its members notice.
* One process per hub; a node and a hub of the same home are two stores with a lock each.
* The hub is not trusted with integrity: what it keeps are signed documents that others verify.

Called by the hub of `lwnode_protocols`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

from lwnode.documents.delivery import Operation, Row
from lwnode.errors import StoreError
from lwnode.paths import Home, create_home
from lwnode.store import migrations
from lwnode.store.blobs import Blobs
from lwnode.store.database import Database
from lwnode.store.hub_log import HubLog
from lwnode.store.hub_members import Admission, HubMembers, InviteRecord, Member
from lwnode.store.lock import Lock
from lwnode.store.meta import Meta


class HubStore:
    """Everything a hub keeps; made by `HubStore.open`, and a context manager.

    Attributes
    ----------
    blobs : Blobs
        Files of the members, by their SHA-256.
    meta : Meta
        Single values, such as the name of the consortium.
    """

    def __init__(self, home: Home, database: Database, lock: Lock, now: Callable[[], datetime]) -> None:
        self._database = database
        self._lock = lock
        self._members = HubMembers(database, now)
        self._log = HubLog(database, now)
        self.home = home
        self.meta = Meta(database)
        self.blobs = Blobs(home.hub_blobs)

    @classmethod
    def open(cls, home: Home, *, now: Callable[[], datetime], restored: bool = False) -> HubStore:
        """Open the store of a home's hub; make it where there was none.

        Parameters
        ----------
        home : Home
            Made where it is missing.
        now : callable
            Gives the time, aware UTC.
        restored : bool
            A person has put an older database back on purpose: the log gets a new generation.

        Raises
        ------
        LockedError
            Another process has it.
        StoreError
            The database is not ours, damaged, changed by hand, missing, or made by a newer lwnode.
        DiskFullError
            No room left.
        """
        create_home(home)
        lock = Lock(home.hub_database.with_suffix(".lock"), f"the hub of {home.root}")
        try:
            _refuse_missing(home)
            database = migrations.open_database(home.hub_database, migrations.HUB)
        except BaseException:
            lock.release()
            raise
        try:
            with database.transaction():
                meta = Meta(database)
                if meta.get("hub") is None:
                    meta.set("hub", secrets.token_hex(16))
                if restored or meta.get("generation") is None:
                    meta.set("generation", secrets.token_hex(16))
            return cls(home, database, lock, now)
        except BaseException:
            database.close()
            lock.release()
            raise

    @property
    def hub_id(self) -> str:
        """The hub's id, 32 hexadecimal characters."""
        return str(self.meta.get("hub"))

    @property
    def generation(self) -> str:
        """The generation of the log: heights of one generation mean nothing in another."""
        return str(self.meta.get("generation"))

    def members(self) -> tuple[Member, ...]:
        """Return all members, blocked ones too, in the order of joining."""
        return self._members.list()

    def member(self, member: str) -> Member:
        """Return the member with a public key of that SHA-256; `NotFoundError` where there is none."""
        return self._members.get(member)

    def block(self, member: str) -> None:
        """Refuse a member from now on; `NotFoundError` where there is none."""
        self._members.block(member)

    def create_invite(self, code_hash: str, expires: datetime, note: str = "") -> None:
        """Keep an invite by the SHA-256 of its code; `StoreError` where there is one of that hash."""
        self._members.create_invite(code_hash, expires, note)

    def invites(self) -> tuple[InviteRecord, ...]:
        """Return all invites, the newest first."""
        return self._members.invites()

    def admit(self, code_hash: str, public_key: bytes, name: str, now: datetime) -> Admission:
        """Make the holder of a key a member; see `HubMembers.admit`."""
        return self._members.admit(code_hash, public_key, name, now)

    def last_seq(self, member: str, box: str) -> int:
        """Return the highest number that was taken from a member's box, which is what the hub acknowledges."""
        return self._log.last_seq(member, box)

    def append(self, member: str, box: str, operations: Sequence[Operation]) -> int:
        """Take the operations that come next; see `HubLog.append`."""
        return self._log.append(member, box, operations)

    def rows(self, after: int, limit: int, bytes_limit: int) -> tuple[Row, ...]:
        """Return a page of the log; see `HubLog.rows`."""
        return self._log.rows(after, limit, bytes_limit)

    def height(self) -> int:
        """Return the height of the newest row of the log; 0 for an empty one."""
        return self._log.height()

    def snapshot(self, file: Path) -> None:
        """Write a whole, consistent copy of the database to a new file, for a backup; see `Store.snapshot`."""
        self._database.snapshot(file)

    def close(self) -> None:
        """Close all connections and give the hub back; do nothing the second time."""
        self._database.close()
        self._lock.release()

    def __enter__(self) -> HubStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refuse_missing(home: Home) -> None:
    """Refuse to make a hub where there was one: its members would find a stranger in its place."""
    database, files = home.hub_database, home.hub_blobs
    if (not database.exists() or database.stat().st_size == 0) and files.exists():
        raise StoreError(
            f"the database {database.name} is missing or empty, and {files.name} shows that there was one",
            hint="restore a backup of the home; to begin a new hub, move that folder away first",
        )
