# SPDX-License-Identifier: Apache-2.0
"""Actions of `Node`: the node itself."""

from __future__ import annotations

from lwnode.node.facade.calls import Calls
from lwnode.node.handles import Job
from lwnode.node.records import Check, OutboxInfo, Status


class AdminCalls(Calls):
    """The node itself."""

    def status(self) -> Status:
        """Show this node at a glance."""
        return self._call("status", {})

    def outbox(self, *, limit: int = 100) -> OutboxInfo:
        """Show what has left this node, and check the chain."""
        return self._call("outbox", {"limit": limit})

    def jobs(self) -> tuple[Job, ...]:
        """List the long work of this node, the newest first."""
        return tuple(Job(info, self._call) for info in self._call("jobs", {}))

    def cancel(self, job: str) -> None:
        """End a running job; nothing half-made is kept."""
        self._call("cancel", {"job": job})

    def config(self, key: str = "", value: str = "") -> dict[str, str]:
        """Show the settings, or set one."""
        return self._call("config", {"key": key, "value": value})

    def keys(self) -> dict[str, str]:
        """Show the fingerprint that partners compare."""
        return self._call("keys", {})

    def doctor(self) -> tuple[Check, ...]:
        """Check the home, the chains, the disk and the worker process."""
        return self._call("doctor", {})
