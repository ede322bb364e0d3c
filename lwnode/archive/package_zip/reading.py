# SPDX-License-Identifier: Apache-2.0
"""A zip of the `learnware` package, described.

Rules
-----
* Nothing in it is executed, unpickled, imported or installed.  ``module_path`` and the model's class are text; a
  specification's class name is looked up in a fixed table (`lwnode.specification.interop.SHAPES`).
* A specification that cannot be read is described as such; the zip and its ``learnware.yaml`` must be sound.
* The model's files are measured and hashed, never looked into.

Called by the node's import.
"""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from lwnode.archive.limits import LIMITS, Limits
from lwnode.archive.package_zip.description import (
    ForeignFile,
    ForeignLearnware,
    ForeignModel,
    ForeignSpecification,
)
from lwnode.archive.package_zip.foreign_zip import ForeignZip
from lwnode.archive.package_zip.package_semantic import SEMANTIC_LIMIT, read_semantic
from lwnode.archive.package_zip.plain_yaml import YAML_LIMIT, load_yaml
from lwnode.documents import Profile, Semantic, decode, digest
from lwnode.documents.canonical import DOCUMENT_LIMIT
from lwnode.errors import ArchiveError, DocumentError, SpecificationError
from lwnode.specification.interop import SHAPES, UNREAD, read_json
from lwnode.specification.interop.bounds import JSON_LIMIT

DESCRIPTION: Final = "learnware.yaml"
FRAME: Final = "frame.json"
_REQUIREMENTS: Final = ("requirements.txt", "environment.yaml", "environment.yml")
_SPECIFICATIONS: Final = 8  # of one learnware
_TEXT_LIMIT: Final = 64 * 1024  # bytes of the requirements
_NAME_LIMIT: Final = 240  # characters
_KWARGS_LIMIT: Final = 8_000  # characters
_HINT: Final = "the zip is no learnware of the learnware package, or an unusual one"


class _Model(msgspec.Struct):
    """``model`` of a learnware.yaml; what is left out has the package's default."""

    class_name: str = "Model"
    module_path: str = "__init__.py"
    weights_file_path: str = "weights"
    kwargs: dict[str, Any] | None = None
    required_learnware_ids: list[str] | None = None


class _Specification(msgspec.Struct):
    """One entry of ``stat_specifications``."""

    class_name: str
    file_name: str


class _File(msgspec.Struct):
    """``semantic_specification``."""

    file_name: str = ""


class _Description(msgspec.Struct):
    """The whole learnware.yaml, as far as it is read."""

    name: str | None = None
    model: _Model = msgspec.field(default_factory=_Model)
    stat_specifications: list[_Specification] = []
    semantic_specification: _File | None = None


def read_package_zip(source: bytes, limits: Limits = LIMITS) -> ForeignLearnware:
    """Return the description of a learnware zip of the package.

    Parameters
    ----------
    source : bytes
        Of any origin.
    limits : Limits

    Raises
    ------
    ArchiveError
        Not a zip, damaged, too large, unsafe, or without a readable learnware.yaml.

    Notes
    -----
    Every file is unpacked once to be hashed, a MiB at a time.
    """
    archive = ForeignZip(source, limits)
    if DESCRIPTION not in archive.sizes:
        raise ArchiveError("the zip has no learnware.yaml", hint=_HINT)
    said = _described(load_yaml(archive.read(DESCRIPTION, YAML_LIMIT)))
    if len(said.stat_specifications) > _SPECIFICATIONS:
        raise ArchiveError(f"learnware.yaml names more than {_SPECIFICATIONS} specifications", hint=_HINT)
    return ForeignLearnware(
        id=digest(source),
        name=_line(said.name or ""),
        model=_model(said.model),
        specifications=tuple(_specification(archive, one) for one in said.stat_specifications),
        requirements=_requirements(archive),
        semantic=_semantic(archive, said.semantic_specification),
        frame=_frame(archive),
        files=tuple(
            ForeignFile(name=name, size=size, sha256=archive.sha256(name))
            for name, size in sorted(archive.sizes.items())
        ),
    )


def _described(plain: dict[str, Any]) -> _Description:
    try:
        return msgspec.convert(plain, _Description, strict=True)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ArchiveError("learnware.yaml does not have the package's form", hint=_HINT) from error


def _model(said: _Model) -> ForeignModel:
    requires = said.required_learnware_ids or []
    try:
        kwargs = json.dumps(said.kwargs or {}, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise ArchiveError("learnware.yaml gives its model arguments that are no plain values", hint=_HINT) from error
    texts = (said.class_name, said.module_path, said.weights_file_path, *requires)
    if len(kwargs) > _KWARGS_LIMIT or max(map(len, texts)) > _NAME_LIMIT:
        raise ArchiveError("learnware.yaml says too much about its model", hint=_HINT)
    return ForeignModel(
        class_name=_line(said.class_name),
        module_path=_line(said.module_path),
        weights=_line(said.weights_file_path),
        kwargs=kwargs,
        requires=tuple(map(_line, requires)),
    )


def _specification(archive: ForeignZip, said: _Specification) -> ForeignSpecification:
    """Return one specification, or why it is not read."""
    name, kind = _line(said.file_name), _line(said.class_name)
    if said.class_name not in SHAPES:
        problem = UNREAD.get(said.class_name, "this kind of specification is not known here")
        return ForeignSpecification(file_name=name, class_name=kind, content=None, problem=problem)
    try:
        content = read_json(archive.read(said.file_name, JSON_LIMIT), declared=said.class_name)
    except (ArchiveError, SpecificationError) as error:
        return ForeignSpecification(file_name=name, class_name=kind, content=None, problem=str(error))
    return ForeignSpecification(file_name=name, class_name=kind, content=content)


def _requirements(archive: ForeignZip) -> str:
    found = next((name for name in _REQUIREMENTS if name in archive.sizes), None)
    if found is None:
        return ""
    text = archive.read(found, _TEXT_LIMIT).decode("utf-8", errors="replace")
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _semantic(archive: ForeignZip, said: _File | None) -> Semantic | None:
    if said is None or said.file_name not in archive.sizes:
        return None
    return read_semantic(archive.read(said.file_name, SEMANTIC_LIMIT))


def _frame(archive: ForeignZip) -> Profile | None:
    """Return the profile beside the specification; None where there is none, or it is something else."""
    if FRAME not in archive.sizes:
        return None
    try:
        return decode(archive.read(FRAME, DOCUMENT_LIMIT), Profile)
    except (ArchiveError, DocumentError):
        return None


def _line(text: str) -> str:
    """Return foreign text as one printable line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_NAME_LIMIT]
