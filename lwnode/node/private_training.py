# SPDX-License-Identifier: Apache-2.0
"""A private model of a data set: settled, drawn once, charged.

Rules
-----
* The fitted model *is* the draw: (content, profile, target, mechanism, ε) is trained once, stored and charged in one
  transaction.  Asked again, the same file comes back and nothing is spent.
* Whatever could refuse does so before noise is drawn: no public frame, no public target, too few rows, the cap.
* It is fitted in this process: the key of the noise never passes a pipe or a file.  ``progress`` may raise at any
  moment; then nothing is kept and nothing is charged.

Called by `lwnode.node.actions.training`.
"""

from __future__ import annotations

import msgspec
import numpy as np

from lwnode.documents import Card, Input, decode, digest, encode
from lwnode.documents.decoders import converted
from lwnode.errors import SettingsError
from lwnode.node.budget import cap_check
from lwnode.node.data import load_dataset
from lwnode.node.engine import Engine
from lwnode.node.privacy import Budget, PrivacyChoice
from lwnode.node.sketching import choose_profile, withheld_of
from lwnode.specification.encoders import encoder_columns
from lwnode.specification.encoders.pixels import PREFIX, size_of
from lwnode.store import Charged, DataSet
from lwnode.training import Row, Table
from lwnode.training import encode as encode_inputs
from lwnode.training.private import (
    PrivateModel,
    Shape,
    Target,
    Terms,
    agree,
    check_rows,
    family_name,
    mechanism,
    public_target,
    train_private,
    train_private_images,
)
from lwnode.training.private.problem import require_public
from lwnode.types import Progress, Task

PRESET = "private"  # in a model's record, where others have their preset


def train_privately(
    engine: Engine,
    dataset: DataSet,
    table: Table,
    *,
    task: Task | None,
    family: str,
    privacy: PrivacyChoice,
    classes: tuple[str, ...],
    bounds: tuple[float, float] | None,
    progress: Progress,
) -> tuple[Card, bytes, tuple[Row, ...]]:
    """Return a private model's card, file and leaderboard, drawn now or before.

    Parameters
    ----------
    engine : Engine
    dataset : DataSet
    table : Table
        Its rows, with a target.
    task : {"classification", "regression"}, optional
    family : {"", "linear", "network", "images"}
        Empty for linear, which needs the fewest rows, and for images where the table is one of plain pixels.
    privacy : PrivacyChoice
    classes : tuple of str
    bounds : (low, high), optional
        Of the target, where the profile does not say.
    progress : callable

    Raises
    ------
    PrivacyBudgetError
        Too few rows for this ε, or the budget's cap.
    SpecificationError
        No profile with public bounds fits, or nobody says in public what the target is.
    SettingsError
        Another privacy than private, or an unknown family.
    """
    if privacy.mode != "private":
        raise SettingsError(
            f"a model is not trained '{privacy.mode}'", hint="give a Budget, or leave the privacy out for no guarantee"
        )
    asked = Budget(
        epsilon=engine.settings.epsilon_default if privacy.epsilon is None else privacy.epsilon, delta=privacy.delta
    )
    pictures = table.encoder.startswith(PREFIX)
    if (family == "images") != pictures and family:
        raise SettingsError(
            "the family 'images' learns from plain pixels, and nothing else does",
            hint=f"make the table with Images.table(encoder='{PREFIX}28x28x1'), or take another family",
        )
    family = family or ("images" if pictures else "linear")
    profile = None if pictures else choose_profile(engine, dataset, table, "", "private")
    if profile is not None:
        require_public(profile)
    target = public_target(profile, str(table.target), task=task, classes=classes, bounds=bounds)
    name = family_name(family, target.task)
    terms = agree(table.rows, epsilon=asked.epsilon, delta=asked.delta, rows_per_person=dataset.rows_per_person)
    how = mechanism(table.encoder if profile is None else profile.id, target, family, terms)
    withheld = () if profile is None else withheld_of(table, profile)
    key = digest(encode(["train", table.content, how, *([withheld] if withheld else [])]))
    blob = engine.store.ledger.draw(key)
    if blob is not None:
        return _drawn(engine, blob)
    check_rows(0 if profile is None else profile.width, family, terms)
    allowed = cap_check(engine, dataset)
    allowed((*engine.store.ledger.charged(dataset.name), Charged(terms.mu, rows_per_person=dataset.rows_per_person)))
    if profile is not None:
        read = load_dataset(engine, dataset, profile).describe(profile)  # cell by cell, as the profile says
        table = read.without_withheld()
    made = (
        _from_pictures(table, target, terms, engine.noise(), progress)
        if profile is None
        else train_private(
            table,
            profile,
            target,
            family=family,
            epsilon=terms.epsilon,
            delta=terms.delta,
            rows_per_person=terms.rows_per_person,
            rng=engine.noise(),
            progress=progress,
        )
    )
    blob = engine.store.blobs.put(
        encode(
            {
                "card": made.card,
                "leaderboard": msgspec.to_builtins(made.leaderboard),
                "model": engine.store.blobs.put(made.model),
            }
        )
    )
    entry = engine.store.ledger.charge(
        dataset.name,
        key,
        mu=made.release.mu,
        epsilon=terms.epsilon,
        delta=terms.delta,
        what=f"{name} for '{target.name}'",
        blob=blob,
        rows_per_person=dataset.rows_per_person,
        cap_check=allowed,
    )
    return _drawn(engine, entry.blob)


def _from_pictures(
    table: Table, target: Target, terms: Terms, rng: np.random.Generator, progress: Progress
) -> PrivateModel:
    """Train on a table of plain pixels."""
    names = encoder_columns(table.encoder)
    inputs = tuple(Input(name=name, type="number") for name in names)
    height, width, channels = size_of(table.encoder)
    return train_private_images(
        encode_inputs(inputs, table.features(names)),
        table.columns[target.name],
        Shape(height=height, width=width, channels=channels),
        target,
        inputs=inputs,
        encoder=table.encoder,
        epsilon=terms.epsilon,
        delta=terms.delta,
        rows_per_person=terms.rows_per_person,
        rng=rng,
        progress=progress,
    )


def _drawn(engine: Engine, blob: str) -> tuple[Card, bytes, tuple[Row, ...]]:
    """Return a stored draw."""
    stored = decode(engine.store.blobs.get(blob), dict)
    card = converted(stored["card"], Card)
    board = converted(stored["leaderboard"], tuple[Row, ...])
    return card, engine.store.blobs.get(str(stored["model"])), board
