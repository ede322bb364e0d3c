# SPDX-License-Identifier: Apache-2.0
"""Learnwares of the `learnware` package that were imported: how they are kept, and how a search sees them.

They are signed by nobody, so they are no learnwares of the catalogue: nothing can verify, withdraw or publish them.
They stand beside it, are compared with a user's rows where a profile is known, and are never run.

Rules
-----
* The file is kept as it came, by its SHA-256, which is the id; its specification is kept once more as JSON, and its
  frame beside it, so that a search need not open the file.
* Nothing of it leaves: there is no audience and no announcement.

Called by the interoperation actions and by the search.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec
from numpy.typing import NDArray

from lwnode.archive.package_zip import ForeignFile
from lwnode.documents import Card, Input, Profile, Semantic, decode
from lwnode.documents.decoders import decoder
from lwnode.documents.vocabulary import VOCABULARY, standard
from lwnode.errors import LwnodeError, NotFoundError, SettingsError, StoreError
from lwnode.market import Entry, Match, search
from lwnode.node.engine import Engine
from lwnode.specification.interop import ImportedSet, adopt_set, read_json

log = logging.getLogger(__name__)

_INDEX = "imported"  # key of the ids, in the order of their arrival
_PROFILE_LIMIT = 16 * 2**20  # bytes
_SHORTEST = 4  # characters of an id's beginning

Words = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedWare:
    """A learnware, or a bare specification, of the package as the faces see it.

    Parameters
    ----------
    id : str
        SHA-256 of the file.
    name : str
    form : {"zip", "json"}
    kind : {"table", "text", "image", "hetero", "capability", ""}
        Of its specification; empty where none could be read.
    points, width, rows : int
        Of its specification; ``rows`` as its owner claims, 0 where that is not said.
    gamma : float
        Of its own kernel; no comparison here uses it.
    languages : tuple of str
    scores : tuple of (str, float)
        Of a language model's capability.
    profile : str
        Id of the profile in whose frame it is searched; empty where it is only kept.
    in_frame : bool
        Its coordinates are those of the frame: this program wrote it.
    specification : str
        SHA-256 of its specification as JSON; empty where it has none.
    model : str
        What its file says of its model, which never runs here; empty for a bare specification.
    requirements : str
    problems : tuple of str
        What could not be read, and why.
    semantic : Semantic or None
    files : tuple of ForeignFile
        In a zip.
    size : int
        Bytes.
    received : datetime
        UTC.
    """

    id: str
    name: str
    form: Literal["zip", "json"]
    kind: str
    points: int = 0
    width: int = 0
    rows: int = 0
    gamma: float = 0.0
    languages: tuple[str, ...] = ()
    scores: tuple[tuple[str, float], ...] = ()
    profile: str = ""
    in_frame: bool = False
    specification: str = ""
    model: str = ""
    requirements: str = ""
    problems: tuple[str, ...] = ()
    semantic: Semantic | None = None
    files: tuple[ForeignFile, ...] = ()
    size: int
    received: datetime


def keep(engine: Engine, ware: ImportedWare) -> None:
    """Keep what was imported, in the place of what was known under its id."""
    meta = engine.store.meta
    with engine.store.transaction():
        known = (meta.get(_INDEX) or "").split()
        meta.set(_key(ware.id), msgspec.json.encode(ware).decode())
        if ware.id not in known:
            meta.set(_INDEX, " ".join([*known, ware.id]))


def kept(engine: Engine) -> tuple[ImportedWare, ...]:
    """Return everything that was imported, in the order of its arrival."""
    meta = engine.store.meta
    out: list[ImportedWare] = []
    for identity in (meta.get(_INDEX) or "").split():
        try:
            out.append(decoder(ImportedWare).decode(meta.get(_key(identity)) or ""))
        except msgspec.MsgspecError as error:
            raise StoreError("the list of what was imported was changed", hint="restore a backup") from error
    return tuple(out)


def found(engine: Engine, id: str) -> ImportedWare:
    """Return what was imported under an id or the beginning of one.

    Raises
    ------
    NotFoundError
        Nothing, or more than one.
    """
    fitting = [ware for ware in kept(engine) if ware.id.startswith(id)] if len(id) >= _SHORTEST else []
    if len(fitting) != 1:
        raise NotFoundError("nothing was imported under that id", hint="`lwnode import` lists what was")
    return fitting[0]


def forget(engine: Engine, ware: ImportedWare) -> None:
    """Remove what was imported, its files included; a frame stays, as others may stand in it."""
    meta = engine.store.meta
    with engine.store.transaction():
        rest = [identity for identity in (meta.get(_INDEX) or "").split() if identity != ware.id]
        meta.set(_INDEX, " ".join(rest))
        meta.set(_key(ware.id), "")
    others = kept(engine)
    engine.store.blobs.delete(ware.id)
    if ware.specification and all(other.specification != ware.specification for other in others):
        engine.store.blobs.delete(ware.specification)


def imported_matches(
    engine: Engine,
    columns: Mapping[str, NDArray[Any]],
    *,
    units: Mapping[str, str],
    semantic: Words | None,
    text: str,
    top: int,
) -> tuple[Match, ...]:
    """Compare a table with everything imported that stands in a frame and matches the words, the nearest first.

    Notes
    -----
    They take part in no recommendation, as none of them can be run: the caller shows them apart.
    """
    entries = [entry for ware in kept(engine) if _speaks_of(ware, semantic, text) for entry in _entries(engine, ware)]
    return search(columns, entries, units=units, top=top).nearest if entries else ()


def _entries(engine: Engine, ware: ImportedWare) -> tuple[Entry, ...]:
    """Return what is imported as the market sees it; nothing where it has no frame, or can no longer be read."""
    if not ware.profile:
        return ()
    try:
        profile = decode(engine.store.blobs.get(ware.profile), Profile, limit=_PROFILE_LIMIT)
        content = read_json(engine.store.blobs.get(ware.specification))
        if not isinstance(content, ImportedSet):
            return ()
        specification = adopt_set(content, profile, in_frame=ware.in_frame)
    except LwnodeError as error:
        log.warning("imported learnware %s is left out of the search: %s", ware.id[:12], error.code)
        return ()
    return (
        Entry(
            id=ware.id,
            name=ware.name,
            organisation="imported",
            semantic=ware.semantic or Semantic(name=ware.name),
            card=_card(profile),
            specification=specification,
        ),
    )


def _card(profile: Profile) -> Card:
    """Return a card that says no more than what is known of a model that is never run: its columns."""
    inputs = tuple(
        Input(name=c.name, type="category" if c.type == "category" else "number", unit=c.unit, levels=c.levels)
        for c in profile.features
    )
    return Card(family="unknown", task="feature extraction", inputs=inputs)


def _speaks_of(ware: ImportedWare, semantic: Words | None, text: str) -> bool:
    """Say whether the words stand in its texts and its values are among those asked for."""
    own = ware.semantic or Semantic(name=ware.name)
    asked = " ".join(str(part) for part in (text, *((semantic or {}).get(key, "") for key in ("name", "description"))))
    texts = f"{ware.name} {own.name} {own.description} {' '.join(own.tags)}".casefold()
    if not all(word in texts for word in asked.casefold().split()):
        return False
    for field, value in (semantic or {}).items():
        if field in ("name", "description"):
            continue
        values = (value,) if isinstance(value, str) else value
        wanted = {standard(field, item) if field in VOCABULARY else item for item in values}
        said = getattr(own, field, None)
        if said is None:
            raise SettingsError(f"cannot search by '{field}'")
        if not wanted & ({said} if isinstance(said, str) else set(said)):
            return False
    return True


def _key(id: str) -> str:
    return f"imported {id}"


def same_columns(profile: Profile, semantic: Semantic) -> bool:
    """Say whether the inputs that a package's document describes are a profile's features, name by name in order."""
    return all(column.width == 1 for column in profile.features) and [c.name for c in profile.features] == [
        port.name for port in semantic.inputs
    ]
