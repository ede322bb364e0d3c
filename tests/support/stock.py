# SPDX-License-Identifier: Apache-2.0
"""Learnwares put into a node's catalogue as if they had arrived and been verified: without keys, models and hubs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from lwnode.archive import check_files
from lwnode.documents import Card, FileEntry, Input, Manifest, digest, encode
from lwnode.node.engine import Engine
from lwnode.node.wares import ready_row
from lwnode.specification import Specification
from tests.support.archive import MODEL, SEMANTIC


def stock(engine: Engine, specifications: Sequence[Specification], *, name: str = "Ware") -> list[str]:
    """Put a ready learnware for each specification into the catalogue and return the ids."""
    ids: list[str] = []
    with engine.store.transaction():
        for number, specification in enumerate(specifications):
            profile = specification.profile
            inputs = tuple(Input(name=column.name, type="number") for column in profile.features)
            files = {
                "card.json": encode(Card(family="test", task="regression", inputs=inputs)),
                "model.onnx": MODEL,
                "profile.json": encode(profile),
                "semantic.json": encode(
                    dataclasses.replace(SEMANTIC, name=f"{name} {number}", task="Regression", inputs=(), outputs=())
                ),
                "specification.json": encode(specification.card),
                "specification.safetensors": specification.to_bytes(),
            }
            manifest = Manifest(
                publisher=engine.keys.publisher,
                organisation=engine.keys.keys.organisation,
                created=engine.now(),
                audience="consortium",
                profile=profile.id,
                files=tuple(FileEntry(name=each, sha256=digest(data), size=len(data)) for each, data in files.items()),
            )
            for data in files.values():
                engine.store.blobs.put(data)
            ware = check_files(manifest, files, bundle=b"{}")
            engine.store.profiles.put(profile)
            engine.store.catalogue.put(ready_row(ware, manifest.organisation, own=True, hub="", received=engine.now()))
            ids.append(ware.id)
    return ids
