# SPDX-License-Identifier: Apache-2.0
"""The catalogue: every learnware this node knows of, its own and its partners'.

Rules
-----
* A learnware's id is the digest of its manifest; the same learnware from two hubs is one row.
* Withdrawn is final.  A withdrawal that arrives before its learnware is remembered, and counts only where the publisher
  is the learnware's own.
* Only what is ready is found by search; `lwnode.store.catalogue_search` keeps the index in the same transaction.

Called by the node's sync and publication; read by the market.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from lwnode.documents import FileEntry, Manifest, Semantic, digest
from lwnode.errors import NotFoundError, StoreError
from lwnode.store.blobs import Blobs
from lwnode.store.catalogue_search import CatalogueSearch, Facet
from lwnode.store.cells import moment_of, pack, stamp, unpack
from lwnode.store.database import AT_ONCE, Cells, Database
from lwnode.store.indexed_words import Spelt
from lwnode.store.lookup import id_of

State: TypeAlias = Literal["announced", "ready", "withdrawn", "refused"]
STATES: tuple[State, ...] = ("announced", "ready", "withdrawn", "refused")

_IDS = "SELECT id FROM catalogue WHERE id >= ? AND id < ?"
_MISSING = (
    "SELECT f.name, f.sha256, f.size, c.wanted, f.learnware FROM catalogue_file AS f JOIN catalogue AS c"
    " ON c.number = f.learnware WHERE NOT c.own AND (c.state = 'announced' OR (c.wanted AND c.state = 'ready'))"
    " AND ?1 IN ('', c.hub) AND ?2 IN ('', c.publisher) ORDER BY f.learnware, f.size, f.name"
)
_WAITING = (
    "SELECT c.* FROM catalogue_file AS f JOIN catalogue AS c ON c.number = f.learnware WHERE f.sha256 = ? AND NOT c.own"
    " AND (c.state = 'announced' OR (c.wanted AND c.state = 'ready')) AND (c.wanted OR (SELECT sum(g.size) FROM"
    " catalogue_file AS g WHERE g.learnware = f.learnware AND (g.size, g.name) <= (f.size, f.name)) <= ?)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRow:
    """A learnware as the node knows it.

    Parameters
    ----------
    id : str
        SHA-256 of ``manifest``.
    publisher, organisation : str
        Fingerprint, and the name the publisher claims.
    bundle, manifest : bytes
        The signed bundle it came in, and the manifest's bytes within.
    semantic : Semantic or None
        None until its file is here.
    profile, schema_id : str
        Ids of the island profile and of its schema; the second is empty until the profile is here.
    audience : str
    state : {"announced", "ready", "withdrawn", "refused"}
    reason : str
        Why it was withdrawn or refused; empty otherwise.
    own : bool
    hub : str
        Where it was announced first; empty for own ones.
    received : datetime
        UTC.
    size : int
        Bytes of all its files.
    """

    id: str
    publisher: str
    organisation: str
    bundle: bytes
    manifest: bytes
    semantic: Semantic | None = None
    profile: str
    schema_id: str = ""
    audience: str
    state: State = "announced"
    reason: str = ""
    own: bool = False
    hub: str = ""
    received: datetime
    size: int


class Catalogue:
    """All learnwares this node knows of."""

    def __init__(self, database: Database, blobs: Blobs, now: Callable[[], datetime]) -> None:
        self._database = database
        self._blobs = blobs
        self._now = now
        self._search = CatalogueSearch(database)

    def put(self, row: CatalogueRow) -> None:
        """Keep a learnware, in the place of what was known of it; a withdrawn one stays withdrawn.

        Raises
        ------
        StoreError
            The id is not the digest of the manifest.
        DocumentError
            The manifest cannot be read.
        """
        if digest(row.manifest) != row.id:
            raise StoreError("the learnware's id is not the digest of its manifest")
        with self._database.transaction():
            new = not self.has(row.id)  # an id has one manifest, so the files of a known one are known
            files = Manifest.from_bytes(row.manifest).files if new else ()
            gone = self._database.value(
                "SELECT reason FROM withdrawal WHERE learnware = ? AND publisher = ?", row.id, row.publisher
            )
            self._database.write(
                "INSERT INTO catalogue (id, publisher, organisation, bundle, manifest, semantic, profile, schema_id,"
                " audience, state, reason, own, hub, received, size) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                " ?) ON CONFLICT (id) DO UPDATE SET publisher = excluded.publisher,"
                " organisation = excluded.organisation, bundle = excluded.bundle, semantic = excluded.semantic,"
                " profile = excluded.profile, schema_id = excluded.schema_id, audience = excluded.audience,"
                " state = excluded.state, reason = excluded.reason, own = excluded.own, hub = excluded.hub,"
                " received = excluded.received, size = excluded.size",
                row.id,
                row.publisher,
                row.organisation,
                row.bundle,
                row.manifest,
                None if row.semantic is None else pack(row.semantic, Semantic),
                row.profile,
                row.schema_id,
                row.audience,
                row.state if gone is None else "withdrawn",
                row.reason if gone is None else str(gone),
                int(row.own),
                row.hub,
                stamp(row.received),
                row.size,
            )
            number = self._number(row.id)
            self._database.write_all(
                "INSERT OR IGNORE INTO catalogue_file VALUES (?, ?, ?, ?)",
                [(number, entry.name, entry.sha256, entry.size) for entry in files],
            )
            if row.state == "withdrawn" and gone is None:
                self._remember(row.id, row.publisher, row.reason)
            self._index(number)

    def get(self, id_or_prefix: str) -> CatalogueRow:
        """Return the learnware of that id, or of the only id that begins like this.

        Raises
        ------
        NotFoundError
            There is none.
        StoreError
            More than one id begins like this; the message says how many.
        """
        found = id_of(self._database, id_or_prefix, what="learnware", ids=_IDS)
        (row,) = self._database.rows("SELECT * FROM catalogue WHERE id = ?", found)
        return _learnware(row)

    def has(self, learnware: str) -> bool:
        """Tell whether a learnware of exactly that id is known, in whatever state."""
        return self._database.value("SELECT 1 FROM catalogue WHERE id = ?", learnware) is not None

    def list(self, states: Collection[State] = STATES) -> tuple[CatalogueRow, ...]:
        """Return the learnwares in these states, in the order in which they became known."""
        rows = self._database.rows(
            "SELECT * FROM catalogue WHERE state IN (?, ?, ?, ?) ORDER BY number", *_padded(states)
        )
        return tuple(_learnware(row) for row in rows)

    def ready(self, ids: Sequence[str]) -> tuple[CatalogueRow, ...]:
        """Return those of some learnwares that are ready, in the order given."""
        found: dict[str, CatalogueRow] = {}
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            marks = ", ".join("?" * len(some))
            sql = f"SELECT * FROM catalogue WHERE state = 'ready' AND id IN ({marks})"  # noqa: S608 - marks only
            found |= {row["id"]: _learnware(row) for row in self._database.rows(sql, *some)}
        return tuple(found[identity] for identity in ids if identity in found)

    def ready_ids(self) -> frozenset[str]:
        """Return the ids of the learnwares that are ready."""
        return frozenset(row["id"] for row in self._database.rows("SELECT id FROM catalogue WHERE state = 'ready'"))

    def set_state(self, learnware: str, state: State, reason: str = "") -> None:
        """Move a learnware to another state.

        Raises
        ------
        NotFoundError
            There is none of exactly that id.
        StoreError
            It was withdrawn, which is final.
        """
        with self._database.transaction():
            row = self._database.row("SELECT number, publisher, state FROM catalogue WHERE id = ?", learnware)
            if row is None:
                raise NotFoundError("there is no learnware of that id")
            if row["state"] == "withdrawn" and state != "withdrawn":
                raise StoreError("the learnware was withdrawn by its publisher", hint="look for a newer version of it")
            self._database.write(
                "UPDATE catalogue SET state = ?, reason = ? WHERE number = ?", state, reason, row["number"]
            )
            if state == "withdrawn":
                self._remember(learnware, row["publisher"], reason)
            self._index(row["number"])

    def withdraw(self, learnware: str, publisher: str, reason: str) -> bool:
        """Keep a verified withdrawal, whether its learnware is known already or not.

        Parameters
        ----------
        learnware : str
        publisher : str
            Who signed the withdrawal; it touches only a learnware of the same publisher.
        reason : str

        Returns
        -------
        bool
            Whether a learnware is withdrawn by it now.
        """
        with self._database.transaction():
            self._remember(learnware, publisher, reason)
            sql = "SELECT number FROM catalogue WHERE id = ? AND publisher = ?"
            if self._database.value(sql, learnware, publisher) is None:
                return False
            self.set_state(learnware, "withdrawn", reason)
            return True

    def files(self, learnware: str) -> tuple[FileEntry, ...]:
        """Return the files of a learnware by name; empty where there is no such learnware."""
        rows = self._database.rows(
            "SELECT f.name, f.sha256, f.size FROM catalogue_file AS f JOIN catalogue AS c ON c.number = f.learnware"
            " WHERE c.id = ? ORDER BY f.name",
            learnware,
        )
        return tuple(FileEntry(**row) for row in rows)

    def ready_files(self, name: str) -> dict[str, str]:
        """Return the digest of the file of that name of every ready learnware, by id."""
        rows = self._database.rows(
            "SELECT c.id, f.sha256 FROM catalogue AS c JOIN catalogue_file AS f ON f.learnware = c.number"
            " WHERE c.state = 'ready' AND f.name = ?",
            name,
        )
        return {row["id"]: row["sha256"] for row in rows}

    def want(self, learnware: str) -> None:
        """Ask for all files of a learnware, however large, because a person wants to use it.

        Raises
        ------
        NotFoundError
            There is none of exactly that id.
        """
        with self._database.transaction():
            if not self._database.write("UPDATE catalogue SET wanted = 1 WHERE id = ?", learnware):
                raise NotFoundError("there is no learnware of that id")

    def publishers_waited_for(self, hub: str = "") -> tuple[str, ...]:
        """Return the publishers of announced learnwares, from one hub or from all."""
        sql = (
            "SELECT DISTINCT publisher FROM catalogue WHERE NOT own AND (state = 'announced' OR wanted)"
            " AND ? IN ('', hub)"
        )
        return tuple(str(row["publisher"]) for row in self._database.rows(sql, hub))

    def files_wanted(
        self, limit_bytes: int, *, hub: str = "", publisher: str = "", count: int = 100
    ) -> tuple[FileEntry, ...]:
        """Return files that are to be fetched and are not here.

        Of an announced learnware these are the smallest files first, as long as all of them together stay within the
        limit: cards and specifications always come with the catalogue, a large model waits until it is asked for
        (`want`).  The rule is the same for every learnware, so that fetching shows no interest.

        Parameters
        ----------
        limit_bytes : bytes
            For the files of one learnware together.
        hub : str
            Only learnwares from this hub; empty for all.
        publisher : str
            Only learnwares of this publisher; empty for all.
        count : int
            At most so many files.
        """
        found: dict[str, FileEntry] = {}
        learnware, taken = -1, 0
        for row in self._database.rows(_MISSING, hub, publisher):
            if row["learnware"] != learnware:
                learnware, taken = row["learnware"], 0
            taken += row["size"]
            if (taken > limit_bytes and not row["wanted"]) or row["sha256"] in found or self._blobs.has(row["sha256"]):
                continue
            found[row["sha256"]] = FileEntry(name=row["name"], sha256=row["sha256"], size=row["size"])
            if len(found) >= count:
                break
        return tuple(found.values())

    def waiting_for(self, sha256: str, limit_bytes: int) -> tuple[CatalogueRow, ...]:
        """Return the learnwares for which a file of that digest is to be fetched, by the rule of `files_wanted`."""
        rows = self._database.rows(_WAITING, sha256, limit_bytes)
        return tuple(_learnware(row) for row in rows)

    def search_text(
        self, query: str = "", facets: Facet | None = None, limit: int = 100
    ) -> tuple[tuple[str, float], ...]:
        """Return the ready learnwares whose words match; see `CatalogueSearch.search`."""
        return self._search.search(query, facets or {}, limit)

    def spelling(self, query: str) -> tuple[Spelt, ...]:
        """Return which words were taken for which in a search; see `CatalogueSearch.spelling`."""
        return self._search.spelling(query)

    def _remember(self, learnware: str, publisher: str, reason: str) -> None:
        self._database.write(
            "INSERT INTO withdrawal VALUES (?, ?, ?, ?) ON CONFLICT (learnware, publisher) DO NOTHING",
            learnware,
            publisher,
            reason,
            stamp(self._now()),
        )

    def _number(self, learnware: str) -> int:
        return int(self._database.value("SELECT number FROM catalogue WHERE id = ?", learnware))

    def _index(self, number: int) -> None:
        sql = "SELECT organisation, semantic FROM catalogue WHERE number = ? AND state = 'ready' AND semantic NOT NULL"
        row = self._database.row(sql, number)
        self._search.remove(number)
        if row is not None:
            self._search.add(number, row["organisation"], unpack(row["semantic"], Semantic))


def _padded(states: Collection[State]) -> tuple[str, ...]:
    """Return the states as exactly as many values as there are states."""
    chosen = tuple(dict.fromkeys(states))
    return (*chosen, *("" for _ in STATES[len(chosen) :]))


def _learnware(row: Cells) -> CatalogueRow:
    cells = {key: value for key, value in row.items() if key not in ("number", "wanted")}
    return CatalogueRow(
        **{
            **cells,
            "semantic": None if row["semantic"] is None else unpack(row["semantic"], Semantic),
            "own": bool(row["own"]),
            "received": moment_of(row["received"]),
        }
    )
