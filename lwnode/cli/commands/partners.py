# SPDX-License-Identifier: Apache-2.0
"""``lwnode hub``, ``join``, ``partners``, ``sync``."""

from __future__ import annotations

import click

from lwnode.cli.options import Session, command
from lwnode.cli.render import plain


def attach(root: click.Group) -> None:
    """Hang the commands into the tree."""

    @root.group()
    def hub() -> None:
        """The hub that this node serves for its consortium."""

    command(hub, "invite")(invite)
    command(hub, "status")(status)
    command(root, "join")(join)
    command(root, "sync")(sync)

    @root.group()
    def partners() -> None:
        """The organisations whose keys this node holds."""

    command(partners, "list")(list_)
    command(partners, "confirm")(confirm)
    command(partners, "block")(block)


@click.option("--hours", default=24.0, show_default=True, help="How long it can be used.")
@click.option("--note", default="", help="For whom; stays here.")
def invite(session: Session, hours: float, note: str) -> None:
    """Make a one-time invite: one line to hand over by a channel that both sides trust."""
    with session.node() as node:
        made = node.invite(hours=hours, note=note)
    if not session.out.record({"invite": made.to_text(), "expires": made.expires, "hub": made.hub}):
        session.out.say(made.to_text())


def status(session: Session) -> None:
    """Show the hub's members."""
    with session.node() as node:
        info = node.hub()
    if not session.out.record(info):
        session.out.say(f"{info.name} at {info.address}: {info.connected} of {len(info.members)} members connected")
        session.out.table(("member",), [(name,) for name in info.members], empty="no member yet; invite one")


@click.argument("text", metavar="INVITE")
def join(session: Session, text: str) -> None:
    """Join a hub with a one-time INVITE."""
    with session.node(network=True) as node:
        link = node.join(text)
    if not session.out.record(link):
        session.out.say(plain(f"joined '{link.name}' at {link.address}"))


@click.option("--seconds", default=10.0, show_default=True, help="Give up waiting after this long.")
def sync(session: Session, seconds: float) -> None:
    """Exchange documents with every hub; a running daemon does it all the time."""
    with session.node(network=True) as node:
        info = node.sync(seconds=seconds, progress=session.progress())
    if not session.out.record(info):
        session.out.say(
            f"{info.connected} of {info.hubs} hubs; {info.ready} learnwares here, {info.missing} incomplete, "
            f"{info.waiting} documents waiting to be sent"
        )


def list_(session: Session) -> None:
    """List the partners."""
    with session.node() as node:
        found = node.partners()
    if session.out.record(found):
        return
    rows = [(p.short, p.organisation, p.state, str(p.learnwares), f"{p.since:%Y-%m-%d}") for p in found]
    session.out.table(
        ("fingerprint", "calls itself", "known", ">learnwares", "since"),
        rows,
        empty="no partner yet; join a hub with `lwnode join`",
    )


def _set(session: Session, fingerprint: str, state: str) -> None:
    with session.node() as node:
        partner = node.set_partner(fingerprint, state)  # type: ignore[arg-type]  # one of ours
    if not session.out.record(partner):
        session.out.say(plain(f"{partner.organisation} is {partner.state}"))


@click.argument("fingerprint")
def confirm(session: Session, fingerprint: str) -> None:
    """Say that the FINGERPRINT was compared with the organisation itself."""
    _set(session, fingerprint, "pinned")


@click.argument("fingerprint")
def block(session: Session, fingerprint: str) -> None:
    """Block a partner: its learnwares are hidden and nothing new is taken from it."""
    _set(session, fingerprint, "blocked")
