# SPDX-License-Identifier: Apache-2.0
"""The semantic specification in the `learnware` package's schema, and back.

The vocabularies are the same, value for value.  The package keeps this document outside the zip, with the market; its
client also takes it from inside where ``learnware.yaml`` names it.

Rules
-----
* Reading takes what is there: a field of another type than it should have is an error, a value outside the vocabulary
  is left out, as is whatever the schema does not know.
* ``Model`` may be missing, as it is before version 0.4; a table's or an image's is written ``Others``, as the package's
  checker demands.

Called by the zip's reader and writer.
"""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from lwnode.documents import Port, Semantic
from lwnode.documents.vocabulary import VOCABULARY
from lwnode.errors import ArchiveError

SEMANTIC_LIMIT: Final = 256 * 1024  # bytes
_PORTS: Final = 2_000
_NAME, _TEXT = 120, 8_000  # characters
_FIELDS: Final = {
    "data": "Data", "task": "Task", "model": "Model", "library": "Library", "license": "License",
}  # fmt: skip
_NUMBER_OF_A_KEY: Final = 6  # digits


class _Values(msgspec.Struct):
    """A field of the schema."""

    Values: list[str] | str


class _Described(msgspec.Struct):
    """The inputs or the outputs."""

    Dimension: int = 0
    Description: dict[str, str] = {}


class _Package(msgspec.Struct):
    """The whole document."""

    Data: _Values | None = None
    Task: _Values | None = None
    Model: _Values | None = None
    Library: _Values | None = None
    Scenario: _Values | None = None
    License: _Values | None = None
    Name: _Values | None = None
    Description: _Values | None = None
    Input: _Described | None = None
    Output: _Described | None = None


def write_semantic(semantic: Semantic, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> bytes:
    """Return a semantic specification as the package's JSON.

    Parameters
    ----------
    semantic : Semantic
    inputs, outputs : tuple of str
        What each coordinate that the model takes and gives is, for a person.
    """
    model = "Others" if semantic.data in ("Table", "Image") else semantic.model
    plain: dict[str, Any] = {
        "Data": _class(semantic.data),
        "Task": _class(semantic.task),
        "Model": {**_class(model), "Type": "Optional"},
        "Library": _class(semantic.library),
        "License": _class(semantic.license),
        "Scenario": {"Type": "Tag", "Values": list(semantic.scenario)},
        "Name": {"Type": "String", "Values": semantic.name},
        "Description": {"Type": "String", "Values": semantic.description},
        "Input": _described(inputs),
        "Output": _described(outputs),
    }
    return json.dumps(plain, ensure_ascii=False, indent=1).encode()


def read_semantic(data: bytes) -> Semantic:
    """Return what the package's JSON says.

    Parameters
    ----------
    data : bytes
        Of any origin.

    Raises
    ------
    ArchiveError
        Too long, not JSON, or not of this schema.
    """
    if len(data) > SEMANTIC_LIMIT:
        raise ArchiveError("the semantic specification is too long", hint="it is not one of the learnware package")
    try:
        plain = msgspec.json.decode(data, type=_Package)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ArchiveError("the semantic specification is not one of the learnware package") from error
    known: dict[str, Any] = {}
    for ours, theirs in _FIELDS.items():
        values = _known(ours, getattr(plain, theirs))
        if values:
            known[ours] = values[0]
    return Semantic(
        **known,
        name=_text(plain.Name, _NAME),
        description=_text(plain.Description, _TEXT),
        scenario=_known("scenario", plain.Scenario),
        inputs=_ports(plain.Input),
        outputs=_ports(plain.Output),
    )


def _class(value: str) -> dict[str, Any]:
    return {"Type": "Class", "Values": [value] if value else []}


def _described(names: tuple[str, ...]) -> dict[str, Any]:
    return {"Dimension": len(names), "Description": {str(at): name for at, name in enumerate(names)}}


def _known(field: str, values: _Values | None) -> tuple[str, ...]:
    if values is None:
        return ()
    said = [values.Values] if isinstance(values.Values, str) else values.Values
    return tuple(dict.fromkeys(value for value in said if value in VOCABULARY[field]))


def _text(values: _Values | None, limit: int) -> str:
    said = values.Values if values is not None else ""
    text = said if isinstance(said, str) else " ".join(said)
    clean = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return " ".join(clean.split())[:limit] if limit == _NAME else clean.strip()[:limit]


def _ports(described: _Described | None) -> tuple[Port, ...]:
    if described is None or not 0 < described.Dimension <= _PORTS:
        return ()
    said = {int(key): text for key, text in described.Description.items() if _is_position(key)}
    return tuple(Port(name=" ".join(said.get(at, "").split())[:_NAME] or str(at)) for at in range(described.Dimension))


def _is_position(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= _NUMBER_OF_A_KEY
