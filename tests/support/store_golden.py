# SPDX-License-Identifier: Apache-2.0
"""Writes the golden databases of a version; run once for each released version, never again for an old one.

``python tests/support/store_golden.py FOLDER`` (with the repository root on the path) makes ``node-version-N.db.gz``,
``node-version-N.head`` and ``hub-version-N.db.gz``.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from lwnode.documents import Profile
from lwnode.documents.delivery import Membership, Operation
from lwnode.errors import Finding
from lwnode.paths import Home
from lwnode.store import CheckRecord, HubStore, PartnerRow, StoredSketch
from lwnode.store.migrations import HUB, NODE
from tests.support.store import START, clock, dataset, model, open_store, publish, ready, sha


def fill_node(root: Path) -> None:
    with open_store(root) as store:
        store.meta.set("colour", "green")
        store.datasets.put(dataset(renamed='[{"ours":"alter"}]', source=sha("rows of the file"), withheld=("ward",)))
        store.row_sketches.put(
            StoredSketch(
                dataset="admissions", content=sha("c"), source=sha("rows of the file"), rows=b"12345678", people=b""
            )
        )
        store.profiles.put(Profile.from_bounds({"age": (0, 110), "sex": ["f", "m"]}), "own", b"signed")
        store.models.put(model("ab12" * 8, name="risk", rows=sha("rows of the model")))
        publish(store, 0)
        publish(store, 1)
        store.ledger.charge(
            "admissions",
            "a training",
            mu=0.5,
            epsilon=1.0,
            delta=1e-5,
            what="model",
            blob=store.blobs.put(b"model"),
            cap_check=lambda charges: None,
            release="sampled-gaussian/1 noise=2 rate=0.1 steps=10",
        )
        store.catalogue.put(ready("再入院风险", tags=("骨科",), scenario=("Health",)))
        store.catalogue.withdraw(sha("gone"), "ab" * 32, "an error")
        slow = Finding(
            code="slow", severity="warn", message="a row takes long", where="model.onnx", hint="ask for fewer"
        )
        store.checks.put(
            CheckRecord(
                learnware=sha("checked"), status=1, findings=(slow,), ran=True, seconds_per_row=0.5,
                points=sha("points"), version=1, time=START,
            )
        )  # fmt: skip
        store.agreements.put(*sorted((sha("a"), sha("b"))), share=0.75, points=60)
        store.delivery.acknowledge("hub-1", 1)
        store.delivery.set_cursor("hub-1", 5)
        store.delivery.seen("hub-1", 7)
        store.outbox.count("hub-1", START.date(), sent=10, received=20, content=5)
        store.jobs.start("train", "admissions")
        store.partners.put(PartnerRow(publisher="ef" * 32, organisation="Clinic", keys=b"k", version=1, since=START))
        store.memberships.put(Membership(hub="hub-1", name="Hefei", address="hub:9", certificate="PEM", joined=START))


def fill_hub(root: Path) -> None:
    with HubStore.open(Home(root), now=clock()) as hub:
        hub.create_invite(sha("code"), START + timedelta(days=1), "for the clinic")
        hub.admit(sha("code"), b"public key", "Clinic", START)
        hub.append(hub.members()[0].id, "box", [Operation(seq=1, kind="announce", body=b"{}")])


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        fill_node(home.root)
        fill_hub(home.root)
        for name, file in (
            (f"node-version-{len(NODE.steps)}.db.gz", home.database),
            (f"hub-version-{len(HUB.steps)}.db.gz", home.hub_database),
        ):
            if not (folder / name).exists():
                (folder / name).write_bytes(gzip.compress(file.read_bytes(), mtime=0))
        (folder / f"node-version-{len(NODE.steps)}.head").write_bytes(home.ledger_head.read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
