# SPDX-License-Identifier: Apache-2.0
"""Actions of `Node`: hubs and partners."""

from __future__ import annotations

from typing import Literal

from lwnode.documents import Invite
from lwnode.node.facade.calls import Calls
from lwnode.node.records import HubInfo, HubLink, PartnerInfo, SyncInfo
from lwnode.types import Progress, silent


class PartnerCalls(Calls):
    """Hubs and partners."""

    def invite(self, *, hours: float = 24.0, note: str = "") -> Invite:
        """Make a one-time invite to the hub that this node serves."""
        return self._call("invite", {"hours": hours, "note": note})

    def hub(self) -> HubInfo:
        """Show the hub that this node serves."""
        return self._call("hub", {})

    def join(self, invite: Invite | str) -> HubLink:
        """Join a hub with a one-time invite."""
        return self._call("join", {"invite": invite.to_text() if isinstance(invite, Invite) else invite})

    def links(self) -> tuple[HubLink, ...]:
        """List the hubs that were joined and whether they are connected."""
        return self._call("links", {})

    def partners(self) -> tuple[PartnerInfo, ...]:
        """List the organisations whose keys this node holds."""
        return self._call("partners", {})

    def set_partner(self, publisher: str, state: Literal["pinned", "introduced", "blocked"]) -> PartnerInfo:
        """Pin a partner whose fingerprint was compared, or block one."""
        return self._call("set_partner", {"publisher": publisher, "state": state})

    def sync(self, *, seconds: float = 10.0, progress: Progress = silent) -> SyncInfo:
        """Exchange documents with every hub until nothing is waiting, at most ``seconds``."""
        return self._call("sync", {"seconds": seconds}, progress)
