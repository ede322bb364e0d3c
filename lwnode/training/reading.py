# SPDX-License-Identifier: Apache-2.0
"""Reading data: CSV and Parquet files, and anything that can be taken for a table.

Rules
-----
* A row with too few or too many fields, or with no value at all, is left out and counted under its reason with the
  line of the first one; nothing else is left out.
* What cannot be read is a `DataError` of one line with what to do next.  Messages name files, columns, lines and
  counts, never a value.
* The file is only read; no copy is made.

Called by the node, the command line and people's scripts.
"""

from __future__ import annotations

import csv
import difflib
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.errors import DataError, Finding
from lwnode.training.assembly import build, column_names
from lwnode.training.columns import (
    Parsed,
    Values,
    clean,
    counted,
    from_array,
    from_arrow,
    from_arrow_table,
    from_text,
    note,
    numbers_from_text,
)
from lwnode.training.dialect import Dialect, examine
from lwnode.training.images import Images
from lwnode.training.table import Frame, Rejected, Table
from lwnode.training.texts import Texts
from lwnode.types import Mask

TableLike: TypeAlias = "str | os.PathLike[str] | Table | Images | Texts | NDArray[Any] | Frame | Mapping[str, Any]"

_MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "NaT")
_COMMA = re.compile(r"[-+]?\d+(,\d+)?")
_BLOCK = 4 << 20  # bytes
_SHORT, _LONG, _BLANK = "too few fields", "too many fields", "no value in any column"


def read_table(
    path: str | os.PathLike[str],
    *,
    target: str | None = None,
    roles: Mapping[str, str] | None = None,
    types: Mapping[str, str] | None = None,
    profile: Profile | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str = ".",
    name: str | None = None,
) -> Table:
    """Read a CSV or Parquet file.

    Parameters
    ----------
    path : path
        Parquet is recognised by its first bytes; everything else is read as CSV with a header line.
    target : str, optional
        Column to predict.
    roles, types : mapping, optional
        Column name → role or type, where a person knows better than what is recognised.
    profile : Profile, optional
        Its schema wins over what is recognised, and gives way to ``roles`` and ``target``.
    encoding : str, optional
        Of a CSV file; default UTF-8 with or without byte order mark.
    delimiter : str, optional
        Of a CSV file; default: found out.
    decimal : {".", ","}
        Of a CSV file.
    name : str, optional
        Default: the file's name without its ending.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        No such file, empty, header only, not text, wrong encoding, a column twice, a column that is not there.

    Notes
    -----
    One pass for the encoding and one for the fields; memory is a few times the size of the columns.
    """
    file = Path(path)
    with _opened(file) as stream:
        head = stream.read(4)
    label = name if name is not None else file.stem
    findings: list[Finding] = []
    if head == b"PAR1":
        arrow, rejected = _read_parquet(file)
    elif decimal not in (".", ","):
        raise DataError("the decimal mark is '.' or ','", hint="say decimal=',' for numbers such as 3,5")
    else:
        dialect = examine(file, encoding=encoding, delimiter=delimiter)
        arrow, rejected = _read_csv(file, dialect, decimal, target, profile)
    if profile is None:
        heads, parts = from_arrow_table(arrow)
    else:
        heads, parts = _as_stated(arrow, profile, decimal, findings)
    commas = [head for head, part in zip(heads, parts, strict=True) if decimal == "." and _has_commas(part.values)]
    return build(
        heads,
        parts,
        name=label,
        target=target,
        roles=roles,
        types=types,
        profile=profile,
        rejected=rejected,
        path=file.absolute(),
        findings=[
            *findings,
            *(note("decimal-comma", head, "numbers with a decimal comma: read with decimal=','") for head in commas),
        ],
    )


def _as_stated(arrow: Any, profile: Profile, decimal: str, findings: list[Finding]) -> tuple[list[str], list[Parsed]]:
    """Return names and columns; those that a profile names are read cell by cell, as it says."""
    import pyarrow as pa

    stated = {column.name: column for column in profile.columns}
    heads, parts = [], []
    for head, values in zip(arrow.column_names, arrow.columns, strict=True):
        if head.startswith("__index_level_"):
            continue
        column = stated.get(clean(head))
        is_text = pa.types.is_string(values.type)
        heads.append(head)
        if column is not None and is_text and column.type in ("number", "integer"):
            numbers, lost = numbers_from_text(values, decimal)
            parts.append(numbers)
            if lost:
                message = f"missing, because not a number: {counted(lost, 'value')}"
                findings.append(note("not-a-number", column.name, message))
        elif column is not None and is_text and column.type == "category" and column.levels:
            parts.append(from_text(values.to_pylist(), declared=True))
        else:
            parts.append(from_arrow(head, values))
    return heads, parts


