# SPDX-License-Identifier: Apache-2.0
"""``lwnode data``, ``lwnode profile``, ``lwnode budget``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lwnode.cli.commands.profiles import attach_profiles, map_of
from lwnode.cli.options import Session, command

if TYPE_CHECKING:
    from lwnode.training import Table, Texts


def attach(root: click.Group) -> None:
    """Hang the commands into the tree."""

    @root.group()
    def data() -> None:
        """Register tables; their rows stay where they are."""

    @root.group()
    def profile() -> None:
        """The public frames in which sketches are compared."""

    _data(data)
    attach_profiles(profile)

    @click.argument("dataset")
    def budget(session: Session, dataset: str) -> None:
        """Show what a data set has spent of its privacy budget, draw by draw."""
        with session.node() as node:
            info = node.budget(dataset)
        if session.out.record(info):
            return
        session.out.say(
            f"{info.dataset}: ε {info.epsilon_spent:.2f} of {info.epsilon_cap:g} spent (δ = {info.delta:.0e})"
        )
        rows = [(f"{c.time:%Y-%m-%d %H:%M}", f"{c.epsilon:g}", c.what) for c in info.charges]
        session.out.table(("when", ">ε", "for"), rows, empty="nothing was drawn yet")

    command(root, "budget")(budget)


def _data(group: click.Group) -> None:
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--name", default="", help="Name of the data set (default: the file's).")
    @click.option("--target", default="", help="Column to predict.")
    @click.option("--rows-per-person", default=1, show_default=True, help="Most rows that one person has.")
    @click.option("--person", default="", help="Column that names the person; more rows of one than that are left out.")
    @click.option(
        "--withhold", multiple=True, metavar="COLUMN", help="No model learns from it, and no sketch holds it."
    )
    @click.option("--profile", default="", help="Id of the profile to read types and units from.")
    @click.option(
        "--text", "--text-column", default="", help="Column of texts: they are the data, the rest is not used."
    )
    @click.option(
        "--map", "maps", multiple=True, metavar="COLUMN=PROFILE_COLUMN", help="Read a column under the profile's name."
    )
    @click.option("--accept-map", is_flag=True, help="Take every pair that `lwnode profile match` is sure of.")
    @click.option("--encoding", help="Of a CSV file that is not UTF-8, such as gb18030 or cp1252.")
    @click.option("--delimiter", help="Of a CSV file (default: found out).")
    @click.option("--decimal", type=click.Choice([".", ","]), default=".", show_default=True, help="Decimal mark.")
    def add(
        session: Session,
        file: Path,
        name: str,
        target: str,
        rows_per_person: int,
        person: str,
        withhold: tuple[str, ...],
        profile: str,
        text: str,
        maps: tuple[str, ...],
        accept_map: bool,
        encoding: str | None,
        delimiter: str | None,
        decimal: str,
    ) -> None:
        """Register a CSV or Parquet file, or a .npz file of images: its budget and its roles.

        A file that is read otherwise than by default is kept as a copy in the node's home.  Of images (arrays `images`
        and perhaps `labels`) and of texts (--text) the node keeps what their encoder makes of them, not the items.
        """
        source: Path | Table | Texts = file
        if text:
            from lwnode.training.item_files import read_texts

            source = read_texts(
                file, text, target=target or None, name=name or None, encoding=encoding, delimiter=delimiter
            )
        elif encoding or delimiter or decimal != ".":
            from lwnode.training import read_table

            source = read_table(
                file, target=target or None, encoding=encoding, delimiter=delimiter, decimal=decimal, name=name or None
            )
        with session.node() as node:
            info = node.add(
                source,
                name=name,
                target=target,
                rows_per_person=rows_per_person,
                person=person,
                withhold=withhold,
                profile=profile,
                columns=map_of(maps),
                accept_map=accept_map,
            )
        if session.out.record(info):
            return
        features = sum(column.role == "feature" for column in info.columns)
        session.out.say(f"{info.name}: {info.rows} rows used, {info.rejected} rejected, {features} features")
        explained = {finding.where for finding in info.findings}
        for column in info.columns:
            if column.role == "identifier" or (column.role == "ignored" and column.name not in explained):
                session.out.say(f"  {column.name}: {column.role}, no model learns from it")
        for finding in info.findings:
            session.out.say(f"  {finding.where}: {finding.message}" if finding.where else f"  {finding.message}")

    def list_(session: Session) -> None:
        """List the registered data sets."""
        with session.node() as node:
            found = node.datasets()
        if session.out.record(found):
            return
        rows = [
            (
                d.name,
                str(d.rows),
                str(d.rejected),
                d.target or "–",
                f"{d.epsilon_spent:.2f} / {d.epsilon_cap:g}",
                d.path,
            )
            for d in found
        ]
        session.out.table(
            ("name", ">rows", ">rejected", "target", ">ε spent", "file"),
            rows,
            empty="no data set yet; add one with `lwnode data add`",
        )

    @click.argument("name")
    def show(session: Session, name: str) -> None:
        """Show one data set: its columns and their roles."""
        with session.node() as node:
            info = node.dataset(name)
        if session.out.record(info):
            return
        session.out.say(f"{info.name}: {info.rows} rows, {info.path or 'kept in the home'}")
        rows = [(c.name, c.type, c.role, c.unit) for c in info.columns]
        session.out.table(("column", "type", "role", "unit"), rows, empty="no columns")

    command(group, "add")(add)
    command(group, "list")(list_)
    command(group, "show")(show)
