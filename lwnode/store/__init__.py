# SPDX-License-Identifier: Apache-2.0
"""What a node keeps: SQLite through sqlite-utils, and files by their digest.

A tour: `Store` is one home, opened by one process; `HubStore` is the hub of a home.  Below them stands one aggregate a
file (`catalogue`, `checks`, `ledger`, `outbox`, `delivery`, `drafts`, ...), all over one `database` (a connection for
each thread, one writer at a time, everything or nothing) and one folder of `blobs`.  `migrations` holds the versions,
`chain` the hash chains, `text` the words that search looks for, `indexed_words` those that were ever there.

Rules
-----
* SQL never leaves this room: what goes in and out are frozen rows and documents.
* Nothing is half-written: not after a kill, not when the disk is full.
* What may not change is append-only and chained; what may not go back has a witness outside the database.
"""

from lwnode.documents.delivery import Membership, Operation, Row
from lwnode.store.catalogue import CatalogueRow
from lwnode.store.checks import CheckRecord
from lwnode.store.datasets import DataSet
from lwnode.store.drafts import DraftRecord
from lwnode.store.hub import HubStore
from lwnode.store.hub_members import InviteRecord, Member
from lwnode.store.indexed_words import Spelt
from lwnode.store.jobs import JobRecord
from lwnode.store.ledger import Charged, Entry
from lwnode.store.models import ModelRecord
from lwnode.store.outbox import OutboxEntry
from lwnode.store.partners import PartnerRow
from lwnode.store.profiles import ProfileRecord
from lwnode.store.row_sketches import StoredSketch
from lwnode.store.store import Store
from lwnode.store.traffic import Traffic

__all__ = [
    "CatalogueRow",
    "Charged",
    "CheckRecord",
    "DataSet",
    "DraftRecord",
    "Entry",
    "HubStore",
    "InviteRecord",
    "JobRecord",
    "Member",
    "Membership",
    "ModelRecord",
    "Operation",
    "OutboxEntry",
    "PartnerRow",
    "ProfileRecord",
    "Row",
    "Spelt",
    "Store",
    "StoredSketch",
    "Traffic",
]
