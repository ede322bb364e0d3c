# SPDX-License-Identifier: Apache-2.0
"""Publishing and withdrawing: the only way by which content leaves.

Rules
-----
* Publishing takes only the digest of a draft that was shown (`lwnode.node.actions.drafting`), so what is signed is what
  was shown.
* The audit's refusals stop a publication; a person may override them with a typed reason, which is in the card.
* What contradicts itself, or does not run, is never signed, whatever the reason: no receiver would use it.
"""

from __future__ import annotations

from lwnode.archive import check_files
from lwnode.documents import Manifest, Withdrawal
from lwnode.errors import CheckFailedError, SettingsError
from lwnode.node.actions.action import action
from lwnode.node.checking import examine
from lwnode.node.engine import Engine, person
from lwnode.node.records import Ware
from lwnode.node.wares import ready_row, ware_of
from lwnode.trust import seal_document, seal_manifest


@action
def publish(engine: Engine, *, digest: str) -> Ware:
    """Sign a draft that was shown and queue it for its audience."""
    record = engine.store.drafts.get(digest)
    if record.published is not None:
        known = engine.store.catalogue.get(record.digest)
        if known.state == "withdrawn":
            raise SettingsError(
                "this learnware was withdrawn", hint="draft it again, with other words or another model"
            )
        return ware_of(engine, known)
    refused = tuple(finding for finding in record.findings if finding.severity == "refuse")
    if refused and not record.override:
        raise CheckFailedError(
            f"the audit refuses this draft: {refused[0].message}",
            findings=record.findings,
            hint="remove the cause, or draft again with a typed reason (override)",
        )
    if not record.shown:
        raise SettingsError("this draft was not shown yet", hint="look at it with `lwnode publish --preview`")
    manifest = Manifest.from_bytes(record.manifest)
    bundle = seal_manifest(manifest, engine.keys.release_key)
    files = {entry.name: engine.store.blobs.get(entry.sha256) for entry in record.files}
    ware = check_files(manifest, files, bundle=bundle)
    checked = examine(engine, ware)
    if checked.status < 0:
        raise CheckFailedError(
            f"no receiver would use this: {checked.findings[0].message}",
            findings=checked.findings,
            hint=checked.findings[0].hint,
        )
    row = ready_row(ware, engine.keys.keys.organisation, own=True, hub="", received=engine.now())
    with engine.store.transaction():
        if engine.store.drafts.get(record.digest).published is not None:
            return ware_of(engine, engine.store.catalogue.get(record.digest))
        engine.store.catalogue.put(row)
        engine.store.checks.put(checked)
        engine.store.drafts.mark_published(record.digest, engine.now())
        engine.store.meta.set(f"published by {manifest.id}", person())
        if manifest.audience != "private":
            for membership in engine.store.memberships.list():
                engine.store.delivery.enqueue(membership.hub, "announce", bundle)
    engine.wake()
    return ware_of(engine, row)


@action
def withdraw(engine: Engine, *, id: str, reason: str) -> Ware:
    """Take a published learnware back with a signed withdrawal that goes to everybody who has it."""
    row = engine.store.catalogue.get(id)
    if not row.own:
        raise SettingsError(
            "only its publisher can withdraw a learnware", hint="block the publisher to hide its learnwares"
        )
    if not reason.strip():
        raise SettingsError("a withdrawal needs a reason", hint="say why in a few words; partners will read it")
    if row.state == "withdrawn":
        return ware_of(engine, row)
    document = Withdrawal(
        publisher=engine.keys.publisher, learnware=row.id, reason=reason.strip(), created=engine.now()
    )
    signed = seal_document(document, engine.keys.release_key)
    with engine.store.transaction():
        engine.store.catalogue.set_state(row.id, "withdrawn", reason.strip())
        if row.audience != "private":
            for membership in engine.store.memberships.list():
                engine.store.delivery.enqueue(membership.hub, "withdraw", signed)
    engine.market.forget(row.id)
    engine.wake()
    return ware_of(engine, engine.store.catalogue.get(row.id))
