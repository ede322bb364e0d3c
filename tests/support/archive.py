# SPDX-License-Identifier: Apache-2.0
"""A small learnware with fixed bytes, ways to spoil it, and a zip writer that lies as told."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from lwnode.archive import build_archive
from lwnode.documents import (
    Card,
    Figure,
    Input,
    Manifest,
    Port,
    Privacy,
    Profile,
    Semantic,
    SpecificationCard,
    digest,
    encode,
)
from lwnode.trust import seal_manifest
from tests.support.trust import Organisation, manifest_of, organisation

PROFILE = Profile.from_bounds(
    {"age": (0, 110), "stay": (0, 60), "sex": ["f", "m"]}, units={"age": "a", "stay": "d"}, name="admissions"
)
SEMANTIC = Semantic(
    name="Readmission within 30 days",
    description="Predicts readmission from age, length of stay and sex.",
    data="Table",
    task="Classification",
    model="Others",
    library="Scikit-learn",
    scenario=("Health",),
    license="MIT",
    inputs=(Port(name="age", unit="a"), Port(name="stay", unit="d"), Port(name="sex")),
    outputs=(Port(name="no"), Port(name="yes")),
    tags=("readmission", "再入院"),
)
CARD = Card(
    family="logistic regression",
    task="classification",
    inputs=(
        Input(name="age", type="number", unit="a"),
        Input(name="stay", type="number", unit="d"),
        Input(name="sex", type="category", levels=("f", "m")),
    ),
    classes=("no", "yes"),
    target="readmitted",
    figures=(Figure(name="auc", value=0.74, low=0.71, high=0.77),),
    figures_note="rounded to two digits, not covered by epsilon",
)
SPECIFICATION = SpecificationCard(
    profile=PROFILE.id,
    rows=3_000,
    privacy=Privacy(mode="private", epsilon=1.0, delta=1e-5, mu=0.26805112321129443),
    frequencies=128,
    residual2=0.001,
    residual_noise=0.0005,
    tail=0.02,
    level=0.05,
)
MODEL = b"\x08\x0a\x12\x06lwnode" + bytes(range(64))  # opaque here: only the worker looks into it


def points() -> NDArray[np.float32]:
    """Return six points in raw units: age, stay, and the levels of sex."""
    return np.array(
        [[31, 2, 1, 0], [45, 4, 0, 1], [58, 6, 1, 0], [66, 9, 0, 1], [74, 12, 1, 0], [83, 15, 0, 1]], dtype=np.float32
    )


def weights() -> NDArray[np.float32]:
    """Return weights that sum to one exactly in binary."""
    return np.array([0.25, 0.25, 0.125, 0.125, 0.125, 0.125], dtype=np.float32)


def tensors(**changes: NDArray[Any]) -> bytes:
    """Return the specification's safetensors with some arrays replaced."""
    return save({"points": points(), "weights": weights(), **changes})


def files(
    *,
    card: Card = CARD,
    semantic: Semantic = SEMANTIC,
    profile: Profile = PROFILE,
    specification: SpecificationCard = SPECIFICATION,
    **raw: bytes,
) -> dict[str, bytes]:
    """Return the files of the learnware; a keyword such as ``card_json=b"…"`` replaces the bytes of ``card.json``."""
    found = {
        "card.json": encode(card),
        "model.onnx": MODEL,
        "profile.json": encode(profile),
        "semantic.json": encode(semantic),
        "specification.json": encode(specification),
        "specification.safetensors": tensors(),
    }
    for name, data in raw.items():
        stem, _, suffix = name.rpartition("_")
        found[f"{stem}.{suffix}"] = data
    return found


@dataclass(frozen=True, kw_only=True)
class Example:
    """A learnware that somebody signed."""

    publisher: Organisation
    manifest: Manifest
    bundle: bytes
    files: dict[str, bytes]

    @property
    def archive(self) -> bytes:
        """All of it in one file, with the publisher's keys."""
        return build_archive(self.bundle, self.files, keys=self.publisher.document)


def signed(contents: dict[str, bytes] | None = None, publisher: Organisation | None = None) -> Example:
    """Return a signed learnware; its manifest names the profile that is among its files."""
    contents, publisher = contents if contents is not None else files(), publisher or organisation()
    manifest = manifest_of(publisher, contents, profile=digest(contents["profile.json"]))
    bundle = seal_manifest(manifest, publisher.release)
    return Example(publisher=publisher, manifest=manifest, bundle=bundle, files=contents)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of a zip as it is to be written; what is None follows from the data."""

    name: bytes
    data: bytes
    method: int = 0
    flags: int = 0
    needed: int = 20
    crc: int | None = None
    packed: int | None = None
    size: int | None = None
    system: int = 3
    attributes: int = 0o100644 << 16
    extra: bytes = b""
    comment: bytes = b""
    disk: int = 0
    offset: int | None = None
    local: dict[str, Any] = field(default_factory=dict)  # fields that the local entry states differently
    local_extra: bytes = b""
    payload: bytes | None = None  # packed bytes, where they are not the data's


def zip_of(
    entries: Sequence[Entry],
    *,
    prefix: bytes = b"",
    gap: bytes = b"",
    behind: bytes = b"",
    tail: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    disk: int = 0,
    start: int | None = None,
    length: int | None = None,
) -> bytes:
    """Return a zip with these entries, false statements included."""
    body, directory = bytearray(prefix), bytearray()
    for entry in entries:
        payload = entry.payload if entry.payload is not None else packed(entry.data, entry.method)
        stated = replace(
            entry,
            crc=entry.crc if entry.crc is not None else zlib.crc32(entry.data),
            packed=entry.packed if entry.packed is not None else len(payload),
            size=entry.size if entry.size is not None else len(entry.data),
            offset=entry.offset if entry.offset is not None else len(body),
        )
        here = replace(stated, **entry.local)
        body += struct.pack(
            "<4s5H3L2H",
            b"PK\x03\x04",
            here.needed,
            here.flags,
            here.method,
            0,
            33,
            here.crc,
            here.packed,
            here.size,
            len(here.name),
            len(entry.local_extra),
        )
        body += here.name + entry.local_extra + payload
        directory += struct.pack(
            "<4s2B5H3L5H2L",
            b"PK\x01\x02",
            20,
            stated.system,
            stated.needed,
            stated.flags,
            stated.method,
            0,
            33,
            stated.crc,
            stated.packed,
            stated.size,
            len(stated.name),
            len(stated.extra),
            len(stated.comment),
            stated.disk,
            0,
            stated.attributes,
            stated.offset,
        )
        directory += stated.name + stated.extra + stated.comment
    body += gap
    directory += tail
    count = len(entries) if count is None else count
    end = struct.pack(
        "<4s4H2LH",
        b"PK\x05\x06",
        disk,
        disk,
        count,
        count,
        len(directory) if length is None else length,
        len(body) if start is None else start,
        len(comment),
    )
    return bytes(body + directory + end + comment + behind)


def packed(data: bytes, method: int) -> bytes:
    """Return data stored (0) or deflated (8)."""
    if method != 8:
        return data
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def entries_of(example: Example, **changes: Any) -> list[Entry]:
    """Return the entries of an example's archive in order, with the same changes to each."""
    contents = {**example.files, "manifest.sig": example.bundle}
    return [Entry(name=name.encode(), data=contents[name], **changes) for name in sorted(contents)]
