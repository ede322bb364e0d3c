# SPDX-License-Identifier: Apache-2.0
"""What every part of `lwnode.node.facade.Node` calls: one action by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lwnode.node.backend import Backend
from lwnode.types import Progress, silent


class Calls:
    """A node's actions, here or in a daemon."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def _call(self, action: str, arguments: Mapping[str, Any], progress: Progress = silent) -> Any:
        return self._backend.call(action, arguments, progress)
