# SPDX-License-Identifier: Apache-2.0
"""``lwnode profile``: typed, drawn from a data set at a price, matched to a table, followed by its next version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lwnode.cli.options import Session, command

if TYPE_CHECKING:
    from lwnode.documents import Profile
    from lwnode.specification.matching import Pair


def attach_profiles(group: click.Group) -> None:
    """Hang the commands into the group."""
    command(group, "template")(template)
    command(group, "new")(new)
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "match")(match)
    command(group, "next")(next_)


def map_of(maps: tuple[str, ...]) -> dict[str, str]:
    """Return ``--map COLUMN=PROFILE_COLUMN`` options as a mapping.

    Raises
    ------
    SettingsError
        An option without its sign, or a column twice.
    """
    from lwnode.errors import SettingsError

    out: dict[str, str] = {}
    for text in maps:
        ours, sign, theirs = text.rpartition("=")
        if not sign or not ours.strip() or not theirs.strip():
            raise SettingsError(f"'{text}' is not COLUMN=PROFILE_COLUMN", hint="such as --map sys_bp=systolic_mmhg")
        if ours.strip() in out:
            raise SettingsError(f"column '{ours.strip()}' is mapped twice", hint="map it once")
        out[ours.strip()] = theirs.strip()
    return out


@click.argument("table", type=click.Path(path_type=Path))
@click.option("--target", default="", help="Column to predict.")
def template(session: Session, table: Path, target: str) -> None:
    """Print a profile for TABLE to be completed: columns and types, with bounds and levels for you to type."""
    import json

    from lwnode.node.profile_file import template_of
    from lwnode.training import read_table

    click.echo(json.dumps(template_of(read_table(table, target=target or None)), indent=2, ensure_ascii=False))


@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--share", is_flag=True, help="Sign it and send it to the hubs that were joined.")
@click.option("--from-data", default="", metavar="DATASET", help="Draw the bounds that FILE leaves open from DATASET.")
@click.option("--epsilon", type=float, help="What the drawn bounds may cost.")
@click.option("--delta", type=float, help="Default: by the number of rows.")
@click.option("--name", default="", help="Name of a profile that is drawn.")
def new(
    session: Session,
    file: Path | None,
    share: bool,
    from_data: str,
    epsilon: float | None,
    delta: float | None,
    name: str,
) -> None:
    """Make a profile of columns, units and bounds: typed in FILE, or drawn from a data set with privacy.

    `lwnode profile template` begins a FILE.  With --from-data a FILE is not needed; bounds and levels that it states
    are kept and cost nothing.
    """
    from lwnode.errors import SettingsError
    from lwnode.node.profile_file import read_columns, read_profile

    if not from_data:
        if file is None or epsilon is not None or delta is not None or name:
            raise SettingsError(
                "a typed profile needs its FILE, and no --epsilon, --delta or --name",
                hint="`lwnode profile template TABLE` begins a file; --from-data DATASET draws the bounds",
            )
        with session.node() as node:
            info = node.add_profile(read_profile(file), share=share)
        if not session.out.record(info):
            session.out.say(f"profile '{info.name}' ({info.id[:12]}): {len(info.columns)} columns, γ = {info.gamma:g}")
        return
    if epsilon is None:
        raise SettingsError("bounds that are drawn have a price", hint="say it: --epsilon 0.5")
    typed, named = read_columns(file) if file is not None else ((), "")
    with session.node() as node:
        made = node.private_profile(
            from_data, epsilon=epsilon, delta=delta, name=name or named, typed=typed, share=share
        )
    if session.out.record(made):
        return
    session.out.say(f"profile '{made.profile.name}' ({made.id[:12]}), γ = {made.profile.gamma:g}")
    _show_columns(session, made.profile)
    for finding in made.findings:
        session.out.say(f"  {finding.where}: {finding.message}")
    price = f"ε {made.epsilon_charged:g} was charged" if made.epsilon_charged else "the same draw as before, free"
    session.out.say(f"{price}; {made.epsilon_spent:.2f} of {made.epsilon_cap:g} is spent")


def list_(session: Session) -> None:
    """List the profiles that this node knows."""
    with session.node() as node:
        found = node.profiles()
    if session.out.record(found):
        return
    rows = [(p.id[:12], p.name, p.source, str(len(p.columns)), str(p.learnwares)) for p in found]
    session.out.table(
        ("id", "name", "from", ">columns", ">learnwares"),
        rows,
        empty="no profile yet; make one with `lwnode profile new`",
    )


@click.argument("profile_id", metavar="ID")
def show(session: Session, profile_id: str) -> None:
    """Show a profile's columns and bounds."""
    with session.node() as node:
        found = node.profile(profile_id)
    if session.out.record(found):
        return
    after = f" of {found.previous[:12]}" if found.previous else ""
    session.out.say(f"{found.name} ({found.id[:12]}), version {found.version}{after}, γ = {found.gamma:g}")
    _show_columns(session, found)


@click.argument("data")
@click.option("--profile", default="", help="Id of one profile (default: all that are known).")
def match(session: Session, data: str, profile: str) -> None:
    """Show how DATA would be read under the known profiles; nothing is renamed.

    `lwnode data add FILE --profile ID --accept-map` applies the pairs that are sure, --map the ones that you confirm.
    """
    with session.node() as node:
        found = node.match_profiles(data, profile=profile)
    if session.out.record(found):
        return
    if not found:
        session.out.say("no profile of tables is known; make one with `lwnode profile new`, or `lwnode sync`")
    for each in found:
        whole = "every column has a sure partner" if each.sure else f"{len(each.missing)} columns have no partner"
        session.out.say(f"{each.name} ({each.profile[:12]}): {whole}")
        session.out.table(("column", "profile", ">sure", "why"), [_row(pair) for pair in each.pairs], empty="no pair")
        if each.missing:
            session.out.say("  missing: " + ", ".join(each.missing))
        if each.left:
            session.out.say("  not used: " + ", ".join(each.left))


@click.argument("profile_id", metavar="ID")
@click.option("--share", is_flag=True, help="Keep it, sign it and send it to the hubs that were joined.")
def next_(session: Session, profile_id: str, share: bool) -> None:
    """Show a profile's next version: the γ that the published learnwares ask for."""
    with session.node() as node:
        found = node.next_profile(profile_id, share=share)
    if session.out.record(found):
        return
    if found.profile is None:
        session.out.say(f"no next version: {found.reason}")
        return
    session.out.say(f"version {found.profile.version} ({found.id[:12]}): {found.reason}")
    session.out.say("signed and queued for the hubs" if found.kept else "nothing was kept; --share signs and sends it")


def _row(pair: Pair) -> tuple[str, str, str, str]:
    return pair.ours, pair.theirs, f"{pair.confidence:.0%}" + ("" if pair.sure else " ?"), "; ".join(pair.reasons)


def _show_columns(session: Session, profile: Profile) -> None:
    rows = [
        (c.name, c.role, c.unit, f"{c.low:g} to {c.high:g}" if c.low is not None else ", ".join(c.levels))
        for c in profile.columns
    ]
    session.out.table(("column", "role", "unit", "bounds or levels"), rows, empty="no columns")
