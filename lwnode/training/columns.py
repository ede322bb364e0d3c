# SPDX-License-Identifier: Apache-2.0
"""One column: from Arrow to NumPy, with the type that its values show.

Rules
-----
* Numbers become float64 with NaN for a missing value; an infinite value counts as missing and is counted.
* Everything else becomes an object array of `str` with None for a missing value; the text is stripped, brought to
  normalisation form C and freed of control characters, because levels are published in documents that demand it.
* The type follows from the values, not from how a file stores them, so that a CSV and a Parquet file of one content
  give one table: whole numbers are ``integer`` also where they were stored as floats, dates are ``text`` in ISO 8601.
* Text with at most 100 distinct values, which are at most 20 % of those present, is a ``category``.

Called by `lwnode.training.table`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import DataError, Finding
from lwnode.types import Mask, Vector

ColumnType: TypeAlias = Literal["number", "integer", "category", "text"]
Values: TypeAlias = NDArray[Any]  # (rows,) float64, or object of str and None

LEVEL_LIMIT = 100  # distinct values of a category
LEVEL_SHARE = 0.2  # distinct values of a category by values present
_EXACT = 2.0**53  # whole numbers up to here are exact in float64
_DRESSED = re.compile(r"[<>≤≥~=]{0,2}\s*[-+]?\d+([.,]\d+)?\s*(?P<unit>\D{0,12})")
_DATE = re.compile(r"\d{1,4}([./年-])\d{1,2}([./月-])\d{1,4}日?(\s+\d{1,2}:\d{2}(:\d{2})?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A column as it was understood.

    Parameters
    ----------
    type : {"number", "integer", "category", "text"}
    values : (rows,) float64, or object of str and None
    infinite : int
        Infinite values that were made missing.
    dates : bool
        The text is dates or times.
    """

    type: ColumnType
    values: Values
    infinite: int = 0
    dates: bool = False


_PLAIN_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def clean(text: str) -> str:
    """Return the text stripped, in normalisation form C, each control character replaced by a space."""
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return unicodedata.normalize("NFC", text).strip()


def missing(values: Values) -> Mask:
    """Return where a column has no value."""
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], dtype=bool)
    return np.isnan(values)


def distinct(values: Values) -> int:
    """Return the number of different values, missing ones left out."""
    if values.dtype == object:
        return len(set(values.tolist()) - {None})
    return len(np.unique(values[~np.isnan(values)]))


def text_type(values: Values) -> ColumnType:
    """Return ``category`` or ``text`` by the number of distinct values."""
    present = int((~missing(values)).sum())
    count = distinct(values)
    return "category" if 0 < count <= min(LEVEL_LIMIT, LEVEL_SHARE * present) else "text"


def number_text(value: float) -> str:
    """Return the one spelling of a number that serves as a level or a label: ``1``, not ``1.0``."""
    return str(int(value)) if value.is_integer() and abs(value) <= _EXACT else repr(float(value))


def as_levels(values: Values) -> Values:
    """Return a column as object array of str and None; numbers in the spelling of :func:`number_text`."""
    if values.dtype == object:
        return values
    names, places = np.unique(values, return_inverse=True)
    known = np.array([None if np.isnan(v) else number_text(float(v)) for v in names], dtype=object)
    return known[places]


def as_numbers(values: Values) -> tuple[Vector, int]:
    """Return a column as float64, and how many values could not be read as a finite number."""
    if values.dtype != object:
        return values, 0
    known = {value: _number(value) for value in set(values.tolist())}
    out = np.fromiter((known[value] for value in values), np.float64, len(values))
    return out, int((np.isnan(out) & ~missing(values)).sum())


def _number(value: str | None) -> float:
    try:
        number = float(value) if value is not None else np.nan
    except ValueError:
        return np.nan
    return number if np.isfinite(number) else np.nan


def from_numbers(values: NDArray[Any]) -> Parsed:
    """Return float, integer or boolean NumPy values as a column.

    Parameters
    ----------
    values : (rows,) any real dtype
    """
    if values.dtype == np.bool_:
        return Parsed(type="category", values=np.where(values, "true", "false").astype(object))
    out = np.array(values, dtype=np.float64)
    infinite = np.isinf(out)
    out[infinite] = np.nan
    out += 0.0  # -0 becomes 0
    present = out[~np.isnan(out)]
    whole = len(present) > 0 and bool((np.abs(present) <= _EXACT).all()) and bool((present == np.rint(present)).all())
    return Parsed(type="integer" if whole else "number", values=out, infinite=int(infinite.sum()))


