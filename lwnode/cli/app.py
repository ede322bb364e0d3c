# SPDX-License-Identifier: Apache-2.0
"""The tree of commands, and the one place where an error becomes a line and an exit status."""

from __future__ import annotations

import json
import os
import sys

import click

from lwnode import errors
from lwnode.cli import commands
from lwnode.cli.render import plain
from lwnode.node import wire

EXIT_STATUS: tuple[tuple[type[errors.LwnodeError], int], ...] = (
    (errors.SettingsError, 2),
    (errors.DataError, 2),
    (errors.CheckFailedError, 3),
    (errors.PrivacyBudgetError, 3),
    (errors.UnsafeModelError, 4),
    (errors.TrustError, 4),
    (errors.ArchiveError, 4),
    (errors.DocumentError, 4),
    (errors.PartnerError, 5),
    (errors.NothingFitsError, 6),
)


def status_of(error: errors.LwnodeError) -> int:
    """Return the exit status of an error's family."""
    return next((status for kind, status in EXIT_STATUS if isinstance(error, kind)), 1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="lwnode", prog_name="lwnode")
def lwnode() -> None:
    """Find, try and combine other institutions' models without showing your data or your question."""


commands.attach(lwnode)


def _say(error: errors.LwnodeError, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": wire.error_to_plain(error)}, ensure_ascii=False))
    line = f"lwnode: {error}"
    if error.hint:
        line += f" -- {error.hint}"
    click.echo(plain(" ".join(line.split())), err=True)


def run(arguments: list[str]) -> int:
    """Run a command line; every error that lwnode can explain is one line with what to do next."""
    as_json = "--json" in arguments
    try:
        outcome = lwnode.main(args=arguments, prog_name="lwnode", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("lwnode: cancelled -- nothing half-made was kept", err=True)
        return 1
    except click.ClickException as error:
        error.show()
        return 2
    except errors.LwnodeError as error:
        _say(error, as_json=as_json)
        if os.environ.get("LWNODE_DEBUG"):
            raise
        return status_of(error)
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except OSError as error:
        import errno

        full = error.errno == errno.ENOSPC
        problem: errors.LwnodeError = (
            errors.DiskFullError(
                "the disk is full", hint="make room and run the command again; what was there is intact"
            )
            if full
            else errors.StoreError(f"the operating system refused: {error.strerror}", hint=str(error.filename or ""))
        )
        _say(problem, as_json=as_json)
        return 1
    except Exception as error:
        if os.environ.get("LWNODE_DEBUG"):
            raise
        kind = type(error).__name__
        _say(errors.LwnodeError(f"an internal error ({kind})", hint="LWNODE_DEBUG=1 shows where"), as_json=as_json)
        return 1
    return outcome if isinstance(outcome, int) else 0
