# SPDX-License-Identifier: Apache-2.0
"""At most so many rows of one person: what makes a guarantee for rows one for people.

Called when a data set is registered with the column that names the person, and whenever it is read again.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from lwnode.errors import DataError
from lwnode.training.columns import missing
from lwnode.training.roles import nearest
from lwnode.training.table import Rejected, Table


def capped(table: Table, person: str, most: int) -> Table:
    """Return the table with at most ``most`` rows of each person, the first ones; the others are rejected, and counted.

    Parameters
    ----------
    table : Table
    person : str
        Column that names the person; it becomes an identifier, which never enters a model or a sketch.
    most : int
        Rows, at least 1.

    Raises
    ------
    DataError
        There is no such column, or it is the target.

    Notes
    -----
    Rows without a name in that column count as one person together.
    """
    if person not in table.columns:
        raise DataError(f"there is no column '{person}' that names the person", hint=nearest(person, table.columns))
    if person == table.target:
        raise DataError(f"column '{person}' is the target and cannot name the person", hint="name another column")
    table = table.assign(roles={person: "identifier"})
    values = table.columns[person]
    names = np.where(missing(values), "", np.char.add("=", values.astype(str)))
    _, who = np.unique(names, return_inverse=True)
    order = np.argsort(who, kind="stable")
    sorted_who = who[order]
    first = np.flatnonzero(np.r_[True, sorted_who[1:] != sorted_who[:-1]])
    place = np.empty(len(who), dtype=np.intp)
    place[order] = np.arange(len(who)) - np.repeat(first, np.diff(np.r_[first, len(who)]))
    kept = place < most
    if kept.all():
        return table
    rejected = Rejected(
        reason=f"more than {most} row{'' if most == 1 else 's'} of one person",
        count=int((~kept).sum()),
        example=int(np.flatnonzero(~kept)[0]) + 1,
    )
    return dataclasses.replace(table.select(kept), rejected=(*table.rejected, rejected))
