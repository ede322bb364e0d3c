# SPDX-License-Identifier: Apache-2.0
"""Drafting: making exactly what would leave, auditing it, and keeping it.

Rules
-----
* A draft is everything that would leave, byte for byte.  Its digest is the manifest's, so what is signed is what was
  shown.
* Drafting again gives the same bytes and spends nothing (`lwnode.node.sketching`).
* The market's checker sees a draft as a receiver will (`lwnode.node.checking`); what it refuses is in the findings.
* One ε covers all that the sketch says of the data.  The model's own figures are the model's: rounded, outside that ε,
  unless the model itself is private.  The draft says which is which, part by part.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

import msgspec
import numpy as np

from lwnode.archive import Learnware
from lwnode.documents import (
    Card,
    FileEntry,
    Manifest,
    Port,
    Profile,
    Semantic,
    SpecificationCard,
    decode,
    digest,
    encode,
)
from lwnode.documents.semantic import check as check_semantic
from lwnode.errors import CheckFailedError, Finding, NotFoundError, SettingsError
from lwnode.node.actions.action import action
from lwnode.node.audit import audit_draft
from lwnode.node.budget import budget_of
from lwnode.node.checking import examine
from lwnode.node.data import load_dataset
from lwnode.node.engine import Engine
from lwnode.node.origins import check_origin, described_by_origin, lineage_of
from lwnode.node.overlap import remember_rows, shared_rows
from lwnode.node.privacy import PrivacyChoice
from lwnode.node.records import Draft, DraftFile, Said
from lwnode.node.sketching import audit_withheld, choose_profile, draw, labels_of, settle
from lwnode.specification import attacker_auc
from lwnode.specification.encoders import kind_of
from lwnode.specification.plan import COUNTS_SHARE, LEVEL_SHARE, RESIDUAL_SHARE
from lwnode.store import DraftRecord, ModelRecord
from lwnode.training import Table
from lwnode.types import Progress, part, silent

_WHAT = {
    "card.json": "how to call the model, and its figures",
    "model.onnx": "the model",
    "profile.json": "the public frame: column names, units, bounds",
    "semantic.json": "what the model is for, in words",
    "specification.json": "privacy and scalars of the sketch",
    "specification.safetensors": "the sketch of the data: points and weights",
    "manifest.json": "the list of these files, which is signed",
}
_DATA = {"images": "Image", "texts": "Text"}
_DEFAULT_PRIVACY = PrivacyChoice()


def _derive(semantic: Semantic, card: Card, table: Table, profile: Profile) -> Semantic:
    """Fill in what follows from the model and its data."""
    known = {column.name: column for column in profile.columns}
    library = "PyTorch" if "neural" in card.family else "Scikit-learn"
    inputs = []
    for item in () if card.encoder else card.inputs:  # an encoder's columns mean nothing to a person
        column = known.get(item.name)
        span = (
            f"{column.low:g} to {column.high:g}"
            if column and column.low is not None and column.high is not None
            else ""
        )
        inputs.append(Port(name=item.name, unit=item.unit or (column.unit if column else ""), range=span))
    outputs = tuple(Port(name=label, description=f"probability of {card.target} = {label}") for label in card.classes)
    return semantic.filled(
        data=_DATA[kind_of(card.encoder)] if card.encoder else "Table",
        task=card.task.title(),
        library="Others" if card.family == "own model" else library,
        inputs=tuple(inputs),
        outputs=outputs or (Port(name=table.target or "value"),),
    )


def _said(card: SpecificationCard, model: Card) -> tuple[Said, ...]:
    """Return what the draft says of the data, part by part, and how each part is protected."""
    private = card.privacy.mode == "private"
    fixed = [("the residual", RESIDUAL_SHARE), ("the tail level", LEVEL_SHARE)]
    if card.shares:
        fixed.append(("the shares of the classes", COUNTS_SHARE))
    whole = 1.0 - sum(share for _, share in fixed)
    parts = [("points and weights, by class" if card.labels else "points and weights", whole), *fixed]
    how = "inside ε, {:.0%} of it" if private else "exact, no guarantee"
    found = [Said(what=what, how=how.format(share)) for what, share in parts]
    if not card.shares:
        found.append(Said(what="the shares of the classes", how="not said"))
    own = "inside the model's own ε" if model.privacy is not None else "rounded, outside ε"
    found.append(Said(what="the model's figures", how=own if model.figures else "not said"))
    if model.task == "classification":
        said = "not said" if model.temperature is None else own
        found.append(Said(what="the model's temperature", how=said))
    return tuple(found)


def _published_card(card: Card, *, figures: bool, temperature: bool, override: str) -> Card:
    """Return the model's card as it would leave: without what is not to be said, with what was overridden."""
    if not figures:
        card = dataclasses.replace(card, figures=(), figures_note="left out by its owner")
    if not temperature and card.temperature is not None:
        card = dataclasses.replace(card, temperature=None, temperature_note="left out by its owner")
    return dataclasses.replace(card, note=" ".join(filter(None, [card.note, override.strip()])))


