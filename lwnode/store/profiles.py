# SPDX-License-Identifier: Apache-2.0
"""Island profiles: this node's own and its partners'.

Rules
-----
* A profile is known by its id (the digest of its canonical bytes), so that the same profile from two partners is one.
* Own stays own: a partner's copy of a profile of ours changes nothing but a signature that was missing.

Called by the node when a data set gets its frame, and when a specification arrives that lives in one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from lwnode.documents import Profile, decode, encode
from lwnode.store.cells import moment_of, stamp
from lwnode.store.database import Cells, Database
from lwnode.store.lookup import id_of

Source: TypeAlias = Literal["own", "partner"]

_LIMIT = 16 * 2**20  # bytes; 2,000 columns of 1,000 levels would need more, and do not occur
_IDS = "SELECT id FROM profile WHERE id >= ? AND id < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRecord:
    """A profile with what the node knows about it.

    Parameters
    ----------
    profile : Profile
    source : {"own", "partner"}
    signed : bytes
        The signed document it came in; empty where it was never signed.
    added : datetime
        UTC.
    """

    profile: Profile
    source: Source
    signed: bytes
    added: datetime


class Profiles:
    """The profiles that this node can compare specifications in."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def put(self, profile: Profile, source: Source = "own", signed: bytes = b"") -> None:
        """Keep a profile; keep what is known already where it is there."""
        with self._database.transaction():
            self._database.write(
                "INSERT INTO profile VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " source = CASE WHEN 'own' IN (source, excluded.source) THEN 'own' ELSE 'partner' END,"
                " signed = CASE WHEN length(signed) THEN signed ELSE excluded.signed END",
                profile.id,
                profile.schema_id,
                encode(profile),
                source,
                signed,
                stamp(self._now()),
            )

    def get(self, id_or_prefix: str) -> Profile:
        """Return a profile.

        Raises
        ------
        NotFoundError
            There is none.
        StoreError
            More than one id begins like this.
        """
        return self.record(id_or_prefix).profile

    def record(self, id_or_prefix: str) -> ProfileRecord:
        """Return a profile with its source and its signed form; raises as `get`."""
        found = id_of(self._database, id_or_prefix, what="profile", ids=_IDS)
        return self._records("SELECT * FROM profile WHERE id = ?", found)[0]

    def list(self) -> tuple[Profile, ...]:
        """Return all profiles, the newest first."""
        return tuple(found.profile for found in self._records("SELECT * FROM profile ORDER BY added DESC, id"))

    def by_schema(self, schema_id: str) -> tuple[Profile, ...]:
        """Return the profiles of one schema, own ones first, then the newest."""
        sql = "SELECT * FROM profile WHERE schema_id = ? ORDER BY source, added DESC, id"
        return tuple(found.profile for found in self._records(sql, schema_id))

    def _records(self, sql: str, *values: str) -> tuple[ProfileRecord, ...]:
        return tuple(_record(row) for row in self._database.rows(sql, *values))


def _record(row: Cells) -> ProfileRecord:
    return ProfileRecord(
        profile=decode(row["document"], Profile, limit=_LIMIT),
        source=row["source"],
        signed=row["signed"],
        added=moment_of(row["added"]),
    )
