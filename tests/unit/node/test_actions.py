# SPDX-License-Identifier: Apache-2.0
"""The table of actions, the methods of `Node`, the routes of the local API and the commands say the same."""

from __future__ import annotations

import inspect
from typing import get_type_hints

import click

from lwnode.cli.app import lwnode as root
from lwnode.node.actions import ACTIONS
from lwnode.node.facade import Node
from lwnode.node.handles import Model, Reuse, Search
from lwnode.node.records import ModelInfo, Reused

# methods that wrap a record in a handle, or say nothing where the action returns a record
HANDLES = {
    "train": Model,
    "adopt": Model,
    "model": Model,
    "models": tuple[Model, ...],
    "search": Search,
    "reuse": Reuse,
    "predict": object,
    "jobs": object,
    "cancel": object,
}
OUTSIDE = {"create", "open", "close"}

# action -> command; a command may stand for several actions
COMMANDS = {
    "add": "data add",
    "datasets": "data list",
    "dataset": "data show",
    "budget": "budget",
    "add_profile": "profile new",
    "profiles": "profile list",
    "profile": "profile show",
    "private_profile": "profile new",
    "next_profile": "profile next",
    "match_profiles": "profile match",
    "train": "train",
    "adopt": "adopt",
    "models": "models",
    "model": "predict",
    "predict": "predict",
    "draft": "publish",
    "drafts": "drafts",
    "draft_file": "drafts",
    "publish": "publish",
    "withdraw": "withdraw",
    "search": "search",
    "map": "map",
    "catalogue": "list",
    "spelling": "search",
    "show": "show",
    "check": "check",
    "fetch": "fetch",
    "reuse": "reuse",
    "freeze": "freeze",
    "replay": "replay",
    "export": "export",
    "import": "import",
    "import_package": "import",
    "imported": "import",
    "forget_imported": "import",
    "export_package": "export",
    "verify": "verify",
    "invite": "hub invite",
    "hub": "hub status",
    "join": "join",
    "links": "status",
    "partners": "partners list",
    "set_partner": "partners confirm",
    "sync": "sync",
    "status": "status",
    "outbox": "outbox list",
    "jobs": "jobs list",
    "cancel": "jobs cancel",
    "config": "config",
    "keys": "keys",
    "doctor": "doctor",
}


def methods() -> set[str]:
    return {
        name.rstrip("_")
        for name, _ in inspect.getmembers(Node, callable)
        if not name.startswith("_") and name not in OUTSIDE
    }


def commands(group: click.Group = root, prefix: str = "") -> dict[str, click.Command]:
    out: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            out.update(commands(command, f"{prefix}{name} "))
        else:
            out[prefix + name] = command
    return out


def test_every_action_is_a_method_and_the_other_way_round() -> None:
    assert methods() == set(ACTIONS)


def test_every_action_has_a_command() -> None:
    assert set(COMMANDS) == set(ACTIONS)
    assert set(COMMANDS.values()) <= set(commands())


def test_every_route_is_an_action() -> None:
    from lwnode.daemon.api import arguments_of

    for name, action in ACTIONS.items():
        assert arguments_of(name, b"{}") == {}
        assert action.required <= set(action.arguments)


def test_methods_return_what_the_actions_return() -> None:
    for name, action in ACTIONS.items():
        method = getattr(Node, name, None) or getattr(Node, f"{name}_")
        if name in HANDLES:
            continue
        assert get_type_hints(method)["return"] == action.returns, name


def test_handles_wrap_records() -> None:
    assert ACTIONS["train"].returns is ModelInfo
    assert ACTIONS["reuse"].returns is Reused


def test_every_command_has_help_home_and_json() -> None:
    for name, command in commands().items():
        assert command.help, name
        options = {option for parameter in command.params for option in parameter.opts}
        assert {"--home", "--json"} <= options, name


def test_every_method_has_a_docstring() -> None:
    for name in methods():
        method = getattr(Node, name, None) or getattr(Node, f"{name}_")
        assert method.__doc__
