# SPDX-License-Identifier: Apache-2.0
"""The catalogue and the search: local, and nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from lwnode.archive import LIMITS, Learnware, build_archive, embedded_keys, read_archive
from lwnode.archive.container import open_container
from lwnode.documents import Keys, digest
from lwnode.documents.vocabulary import VOCABULARY, standard
from lwnode.errors import SettingsError, TrustError
from lwnode.market import PLACES, Found, LabelFit, Match, Offer, label_fit
from lwnode.node.actions.action import action
from lwnode.node.checking import check_if_due
from lwnode.node.data import DataRef, comparable, load, stated_units
from lwnode.node.engine import Engine, person
from lwnode.node.imports import imported_matches
from lwnode.node.records import Archive, Verified, Ware
from lwnode.node.wares import ready_row, trust_of, ware_of
from lwnode.store import CatalogueRow, Spelt
from lwnode.training import Table
from lwnode.trust import verify_keys
from lwnode.types import Progress, silent

_FACETS = ("data", "task", "model", "library", "scenario", "license", "tags")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What a search found.

    Parameters
    ----------
    found : Found or None
        By data; None where the requirement had none.
    listed : tuple of Ware
        By words and tags, the best first; what the search by data considered.
    elsewhere : tuple of str
        Ids of compatible learnwares, all of which take part in the default reuse.
    imported : tuple of Match
        What was imported of the learnware package, the nearest first; none of it can be run, so none is recommended.
    labels : tuple of LabelFit
        How the labels of the learnwares shown agree with those of the data, where both have them.
    spelt : tuple of Spelt
        Words that no learnware says, and the similar ones that were taken for them.
    """

    found: Found | None
    listed: tuple[Ware, ...]
    elsewhere: tuple[str, ...] = ()
    imported: tuple[Match, ...] = ()
    labels: tuple[LabelFit, ...] = ()
    spelt: tuple[Spelt, ...] = ()


def facets_of(semantic: dict[str, str | tuple[str, ...]] | None) -> dict[str, str | tuple[str, ...]]:
    """Return the parts of a semantic requirement that are matched exactly.

    Raises
    ------
    SettingsError
        A field or a value outside the vocabulary.
    """
    out: dict[str, str | tuple[str, ...]] = {}
    for field, value in (semantic or {}).items():
        if field in ("name", "description"):
            continue
        if field not in _FACETS:
            raise SettingsError(f"cannot search by '{field}'", hint="search by " + ", ".join(_FACETS) + " or by words")
        values = (value,) if isinstance(value, str) else tuple(value)
        if field in VOCABULARY:
            values = tuple(standard(field, item) for item in values)
            for item in values:
                if item not in VOCABULARY[field]:
                    raise SettingsError(
                        f"'{item}' is not a known {field}", hint="known are: " + ", ".join(VOCABULARY[field])
                    )
        out[field] = values[0] if len(values) == 1 else values
    return out


def matching(
    engine: Engine, semantic: dict[str, str | tuple[str, ...]] | None, text: str, limit: int = 100_000
) -> tuple[CatalogueRow, ...]:
    """Return the ready learnwares that match the words and tags, best first."""
    words, facets = _words(semantic, text), facets_of(semantic)
    if not words and not facets:
        return engine.ready()
    hits = engine.store.catalogue.search_text(words, facets, limit)
    return engine.store.catalogue.ready([identity for identity, _ in hits])


def _words(semantic: dict[str, str | tuple[str, ...]] | None, text: str) -> str:
    parts = (text, *((semantic or {}).get(key, "") for key in ("name", "description")))
    return " ".join(str(part) for part in parts).strip()


@action
def search(
    engine: Engine,
    *,
    data: DataRef | None = None,
    semantic: dict[str, str | tuple[str, ...]] | None = None,
    text: str = "",
    top: int = 10,
    across: bool = False,
    maps: dict[str, str] | None = None,
    everything: bool = False,
    pool_score: bool = False,
    progress: Progress = silent,
) -> SearchResult:
    """Search the catalogue with one's own rows, words and tags, on this computer; nothing is sent.

    ``across`` also looks at learnwares whose columns have other names or are there in part; ``maps`` are pairs (own
    column → a learnware's) that a person confirmed for that.  With data, what is the same to a user stands under one
    and a publisher has a few places; ``everything`` lists all of it side by side.  ``pool_score`` adds the reference
    engine's score, for display.
    """
    if not 1 <= top <= 1000:
        raise SettingsError("top must be between 1 and 1000")
    if data is None and (across or maps):
        raise SettingsError("a map of columns needs data", hint="search with your own rows")
    if data is None and pool_score:
        raise SettingsError("a pool score needs data", hint="search with your own rows")
    unfit = engine.store.checks.invalid()
    shown = max(top, 50)
    looked = len(unfit) + shown if data is None else 100_000
    rows = tuple(row for row in matching(engine, semantic, text, looked) if row.id not in unfit)
    progress(0.1, "reading the catalogue")
    listed = tuple(ware_of(engine, row) for row in rows[:shown])
    spelt = engine.store.catalogue.spelling(_words(semantic, text)) if rows else ()
    if data is None:
        return SearchResult(found=None, listed=listed, spelt=spelt)
    table = load(engine, data)
    columns = comparable(table)
    units = stated_units(engine, data, table)
    reach: Literal["island", "world"] = "world" if across or maps else "island"
    found, offers = engine.market.search(
        columns,
        engine.market.offers(rows),
        units=units,
        top=top,
        reach=reach,
        stated=maps,
        folds_of=None if everything else partial(engine.folds.of, engine.ready()),
        each=None if everything else PLACES,
        pool_score=pool_score,
        progress=progress,
    )
    fitting = _fitting(engine, offers, set(columns))
    imported = imported_matches(engine, columns, units=units, semantic=semantic, text=text, top=top)
    agreeing = _label_fits(found, offers, table, top)
    return SearchResult(found=found, listed=listed, elsewhere=fitting, imported=imported, labels=agreeing, spelt=spelt)


