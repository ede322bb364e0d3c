# SPDX-License-Identifier: Apache-2.0
"""Drafting, publishing and withdrawing: the only way by which content leaves.

Rules
-----
* A draft is everything that would leave, byte for byte.  Its digest is the manifest's, so what is signed is what was
  shown: publishing takes only the digest of a draft that was shown.
* Noise is drawn once for (content, profile, mechanism); the draw is stored and charged in one transaction before
  anything is made of it.  Drafting again gives the same bytes and spends nothing.
* The audit's refusals stop a publication; a person may override them with a typed reason, which goes into the card.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

import msgspec

from lwnode.archive import check_files
from lwnode.documents import (
    Card,
    FileEntry,
    Manifest,
    Port,
    Profile,
    Semantic,
    SpecificationCard,
    Withdrawal,
    decode,
    digest,
    encode,
)
from lwnode.documents.semantic import check as check_semantic
from lwnode.errors import (
    CheckFailedError,
    Finding,
    NotFoundError,
    SettingsError,
    SpecificationError,
)
from lwnode.models import arrays
from lwnode.node.actions.action import action
from lwnode.node.budget import budget_of, cap_check
from lwnode.node.data import load_dataset, matching_profile, own_profile
from lwnode.node.engine import Engine, person
from lwnode.node.privacy import Budget, PrivacyChoice
from lwnode.node.records import Draft, DraftFile, Ware
from lwnode.node.wares import ready_row, ware_of
from lwnode.specification import (
    Specification,
    attacker_auc,
    audit_arrays,
    audit_columns,
    audit_points,
    default_delta,
    mechanism,
    mu_for,
    raw_matrix,
    specify,
)
from lwnode.store import DataSet, DraftRecord, ModelRecord
from lwnode.training import Table
from lwnode.training import encode as encode_inputs
from lwnode.trust import seal_document, seal_manifest
from lwnode.types import Progress, silent

_WHAT = {
    "card.json": "how to call the model, and its figures",
    "model.onnx": "the model",
    "profile.json": "the public frame: column names, units, bounds",
    "semantic.json": "what the model is for, in words",
    "specification.json": "privacy and scalars of the sketch",
    "specification.safetensors": "the sketch of the data: points and weights",
    "manifest.json": "the list of these files, which is signed",
}
_FEW_ROWS = 50
_DEFAULT_PRIVACY = PrivacyChoice()


# -------------------------------------------------------------------- the specification of a draft
def choose_profile(engine: Engine, dataset: DataSet, table: Table, asked: str, mode: str) -> Profile:
    """Return the profile to draft in: the one asked for, else the catalogue's that matches the columns.

    Raises
    ------
    SpecificationError
        None matches and the mode may not take the data's own bounds.
    """
    if asked:
        return engine.store.profiles.get(asked)
    if dataset.profile:
        return engine.store.profiles.get(dataset.profile)
    fitting = matching_profile(engine, table)
    if fitting is not None:
        return fitting
    if mode == "private":
        raise SpecificationError(
            "no known profile matches the columns, and a private sketch needs public bounds",
            hint="type them with `lwnode profile new`, or take a partner's profile with `lwnode sync`",
        )
    return own_profile(table)


def _drawn(engine: Engine, blob: str, profile: Profile) -> Specification:
    """Return a stored draw."""
    stored = decode(engine.store.blobs.get(blob), dict)
    card = msgspec.convert(stored["card"], SpecificationCard)
    return Specification.from_bytes(engine.store.blobs.get(str(stored["tensors"])), card, profile)


def draw_specification(
    engine: Engine, dataset: DataSet, table: Table, profile: Profile, privacy: PrivacyChoice, progress: Progress
) -> tuple[Specification, float]:
    """Return the specification of a data set, and the ε that was charged for it now."""
    raw = raw_matrix(profile, table.features(tuple(column.name for column in profile.features)))
    size = engine.settings.reduced_set_size
    if privacy.mode != "private":
        made = specify(
            raw, profile, privacy=privacy.mode, epsilon=None, delta=None, size=size, rng=engine.noise(),
            progress=progress,
        )  # fmt: skip
        return made, 0.0
    epsilon = engine.settings.epsilon_default if privacy.epsilon is None else privacy.epsilon
    asked = Budget(epsilon=epsilon, delta=privacy.delta)
    delta = default_delta(len(raw)) if asked.delta is None else asked.delta
    how = mechanism(profile, epsilon=epsilon, delta=delta, rows_per_person=dataset.rows_per_person, size=size)
    key = digest(encode(["draw", table.content, how]))
    blob = engine.store.ledger.draw(key)
    if blob is not None:
        return _drawn(engine, blob, profile), 0.0
    mu = mu_for(epsilon, delta)
    allowed = cap_check(engine, dataset)
    allowed((*engine.store.ledger.mus(dataset.name), mu))
    made = specify(
        raw, profile, privacy="private", epsilon=epsilon, delta=delta, rows_per_person=dataset.rows_per_person,
        size=size, rng=engine.noise(), progress=progress,
    )  # fmt: skip
    tensors = engine.store.blobs.put(made.to_bytes())
    blob = engine.store.blobs.put(encode({"card": msgspec.to_builtins(made.card), "tensors": tensors}))
    entry = engine.store.ledger.charge(
        dataset.name, key, mu=mu, epsilon=epsilon, delta=delta,
        what=f"specification in profile '{profile.name}'", blob=blob, cap_check=allowed,
    )  # fmt: skip
    return _drawn(engine, entry.blob, profile), epsilon if entry.blob == blob else 0.0


# -------------------------------------------------------------------- audit and files
def _audit(
    spec: Specification, table: Table, model: bytes, card: Card, semantic: Semantic, mode: str
) -> tuple[Finding, ...]:
    """Everything that is looked at before a publication."""
    found = list(check_semantic(semantic))
    raw = raw_matrix(spec.profile, table.features(tuple(column.name for column in spec.profile.features)))
    if mode != "public":
        found += audit_points(spec, raw)
        rows = encode_inputs(card.inputs, table.features(tuple(item.name for item in card.inputs)))
        inside = arrays(model)
        found += audit_arrays(inside, rows.astype("float64"))
        found += audit_arrays(inside, raw, profile=spec.profile)
        if table.rows < _FEW_ROWS:
            message = f"{table.rows} rows are too few: a model of so few people tells about each of them"
            found.append(Finding(code="few-rows", severity="refuse", message=message))
    found += audit_columns(sorted({c.name for c in spec.profile.columns} | {item.name for item in card.inputs}))
    if mode == "no-noise":
        message = "the sketch carries no privacy guarantee: an attacker who knows much may tell who is in the data"
        found.append(Finding(code="no-noise", severity="warn", message=message, where="specification.safetensors"))
    order = {"refuse": 0, "warn": 1, "note": 2}
    return tuple(sorted(found, key=lambda finding: order[finding.severity]))


def _derive(semantic: Semantic, card: Card, table: Table, profile: Profile) -> Semantic:
    """Fill in what follows from the model and its data."""
    known = {column.name: column for column in profile.columns}
    library = "PyTorch" if "neural" in card.family else "Scikit-learn"
    inputs = []
    for item in card.inputs:
        column = known.get(item.name)
        span = (
            f"{column.low:g} to {column.high:g}"
            if column and column.low is not None and column.high is not None
            else ""
        )
        inputs.append(Port(name=item.name, unit=item.unit or (column.unit if column else ""), range=span))
    outputs = tuple(Port(name=label, description=f"probability of {card.target} = {label}") for label in card.classes)
    return semantic.filled(
        data="Table",
        task=card.task.title(),
        library="Others" if card.family == "own model" else library,
        inputs=tuple(inputs),
        outputs=outputs or (Port(name=table.target or "value"),),
    )


def _record_files(engine: Engine, files: dict[str, bytes]) -> tuple[FileEntry, ...]:
    return tuple(
        FileEntry(name=name, sha256=engine.store.blobs.put(files[name]), size=len(files[name]))
        for name in sorted(files)
    )


def draft_of(engine: Engine, record: DraftRecord, charged: float = 0.0) -> Draft:
    """Return a stored draft as the faces see it."""
    files = {entry.name: entry for entry in record.files}
    card = decode(engine.store.blobs.get(files["specification.json"].sha256), SpecificationCard)
    semantic = decode(engine.store.blobs.get(files["semantic.json"].sha256), Semantic)
    budget = budget_of(engine, engine.store.datasets.get(record.dataset))
    shown = [DraftFile(name=e.name, sha256=e.sha256, size=e.size, what=_WHAT[e.name]) for e in record.files]
    manifest = DraftFile(
        name="manifest.json", sha256=record.digest, size=len(record.manifest), what=_WHAT["manifest.json"]
    )
    return Draft(
        digest=record.digest,
        files=(*shown, manifest),
        findings=record.findings,
        epsilon=card.privacy.epsilon,
        epsilon_charged=charged,
        epsilon_spent=budget.epsilon_spent,
        epsilon_cap=budget.epsilon_cap,
        attacker=attacker_auc(card.privacy.mu) if card.privacy.mu is not None else None,
        audience=Manifest.from_bytes(record.manifest).audience,
        name=semantic.name,
        model=record.model,
        dataset=record.dataset,
        mode=card.privacy.mode,
        published=record.published is not None,
    )


# -------------------------------------------------------------------- actions
@action
def draft(
    engine: Engine,
    *,
    model: str,
    semantic: Semantic,
    privacy: PrivacyChoice = _DEFAULT_PRIVACY,
    audience: Literal["", "private", "consortium", "public"] = "",
    profile: str = "",
    previous: str = "",
    lineage: tuple[str, ...] = (),
    override: str = "",
    progress: Progress = silent,
) -> Draft:
    """Make exactly what would leave, audit it and keep it; nothing leaves."""
    record: ModelRecord = engine.store.models.get(model)
    dataset = engine.store.datasets.get(record.dataset)
    progress(0.05, "reading the rows")
    table = load_dataset(engine, dataset)
    frame = choose_profile(engine, dataset, table, profile, privacy.mode)
    trained_on = engine.store.meta.get(f"rows of {record.id}")
    if trained_on is not None and table.content != trained_on:
        raise SettingsError(
            f"the rows of '{dataset.name}' are not the ones that the model was trained on",
            hint="train again on the rows as they are now",
        )
    progress(0.15, "sketching the data")
    described = _derive(semantic, record.card, table, frame)
    words = tuple(finding for finding in check_semantic(described) if finding.severity == "refuse")
    if words and not override and privacy.mode == "private":
        raise CheckFailedError(
            f"what the learnware is for is not said yet: {words[0].message}",
            findings=words,
            hint="complete it first; no noise was drawn and nothing was charged",
        )
    spec, charged = draw_specification(engine, dataset, table, frame, privacy, progress)
    progress(0.7, "looking for copies of rows")
    file = engine.store.blobs.get(record.model)
    findings = _audit(spec, table, file, record.card, described, privacy.mode)
    card = dataclasses.replace(record.card, note=" ".join(filter(None, [record.card.note, override.strip()])))
    files = {
        "card.json": encode(card),
        "model.onnx": file,
        "profile.json": encode(frame),
        "semantic.json": encode(described),
        "specification.json": encode(spec.card),
        "specification.safetensors": spec.to_bytes(),
    }
    progress(0.9, "listing what would leave")
    with engine.store.transaction():
        entries = _record_files(engine, files)
        engine.store.profiles.put(frame, source="own", signed=b"")
        content = digest(
            encode([msgspec.to_builtins(entries), audience or engine.settings.audience, previous, list(lineage)])
        )
        same = engine.store.drafts.find(content)
        if same is not None:
            engine.store.drafts.mark_shown(same.digest)
            return draft_of(engine, same, charged)
        manifest = Manifest(
            publisher=engine.keys.publisher,
            organisation=engine.keys.keys.organisation,
            created=engine.now().replace(microsecond=0),
            audience=audience or engine.settings.audience,
            profile=frame.id,
            previous=engine.store.catalogue.get(previous).id if previous else "",
            lineage=lineage,
            files=entries,
        )
        made = DraftRecord(
            digest=manifest.id,
            content_key=content,
            dataset=dataset.name,
            model=record.id,
            manifest=manifest.to_bytes(),
            files=entries,
            findings=findings,
            epsilon=spec.card.privacy.epsilon,
            created=engine.now(),
            shown=True,
            published=None,
            override=override.strip(),
        )
        engine.store.drafts.put(made)
    return draft_of(engine, made, charged)


@action
def drafts(engine: Engine) -> tuple[Draft, ...]:
    """List the drafts."""
    return tuple(draft_of(engine, record) for record in engine.store.drafts.list())


@action
def draft_file(engine: Engine, *, digest: str, name: str) -> bytes:
    """Return one file of a draft, byte for byte as it would leave."""
    record = engine.store.drafts.get(digest)
    if name == "manifest.json":
        return record.manifest
    for entry in record.files:
        if entry.name == name:
            return engine.store.blobs.get(entry.sha256)
    names = ", ".join(entry.name for entry in record.files)
    raise NotFoundError(f"the draft has no file '{name}'", hint=f"its files are: {names}")


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
    row = ready_row(ware, engine.keys.keys.organisation, own=True, hub="", received=engine.now())
    with engine.store.transaction():
        if engine.store.drafts.get(record.digest).published is not None:
            return ware_of(engine, engine.store.catalogue.get(record.digest))
        engine.store.catalogue.put(row)
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
    engine.wake()
    return ware_of(engine, engine.store.catalogue.get(row.id))
