# SPDX-License-Identifier: Apache-2.0
"""The table: a data set in memory, with types, roles and an account of what was left out.

Rules
-----
* ``read = rows + rejected`` always: whatever a reader left out is counted under a reason.
* A table is never changed; `select` and `describe` return another one.
* Its representation, its findings and its errors name columns and counts, never a value.
* `content` is a digest of names and values.  It does not depend on the order of the columns, on the file's format or on
  what is said about a column, so writing or describing a table anew does not make it a new data set.  Of images and
  texts it goes by the items themselves, not by the columns that an encoder made of them.

Called by everything that takes a data set.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lwnode.documents import Profile
from lwnode.errors import DataError, Finding
from lwnode.training.columns import (
    ColumnType,
    Values,
    clean,
    from_array,
    from_arrow_table,
    missing,
    note,
    retyped,
)
from lwnode.training.roles import Role, check_stated, looks_like_id, nearest, stated_target
from lwnode.types import Mask


class Frame(Protocol):
    """A data frame that can be read as an Arrow stream: pandas, polars, pyarrow and others."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the stream as a PyCapsule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Rows that a reader left out for one reason.

    Parameters
    ----------
    reason : str
        For a person; never a value of the row.
    count : int
        Rows.
    example : int
        Line of the file on which the first of them begins, from 1.
    """

    reason: str
    count: int
    example: int


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Table:
    """A data set in memory.

    Parameters
    ----------
    name : str
        What a person calls it.
    columns : mapping
        Name → (rows,) float64 with NaN for missing, or object of str and None.
    types : mapping
        Name → {"number", "integer", "category", "text"}.
    roles : mapping
        Name → {"feature", "target", "identifier", "ignored"}.
    units : mapping
        Name → UCUM unit, where one is known.
    target : str or None
        Name of the column with the role ``target``.
    rejected : tuple of Rejected
    findings : tuple of Finding
        What a person should know about the columns.
    path : Path or None
        The file it was read from.
    encoder : str
        Id of the encoder that made the features of images or texts; empty for a plain table.
    items : (rows, 32) uint8 or None
        SHA-256 of the image or text behind each row; None for a plain table.
    withheld : frozenset of str
        Columns that a person said are no features; no profile makes them one.
    """

    name: str
    columns: Mapping[str, Values]
    types: Mapping[str, ColumnType]
    roles: Mapping[str, Role]
    units: Mapping[str, str] = dataclasses.field(default_factory=dict)
    target: str | None = None
    rejected: tuple[Rejected, ...] = ()
    findings: tuple[Finding, ...] = ()
    path: Path | None = None
    encoder: str = ""
    items: NDArray[np.uint8] | None = None
    withheld: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Make the mappings and arrays read-only."""
        for field in ("columns", "types", "roles", "units"):
            object.__setattr__(self, field, MappingProxyType(dict(getattr(self, field))))
        for values in self.columns.values():
            values.flags.writeable = False
        if self.items is not None:
            self.items.flags.writeable = False

    def __repr__(self) -> str:
        target = f", target '{self.target}'" if self.target is not None else ""
        return f"<Table '{self.name}': {self.rows} rows, {len(self.columns)} columns{target}>"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns in order."""
        return tuple(self.columns)

    @property
    def rows(self) -> int:
        """Rows that are used."""
        return len(next(iter(self.columns.values())))

    @property
    def read(self) -> int:
        """Rows that the source had."""
        return self.rows + sum(part.count for part in self.rejected)

    @property
    def labelled(self) -> Mask:
        """Where the target has a value, (rows,); nowhere without a target."""
        if self.target is None:
            return np.zeros(self.rows, dtype=bool)
        return ~missing(self.columns[self.target])

    @functools.cached_property
    def _encoded(self) -> frozenset[str]:
        """Names of the columns that the encoder made; empty for a plain table."""
        if not self.encoder:
            return frozenset()
        from lwnode.specification.encoders import encoder_columns  # loads the specification's room

        return frozenset(encoder_columns(self.encoder))

    @functools.cached_property
    def content(self) -> str:
        """SHA-256 of names and values, numbers and text told apart, hexadecimal."""
        total = hashlib.sha256(f"lwnode.table/1 {self.rows}\n".encode())
        made = frozenset() if self.items is None else self._encoded
        if self.items is not None and self.encoder:
            total.update(b"items" + hashlib.sha256(self.items.tobytes()).digest())
        for name in sorted(self.columns.keys() - made):
            values = self.columns[name]
            kind = b"text" if values.dtype == object else b"number"
            if kind == b"text":
                texts = [None if value is None else value.encode() for value in values]
                sizes = np.array([-1 if text is None else len(text) for text in texts], dtype="<i8")
                body = sizes.tobytes() + b"".join(text for text in texts if text is not None)
            else:
                body = np.where(np.isnan(values), np.nan, values).astype("<f8").tobytes()
            head = name.encode()
            total.update(len(head).to_bytes(8, "little") + head + kind + hashlib.sha256(body).digest())
        return total.hexdigest()

    def features(self, names: Iterable[str] | None = None) -> dict[str, Values]:
        """Return columns by name.

        Parameters
        ----------
        names : iterable of str, optional
            Default: the columns with the role ``feature``.

        Raises
        ------
        DataError
            A column is not there.
        """
        if names is None:
            return {name: self.columns[name] for name in self.names if self.roles[name] == "feature"}
        return {name: self._column(name) for name in names}

    def labels(self) -> Values:
        """Return the target column: float64 for numbers, else object of str; missing where there is no label.

        Raises
        ------
        DataError
            The table has no target.
        """
        if self.target is None:
            raise DataError(f"table '{self.name}' has no target", hint="name the column to predict: target='…'")
        return self.columns[self.target]

    def select(self, rows: NDArray[Any]) -> Table:
        """Return a table of some rows.

        Parameters
        ----------
        rows : (rows,) bool, or (k,) int
            A mask or positions.
        """
        taken = {name: values[rows] for name, values in self.columns.items()}
        items = None if self.items is None else self.items[rows]
        return dataclasses.replace(self, columns=taken, rejected=(), items=items)

    def without_withheld(self) -> Table:
        """Return the table as it may be sketched: what a person withheld is missing in every row."""
        columns = dict(self.columns)
        for name in self.withheld:
            columns[name] = np.full_like(columns[name], None if columns[name].dtype == object else np.nan)
        return dataclasses.replace(self, columns=columns)

    def describe(self, profile: Profile) -> Table:
        """Return the table under a profile's schema: its types, roles and units win over what was recognised.

        Columns that the profile does not know are ignored, but for the target and identifiers; what a person withheld
        stays withheld.  What cannot follow the profile becomes a finding: a column that is not there, values that are
        not numbers, levels that are not known.
        """
        columns, types = dict(self.columns), dict(self.types)
        roles, units = dict(self.roles), dict(self.units)
        target = self.target
        if target is None and profile.target is not None and profile.target.name in columns.keys() - self.withheld:
            target = profile.target.name
        found: list[Finding] = list(self.findings)
        known = {column.name for column in profile.columns}
        roles.update({name: "ignored" for name, role in roles.items() if role == "feature" and name not in known})
        for column in profile.columns:
            name = column.name
            if name not in columns:
                if column.role == "feature":
                    found.append(note("column-absent", name, "the profile's column is not in the table"))
                continue
            units[name] = column.unit
            if name not in self.withheld:
                roles[name] = "ignored" if column.role == "target" else column.role
            if column.role == "target" and column.type == "category" and not column.levels:
                continue  # the profile says only that it is to be predicted
            if roles[name] == "feature" and name != target:
                if self.roles[name] == "identifier" and (self.types[name] == "integer" or looks_like_id(name)):
                    message = "it looks like an identifier of persons, and the profile makes it a feature"
                    found.append(note("identifier-feature", name, message))
                found = [
                    dataclasses.replace(f, message=f.message.removesuffix("; ignored")) if f.where == name else f
                    for f in found
                ]
            columns[name], problem = retyped(name, columns[name], column.type, column.levels)
            types[name] = column.type
            found.extend(problem)
        if target is not None:
            roles[target] = "target"
        return dataclasses.replace(
            self, columns=columns, types=types, roles=roles, units=units, target=target, findings=tuple(found)
        )

    def assign(self, *, target: str | None = None, roles: Mapping[str, str] | None = None) -> Table:
        """Return the table with what a person said about its columns.

        Parameters
        ----------
        target : str, optional
            The column to predict; a target that was named before is then ignored.
        roles : mapping, optional
            Column name → role.

        Raises
        ------
        DataError
            A column that is not there, an unknown role, two targets, text as a feature, or a single column of an
            encoder.
        """
        wanted = {clean(key): role for key, role in (roles or {}).items()}
        named = stated_target(clean(target) if target is not None else None, wanted)
        if named is not None and named not in self.columns:
            raise DataError(f"there is no target column '{named}'", hint=nearest(named, self.columns))
        parts = sorted(self._encoded & {named, *(name for name, role in wanted.items() if role != "feature")})
        if parts:
            raise DataError(
                f"'{parts[0]}' is one part of what the encoder {self.encoder} made of each item",
                hint="its parts stay features together; leave out items, or do not register them",
            )
        settled = {**self.roles, **check_stated(wanted, self.types, named)}
        types = dict(self.types)
        kept = self.target if self.target is not None and settled[self.target] == "target" else None
        if named is not None and kept not in (None, named):
            settled[str(kept)] = "ignored"
        if named is not None:
            settled[named] = "target"
            types[named] = "category" if types[named] == "text" else types[named]
        withheld = {name for name, role in settled.items() if name in wanted and role in ("ignored", "identifier")}
        return dataclasses.replace(
            self,
            roles=settled,
            types=types,
            target=named if named is not None else kept,
            withheld=self.withheld - wanted.keys() - {named} | withheld,
        )

    def _column(self, name: str) -> Values:
        if name not in self.columns:
            raise DataError(f"table '{self.name}' has no column '{name}'", hint=nearest(name, self.columns))
        return self.columns[name]

    @classmethod
    def from_arrays(
        cls,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        columns: Sequence[str] | None = None,
        name: str = "table",
        target: str = "target",
    ) -> Table:
        """Make a table from arrays; every column of ``X`` is a feature.

        Parameters
        ----------
        X : (rows, d) numbers, or objects with a category as text
        y : (rows,), optional
            Labels or values to predict.
        columns : sequence of str, optional
            Names of the d columns; default ``column_1`` and so on.
        name : str
        target : str
            What the column of ``y`` is called.

        Raises
        ------
        DataError
            Shapes that do not go together, no rows, a name twice, or values that are neither numbers nor text.
        """
        from lwnode.training.assembly import build  # it makes tables, so it stands above this module

        matrix = np.asarray(X)
        if matrix.ndim != 2 or matrix.shape[1] == 0:
            raise DataError(
                f"an array of {matrix.ndim} dimensions is not a table", hint="give X as a matrix: a row each, columns"
            )
        heads = list(columns) if columns is not None else [f"column_{i + 1}" for i in range(matrix.shape[1])]
        if len(heads) != matrix.shape[1]:
            raise DataError(f"{len(heads)} names for {matrix.shape[1]} columns", hint="name each column of X once")
        parts = [from_array(matrix[:, i]) for i in range(matrix.shape[1])]
        if y is not None:
            labels = np.asarray(y)
            labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
            if labels.shape != matrix.shape[:1]:
                raise DataError(
                    f"X has {len(matrix)} rows, y has the shape {labels.shape}", hint="give one label for each row"
                )
            heads.append(target)
            parts.append(from_array(labels))
        return build(heads, parts, name=name, target=target if y is not None else None, chosen=True)

    @classmethod
    def from_frame(
        cls,
        frame: Frame,
        target: str | None = None,
        *,
        name: str = "table",
        roles: Mapping[str, str] | None = None,
        types: Mapping[str, str] | None = None,
        profile: Profile | None = None,
    ) -> Table:
        """Make a table from a data frame with an Arrow stream.

        Parameters
        ----------
        frame : object with ``__arrow_c_stream__``
        target : str, optional
            Column to predict.
        name : str
        roles, types : mapping, optional
            Column name → role or type, where a person knows better.
        profile : Profile, optional
            Its schema wins over what is recognised.

        Raises
        ------
        DataError
            As `lwnode.training.read_table`, but for the file.
        """
        import pyarrow as pa

        from lwnode.training.assembly import build  # as above

        try:
            arrow = pa.table(frame)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            raise DataError(
                "the frame has a column of mixed kinds of values", hint="turn each column into numbers or text"
            ) from None  # the cause quotes a cell
        heads, parts = from_arrow_table(arrow)
        return build(heads, parts, name=name, target=target, roles=roles, types=types, profile=profile)