def _fitting(engine: Engine, offers: tuple[Offer, ...], names: set[str]) -> tuple[str, ...]:
    """Return the ids of the learnwares whose specification and model need no column beyond those named."""
    features = {offer.schema: {column.name for column in offer.profile.features} for offer in offers}
    reached = [offer.id for offer in offers if features[offer.schema] <= names]
    inputs = engine.market.inputs_of(reached)
    return tuple(each for each in reached if each in inputs and names.issuperset(inputs[each]))


def _label_fits(found: Found, offers: tuple[Offer, ...], table: Table, top: int) -> tuple[LabelFit, ...]:
    """Compare the labels of the learnwares that are shown with the table's: its target, or the column they predict."""
    shown = dict.fromkeys(match.learnware for match in (*found.single, *found.nearest))
    by_id = {offer.id: offer for offer in offers}
    fits: list[LabelFit] = []
    for entry in (by_id[identity].entry for identity in list(shown)[:top]):
        column = table.target if table.target is not None else entry.card.target
        if column in table.columns:
            fit = label_fit(entry, comparable(table), table.columns[column])
            fits += [fit] if fit is not None else []
    return tuple(fits)


@action
def catalogue(
    engine: Engine,
    *,
    text: str = "",
    semantic: dict[str, str | tuple[str, ...]] | None = None,
    everything: bool = False,
) -> tuple[Ware, ...]:
    """List the catalogue; ``everything`` includes what is announced, withdrawn or refused."""
    if text or semantic:
        return tuple(ware_of(engine, row) for row in matching(engine, semantic, text))
    rows = engine.store.catalogue.list() if everything else engine.ready()
    return tuple(ware_of(engine, row) for row in rows)


@action
def spelling(engine: Engine, *, text: str) -> tuple[Spelt, ...]:
    """Tell which words of a query no learnware says, and for which similar ones a search takes them."""
    return engine.store.catalogue.spelling(text)


@action
def show(engine: Engine, *, id: str) -> Ware:
    """Show one learnware by its id or the beginning of it."""
    return ware_of(engine, engine.store.catalogue.get(id))


@action
def export(engine: Engine, *, id: str) -> Archive:
    """Return a learnware as one signed file."""
    row = engine.store.catalogue.get(id)
    if row.state != "ready":
        raise SettingsError(f"the learnware is {row.state}", hint="only complete learnwares can be exported")
    own = row.publisher == engine.keys.publisher
    document = engine.keys.keys_document if own else engine.store.partners.get(row.publisher).keys
    data = build_archive(row.bundle, engine.files_of(row), keys=document)
    engine.store.outbox.append(
        kind="file",
        to="a file",
        what=f"{row.id[:16]}.learnware",
        digest=digest(data),
        size=len(data),
        who=person(),
        learnware=row.id,
    )
    return Archive(name=f"{row.id[:16]}.learnware", data=data)


def _opened(engine: Engine, data: bytes) -> tuple[Learnware, Keys, bytes]:
    """Return the verified learnware in an archive, its publisher's keys, and their document where they are new here."""
    enclosed, used = b"", engine.keys.keys

    def lookup(publisher: str) -> Keys:
        nonlocal enclosed, used
        if trust_of(engine, publisher) == "unknown":
            enclosed = embedded_keys(data)
        used = verify_keys(enclosed, known=None, now=engine.now()) if enclosed else engine.keys_of(publisher)
        if used.publisher != publisher:
            raise TrustError("the archive encloses the keys of somebody else")
        return used

    return read_archive(data, lookup), used, enclosed


@action
def verify(engine: Engine, *, data: bytes) -> Verified:
    """Check everything about a learnware file, and keep nothing."""
    ware, _, enclosed = _opened(engine, data)
    return Verified(
        id=ware.id,
        name=ware.semantic.name,
        organisation=ware.manifest.organisation,
        publisher=ware.manifest.publisher,
        known=not enclosed,
        files=len(ware.manifest.files),
        size=ware.manifest.size,
    )


@action
def import_(engine: Engine, *, data: bytes, trust: bool = False) -> Ware:
    """Take a learnware file into the catalogue; an unknown publisher must be trusted in so many words."""
    ware, keys, enclosed = _opened(engine, data)
    manifest = ware.manifest
    if enclosed and not trust:
        raise TrustError(
            f"the publisher calls itself '{manifest.organisation}' and is not known here",
            hint="compare its fingerprint with the organisation, then import with --trust",
        )
    old = {row.id: row for row in engine.store.catalogue.list()}.get(ware.id)
    if old is not None and old.state in ("ready", "withdrawn"):
        return ware_of(engine, old)
    own = manifest.publisher == engine.keys.publisher
    row = ready_row(ware, keys.organisation, own=own, hub="", received=engine.now())
    container = open_container(data, LIMITS)
    for entry in manifest.files:
        engine.store.blobs.put(container.read(entry.name))
    with engine.store.transaction():
        if enclosed:
            engine.introduce(keys, enclosed, hub="")
        engine.store.profiles.put(ware.profile, source="partner", signed=b"")
        engine.store.catalogue.put(row)
    check_if_due(engine, ware.id, silent)
    return ware_of(engine, engine.store.catalogue.get(ware.id))
