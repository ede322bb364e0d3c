# SPDX-License-Identifier: Apache-2.0
"""What a text file of rows looks like: its encoding, its delimiter, its line ends.

Rules
-----
* A file is UTF-8, with or without a byte order mark, unless the caller names another encoding; nothing is guessed, as
  a wrong guess garbles levels in silence.  What does not decode is refused with its line and a remedy.
* The delimiter is the one of ``, ; tab |`` that cuts the first lines into the same number of fields, more than one.
* Reads the file once in pieces; memory does not grow with it.

Called by `lwnode.training.reading`.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

from lwnode.errors import DataError

DELIMITERS = (",", ";", "\t", "|")
_PIECE = 1 << 20  # bytes
_SAMPLE = 64  # lines
_OTHER = {
    b"PK\x03\x04": ("an Excel workbook or a zip archive", "save the sheet as 'CSV UTF-8' and read that"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "save the sheet as 'CSV UTF-8' and read that"),
    b"\x1f\x8b": ("compressed", "unpack it and read what is inside"),
    b"%PDF": ("a PDF document", "export the table as CSV"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How to cut a file into fields.

    Parameters
    ----------
    encoding : str
        Python's name of it.
    delimiter : str
        One character.
    odd_quotes : bool
        The number of quotation marks is odd, so one of them may not be closed.
    """

    encoding: str
    delimiter: str
    odd_quotes: bool


def examine(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Dialect:
    """Read a file once and say how it is written.

    Parameters
    ----------
    path : Path
    encoding : str, optional
        Default UTF-8.
    delimiter : str, optional
        Default: found out from the first lines.

    Raises
    ------
    DataError
        Empty, not text, or not in that encoding.
    """
    if delimiter is not None and len(delimiter) != 1:
        raise DataError("a delimiter is one character", hint="use one of: , ; | or a tab")
    named = _codec(encoding) if encoding is not None else "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8-sig" if named == "utf-8" else named)()
    sample, quotes, lines, any_text = "", 0, 0, False
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if lines == 0 and not sample:
                _refuse_other(path, piece, named)
            try:
                text = decoder.decode(piece)
            except UnicodeDecodeError as error:
                raise _not_decodable(path, named, encoding, lines + 1 + piece[: error.start].count(b"\n")) from error
            if len(sample) < _PIECE:
                sample += text
            any_text = any_text or bool(text.strip())
            quotes += text.count('"')
            lines += text.count("\n")
    try:
        decoder.decode(b"", True)
    except UnicodeDecodeError as error:
        raise _not_decodable(path, named, encoding, lines + 1) from error
    if not any_text:
        raise DataError(f"'{path.name}' is empty", hint="check that the right file was exported")
    return Dialect(encoding=named, delimiter=delimiter or find_delimiter(sample), odd_quotes=quotes % 2 == 1)


def find_delimiter(sample: str) -> str:
    """Return the delimiter of the first lines of a file; a comma where there is only one column."""
    lines = sample.splitlines(keepends=True)[:_SAMPLE]
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        try:
            rows = [len(row) for row in csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not rows or rows[0] < 2:
            continue
        score = (sum(size == rows[0] for size in rows) / len(rows), rows[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _codec(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise DataError(
            f"'{encoding}' is not an encoding", hint="common ones are utf-8, gb18030, big5, cp1252, utf-16"
        ) from error


def _refuse_other(path: Path, head: bytes, encoding: str) -> None:
    for magic, (what, hint) in _OTHER.items():
        if head.startswith(magic):
            raise DataError(f"'{path.name}' is {what}, not CSV", hint=hint)
    if encoding == "utf-8" and head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataError(f"'{path.name}' is UTF-16, not UTF-8", hint="save it as UTF-8, or name the encoding utf-16")
    if encoding == "utf-8" and b"\x00" in head:
        raise DataError(f"'{path.name}' is not a text file", hint="export the table as CSV or Parquet")


def _not_decodable(path: Path, named: str, asked: str | None, line: int) -> DataError:
    hint = (
        "save it as UTF-8, or name its encoding, such as gb18030 (Chinese) or cp1252 (Western European): "
        "`lwnode data add --encoding`, or `encoding=` in Python"
        if asked is None
        else "name another encoding, or save the file as UTF-8"
    )
    return DataError(f"'{path.name}' is not {named.upper()}: line {line} has bytes that it does not allow", hint=hint)
