# SPDX-License-Identifier: Apache-2.0
"""``lwnode map``."""

from __future__ import annotations

import math

import click

from lwnode.cli.options import Session, command
from lwnode.cli.render import plain, share_of

_SHOWN = 8  # islands that are named


def attach(root: click.Group) -> None:
    """Hang the command into the tree."""
    command(root, "map")(map_)


@click.argument("data", required=False)
@click.option("--island", default="", help="Beginning of an island's id; default: the largest that DATA reaches.")
@click.option("--text-column", default="", help="Column of texts in DATA, for learnwares of texts.")
def map_(session: Session, data: str | None, island: str, text_column: str) -> None:
    """List the places of learnwares on the map of their island, and where the rows of DATA lie; nothing is sent."""
    from lwnode.cli.item_data import text_data

    with session.node() as node:
        rows = text_data(data, text_column) if data else None
        drawn = node.map(island, data=rows, progress=session.progress())
    if session.out.record(drawn):
        return
    out, yours = session.out, drawn.yours
    out.say(f"{drawn.island.name} ({drawn.island.id[:12]}), {drawn.island.learnwares} learnwares")
    points = list(drawn.points)
    if yours is not None:
        out.say(f"Your rows lie at {yours[0]:.3f}, {yours[1]:.3f}; the nearest on the map come first.")
        points.sort(key=lambda point: (math.hypot(point.x - yours[0], point.y - yours[1]), point.id))
    table = [
        (
            point.id[:12],
            point.name,
            point.organisation,
            "yes" if point.own else "",
            f"{point.x:.3f}",
            f"{point.y:.3f}",
            ", ".join(identity[:12] for identity in point.same),
        )
        for point in points
    ]
    out.table(("id", "name", "organisation", "own", ">x", ">y", "the same to you"), table, empty="nothing is on it")
    out.say(
        f"The map shows {share_of(drawn.explained)} of the differences; for {share_of(drawn.kept)} of the learnwares "
        "the nearest one is among the five nearest on it. `lwnode search DATA` computes the exact distances."
    )
    if not drawn.settled:
        out.say("It turns a little each time it is drawn, until it shows what is new as well as it can.")
    others = [other for other in drawn.islands if other.id != drawn.island.id]
    for other in others[:_SHOWN]:
        out.say(plain(f"another island: {other.name} (--island {other.id[:12]}), {other.learnwares} learnwares"))
    if len(others) > _SHOWN:
        out.say(f"and {len(others) - _SHOWN} more islands; --json names them all")
