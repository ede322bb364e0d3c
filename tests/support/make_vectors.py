# SPDX-License-Identifier: Apache-2.0
"""Write the golden files of the present format version: ``python -m tests.support.make_vectors tests/vectors/v1``.

Run once for each version of a format, before it is released; the files are then kept for ever and only read.  A file
that is there is never replaced.  Keys and times are fixed, so that a second run elsewhere gives the same bytes.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from lwnode.documents import Withdrawal, encode
from lwnode.trust import readable, seal_document, seal_keys
from lwnode.trust.identity import spki_text
from tests.support.archive import PROFILE, signed
from tests.support.trust import NOW, organisation, root, successor


def golden_files() -> dict[str, bytes]:
    """Return the golden files by name."""
    publisher = organisation("golden")
    ware = signed(publisher=publisher)
    new_root = root("golden 2")
    rotated = successor(publisher.keys, root=(spki_text(new_root.public_key()),), created=NOW + timedelta(days=1))
    withdrawal = Withdrawal(
        publisher=publisher.keys.publisher,
        learnware=ware.manifest.id,
        reason="replaced by a version with more rows",
        created=NOW + timedelta(days=2),
    )
    facts = {
        "publisher": publisher.keys.publisher,
        "readable": readable(publisher.keys.publisher),
        "learnware": ware.manifest.id,
        "profile": PROFILE.id,
        "schema": PROFILE.schema_id,
    }
    return {
        "manifest.json": ware.manifest.to_bytes(),
        "manifest.sig": ware.bundle,
        "keys.json": publisher.document,
        "keys-rotated.json": seal_keys(rotated, publisher.root, new_root),
        "learnware.zip": ware.archive,
        "profile.json": encode(PROFILE),
        "profile.signed.json": seal_document(PROFILE, publisher.release),
        "withdrawal.signed.json": seal_document(withdrawal, publisher.release),
        "facts.json": json.dumps(facts, indent=1, sort_keys=True).encode() + b"\n",
    }


def main(directory: Path) -> None:
    """Write the files that are not there yet."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, data in golden_files().items():
        with (directory / name).open("xb") as file:
            file.write(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