def _further(said: tuple[Finding, ...], findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return what the checker adds to what the audit said: both look at the words."""
    known = {(finding.code, finding.where) for finding in said}
    return tuple(finding for finding in findings if (finding.code, finding.where) not in known)


def _record_files(engine: Engine, files: dict[str, bytes]) -> tuple[FileEntry, ...]:
    return tuple(
        FileEntry(name=name, sha256=engine.store.blobs.put(files[name]), size=len(files[name]))
        for name in sorted(files)
    )


def draft_of(engine: Engine, record: DraftRecord, charged: float = 0.0, before: float | None = None) -> Draft:
    """Return a stored draft as the faces see it."""
    files = {entry.name: entry for entry in record.files}
    card = decode(engine.store.blobs.get(files["specification.json"].sha256), SpecificationCard)
    model = decode(engine.store.blobs.get(files["card.json"].sha256), Card)
    semantic = decode(engine.store.blobs.get(files["semantic.json"].sha256), Semantic)
    dataset = engine.store.datasets.get(record.dataset)
    budget = budget_of(engine, dataset)
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
        epsilon_before=budget.epsilon_spent if before is None else before,
        epsilon_spent=budget.epsilon_spent,
        epsilon_cap=budget.epsilon_cap,
        attacker=attacker_auc(card.privacy.mu) if card.privacy.mu is not None else None,
        attacker_of_all=budget.attacker,
        rows_per_person=card.privacy.rows_per_person,
        model_epsilon=model.privacy.epsilon if model.privacy is not None else None,
        said=_said(card, model),
        audience=Manifest.from_bytes(record.manifest).audience,
        name=semantic.name,
        model=record.model,
        dataset=record.dataset,
        mode=card.privacy.mode,
        published=record.published is not None,
    )


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
    labelled: bool = False,
    shares: bool = True,
    figures: bool = True,
    temperature: bool = True,
    override: str = "",
    progress: Progress = silent,
) -> Draft:
    """Make exactly what would leave, audit it and keep it; nothing leaves."""
    record: ModelRecord = engine.store.models.get(model)
    dataset = engine.store.datasets.get(record.dataset)
    progress(0.02, "reading the rows")
    table = load_dataset(engine, dataset)
    if record.rows and table.content != record.rows:
        raise SettingsError(
            f"the rows of '{dataset.name}' are not the ones that the model was trained on",
            hint="train again on the rows as they are now",
        )
    frame = choose_profile(engine, dataset, table, profile, privacy.mode)
    lineage = lineage_of(record.card, lineage)
    semantic = described_by_origin(engine, semantic, record.card)
    described = _derive(semantic, record.card, table, frame)
    words = tuple(finding for finding in check_semantic(described) if finding.severity == "refuse")
    if words and not override and privacy.mode == "private":
        raise CheckFailedError(
            f"what the learnware is for is not said yet: {words[0].message}",
            findings=words,
            hint="complete it first; no noise was drawn and nothing was charged",
        )
    read = load_dataset(engine, dataset, frame)  # cell by cell, as the frame says
    labels = labels_of(read, record.card, frame) if shares or labelled else None
    sketch = settle(engine, dataset, read, frame, privacy, labels=labels, labelled=labelled)
    before = budget_of(engine, dataset).epsilon_spent
    spec, charged = draw(engine, dataset, table, sketch, record.card.target, part(progress, 0.1, 0.5))
    file = engine.store.blobs.get(record.model)
    card = _published_card(record.card, figures=figures, temperature=temperature, override=override)
    remember_rows(engine, dataset, table)
    findings = audit_draft(
        spec,
        table,
        sketch.raw,
        model=file,
        card=record.card,
        semantic=described,
        mode=privacy.mode,
        make=lambda rows, rng: sketch.make(rng, rows),
        preset=record.preset,
        rng=np.random.default_rng(engine.noise().integers(2**63)),
        seconds=engine.settings.audit_seconds,
        progress=part(progress, 0.5, 0.85),
    )
    reach = audience or engine.settings.audience
    made_from = check_origin(engine, record.card, licence=described.license, audience=reach)
    files = {
        "card.json": encode(card),
        "model.onnx": file,
        "profile.json": encode(frame),
        "semantic.json": encode(described),
        "specification.json": encode(spec.card),
        "specification.safetensors": spec.to_bytes(),
    }
    progress(0.85, "listing what would leave")
    entries = _record_files(engine, files)
    manifest = Manifest(
        publisher=engine.keys.publisher,
        organisation=engine.keys.keys.organisation,
        created=engine.now().replace(microsecond=0),
        audience=reach,
        profile=frame.id,
        previous=engine.store.catalogue.get(previous).id if previous else "",
        lineage=lineage,
        files=entries,
    )
    ware = Learnware(
        id=manifest.id,
        bundle=b"",
        manifest=manifest,
        semantic=described,
        card=card,
        profile=frame,
        specification=spec,
        model=file,
    )
    findings += _further(findings, examine(engine, ware, progress=part(progress, 0.85, 1.0)).findings)
    with engine.store.transaction():
        engine.store.profiles.put(frame, source="own", signed=b"")
        content = digest(encode([msgspec.to_builtins(entries), reach, previous, list(lineage)]))
        same = engine.store.drafts.find(content)
        if same is not None:
            engine.store.drafts.mark_shown(same.digest)
            return draft_of(engine, same, charged, before)
        made = DraftRecord(
            digest=manifest.id,
            content_key=content,
            dataset=dataset.name,
            model=record.id,
            manifest=manifest.to_bytes(),
            files=entries,
            findings=(*findings, *made_from, *audit_withheld(sketch), *shared_rows(engine, dataset)),
            epsilon=spec.card.privacy.epsilon,
            created=engine.now(),
            shown=True,
            published=None,
            override=override.strip(),
        )
        engine.store.drafts.put(made)
    return draft_of(engine, made, charged, before)


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
