# SPDX-License-Identifier: Apache-2.0
"""Partners: the organisations whose keys this node knows, and how far it trusts them.

Rules
-----
* A partner is known by its fingerprint; the name is what it claims.
* Keys never become older, and of one version there is one document.
* Only `Partners.set_state` changes the trust in a known partner: new keys that arrive do not unblock anybody.

Called by the node when keys arrive, and when a person confirms or blocks a partner.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from lwnode.errors import RollbackError
from lwnode.store.cells import moment_of, stamp
from lwnode.store.database import Cells, Database
from lwnode.store.lookup import id_of

PartnerState: TypeAlias = Literal["introduced", "pinned", "blocked"]

_IDS = "SELECT publisher AS id FROM partner WHERE publisher >= ? AND publisher < ?"
_NAMES = "SELECT publisher AS id, organisation AS name FROM partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRow:
    """A partner.

    Parameters
    ----------
    publisher : str
        Fingerprint of its root key.
    organisation : str
        The name it claims.
    keys : bytes
        Its signed keys document.
    version : int
        Of that document.
    state : {"introduced", "pinned", "blocked"}
    hub : str
        Where it was met first.
    since : datetime
        UTC.
    """

    publisher: str
    organisation: str
    keys: bytes
    version: int
    state: PartnerState = "introduced"
    hub: str = ""
    since: datetime


class Partners:
    """The partners of this node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, partner: PartnerRow) -> None:
        """Keep a new partner, or new keys of a known one (whose state, hub and time stay).

        Raises
        ------
        RollbackError
            The keys are older than those that were accepted, or others under the same version.
        """
        with self._database.transaction():
            known = self._database.row("SELECT * FROM partner WHERE publisher = ?", partner.publisher)
            if known is not None and (
                partner.version < known["version"]
                or (partner.version == known["version"] and partner.keys != known["keys"])
            ):
                raise RollbackError(
                    f"keys of version {partner.version} arrived, version {known['version']} was accepted already",
                    hint="ask the partner by another way which keys are its own",
                )
            self._database.write(
                "INSERT INTO partner VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (publisher) DO UPDATE SET"
                " organisation = excluded.organisation, keys = excluded.keys, version = excluded.version",
                partner.publisher,
                partner.organisation,
                partner.keys,
                partner.version,
                partner.state,
                partner.hub,
                stamp(partner.since),
            )

    def get(self, text: str) -> PartnerRow:
        """Return the partner of that fingerprint, that name, or that beginning of a fingerprint.

        Raises
        ------
        NotFoundError
            There is none; the hint names the nearest.
        StoreError
            More than one is meant; the message says how many.
        """
        found = id_of(self._database, text, what="partner", ids=_IDS, names=_NAMES)
        (row,) = self._database.rows("SELECT * FROM partner WHERE publisher = ?", found)
        return _partner(row)

    def keys_of(self, publisher: str) -> bytes | None:
        """Return the keys document of exactly that fingerprint, or None where there is no such partner."""
        found = self._database.value("SELECT keys FROM partner WHERE publisher = ?", publisher)
        return None if found is None else bytes(found)

    def state_of(self, publisher: str) -> str:
        """Return the state of the partner of exactly that fingerprint; empty where there is none."""
        return str(self._database.value("SELECT state FROM partner WHERE publisher = ?", publisher) or "")

    def publishers(self) -> tuple[str, ...]:
        """Return the fingerprints of all partners."""
        return tuple(str(row["publisher"]) for row in self._database.rows("SELECT publisher FROM partner"))

    def list(self) -> tuple[PartnerRow, ...]:
        """Return all partners by name."""
        rows = self._database.rows("SELECT * FROM partner ORDER BY organisation, publisher")
        return tuple(_partner(row) for row in rows)

    def set_state(self, publisher: str, state: PartnerState) -> None:
        """Change the trust in a partner, which a person does.

        Raises
        ------
        NotFoundError
            There is no such partner.
        """
        with self._database.transaction():
            found = self.get(publisher).publisher
            self._database.write("UPDATE partner SET state = ? WHERE publisher = ?", state, found)


def _partner(row: Cells) -> PartnerRow:
    return PartnerRow(**{**row, "since": moment_of(row["since"])})