def as_table(
    data: TableLike,
    *,
    target: str | None = None,
    roles: Mapping[str, str] | None = None,
    profile: Profile | None = None,
    name: str | None = None,
) -> Table:
    """Return anything that can be taken for a table as one.

    Parameters
    ----------
    data : path, Table, Images, Texts, array, frame or mapping
        A file (CSV, Parquet, or a ``.npz`` of images); images or texts, which their encoder makes a table; a table,
        which is returned as it is where nothing else is asked for; a matrix of features; a frame with an Arrow stream
        (pandas, polars); or column name → array.
    target, roles, profile, name
        As for `read_table`.

    Raises
    ------
    DataError
        It is none of these, or cannot be read.
    """
    if isinstance(data, (str, os.PathLike)) and Path(data).suffix == ".npz":
        from lwnode.training.item_files import read_images  # it reads tables as well, so it stands above this module

        data = read_images(data, target=target, name=name)
    if isinstance(data, (Images, Texts)):
        data = data.table()
    if isinstance(data, (str, os.PathLike)):
        return read_table(data, target=target, roles=roles, profile=profile, name=name)
    if isinstance(data, Table):
        table = data if profile is None else data.describe(profile)
        return table if target is None and roles is None else table.assign(target=target, roles=roles)
    label = name if name is not None else "table"
    if hasattr(data, "__arrow_c_stream__"):
        return Table.from_frame(data, target, name=label, roles=roles, profile=profile)
    if isinstance(data, np.ndarray):
        return as_table(Table.from_arrays(data, name=label), target=target, roles=roles, profile=profile)
    if isinstance(data, Mapping):
        arrays = [np.asarray(values) for values in data.values()]
        if len({values.shape for values in arrays}) != 1 or arrays[0].ndim != 1:
            raise DataError("the columns differ in length", hint="give each column one value a row")
        parts = [from_array(values) for values in arrays]
        return build([str(key) for key in data], parts, name=label, target=target, roles=roles, profile=profile)
    raise DataError(
        f"a {type(data).__name__} cannot be taken for a table",
        hint="give the path of a CSV or Parquet file, a Table, an array, or a pandas or polars frame",
    )