def from_text(texts: Iterable[object], *, declared: bool = False) -> Parsed:
    """Return Python values as a column of text.

    Parameters
    ----------
    texts : iterable
        Strings, None or NaN for a missing value; anything else by its `str`.
    declared : bool
        The source says that it is a category, so the share of distinct values does not matter.
    """
    known: dict[object, str | None] = {None: None}
    out: list[str | None] = []
    for text in texts:
        if isinstance(text, (list, dict, set, np.ndarray)):
            raise DataError("a column holds lists or structures", hint="turn them into numbers or text first")
        if text not in known:
            known[text] = None if text != text else clean(str(text)) or None  # noqa: PLR0124 (NaN is not itself)
        out.append(known[text])
    values = np.empty(len(out), dtype=object)
    values[:] = out
    kind = text_type(values)
    if declared and 0 < distinct(values) <= LEVEL_LIMIT:
        kind = "category"
    return Parsed(type=kind, values=values)


def from_array(values: NDArray[Any]) -> Parsed:
    """Return a NumPy array of one dimension as a column.

    Parameters
    ----------
    values : (rows,)
        Numbers, booleans, text, or objects: numbers where all that are present are numbers, else text.
    """
    if values.dtype.kind in "biuf":
        return from_numbers(values)
    if values.dtype.kind in "mM":
        import pyarrow as pa

        return from_arrow("", pa.chunked_array([pa.array(values)]))
    items: list[Any] = values.tolist()
    present = [item for item in items if item is not None]
    if present and all(isinstance(item, (bool, np.bool_)) for item in present):
        return from_text((None if item is None else str(item).lower() for item in items), declared=True)
    if present and all(isinstance(item, (int, float, np.integer, np.floating)) for item in present):
        try:
            return from_numbers(np.array([np.nan if item is None else float(item) for item in items]))
        except OverflowError:  # a number beyond any float is an identifier, if anything
            return from_text(items)
    return from_text(items)


def odd_numbers(values: Values) -> int:
    """Return how many values of a text column are not plain numbers where at least half of those present are.

    Numbers with a sign of comparison before them or a unit behind them count as numbers that are not plain: one value
    such as ``<5`` makes text of a whole column.  0 where the column is not of this kind.
    """
    counts = Counter(value for value in values.tolist() if value is not None)
    plain = sum(count for value, count in counts.items() if not np.isnan(_number(value)))
    dressed = sum(count for value, count in counts.items() if np.isnan(_number(value)) and _is_dressed(value))
    present = counts.total()
    return present - plain if present and 2 * (plain + dressed) >= present and plain < present else 0


def _is_dressed(value: str) -> bool:
    """Return whether a text is a number with a sign of comparison before it or a unit behind it."""
    from lwnode.specification.units import is_unit  # loads the specification's room

    found = _DRESSED.fullmatch(value)
    return found is not None and (not found["unit"] or is_unit(found["unit"]))


def looks_like_dates(values: Values) -> bool:
    """Return whether a column is dates that are not ISO 8601, such as 31.12.2024, 12/31/24 or the number 20241231."""
    if values.dtype == object:
        present = {value for value in values.tolist() if value is not None}
        return bool(present) and all(_DATE.fullmatch(value) for value in present)
    present_numbers = values[~np.isnan(values)]
    if not len(present_numbers) or (present_numbers != np.rint(present_numbers)).any():
        return False
    year, rest = np.divmod(present_numbers, 10_000)
    month, day = np.divmod(rest, 100)
    inside = (year >= 1900) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return bool(inside.all())


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 row``, ``2 rows``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def note(code: str, name: str, message: str) -> Finding:
    """Return what a person should know about a column."""
    return Finding(code=code, severity="warn", message=message, where=name)


def retyped(
    name: str, values: Values, kind: ColumnType, levels: tuple[str, ...] = ()
) -> tuple[Values, tuple[Finding, ...]]:
    """Return a column under another type, and what was lost on the way.

    Parameters
    ----------
    name : str
    values : (rows,) float64 or object
    kind : {"number", "integer", "category", "text"}
    levels : tuple of str
        All that a category may have; empty where any will do.
    """
    if kind in ("number", "integer"):
        numbers, lost = as_numbers(values)
        message = f"missing, because not a number: {counted(lost, 'value')}"
        return numbers, (note("not-a-number", name, message),) if lost else ()
    texts = as_levels(values)
    if levels:
        texts = _spelt(texts, levels)
    strange = set(texts.tolist()) - {None, *levels} if levels else set()
    rows = sum(value in strange for value in texts) if strange else 0
    message = f"a level that the profile does not know: {counted(rows, 'row')}"
    return texts, (note("level-unknown", name, message),) if rows else ()


def _spelt(texts: Values, levels: tuple[str, ...]) -> Values:
    """Return each value in the spelling of the level that it is; value by value, whatever stands in other rows.

    ``1.0`` and ``01`` are the level ``1``, ``True`` is ``true``: what a file's reader recognises of a column must not
    decide whether a row's level is known.
    """
    known: dict[str, str] = {}
    for level in levels:
        known.setdefault(_plain(level), level)
    exact = set(levels)
    spelling = {
        value: value if value is None or value in exact else known.get(_plain(value), value)
        for value in set(texts.tolist())
    }
    out = np.empty(len(texts), dtype=object)
    out[:] = [spelling[value] for value in texts.tolist()]
    return out


