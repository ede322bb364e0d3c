# SPDX-License-Identifier: Apache-2.0
"""``lwnode freeze``, ``replay``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lwnode.cli.options import Session, command


def attach(root: click.Group) -> None:
    """Hang the commands into the tree."""
    command(root, "freeze")(freeze)
    command(root, "replay")(replay)


@click.argument("data")
@click.option("--with", "members", multiple=True, help="Id of a learnware; once for each.")
@click.option("--search", "last", type=click.Choice(["last"]), help="Use what the last search found.")
@click.option("--method", default="auto", show_default=True, help="As for reuse.")
@click.option(
    "--as",
    "form",
    type=click.Choice(["model", "recipe", "student"]),
    default="model",
    show_default=True,
    help="One exact model file; a small file to be replayed; or one small model that the combination taught.",
)
@click.option("--preset", type=click.Choice(["quick", "balanced", "thorough"]), default="balanced", show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--text-column", default="", help="Column of texts in DATA, for learnwares of texts.")
@click.option("--out", type=click.Path(path_type=Path), help="Where a recipe is written.")
def freeze(
    session: Session,
    data: str,
    members: tuple[str, ...],
    last: str | None,
    method: str,
    form: Any,
    preset: Any,
    seed: int,
    text_column: str,
    out: Path | None,
) -> None:
    """Keep a combination of learnwares, weighed by the rows of DATA, as a model, a recipe or a student."""
    from lwnode.cli.item_data import text_data
    from lwnode.cli.last_search import recall
    from lwnode.cli.output_file import check_output, write_output
    from lwnode.documents import encode
    from lwnode.errors import SettingsError

    if bool(members) == bool(last):
        raise SettingsError("say which learnwares: --with ID (once for each) or --search last")
    if (form == "recipe") != (out is not None):
        raise SettingsError("a recipe is written with --out FILE; a model and a student are kept in the node")
    if out is not None:
        check_output(out)
    with session.node() as node:
        found = node.freeze(
            members or recall(session.home),
            data=text_data(data, text_column),
            form=form,
            method=method,
            preset=preset,
            seed=seed,
            progress=session.progress(),
        )
    if out is not None and found.recipe is not None:
        write_output(out, encode(found.recipe))
    if session.out.record(found):
        return
    if found.model is not None:
        session.out.say(f"{found.model.name} ({found.model.id[:12]})")
    session.out.say(found.note)


@click.argument("recipe", type=click.Path(path_type=Path))
@click.argument("data")
@click.option("--text-column", default="", help="Column of texts in DATA, for learnwares of texts.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="CSV file for the predictions.")
def replay(session: Session, recipe: Path, data: str, text_column: str, out: Path) -> None:
    """Predict the rows of DATA with a RECIPE that `freeze` wrote."""
    from lwnode.cli.item_data import text_data
    from lwnode.cli.output_file import check_output
    from lwnode.cli.predictions import write_predictions
    from lwnode.cli.reused import report_record

    check_output(out)
    with session.node() as node:
        found = node.replay(recipe, text_data(data, text_column), progress=session.progress())
    answer = found.predictions
    write_predictions(out, answer.values, answer.classes, found.report.covered)
    if not session.out.record({"out": str(out), "rows": len(answer.values), "report": report_record(found.report)}):
        session.out.say(f"{len(answer.values)} predictions in {out} ({found.report.method})")
