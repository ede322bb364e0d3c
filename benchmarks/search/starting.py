# SPDX-License-Identifier: Apache-2.0
"""Runs in a process of its own: opens a node, searches twice, and says what that took.

``python -m benchmarks.search.starting WARM HOME``.  The node in WARM is opened and asked first, so that nothing is
imported while the clock runs.
"""

from __future__ import annotations

import itertools
import json
import sys
import time

import lwnode
from benchmarks.search.home import MARKET
from benchmarks.search.opening import resident
from lwnode.specification.reduced_set import Specification

ROWS = 300


def main() -> None:
    """Open, search, and print."""
    users, _ = MARKET.users(2, points=4 * (ROWS // 4))
    names = [column.name for column in MARKET.profile.features]
    tables = [lwnode.Table.from_arrays(rows.astype(float), columns=names) for rows in users]
    with lwnode.Node.open(sys.argv[1]) as node:
        node.search(lwnode.Requirement(data=tables[0]))
    read = _counted()
    before = resident()
    moments = [time.process_time()]
    with lwnode.Node.open(sys.argv[2]) as node:
        moments.append(time.process_time())
        for table in tables:
            node.search(lwnode.Requirement(data=table), top=10)
            moments.append(time.process_time())
            if len(moments) == 3:
                first = len(read)
        held = resident() - before
    spent = [end - begin for begin, end in itertools.pairwise(moments)]
    print(json.dumps({"open": spent[0], "search": spent[1], "next": spent[2], "resident": held, "read": first}))


def _counted() -> list[None]:
    """Count the specifications that are read from here on."""
    read: list[None] = []
    plain = Specification.from_bytes

    def counting(*arguments: object, **named: object) -> Specification:
        read.append(None)
        return plain(*arguments, **named)  # type: ignore[arg-type]

    Specification.from_bytes = counting  # type: ignore[method-assign]  # this process only
    return read


if __name__ == "__main__":
    main()
