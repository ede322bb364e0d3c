# SPDX-License-Identifier: Apache-2.0
"""The `learnware` package's files: taken in, listed, removed, and written.

Rules
-----
* Nothing of a file that is taken in is run; its model stays a file.
* A specification is searched only in the frame of a profile: the one that is named, the one that stands beside it, or
  the one public profile whose columns its description names in the same order.  Otherwise it is only kept.
* What is written was published before: the same points, words and model in the package's forms.  It goes through the
  outbox as every file does.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

from lwnode.archive.package_zip import (
    ForeignLearnware,
    build_package_zip,
    is_zip,
    package_semantic,
    package_specification,
    read_package_zip,
)
from lwnode.documents import Profile, digest, encode
from lwnode.errors import NotFoundError, SettingsError, SpecificationError
from lwnode.node.actions.action import action
from lwnode.node.engine import Engine, person
from lwnode.node.imports import ImportedWare, forget, found, keep, kept, same_columns
from lwnode.node.records import Archive
from lwnode.specification.interop import CapabilityScores, ImportedSet, adopt_set, read_json, write_json

_BARE = "a bare specification"


@action
def import_package(engine: Engine, *, data: bytes, profile: str = "", name: str = "") -> ImportedWare:
    """Take in a learnware zip, or a specification's JSON, of the learnware package; nothing of it is ever run."""
    asked = engine.store.profiles.get(profile) if profile else None
    ware, content, frame = _described(engine, data, name)
    if asked is not None and not isinstance(content, ImportedSet):
        raise SettingsError("it has no specification of points to put into a profile", hint="import it without one")
    in_frame = frame is not None and (asked is None or asked.id == frame.id)
    chosen = asked or frame or _matched(engine, ware)
    if isinstance(content, ImportedSet) and chosen is not None:
        try:
            adopt_set(content, chosen, in_frame=in_frame)
        except SpecificationError as error:
            if asked is not None:
                raise
            ware = dataclasses.replace(ware, problems=(*ware.problems, f"not in a frame: {error}"))
        else:  # a stranger's frame becomes no profile of this node: it is kept as a file under its id
            engine.store.blobs.put(encode(chosen))
            ware = dataclasses.replace(ware, profile=chosen.id, in_frame=in_frame)
    engine.store.blobs.put(data)
    if content is not None:
        ware = dataclasses.replace(ware, specification=engine.store.blobs.put(write_json(content)))
    keep(engine, ware)
    return ware


@action
def imported(engine: Engine) -> tuple[ImportedWare, ...]:
    """List what was imported of the learnware package."""
    return kept(engine)


@action
def forget_imported(engine: Engine, *, id: str) -> ImportedWare:
    """Remove an imported learnware, its files included."""
    ware = found(engine, id)
    forget(engine, ware)
    return ware


@action
def export_package(engine: Engine, *, id: str, form: Literal["learnware", "json"] = "learnware") -> tuple[Archive, ...]:
    """Return a learnware as the learnware package's zip, or its specification as the package's JSON.

    The first file is the one asked for.  Beside a zip stands the semantic specification, which the package keeps
    outside of it; beside the JSON stands the frame that its points are in.
    """
    row = engine.store.catalogue.get(id)
    if row.state != "ready":
        raise SettingsError(f"the learnware is {row.state}", hint="only complete learnwares can be exported")
    ware = engine.read(row)
    short = row.id[:16]
    if form == "json":
        files = package_specification(ware.specification)
        made = tuple(Archive(name=f"{short}.{name}", data=content) for name, content in files.items())
    else:
        model = engine.model_of(row)
        if model is None:
            raise NotFoundError("the learnware's model is not here", hint=f"get it with `lwnode fetch {short}`")
        whole = dataclasses.replace(ware, model=model)
        made = (
            Archive(name=f"{short}.zip", data=build_package_zip(whole)),
            Archive(name=f"{short}.semantic_specification.json", data=package_semantic(whole)),
        )
    with engine.store.transaction():
        for file in made:
            engine.store.outbox.append(
                kind="file",
                to="a file",
                what=file.name,
                digest=digest(file.data),
                size=len(file.data),
                who=person(),
                learnware=row.id,
            )
    return made


def _described(
    engine: Engine, data: bytes, name: str
) -> tuple[ImportedWare, ImportedSet | CapabilityScores | None, Profile | None]:
    """Return the record of a file, the specification that it is searched by, and the frame that stands beside it."""
    if not is_zip(data):
        content: ImportedSet | CapabilityScores | None = read_json(data)
        bare = ImportedWare(
            id=digest(data), name=name or _BARE, form="json", kind="", size=len(data), received=engine.now()
        )
        return _with(bare, content), content, None
    foreign = read_package_zip(data)
    readable = [one.content for one in foreign.specifications if one.content is not None]
    content = foreign.sketch or (readable[0] if readable else None)
    return _with(_record(engine, foreign, data, name), content), content, _frame(foreign)


def _record(engine: Engine, foreign: ForeignLearnware, data: bytes, name: str) -> ImportedWare:
    said = foreign.semantic.name if foreign.semantic is not None else ""
    return ImportedWare(
        id=foreign.id,
        name=name or foreign.name or said or "a learnware without a name",
        form="zip",
        kind="",
        model=f"{foreign.model.class_name} in {foreign.model.module_path}",
        requirements=foreign.requirements,
        problems=tuple(f"{one.class_name}: {one.problem}" for one in foreign.specifications if one.problem),
        semantic=foreign.semantic,
        files=foreign.files,
        size=len(data),
        received=engine.now(),
    )


def _with(ware: ImportedWare, content: ImportedSet | CapabilityScores | None) -> ImportedWare:
    """Return the record with what its specification says."""
    if content is None:
        return ware
    if isinstance(content, CapabilityScores):
        return dataclasses.replace(ware, kind="capability", scores=content.scores)
    return dataclasses.replace(
        ware,
        kind=content.kind,
        points=len(content.points),
        width=content.flat.shape[1],
        rows=content.rows,
        gamma=float(content.gamma),
        languages=content.languages,
    )


def _frame(foreign: ForeignLearnware) -> Profile | None:
    """Return the frame that stands in the zip, where its specification is in it."""
    sketch, frame = foreign.sketch, foreign.frame
    fits = sketch is not None and frame is not None and sketch.kind == "table" and not frame.encoder
    if not fits or sketch is None or frame is None:
        return None
    return frame if sketch.points.shape[1] == frame.width and sketch.gamma == frame.gamma else None


def _matched(engine: Engine, ware: ImportedWare) -> Profile | None:
    """Return the only public profile whose columns the description names in the same order."""
    if ware.kind != "table" or ware.semantic is None:
        return None
    known = [p for p in engine.store.profiles.list() if p.origin != "own data" and not p.encoder]
    fitting = [p for p in known if same_columns(p, ware.semantic)]
    return fitting[0] if len(fitting) == 1 else None
