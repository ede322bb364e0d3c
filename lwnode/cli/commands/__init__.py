# SPDX-License-Identifier: Apache-2.0
"""One module for each group of commands.  ``attach`` hangs them into the tree."""

from __future__ import annotations

import click


def attach(root: click.Group) -> None:
    """Add every command to the root."""
    from lwnode.cli.commands import admin, data, freezing, maps, market, models, partners, publishing, service

    for module in (admin, data, models, publishing, market, maps, freezing, partners, service):
        module.attach(root)
