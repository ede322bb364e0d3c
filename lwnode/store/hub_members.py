# SPDX-License-Identifier: Apache-2.0
"""Members of a hub, and the invites by which they become members.

Rules
-----
* A member is known by the SHA-256 of its public key, never by an id that a transport made up.
* An invite admits one key, once, until it expires.  The same key with the same invite is told *again*, so that a node
  whose answer was lost may ask once more.
* The hub keeps only the hash of an invite's code.
* A blocked key stays blocked, whatever invite it brings; it is told no more than a stranger.

Called by the hub store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from lwnode.documents import digest
from lwnode.errors import NotFoundError
from lwnode.store.cells import moment_of, stamp
from lwnode.store.database import Cells, Database

Admission: TypeAlias = Literal["admitted", "again", "unknown", "used", "expired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member: SHA-256 of its public key, the key, the name it claims, since when, and whether it is blocked."""

    id: str
    public_key: bytes
    name: str
    joined: datetime
    blocked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteRecord:
    """An invite as the hub keeps it: SHA-256 of its code, and the id of the member that used it (empty: nobody)."""

    code_hash: str
    note: str
    created: datetime
    expires: datetime
    used_by: str = ""
    used: datetime | None = None


class HubMembers:
    """The members and the invites of a hub."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def list(self) -> tuple[Member, ...]:
        """Return all members in the order of joining."""
        return tuple(_member(row) for row in self._database.rows("SELECT * FROM member ORDER BY joined, id"))

    def get(self, member: str) -> Member:
        """Return a member.

        Raises
        ------
        NotFoundError
            There is none with a key of that SHA-256.
        """
        row = self._database.row("SELECT * FROM member WHERE id = ?", member)
        if row is None:
            raise NotFoundError("there is no such member", hint="list the members to see their ids")
        return _member(row)

    def block(self, member: str) -> None:
        """Refuse a member from now on; what it has sent stays in the log.

        Raises
        ------
        NotFoundError
            There is no such member.
        """
        with self._database.transaction():
            if not self._database.write("UPDATE member SET blocked = 1 WHERE id = ?", member):
                raise NotFoundError("there is no such member")

    def create_invite(self, code_hash: str, expires: datetime, note: str = "") -> None:
        """Keep an invite by the hash of its code.

        Raises
        ------
        StoreError
            There is an invite of that hash already.
        """
        with self._database.transaction():
            self._database.write(
                "INSERT INTO invite (code_hash, note, created, expires) VALUES (?, ?, ?, ?)",
                code_hash,
                note,
                stamp(self._now()),
                stamp(expires),
            )

    def invites(self) -> tuple[InviteRecord, ...]:
        """Return all invites, the newest first."""
        rows = self._database.rows("SELECT * FROM invite ORDER BY created DESC, code_hash")
        return tuple(
            InviteRecord(
                **{
                    **row,
                    "created": moment_of(row["created"]),
                    "expires": moment_of(row["expires"]),
                    "used_by": row["used_by"] or "",
                    "used": None if row["used"] is None else moment_of(row["used"]),
                }
            )
            for row in rows
        )

    def admit(self, code_hash: str, public_key: bytes, name: str, now: datetime) -> Admission:
        """Make the holder of a key a member, in one transaction.

        Parameters
        ----------
        code_hash : str
            SHA-256 of the code that was handed in.
        public_key : bytes
            Possession of its private key was proven.
        name : str
            What the organisation calls itself.
        now : datetime

        Returns
        -------
        {"admitted", "again", "unknown", "used", "expired"}
            ``again``: this key is a member already, by this invite or another (a fresh invite is used up by it).
        """
        member = digest(public_key)
        with self._database.transaction():
            invite = self._database.row("SELECT * FROM invite WHERE code_hash = ?", code_hash)
            blocked = self._database.value("SELECT blocked FROM member WHERE id = ?", member)
            if invite is None or blocked:
                return "unknown"
            if invite["used_by"] is not None:
                return "again" if invite["used_by"] == member else "used"
            if moment_of(invite["expires"]) <= now:
                return "expired"
            self._database.write(
                "INSERT INTO member (id, public_key, name, joined) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                member,
                public_key,
                name,
                stamp(now),
            )
            self._database.write(
                "UPDATE invite SET used_by = ?, used = ? WHERE code_hash = ?", member, stamp(now), code_hash
            )
            return "admitted" if blocked is None else "again"


def _member(row: Cells) -> Member:
    return Member(**{**row, "joined": moment_of(row["joined"]), "blocked": bool(row["blocked"])})
