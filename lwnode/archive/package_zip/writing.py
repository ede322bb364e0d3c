# SPDX-License-Identifier: Apache-2.0
"""A published learnware as a zip of the `learnware` package.

Rules
-----
* What goes in was signed for publication: the points, their frame, the card, the words and the model, in other forms;
  no figure is added.  The signature does not cover the new forms, so the zip names the learnware's id.
* The same learnware always gives the same bytes.
* The model is run by `RUNNER`, text of ours that stands in the zip.

Called by the node's export.
"""

from __future__ import annotations

import io
import stat
import zipfile
from typing import Final

from lwnode.archive.learnware import Learnware
from lwnode.archive.package_zip.package_semantic import write_semantic
from lwnode.archive.package_zip.reading import FRAME
from lwnode.archive.package_zip.runner import RUNNER
from lwnode.documents import Card, Profile, encode
from lwnode.errors import ArchiveError
from lwnode.specification import Specification
from lwnode.specification.interop import CLASSES, package_set, write_json

STAT: Final = "stat.json"
SEMANTIC: Final = "semantic_specification.json"
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_REQUIREMENTS: Final = b"numpy\nonnxruntime\n"


def package_specification(specification: Specification) -> dict[str, bytes]:
    """Return a specification as the package's JSON and its frame beside it.

    Returns
    -------
    dict
        ``stat.json`` in the coordinates of the frame, ``frame.json``, the profile.

    Raises
    ------
    SpecificationError
        More coordinates than such a file may have.
    """
    return {STAT: write_json(package_set(specification)), FRAME: encode(specification.profile)}


def package_semantic(ware: Learnware) -> bytes:
    """Return the semantic specification in the package's schema; its inputs are the coordinates of the frame."""
    return write_semantic(ware.semantic, _coordinates(ware.profile), _outputs(ware.card))


def build_package_zip(ware: Learnware) -> bytes:
    """Return a learnware as a zip that the package loads.

    Parameters
    ----------
    ware : Learnware
        Verified, with its model.

    Raises
    ------
    ArchiveError
        Its model is not here.
    SpecificationError
        More coordinates than the package's file may have.
    """
    if ware.model is None:
        raise ArchiveError("the learnware's model is not here", hint=f"get it with `lwnode fetch {ware.id[:12]}`")
    contents = {
        "learnware.yaml": _description(ware),
        "__init__.py": RUNNER.encode(),
        "requirements.txt": _REQUIREMENTS,
        "model.onnx": ware.model,
        "card.json": encode(ware.card),
        SEMANTIC: package_semantic(ware),
        **package_specification(ware.specification),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, date_time=_TIME)
            entry.create_system = _UNIX
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, contents[name])
    return out.getvalue()


def _description(ware: Learnware) -> bytes:
    """Return learnware.yaml."""
    return (
        f"# lwnode learnware {ware.id}\n"
        f"id: {_quoted(ware.id)}\n"
        f"name: {_quoted(ware.semantic.name)}\n"
        "model:\n"
        "  class_name: OnnxModel\n"
        "  module_path: __init__.py\n"
        "  kwargs: {}\n"
        "stat_specifications:\n"
        "  - module_path: learnware.specification\n"
        f"    class_name: {CLASSES['table']}\n"
        f"    file_name: {STAT}\n"
        "    kwargs: {}\n"
        "semantic_specification:\n"
        f"  file_name: {SEMANTIC}\n"
    ).encode()


def _quoted(text: str) -> str:
    """Return text as a double-quoted scalar in ASCII: the package opens the file in the locale's encoding."""
    plain = (c if c.isascii() and c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return '"' + "".join(plain) + '"'


def _coordinates(profile: Profile) -> tuple[str, ...]:
    """Return what each coordinate of the frame is."""
    out: list[str] = []
    for column in profile.features:
        unit = f" ({column.unit})" if column.unit else ""
        if column.type == "category":
            out += [f"{column.name} = {level}" for level in column.levels]
        else:
            out.append(f"{column.name}{unit}, scaled so that {column.low:g} is -2 and {column.high:g} is 2")
    return tuple(out)


def _outputs(card: Card) -> tuple[str, ...]:
    return card.classes or (card.target or "value",)
