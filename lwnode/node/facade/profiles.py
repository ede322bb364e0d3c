# SPDX-License-Identifier: Apache-2.0
"""Actions of `Node`: island profiles."""

from __future__ import annotations

from typing import Any

from lwnode.documents import Column, Profile
from lwnode.node.data import refer
from lwnode.node.facade.calls import Calls
from lwnode.node.records import ProfileInfo
from lwnode.node.records.profiles import NextProfile, PrivateProfile, ProfileMatch


class ProfileCalls(Calls):
    """Island profiles."""

    def add_profile(self, profile: Profile, *, share: bool = False) -> ProfileInfo:
        """Keep an island profile; ``share`` signs it and sends it to the hubs that were joined."""
        return self._call("add_profile", {"profile": profile, "share": share})

    def profiles(self) -> tuple[ProfileInfo, ...]:
        """List the island profiles that this node knows."""
        return self._call("profiles", {})

    def profile(self, id: str) -> Profile:
        """Return one island profile, whole."""
        return self._call("profile", {"id": id})

    def private_profile(
        self,
        data: Any,
        *,
        epsilon: float,
        delta: float | None = None,
        name: str = "",
        target: str = "",
        typed: tuple[Column, ...] = (),
        share: bool = False,
    ) -> PrivateProfile:
        """Make a profile whose bounds are drawn from a data set with (ε, δ)-differential privacy, charged once.

        Parameters
        ----------
        data : DataSetInfo, name, path, Table or frame
        epsilon, delta : float
            Of all columns together; the same call again gives the same profile and costs nothing.
        name : str
            Default: after the data set.
        typed : tuple of Column
            Columns whose bounds or levels are public and typed; they are not drawn.
        share : bool
            Sign it and send it to the hubs that were joined.
        """
        arguments = {
            "data": refer(data, target=target),
            "epsilon": epsilon,
            "delta": delta,
            "name": name,
            "typed": typed,
            "share": share,
        }
        return self._call("private_profile", arguments)

    def next_profile(self, id: str, *, share: bool = False) -> NextProfile:
        """Propose the next version of a profile from what is published; ``share`` keeps, signs and sends it."""
        return self._call("next_profile", {"id": id, "share": share})

    def match_profiles(self, data: Any, *, profile: str = "") -> tuple[ProfileMatch, ...]:
        """Show how a table would be read under each known profile, or one: the proposed map and what is missing."""
        return self._call("match_profiles", {"data": refer(data), "profile": profile})
