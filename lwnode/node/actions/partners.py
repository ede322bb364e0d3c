# SPDX-License-Identifier: Apache-2.0
"""Hubs and partners: inviting, joining, syncing, and who is known how."""

from __future__ import annotations

import time
from typing import Literal

from lwnode.documents import Invite, digest
from lwnode.errors import InviteError, NotFoundError, PartnerError, SettingsError, StoreError
from lwnode.node.actions.action import action
from lwnode.node.checking import check_if_due
from lwnode.node.engine import Engine, person
from lwnode.node.intake import Intake
from lwnode.node.records import HubInfo, HubLink, PartnerInfo, SyncInfo, Ware
from lwnode.node.wares import ware_of
from lwnode.trust import peek_signers, readable, spki
from lwnode.types import Progress, silent

_SETTLED, _QUIET = 4, 20  # tenths of a second without news, with nothing missing and with files that may never come
_SHORTEST = 7  # characters of a fingerprint that name a partner


@action
def invite(engine: Engine, *, hours: float = 24.0, note: str = "") -> Invite:
    """Make a one-time invite to the hub that this node serves."""
    if engine.hub is None:
        raise PartnerError("this node serves no hub", hint="start one with `lwnode daemon --hub`")
    if not 0 < hours <= 24 * 30:
        raise SettingsError("an invite lives for more than 0 and at most 720 hours (30 days)")
    return engine.hub.invite(hours, note)


@action
def hub(engine: Engine) -> HubInfo:
    """Show the hub that this node serves."""
    if engine.hub is None:
        raise PartnerError("this node serves no hub", hint="start one with `lwnode daemon --hub`")
    return engine.hub.info()


@action
def join(engine: Engine, *, invite: str) -> HubLink:
    """Join a hub with a one-time invite; both sides then know each other's keys."""
    parsed = Invite.from_text(invite)
    if parsed.expires <= engine.now():
        raise InviteError("the invite has expired", hint="ask for a new one")
    for membership in engine.store.memberships.list():
        if membership.hub == parsed.hub:
            return links(engine)[[m.hub for m in engine.store.memberships.list()].index(parsed.hub)]
    transport = engine.need_transport()
    key = engine.keys.node_key(parsed.hub)
    public = spki(key.public_key())
    organisation = engine.keys.keys.organisation
    engine.store.outbox.append(
        kind="join request",
        to=parsed.hub,
        what="name and public key",
        digest=digest(public),
        size=len(public) + len(organisation.encode()),
        who=person(),
    )
    membership = transport.join(parsed, key=key, organisation=organisation)
    with engine.store.transaction():
        if membership.hub not in {known.hub for known in engine.store.memberships.list()}:
            engine.store.memberships.put(membership)
            enqueue_everything(engine, membership.hub)
    transport.connect(membership, key=key)
    transport.wake(membership.hub)
    return next(link for link in links(engine) if link.hub == membership.hub)


def enqueue_everything(engine: Engine, hub: str) -> None:
    """Queue for a new hub what this node has published so far: its keys, its shared profiles, its learnwares."""
    delivery = engine.store.delivery
    delivery.enqueue(hub, "keys", engine.keys.keys_document)
    for profile in engine.store.profiles.list():
        record = engine.store.profiles.record(profile.id)
        if record.signed and engine.publisher_of(peek_signers(record.signed)) == engine.keys.publisher:
            delivery.enqueue(hub, "profile", record.signed)
    for ware in engine.ready():
        if ware.own and ware.audience != "private":
            delivery.enqueue(hub, "announce", ware.bundle)


@action
def links(engine: Engine) -> tuple[HubLink, ...]:
    """List the hubs that were joined and whether they are connected."""
    states = {link.hub: link for link in engine.transport.links()} if engine.transport is not None else {}
    return tuple(
        HubLink(
            hub=membership.hub,
            name=membership.name,
            address=membership.address,
            connected=membership.hub in states and states[membership.hub].connected,
            waiting=engine.store.delivery.waiting(membership.hub),
            problem=states[membership.hub].problem if membership.hub in states else "",
        )
        for membership in engine.store.memberships.list()
    )


@action
def partners(engine: Engine) -> tuple[PartnerInfo, ...]:
    """List the organisations whose keys this node holds, and how each came to be known."""
    rows = engine.ready()
    return tuple(
        PartnerInfo(
            publisher=partner.publisher,
            short=readable(partner.publisher)[:15],
            organisation=partner.organisation,
            state=partner.state,
            hub=partner.hub,
            since=partner.since,
            learnwares=sum(row.publisher == partner.publisher for row in rows),
        )
        for partner in engine.store.partners.list()
    )


