# SPDX-License-Identifier: Apache-2.0
"""``lwnode search``, ``list``, ``show``, ``check``, ``fetch``, ``reuse``, ``verify``, ``import``, ``export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lwnode.cli.commands.profiles import map_of
from lwnode.cli.found import as_record, show_found, show_spelt
from lwnode.cli.options import Session, command
from lwnode.cli.output_file import check_output, write_output
from lwnode.cli.render import plain, size_of

if TYPE_CHECKING:
    from lwnode.node.records import Archive, Ware


_CHECKED = {-1: "invalid", 0: "not usable", 1: "usable"}


def attach(root: click.Group) -> None:
    """Hang the commands into the tree."""
    for name, function in (
        ("search", search),
        ("list", list_),
        ("show", show),
        ("check", check),
        ("fetch", fetch),
        ("reuse", reuse),
        ("verify", verify),
        ("import", import_),
        ("export", export),
    ):
        command(root, name)(function)


def _semantic(**fields: Any) -> dict[str, str | tuple[str, ...]]:
    return {name: value for name, value in fields.items() if value}


def _wares(session: Session, wares: tuple[Ware, ...], empty: str) -> None:
    rows = [
        (
            w.id[:12],
            w.name or "(its files are not here yet)",
            w.organisation,
            w.trust,
            w.semantic.task if w.semantic else "",
            str(w.rows or "–"),
            f"{w.epsilon:g}" if w.epsilon else "–",
            w.state,
            "–" if w.check is None else _CHECKED[w.check.status],
        )
        for w in wares
    ]
    heads = ("id", "name", "organisation", "known", "task", ">rows", ">ε", "state", "check")
    session.out.table(heads, rows, empty=empty)


def show_check(session: Session, ware: Ware) -> None:
    """Print what the checker saw in a learnware, and what can be done about it."""
    if ware.check is None:
        session.out.say("Not checked yet; `lwnode check` does it now.")
        return
    session.out.say(f"Check: {ware.check.meaning} ({ware.check.status}), {ware.check.time:%Y-%m-%d %H:%M}")
    for finding in ware.check.findings:
        session.out.say(f"  {finding.severity}: {finding.message}")
        if finding.hint:
            session.out.say(f"    {finding.hint}")


@click.argument("data", required=False)
@click.option("--text", default="", help="Words.")
@click.option("--text-column", default="", help="Column of texts in DATA, to search with texts.")
@click.option("--task", default="")
@click.option("--scenario", multiple=True)
@click.option("--license", "license_", default="")
@click.option("--library", default="")
@click.option("--tag", "tags", multiple=True)
@click.option("--top", default=10, show_default=True)
@click.option("--across", is_flag=True, help="Also learnwares whose columns have other names, or are there in part.")
@click.option("--map", "maps", multiple=True, metavar="COLUMN=THEIRS", help="Confirm such a column; once for each.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="What is the same to you side by side, and more than three of one publisher.",
)
@click.option("--pool-score", is_flag=True, help="Also the reference engine's score, relative to who else is there.")
def search(
    session: Session,
    data: str | None,
    text: str,
    text_column: str,
    task: str,
    scenario: tuple[str, ...],
    license_: str,
    library: str,
    tags: tuple[str, ...],
    top: int,
    across: bool,
    maps: tuple[str, ...],
    everything: bool,
    pool_score: bool,
) -> int:
    """Search the catalogue with the rows of DATA, with words and tags; on this computer, nothing is sent."""
    from lwnode.cli.item_data import text_data
    from lwnode.cli.last_search import remember
    from lwnode.node.handles import Requirement

    semantic = _semantic(task=task, scenario=scenario, license=license_, library=library, tags=tags)
    with session.node() as node:
        rows = text_data(data, text_column) if data else data
        asked = Requirement(data=rows, semantic=semantic, text=text)
        stated = map_of(maps)
        found = node.search(
            asked,
            top=top,
            across=across,
            maps=stated,
            everything=everything,
            pool_score=pool_score,
            progress=session.progress(),
        )
        remember(session.home, found)
    printed = session.out.record(as_record(found))
    if found.found is None:
        if not printed:
            show_spelt(session.out, found)
            _wares(session, found.listed, "nothing matches these words and tags")
        return 0 if found.listed else 6
    if not printed:
        show_found(session.out, found)
    return 6 if found.verdict in ("nothing fits", "too little data") else 0


@click.option("--all", "everything", is_flag=True, help="Also what is announced, withdrawn or refused.")
def list_(session: Session, everything: bool) -> None:
    """List the catalogue."""
    with session.node() as node:
        wares = node.catalogue(everything=everything)
    if not session.out.record(wares):
        _wares(session, wares, "the catalogue is empty; join a hub with `lwnode join`, or publish")


@click.argument("learnware")
def show(session: Session, learnware: str) -> None:
    """Show one learnware by its id or the beginning of it."""
    with session.node() as node:
        ware = node.show(learnware)
    if session.out.record(ware):
        return
    session.out.say(plain(f"{ware.name or '(its files are not here yet)'} -- {ware.organisation} ({ware.trust})"))
    if ware.semantic is not None:
        session.out.say(plain(ware.semantic.description))
    lines = [
        ("id", ware.id),
        ("publisher", ware.publisher),
        ("state", f"{ware.state} {ware.reason}".strip()),
        ("audience", ware.audience),
        ("size", size_of(ware.size)),
        ("rows", str(ware.rows or "unknown")),
        ("sketch", f"private, ε = {ware.epsilon:g}" if ware.epsilon else ware.privacy or "unknown"),
        ("created", f"{ware.created:%Y-%m-%d %H:%M}"),
    ]
    if ware.sketch is not None and ware.sketch.shares:
        names = ware.sketch.labels or ware.sketch.shares_of
        pairs = zip(names, ware.sketch.shares, strict=True)
        lines.append(("classes", ", ".join(f"{name} {share:.0%}" for name, share in pairs)))
    if ware.card is not None:
        lines.append(("model", f"{ware.card.family}, predicts {ware.card.target or 'a value'}"))
        own = ware.card.privacy
        lines.append(("its privacy", "trained without" if own is None else f"ε = {own.epsilon:g} of its own"))
        lines.append(("columns", ", ".join(f"{i.name} ({i.unit})" if i.unit else i.name for i in ware.card.inputs)))
        lines += [(f.name, f"{f.value:g} ({f.low:g} to {f.high:g})") for f in ware.card.figures]
        if ware.card.temperature is not None:
            lines.append(("temperature", f"{ware.card.temperature:g}"))
        lines.append(("figures", ware.card.figures_note))
    session.out.table(("", ""), lines, empty="")
    show_check(session, ware)


@click.argument("learnware")
@click.option("--data", default=None, help="File with labels, on which its published figures are tried.")
@click.option("--target", default="", help="Label column of that file.")
@click.option("--text-column", default="", help="Column of texts in the file, for learnwares of texts.")
def check(session: Session, learnware: str, data: str | None, target: str, text_column: str) -> int:
    """Check a learnware: its documents, its sketch, and its model in a process of its own."""
    from lwnode.cli.item_data import text_data
    from lwnode.node.data import refer

    rows = refer(text_data(data, text_column, target), target=target) if data else None
    with session.node() as node:
        ware = node.check(learnware, data=rows, progress=session.progress())
    if not session.out.record(ware):
        show_check(session, ware)
    return 3 if ware.check is not None and ware.check.status < 0 else 0


@click.argument("learnware")
@click.option("--seconds", default=60.0, show_default=True)
def fetch(session: Session, learnware: str, seconds: float) -> None:
    """Get the files of an announced learnware, whatever its size."""
    with session.node(network=True) as node:
        ware = node.fetch(learnware, seconds=seconds, progress=session.progress())
    if not session.out.record(ware):
        session.out.say(f"'{plain(ware.name)}' is {ware.state}, {size_of(ware.size)}")


@click.argument("data")
@click.option("--with", "members", multiple=True, help="Id of a learnware; once for each.")
@click.option("--search", "last", type=click.Choice(["last"]), help="Use what the last search found.")
@click.option(
    "--method",
    default="auto",
    show_default=True,
    help="auto, mix, fuse, job-selector, average, vote, top-1 or align; with --labelled also choose, prune, stack, "
    "augment or align-labels.",
)
@click.option("--across", is_flag=True, help="Also learnwares whose columns have other names, or are there in part.")
@click.option("--map", "maps", multiple=True, metavar="COLUMN=THEIRS", help="Confirm such a column; once for each.")
@click.option(
    "--labelled",
    default=None,
    help="File with labels: to learn from, to judge the answers, to compare with them alone.",
)
@click.option("--target", default="", help="Label column of that file.")
@click.option("--text-column", default="", help="Column of texts in DATA, for learnwares of texts.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="CSV file for the predictions.")
@click.option(
    "--report", "kept", type=click.Path(path_type=Path), help="JSON file for all that the report says, row by row."
)
def reuse(
    session: Session,
    data: str,
    members: tuple[str, ...],
    last: str | None,
    method: str,
    across: bool,
    maps: tuple[str, ...],
    labelled: str | None,
    target: str,
    text_column: str,
    out: Path,
    kept: Path | None,
) -> None:
    """Predict the rows of DATA with found learnwares, each in a process of its own, and say how it came about."""
    from lwnode.cli.item_data import text_data
    from lwnode.cli.last_search import recall
    from lwnode.cli.predictions import write_predictions
    from lwnode.cli.reused import report_record, show_reused
    from lwnode.errors import SettingsError
    from lwnode.node import wire
    from lwnode.node.data import refer

    places = [check_output(path) for path in (out, kept) if path is not None]
    if len(set(places)) < len(places):
        raise SettingsError("predictions and report need a file each", hint="choose another --report")
    if bool(members) == bool(last):
        raise SettingsError("say which learnwares: --with ID (once for each) or --search last")
    stated = map_of(maps)
    with session.node() as node:
        chosen = members or recall(session.home, across=across or bool(stated))
        rows = refer(text_data(labelled, text_column, target), target=target) if labelled else None
        use = node.reuse(
            chosen,
            data=text_data(data, text_column),
            method=method,
            labelled=rows,
            across=across,
            maps=stated,
            progress=session.progress(),
        )
        answer, report = use.predictions, use.report
    assert answer is not None
    assert report is not None
    write_predictions(out, answer.values, answer.classes, report.covered)
    if kept is not None:
        write_output(kept, wire.to_json(report_record(report)))
    if not session.out.record({"out": str(out), "rows": len(answer.values), "report": report_record(report)}):
        session.out.say(f"{len(answer.values)} predictions in {out} ({report.method})")
        show_reused(session.out, report)


@click.argument("file", type=click.Path(path_type=Path))
def verify(session: Session, file: Path) -> None:
    """Check everything about a learnware FILE, and keep nothing."""
    with session.node() as node:
        found = node.verify(file)
    if not session.out.record(found):
        who = "known here" if found.known else "NOT known here"
        session.out.say(plain(f"intact: '{found.name}' ({found.id[:16]}) by {found.organisation}, {who}"))


@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--trust", is_flag=True, help="Take an unknown publisher's keys from the file.")
@click.option("--profile", default="", help="For a file of the learnware package: the columns that its points are of.")
@click.option("--forget", default="", help="Remove an imported file of the learnware package, by its id.")
def import_(session: Session, file: Path | None, trust: bool, profile: str, forget: str) -> None:
    """Take a learnware FILE into the catalogue, or keep one of the learnware package; without FILE, list the latter."""
    from lwnode.cli.package_files import is_package_file, show_imported
    from lwnode.errors import SettingsError

    if file is not None and forget:
        raise SettingsError("import a FILE or forget one, not both")
    with session.node() as node:
        if file is None:
            show_imported(session.out, (node.forget_imported(forget),) if forget else node.imported())
        elif is_package_file(file):
            show_imported(session.out, (node.import_package(file, profile=profile),))
        else:
            ware = node.import_(file, trust=trust)
            if not session.out.record(ware):
                session.out.say(plain(f"'{ware.name}' ({ware.id[:16]}) by {ware.organisation} is in the catalogue"))


@click.argument("learnware")
@click.option("--out", type=click.Path(path_type=Path), help="Default: the learnware's id in this directory.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["archive", "learnware", "json"]),
    default="archive",
    show_default=True,
    help="One signed file; or the learnware package's zip, or its specification in the package's JSON.",
)
def export(session: Session, learnware: str, out: Path | None, form: str) -> None:
    """Write a learnware as one signed file, or as the learnware package reads it."""
    if out is not None:
        check_output(out)
    with session.node() as node:
        if form == "archive":
            files: tuple[Archive, ...] = (node.export(learnware),)
        else:
            files = node.export_package(learnware, form="json" if form == "json" else "learnware")
    first = out or Path(files[0].name)
    paths = (first, *(first.with_name(f"{first.stem}.{file.name.split('.', 1)[1]}") for file in files[1:]))
    for path, file in zip(paths, files, strict=True):
        write_output(path, file.data)
    sizes = [len(file.data) for file in files]
    if not session.out.record({"out": str(first), "size": sizes[0], "beside": [str(path) for path in paths[1:]]}):
        for path, size in zip(paths, sizes, strict=True):
            session.out.say(f"{path}, {size_of(size)}")
