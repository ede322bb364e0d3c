# SPDX-License-Identifier: Apache-2.0
"""Where an action runs: in this process on an open engine, or in the daemon that holds the home.

Both have one method, so `lwnode.Node` is the same either way.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

from lwnode.errors import CancelledError, LwnodeError, SettingsError
from lwnode.node.actions import ACTIONS
from lwnode.node.engine import Engine
from lwnode.store.jobs import JobState
from lwnode.types import Progress

_EVERY = 0.1  # seconds between two writes of a job's progress


class Backend(Protocol):
    """Runs actions by name."""

    def call(self, name: str, arguments: Mapping[str, Any], progress: Progress) -> Any:
        """Run an action and return its record."""

    def close(self) -> None:
        """Give up the home or the connection."""


class LocalBackend:
    """Runs actions on an engine in this process.  Long work is a job, with progress on disk and a cancel."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def call(self, name: str, arguments: Mapping[str, Any], progress: Progress) -> Any:
        """Run an action and return its record.

        Raises
        ------
        SettingsError
            There is no such action, or it takes no such argument.
        LwnodeError
            Whatever the action raises.
        """
        action = ACTIONS.get(name)
        if action is None:
            raise SettingsError(f"there is no action '{name}'")
        if unknown := set(arguments) - set(action.arguments):
            raise SettingsError(f"'{name}' does not take " + ", ".join(sorted(unknown)))
        if lacking := action.required - set(arguments):
            raise SettingsError(f"'{name}' needs " + ", ".join(sorted(lacking)))
        if not action.long:
            return action.function(self.engine, **arguments)
        return self._job(name, arguments, progress)

    def _job(self, name: str, arguments: Mapping[str, Any], progress: Progress) -> Any:
        engine = self.engine
        job = engine.store.jobs.start(name, "")
        last = 0.0

        def report(share: float | None, doing: str) -> None:
            nonlocal last
            if job in engine.cancelled:
                raise CancelledError("cancelled", hint="nothing half-made was kept")
            progress(share, doing)
            if time.monotonic() - last > _EVERY:
                last = time.monotonic()
                engine.store.jobs.progress(job, share, doing)

        state: JobState = "failed"
        error = "an internal error"
        try:
            result = ACTIONS[name].function(engine, **arguments, progress=report)
            state, error = "done", ""
            return result
        except CancelledError:
            state, error = "cancelled", ""
            raise
        except KeyboardInterrupt:
            state, error = "cancelled", ""
            raise CancelledError("cancelled", hint="nothing half-made was kept") from None
        except LwnodeError as problem:
            error = f"{problem.code}: {problem}"
            raise
        finally:
            engine.cancelled.discard(job)
            engine.store.jobs.finish(job, state, error)

    def close(self) -> None:
        """Stop the transport and close the store."""
        self.engine.close()