def _plain(text: str) -> str:
    """Return one spelling for all of a number or a truth value."""
    number = _number(text)
    return (
        text.lower()
        if np.isnan(number) and text.lower() in ("true", "false")
        else (text if np.isnan(number) else number_text(number))
    )


def numbers_from_text(column: Any, decimal: str = ".") -> tuple[Parsed, int]:
    """Return an Arrow column of text as numbers, cell by cell, and how many cells are not one.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of string
    decimal : {".", ","}

    Notes
    -----
    A number is what `_PLAIN_NUMBER` matches, so no cell decides about another.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(column)
    if decimal == ",":
        text = pc.replace_substring(text, ".", "\0")  # a point is no mark there
        text = pc.replace_substring(text, ",", ".")
    plain = pc.fill_null(pc.match_substring_regex(text, _PLAIN_NUMBER), False)
    there = pc.fill_null(pc.not_equal(text, ""), False)
    lost = int(pc.sum(pc.and_(there, pc.invert(plain))).as_py() or 0)
    numbers = pc.if_else(plain, text, pa.scalar(None, pa.string())).cast(pa.float64())
    return from_numbers(_float64(numbers)), lost


def from_arrow(name: str, column: Any) -> Parsed:
    """Return an Arrow column.

    Parameters
    ----------
    name : str
        For messages.
    column : pyarrow.ChunkedArray

    Raises
    ------
    DataError
        The column holds lists, structures or raw bytes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    declared = pa.types.is_dictionary(kind)
    if declared:  # decoded by hand: Arrow casts no dictionary of string views, which polars makes
        kind = kind.value_type
        values = [chunk.indices.to_pylist() for chunk in column.chunks]
        levels = [chunk.dictionary.to_pylist() for chunk in column.chunks]
        column = pa.chunked_array(
            [[None if i is None else some[i] for i in part] for part, some in zip(values, levels, strict=True)], kind
        )
    if pa.types.is_null(kind):
        return Parsed(type="number", values=np.full(len(column), np.nan))
    if pa.types.is_boolean(kind):
        column, declared = column.cast(pa.string()), True
    elif pa.types.is_integer(kind):
        bounds = pc.min_max(column).as_py()
        if max(abs(bounds["min"] or 0), abs(bounds["max"] or 0)) <= _EXACT:
            return from_numbers(_float64(column))
        column = column.cast(pa.string())  # longer than a float64 can hold: a number by spelling, an id by use
    elif pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return from_numbers(_float64(column))
    elif pa.types.is_temporal(kind):
        return Parsed(type="text", values=from_text(_iso(column)).values, dates=True)
    elif not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise DataError(
            f"column '{name}' holds neither numbers nor text ({kind})",
            hint="leave the column out, or turn it into numbers or text before it is read",
        )
    parsed = from_text(column.to_pylist(), declared=declared)
    dates = _dates(parsed.values)
    return parsed if dates is None else Parsed(type="text", values=dates, dates=True)


def from_arrow_table(arrow: Any) -> tuple[list[str], list[Parsed]]:
    """Return names and columns of an Arrow table, without the row labels that pandas adds."""
    pairs = [(head, column) for head, column in zip(arrow.column_names, arrow.columns, strict=True)]
    pairs = [(head, column) for head, column in pairs if not head.startswith("__index_level_")]
    return [head for head, _ in pairs], [from_arrow(head, column) for head, column in pairs]


def _float64(column: Any) -> Vector:
    import pyarrow as pa

    values: Vector = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return values


def _iso(column: Any) -> list[str | None]:
    """Return dates, times and durations as text; times with a zone in UTC."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) or pa.types.is_date64(column.type):
        column = column.cast(pa.timestamp("us"), safe=False)
    elif pa.types.is_time(column.type):
        column = column.cast(pa.time64("us"), safe=False)
    elif pa.types.is_duration(column.type):
        column = column.cast(pa.int64())
    texts: list[str | None] = column.cast(pa.string()).to_pylist()
    return texts


def _dates(values: Values) -> Values | None:
    """Return text that is ISO dates or times throughout in one spelling, or None where it is not."""
    import pyarrow as pa

    levels = [value for value in dict.fromkeys(values.tolist()) if value is not None]
    if not levels or not levels[0][:4].isdigit() or "-" not in levels[0]:
        return None
    for kind in (pa.date32(), pa.timestamp("us"), pa.timestamp("us", tz="UTC")):
        try:
            texts = _iso(pa.array(levels, pa.string()).cast(kind))
        except pa.ArrowInvalid:
            continue
        spelling = dict(zip(levels, texts, strict=True))
        out = np.empty(len(values), dtype=object)
        out[:] = [spelling.get(value) for value in values]
        return out
    return None
