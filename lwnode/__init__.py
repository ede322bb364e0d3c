# SPDX-License-Identifier: Apache-2.0
"""lwnode: one organisation's own node in a federation of learnwares.

A *learnware* is a trained model with a specification: in words, what it is for; in numbers, a private sketch of the
data it was trained on.  A node trains and specifies models where the data are, publishes signed specifications and
models only, searches its copy of the catalogue with its own rows without sending anything, runs foreign models in a
process of their own, and combines them into predictions.

Importing this package touches no disk, network or random numbers and loads no heavy library; names load on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Budget": "lwnode.node.privacy",
    "Images": "lwnode.training",
    "LwnodeError": "lwnode.errors",
    "Node": "lwnode.node.facade",
    "NothingFitsError": "lwnode.errors",
    "Profile": "lwnode.documents",
    "Requirement": "lwnode.node.handles",
    "Semantic": "lwnode.documents",
    "Table": "lwnode.training",
    "Texts": "lwnode.training",
    "mmd2": "lwnode.specification",
    "read_profile": "lwnode.node.profile_file",
    "read_table": "lwnode.training",
    "sample": "lwnode.cli.sample",
    "specify": "lwnode.node.specify",
}

__all__ = [
    "Budget",
    "Images",
    "LwnodeError",
    "Node",
    "NothingFitsError",
    "Profile",
    "Requirement",
    "Semantic",
    "Table",
    "Texts",
    "errors",
    "mmd2",
    "read_profile",
    "read_table",
    "sample",
    "specify",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name == "errors":
        return import_module("lwnode.errors")
    if name not in _HOMES:
        raise AttributeError(f"module 'lwnode' has no attribute '{name}'")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return [*__all__, "__version__"]
