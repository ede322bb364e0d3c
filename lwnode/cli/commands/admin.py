# SPDX-License-Identifier: Apache-2.0
"""``lwnode init``, ``status``, ``outbox``, ``jobs``, ``keys``, ``config``, ``doctor``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lwnode.cli.options import Session, command
from lwnode.cli.output_file import write_output
from lwnode.cli.render import size_of


def attach(root: click.Group) -> None:
    """Hang the commands into the tree."""
    command(root, "init")(init)
    command(root, "status")(status)
    command(root, "keys")(keys)
    command(root, "config")(config)
    command(root, "doctor")(doctor)

    @root.group()
    def outbox() -> None:
        """What has left this node, in order, unchangeable."""

    command(outbox, "list")(outbox_list)
    command(outbox, "verify")(outbox_verify)
    command(outbox, "export")(outbox_export)

    @root.group()
    def jobs() -> None:
        """Long work of this node."""

    command(jobs, "list")(jobs_list)
    command(jobs, "cancel")(jobs_cancel)


@click.option("--organisation", required=True, help="The name that partners see.")
@click.option("--no-passphrase", is_flag=True, help="Leave the keys unencrypted (mode 0600 all the same).")
def init(session: Session, organisation: str, no_passphrase: bool) -> None:
    """Make a node: its home, its keys, its store.  Touches no network."""
    import os

    from lwnode.errors import SettingsError
    from lwnode.node.facade import Node
    from lwnode.node.passphrase import passphrase_from

    secret: str | None = None
    if not no_passphrase and passphrase_from(None, os.environ) is None:
        if not sys.stdin.isatty():
            raise SettingsError("no passphrase for the keys", hint="set LWNODE_PASSPHRASE_FILE, or say --no-passphrase")
        secret = click.prompt("Passphrase for the keys", hide_input=True, confirmation_prompt=True, err=True)
    with Node.create(session.home, organisation=organisation, passphrase=secret) as node:
        found = node.status()
    if not session.out.record(found):
        session.out.say(f"{found.organisation}, node {found.short}…, in {found.home}. Nothing has left this computer.")


def status(session: Session) -> None:
    """Show this node at a glance."""
    with session.node() as node:
        found = node.status()
    if session.out.record(found):
        return
    session.out.say(f"{found.organisation}, node {found.short}…, in {found.home}")
    session.out.say(
        f"{found.catalogue} learnwares ({found.own} own), {found.partners} partners, {size_of(found.left)} left"
    )
    rows = [(h.name, h.address, "yes" if h.connected else "no", str(h.waiting), h.problem) for h in found.hubs]
    session.out.table(("hub", "address", "connected", ">waiting", ""), rows, empty="no hub joined")


def keys(session: Session) -> None:
    """Show the fingerprint that partners compare."""
    with session.node() as node:
        found = node.keys()
    if not session.out.record(found):
        session.out.table(("", ""), list(found.items()), empty="")


@click.argument("key", default="")
@click.argument("value", default="")
def config(session: Session, key: str, value: str) -> None:
    """Show the settings, or set KEY to VALUE."""
    with session.node() as node:
        found = node.config(key, value)
    if not session.out.record(found):
        session.out.table(("setting", "value"), list(found.items()), empty=f"there is no setting '{key}'")


def doctor(session: Session) -> int:
    """Check the home, the chains, the disk and the worker process."""
    with session.node() as node:
        found = node.doctor()
    if not session.out.record(found):
        rows = [("ok" if c.ok else "LOOK", c.name, c.message, c.hint) for c in found]
        session.out.table(("", "what", "found", "what to do"), rows, empty="")
    return 0 if all(check.ok for check in found) else 1


@click.option("--limit", default=50, show_default=True)
def outbox_list(session: Session, limit: int) -> None:
    """List what has left: when, what, to whom, which bytes, which ε, who pressed the button."""
    with session.node() as node:
        found = node.outbox(limit=limit)
    if session.out.record(found):
        return
    rows = [
        (
            str(r.number),
            f"{r.time:%Y-%m-%d %H:%M:%S}",
            f"{r.kind} {r.what}".strip(),
            r.to[:12],
            size_of(r.size),
            f"{r.epsilon:g}" if r.epsilon else "",
            r.who,
            r.digest[:12],
        )
        for r in found.entries
    ]
    session.out.table(
        (">", "when", "what", "to hub", ">size", ">ε", "by", "sha256"), rows, empty="nothing has left this node"
    )
    session.out.say(f"{found.count} entries, {size_of(sum(found.totals.values()))}; raw rows: {found.rows_left}")


def outbox_verify(session: Session) -> int:
    """Check that the outbox is unbroken."""
    with session.node() as node:
        found = node.outbox(limit=1)
    broken = found.broken_at
    if not session.out.record({"entries": found.count, "broken_at": broken}):
        session.out.say(
            f"unbroken: all {found.count} entries verified"
            if broken is None
            else f"BROKEN at entry {broken}: from there on nothing is proven"
        )
    return 0 if broken is None else 4


@click.argument("file", type=click.Path(path_type=Path))
def outbox_export(session: Session, file: Path) -> None:
    """Write the whole outbox to FILE as JSON."""
    from lwnode.node import wire

    with session.node() as node:
        found = node.outbox(limit=10_000_000)
    write_output(file, wire.to_json(found))
    if not session.out.record({"out": str(file), "entries": found.count}):
        session.out.say(f"{found.count} entries in {file}")


def jobs_list(session: Session) -> None:
    """List long work, the newest first."""
    with session.node() as node:
        found = tuple(job.info for job in node.jobs())
    if session.out.record(found):
        return
    rows = [
        (
            j.id,
            j.kind,
            j.state,
            "" if j.share is None else f"{j.share:.0%}",
            j.doing or j.error,
            f"{j.started:%H:%M:%S}",
        )
        for j in found
    ]
    session.out.table(("id", "what", "state", ">done", "", "since"), rows, empty="no work was done yet")


@click.argument("job")
def jobs_cancel(session: Session, job: str) -> None:
    """End a running job; nothing half-made is kept."""
    with session.node() as node:
        node.cancel(job)
    session.out.record({"cancelled": job})
    session.out.say(f"job {job} is told to stop")