def _opened(path: Path) -> BinaryIO:
    """Open a file, or say what is wrong with its name."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise DataError(f"'{path}' is a pipe or a device", hint="write the table to a file first")
        return path.open("rb")
    except FileNotFoundError as error:
        near: list[str] = []
        if path.parent.is_dir():
            near = difflib.get_close_matches(path.name, sorted(entry.name for entry in path.parent.iterdir()), n=1)
        hint = f"did you mean '{near[0]}'?" if near else "check the name and the folder"
        raise DataError(f"there is no file '{path}'", hint=hint) from error
    except IsADirectoryError as error:
        raise DataError(f"'{path}' is a folder", hint="name a CSV or Parquet file in it") from error
    except OSError as error:
        raise DataError(
            f"'{path}' cannot be opened: {error.strerror}", hint="check that you may read the file"
        ) from error


def _read_csv(
    path: Path, dialect: Dialect, decimal: str, target: str | None, profile: Profile | None = None
) -> tuple[Any, tuple[Rejected, ...]]:
    """Return the rows that have as many fields as the header, and an account of the others.

    What a profile names comes as text, for a column's kind must not hang on one of its cells.  ``0`` and ``1`` are
    never taken for truth values.
    """
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    ragged: list[tuple[str, int]] = []  # reason, row from 1 with the header as the first
    open_end = False

    def refuse(row: Any) -> str:
        nonlocal open_end
        ragged.append((_SHORT if row.actual_columns < row.expected_columns else _LONG, row.number))
        open_end = "\n" in row.text
        return "skip"

    try:
        arrow = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK, encoding=dialect.encoding),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter, newlines_in_values=True, invalid_row_handler=refuse
            ),
            convert_options=arrow_csv.ConvertOptions(
                null_values=list(_MISSING),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                decimal_point=decimal,
                true_values=["True", "true", "TRUE"],
                false_values=["False", "false", "FALSE"],
                column_types={} if profile is None else {column.name: pa.string() for column in profile.columns},
            ),
        )
    except pa.ArrowInvalid:
        raise DataError(
            f"'{path.name}' cannot be cut into rows and fields",
            hint="look for a quotation mark that is not closed, or export the table again",
        ) from None  # the cause may quote a row
    if dialect.odd_quotes and (open_end or _ends_open(arrow)):
        last = max([arrow.num_rows + len(ragged) + 1, *(row for _, row in ragged)])
        line = _lines(path, dialect, {last})[last]
        raise DataError(
            f"'{path.name}': a quotation mark in line {line} is never closed",
            hint="close it, or double it where it is part of the text",
        )
    heads = list(column_names(arrow.column_names))
    if target not in heads and all(_is_number(head) for head in heads):
        raise DataError(
            f"the first line of '{path.name}' has numbers where column names should be",
            hint="add a line with the names of the columns at the top",
        )
    if ragged and not arrow.num_rows:
        raise DataError(
            f"no row of '{path.name}' has as many fields as its first line",
            hint="check the delimiter and say which it is: delimiter=';'",
        )
    refused = {row for _, row in ragged}
    kept = (row for row in range(2, arrow.num_rows + len(ragged) + 2) if row not in refused)
    blank = _blank_rows(arrow)
    if blank.any():
        ragged += [(_BLANK, row) for row, is_blank in zip(kept, blank, strict=True) if is_blank]
        arrow = arrow.filter(pa.array(~blank))
    return arrow, _account(ragged, lambda rows: _lines(path, dialect, rows))


def _read_parquet(path: Path) -> tuple[Any, tuple[Rejected, ...]]:
    """Return the rows of a Parquet file that have any value, and an account of the others."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        arrow = parquet.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"'{path.name}' is a damaged Parquet file", hint="export the table again") from error
    blank = _blank_rows(arrow)
    rejected = [(_BLANK, int(row) + 1) for row in np.flatnonzero(blank)]
    if rejected:
        arrow = arrow.filter(pa.array(~blank))
    return arrow, _account(rejected, lambda rows: {row: row for row in rows})


def _account(rejected: list[tuple[str, int]], lines: Callable[[set[int]], dict[int, int]]) -> tuple[Rejected, ...]:
    """Group rejected rows by reason, with the line of the first of each."""
    first: dict[str, int] = {}
    for reason, row in rejected:
        first[reason] = min(row, first.get(reason, row))
    places = lines(set(first.values())) if first else {}
    counts = Counter(reason for reason, _ in rejected)
    return tuple(Rejected(reason=reason, count=counts[reason], example=places[row]) for reason, row in first.items())


def _lines(path: Path, dialect: Dialect, rows: set[int]) -> dict[int, int]:
    """Return the line on which each row begins; rows count from 1, blank lines do not count as rows."""
    out = {row: row for row in rows}
    with path.open(encoding=dialect.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=dialect.delimiter)
        row, line = 0, 1
        try:
            for fields in reader:
                row += bool(fields)
                if fields and row in rows:
                    out[row] = line
                if row >= max(rows):
                    break
                line = reader.line_num + 1
        except csv.Error:  # a field too long for this reader: the row's own number has to do
            pass
    return out


def _blank_rows(arrow: Any) -> Mask:
    """Return which rows have no value in any column."""
    blank = np.ones(arrow.num_rows, dtype=bool)
    for column in arrow.columns:
        if not blank.any():
            break
        blank &= column.is_null(nan_is_null=True).to_numpy()
    return blank


def _ends_open(arrow: Any) -> bool:
    """Return whether the last row has text with a line break in it."""
    last = (value for column in arrow.columns for value in column[-1:].to_pylist())
    return any(isinstance(value, str) and "\n" in value for value in last)


def _has_commas(values: Values) -> bool:
    """Return whether a column is numbers such as 3,5 throughout."""
    if values.dtype != object:
        return False
    texts = set(values.tolist()) - {None}
    return any("," in text for text in texts) and all(_COMMA.fullmatch(text) for text in texts)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
