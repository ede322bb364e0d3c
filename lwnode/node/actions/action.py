# SPDX-License-Identifier: Apache-2.0
"""What an action is, and the table of all actions.

Every method of `lwnode.Node`, every route of the local API and every command stands for one action; a test compares
them.  An action is a function ``(engine, *, …) -> record``; where it takes ``progress`` it is long work, runs as a job
and can be cancelled.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action: its name, its function, and whether it is long work."""

    name: str
    function: Callable[..., Any]
    long: bool

    @property
    def arguments(self) -> dict[str, Any]:
        """Argument name → type, without the engine and the progress."""
        hints = get_type_hints(self.function)
        return {name: kind for name, kind in hints.items() if name not in ("engine", "progress", "return")}

    @property
    def returns(self) -> Any:
        """Type of the result."""
        return get_type_hints(self.function)["return"]

    @property
    def required(self) -> frozenset[str]:
        """Arguments without a default."""
        parameters = inspect.signature(self.function).parameters.values()
        return frozenset(
            p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty and p.name != "progress"
        )


ACTIONS: dict[str, Action] = {}
"""Name → action; filled when `lwnode.node.actions` is imported."""


def action(function: F) -> F:
    """Enter a function into the table of actions under its own name."""
    name = function.__name__.rstrip("_")
    long = "progress" in inspect.signature(function).parameters
    ACTIONS[name] = Action(name=name, function=function, long=long)
    return function
