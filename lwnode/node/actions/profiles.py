# SPDX-License-Identifier: Apache-2.0
"""Island profiles beyond typing them in: drawn from a data set at a price, their next version, and who fits which."""

from __future__ import annotations

from lwnode.documents import Column
from lwnode.errors import SettingsError
from lwnode.market.profile_versions import next_version
from lwnode.node import column_maps
from lwnode.node.actions.action import action
from lwnode.node.actions.data import add_profile
from lwnode.node.actions.training import registered
from lwnode.node.budget import budget_of
from lwnode.node.data import DataRef, load
from lwnode.node.engine import Engine
from lwnode.node.privacy import Budget
from lwnode.node.private_bounds import draw_bounds, open_columns, profile_of
from lwnode.node.records.profiles import NextProfile, PrivateProfile, ProfileMatch


@action
def private_profile(
    engine: Engine,
    *,
    data: DataRef,
    epsilon: float,
    delta: float | None = None,
    name: str = "",
    typed: tuple[Column, ...] = (),
    share: bool = False,
) -> PrivateProfile:
    """Make a profile whose bounds are drawn from a data set with (ε, δ)-differential privacy, charged once.

    ``typed`` are columns whose bounds or levels a person states; only the others are drawn.
    """
    dataset, table = registered(engine, data)
    if table.encoder:
        raise SettingsError("images and texts have their encoder's profile", hint="no bounds are needed")
    names = open_columns(table, typed)
    drawn, charged = draw_bounds(engine, dataset, table, names, Budget(epsilon=epsilon, delta=delta))
    profile, findings = profile_of(table, typed, drawn, name=name.strip() or f"{dataset.name}, private bounds")
    add_profile(engine, profile=profile, share=share)
    budget = budget_of(engine, dataset)
    return PrivateProfile(
        profile=profile,
        id=profile.id,
        epsilon=drawn.epsilon,
        delta=drawn.delta,
        epsilon_charged=charged,
        epsilon_spent=budget.epsilon_spent,
        epsilon_cap=budget.epsilon_cap,
        tail=drawn.tail,
        findings=findings,
    )


@action
def next_profile(engine: Engine, *, id: str, share: bool = False) -> NextProfile:
    """Propose the next version of a profile from what its island has published; ``share`` keeps, signs and sends it."""
    profile = engine.store.profiles.get(id)
    public = {row.id: row.publisher for row in engine.ready() if row.audience != "private"}
    entries = engine.entries(tuple(public))
    proposal = next_version(profile, [(public[entry.id], entry.specification) for entry in entries])
    proposed = proposal.profile
    if share and proposed is None:
        raise SettingsError(f"there is no next version to share: {proposal.reason}", hint="ask again later")
    if share and proposed is not None:
        add_profile(engine, profile=proposed, share=True)
    return NextProfile(
        current=profile.id,
        profile=proposed,
        id=proposed.id if proposed is not None else "",
        reason=proposal.reason,
        learnwares=proposal.learnwares,
        publishers=proposal.publishers,
        kept=share,
    )


@action
def match_profiles(engine: Engine, *, data: DataRef, profile: str = "") -> tuple[ProfileMatch, ...]:
    """Show how a table would be read under each known profile, or one of them: the proposed map and what is missing."""
    table = load(engine, data)
    store = engine.store.profiles
    known = (store.get(profile),) if profile else tuple(p for p in store.list() if p.origin != "own data")
    found: list[ProfileMatch] = []
    for frame in known:
        if frame.encoder:
            if profile:
                raise SettingsError("the profile is for images or texts", hint="name a profile of tables")
            continue
        proposal = column_maps.proposed(table, frame)
        found.append(
            ProfileMatch(
                profile=frame.id,
                name=frame.name,
                pairs=proposal.pairs,
                missing=proposal.theirs_left,
                left=proposal.ours_left,
                sure=proposal.sure,
            )
        )
    return tuple(sorted(found, key=_order))


def _order(match: ProfileMatch) -> tuple[float, float, str]:
    """Order by the share of features that have no partner, then by confidence."""
    features = len(match.pairs) + len(match.missing)
    confidence = sum(pair.confidence for pair in match.pairs)
    return len(match.missing) / features, -confidence / features, match.profile