def _by_fingerprint(engine: Engine, text: str) -> str:
    """Return the partner that a fingerprint names, in hexadecimal or as it is shown, whole or its beginning.

    Never by name: anybody can call itself anything, and this decides whom to trust.

    Raises
    ------
    NotFoundError
        Nobody, or too short to tell.
    StoreError
        Several.
    """
    wanted = text.strip()
    found = [
        known
        for known in engine.store.partners.publishers()
        if known.startswith(wanted.lower()) or readable(known).startswith(wanted.upper())
    ]
    if len(wanted) < _SHORTEST or not found:
        raise NotFoundError(
            f"no partner has a fingerprint that begins like this, with at least {_SHORTEST} characters",
            hint="`lwnode partners list` shows them",
        )
    if len(found) > 1:
        raise StoreError(f"{len(found)} partners have fingerprints that begin like this", hint="give more of it")
    return found[0]


@action
def set_partner(engine: Engine, *, publisher: str, state: Literal["pinned", "introduced", "blocked"]) -> PartnerInfo:
    """Pin a partner whose fingerprint was compared, or block one: its learnwares are then hidden."""
    chosen = _by_fingerprint(engine, publisher)
    with engine.store.transaction():
        engine.store.partners.set_state(chosen, state)
        Intake(engine).trust_changed(chosen, blocked=state == "blocked")
    return next(item for item in partners(engine) if item.publisher == chosen)


def sync_info(engine: Engine) -> SyncInfo:
    """Return where the sync stands."""
    found = links(engine)
    return SyncInfo(
        hubs=len(found),
        connected=sum(link.connected for link in found),
        waiting=sum(link.waiting for link in found),
        ready=len(engine.ready()),
        missing=sum(row.state == "announced" for row in engine.store.catalogue.list()),
        problems=tuple(f"{link.name}: {link.problem}" for link in found if link.problem),
    )


@action
def sync(engine: Engine, *, seconds: float = 10.0, progress: Progress = silent) -> SyncInfo:
    """Exchange documents with every hub until nothing is waiting; a daemon does it all the time."""
    transport = engine.need_transport()
    if not engine.store.memberships.list():
        raise PartnerError("this node has joined no hub", hint="join one with `lwnode join INVITE`")
    for membership in engine.store.memberships.list():
        transport.wake(membership.hub)
    end = time.monotonic() + max(0.0, seconds)
    quiet, last = 0, sync_info(engine)
    while True:
        info = sync_info(engine)
        progress(None, f"{info.ready} learnwares here, {info.missing} incomplete, {info.waiting} documents waiting")
        settled = info.connected == info.hubs and not info.waiting
        quiet = quiet + 1 if settled and info == last else 0
        last = info
        if quiet >= (_QUIET if info.missing else _SETTLED) or time.monotonic() > end:
            break
        time.sleep(0.1)
    while engine.checks is not None and time.monotonic() < end and not engine.checks.wait(0.2):
        progress(None, "checking what arrived")
    if not info.connected:
        reason = info.problems[0] if info.problems else "no hub answered"
        raise PartnerError(reason, hint="check the network; what waits stays queued and is sent later")
    return info


def _complete(engine: Engine, learnware: str) -> bool:
    row = engine.store.catalogue.get(learnware)
    here = all(engine.store.blobs.has(entry.sha256) for entry in engine.store.catalogue.files(row.id))
    return row.state not in ("announced", "ready") or (row.state == "ready" and here)


@action
def fetch(engine: Engine, *, id: str, seconds: float = 60.0, progress: Progress = silent) -> Ware:
    """Get the files of an announced learnware, whatever its size."""
    row = engine.store.catalogue.get(id)
    if not row.own and not _complete(engine, row.id) and row.state in ("announced", "ready"):
        transport = engine.need_transport()
        engine.store.catalogue.want(row.id)
        for membership in engine.store.memberships.list():
            transport.wake(membership.hub)
        end = time.monotonic() + seconds
        while not _complete(engine, row.id):
            progress(None, "fetching its files")
            if time.monotonic() > end:
                raise PartnerError("its files did not arrive in time", hint="the hub or its publisher may be off-line")
            time.sleep(0.1)
    check_if_due(engine, row.id, progress)
    return ware_of(engine, engine.store.catalogue.get(row.id))
