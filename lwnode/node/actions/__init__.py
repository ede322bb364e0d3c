# SPDX-License-Identifier: Apache-2.0
"""All actions of a node; importing this package fills the table `ACTIONS`."""

from lwnode.node.actions import (
    admin,
    checking,
    data,
    drafting,
    freezing,
    interop,
    maps,
    market,
    partners,
    profiles,
    publishing,
    reuse,
    training,
)
from lwnode.node.actions.action import ACTIONS, Action

__all__ = [
    "ACTIONS",
    "Action",
    "admin",
    "checking",
    "data",
    "drafting",
    "freezing",
    "interop",
    "maps",
    "market",
    "partners",
    "profiles",
    "publishing",
    "reuse",
    "training",
]
