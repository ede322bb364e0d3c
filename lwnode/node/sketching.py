# SPDX-License-Identifier: Apache-2.0
"""The specification of a draft: in which profile, with which labels, and drawn once.

Rules
-----
* Noise is drawn once for (content, profile, mechanism, ε, what is said); the draw is stored and charged in one
  transaction before anything is made of it.  Asked again, the same bytes come back and nothing is spent.
* Whatever could refuse does so before noise is drawn.

Called by `lwnode.node.actions.drafting`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Card, Profile, SpecificationCard, decode, digest, encode
from lwnode.documents.decoders import converted
from lwnode.errors import Finding, SettingsError, SpecificationError
from lwnode.node.budget import cap_check
from lwnode.node.data import comparable, matching_profile, own_profile
from lwnode.node.engine import Engine
from lwnode.node.privacy import Budget, PrivacyChoice
from lwnode.specification import Labels, Specification, default_delta, mechanism, mu_for, raw_matrix, specify
from lwnode.specification.encoders import IMAGES, encoder_profile, pixels
from lwnode.store import Charged, DataSet
from lwnode.training import Table
from lwnode.types import Matrix, Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sketch:
    """What a specification is made of, settled before anything is drawn.

    Parameters
    ----------
    profile : Profile
    raw : (n, width) float64, raw
    privacy : PrivacyChoice
    rows_per_person : int
    size : int
        Most points.
    labels : Labels or None
        Whose shares are said.
    labelled : bool
        Whether points carry labels.
    withheld : tuple of str
        Features of the profile that the owner withheld: missing in every row.
    """

    profile: Profile
    raw: Matrix
    privacy: PrivacyChoice
    rows_per_person: int
    size: int
    labels: Labels | None
    labelled: bool
    withheld: tuple[str, ...] = ()

    def make(
        self, rng: np.random.Generator, rows: NDArray[np.intp] | None = None, progress: Progress = silent
    ) -> Specification:
        """Return a specification of all rows, or of some; with noise from ``rng`` where it is private."""
        private = self.privacy.mode == "private"
        labels = self.labels if rows is None or self.labels is None else self.labels.take(rows)
        return specify(
            self.raw if rows is None else self.raw[rows],
            self.profile,
            privacy=self.privacy.mode,
            epsilon=self.privacy.epsilon if private else None,
            delta=self.privacy.delta if private else None,
            rows_per_person=self.rows_per_person,
            size=self.size,
            labels=labels,
            labelled=self.labelled,
            rng=rng,
            progress=progress,
        )


def choose_profile(engine: Engine, dataset: DataSet, table: Table, asked: str, mode: str) -> Profile:
    """Return the profile to draft in: the one asked for, else the catalogue's that matches the columns.

    Raises
    ------
    SpecificationError
        None matches and the mode may not take the data's own bounds.
    """
    if asked:
        return engine.store.profiles.get(asked)
    if table.encoder.startswith(pixels.PREFIX):
        return encoder_profile(IMAGES)
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


def labels_of(table: Table, card: Card, profile: Profile) -> Labels | None:
    """Return the labels of the rows: the model's classes, or bins of a target with public bounds; None without."""
    if not card.target or card.target not in table.columns or card.target in table.withheld:
        return None
    values = table.columns[card.target]
    if card.task == "classification" and card.classes:
        return Labels.from_classes(values, card.classes)
    target = profile.target if card.task == "regression" and values.dtype != object else None
    if target is None or target.name != card.target or target.low is None or target.high is None:
        return None
    return Labels.from_numbers(values, low=target.low, high=target.high)


def settle(
    engine: Engine,
    dataset: DataSet,
    table: Table,
    profile: Profile,
    privacy: PrivacyChoice,
    *,
    labels: Labels | None,
    labelled: bool,
) -> Sketch:
    """Return what the specification is made of, with ε and δ filled in.

    Raises
    ------
    SettingsError
        Labels were asked for and there are none.
    """
    if labelled and labels is None:
        raise SettingsError(
            "there are no labels to publish: the model names no classes, or the target has no public bounds",
            hint="leave the labels out, or state the target's bounds in the profile",
        )
    raw = raw_matrix(profile, {**comparable(table), **table.describe(profile).without_withheld().columns})
    if privacy.mode == "private":
        epsilon = engine.settings.epsilon_default if privacy.epsilon is None else privacy.epsilon
        asked = Budget(epsilon=epsilon, delta=privacy.delta)
        delta = default_delta(max(1, len(raw))) if asked.delta is None else asked.delta
        privacy = PrivacyChoice(mode="private", epsilon=epsilon, delta=delta)
    classes = labels.count if labels is not None and labelled else 1
    return Sketch(
        profile=profile,
        raw=raw,
        privacy=privacy,
        rows_per_person=dataset.rows_per_person,
        size=max(engine.settings.reduced_set_size, classes),
        labels=labels,
        labelled=labelled,
        withheld=withheld_of(table, profile),
    )


def withheld_of(table: Table, profile: Profile) -> tuple[str, ...]:
    """Return the features of a profile that the owner of a table withheld."""
    return tuple(column.name for column in profile.features if column.name in table.withheld)


def audit_withheld(sketch: Sketch) -> tuple[Finding, ...]:
    """Return a note for each feature of the profile that stays empty."""
    message = "'{}' is a feature of the profile that you withheld: it is left empty in every row of the sketch"
    return tuple(
        Finding(code="column-withheld", severity="note", message=message.format(name), where=name)
        for name in sketch.withheld
    )


def draw(
    engine: Engine, dataset: DataSet, table: Table, sketch: Sketch, target: str, progress: Progress
) -> tuple[Specification, float]:
    """Return the specification, and the ε that was charged for it now.

    Raises
    ------
    PrivacyBudgetError
        Too few rows for this ε, or the budget's cap.
    """
    if sketch.privacy.mode != "private":
        return sketch.make(engine.noise(), progress=progress), 0.0
    epsilon, delta = sketch.privacy.epsilon, sketch.privacy.delta
    assert epsilon is not None
    assert delta is not None
    labels = sketch.labels
    how = mechanism(
        sketch.profile,
        epsilon=epsilon,
        delta=delta,
        rows_per_person=sketch.rows_per_person,
        size=sketch.size,
        labels=labels.names if labels is not None else (),
        edges=labels.edges if labels is not None else (),
        target=target if labels is not None else "",
        blocks=sketch.labelled,
    )
    key = digest(encode(["draw", table.content, how, *([sketch.withheld] if sketch.withheld else [])]))
    blob = engine.store.ledger.draw(key)
    if blob is not None:
        return _drawn(engine, blob, sketch.profile), 0.0
    mu = mu_for(epsilon, delta)
    allowed = cap_check(engine, dataset)
    allowed((*engine.store.ledger.charged(dataset.name), Charged(mu, rows_per_person=dataset.rows_per_person)))
    made = sketch.make(engine.noise(), progress=progress)
    tensors = engine.store.blobs.put(made.to_bytes())
    blob = engine.store.blobs.put(encode({"card": made.card, "tensors": tensors}))
    entry = engine.store.ledger.charge(
        dataset.name,
        key,
        mu=mu,
        epsilon=epsilon,
        delta=delta,
        what=f"specification in profile '{sketch.profile.name}'",
        blob=blob,
        rows_per_person=dataset.rows_per_person,
        cap_check=allowed,
    )
    return _drawn(engine, entry.blob, sketch.profile), epsilon if entry.blob == blob else 0.0


def _drawn(engine: Engine, blob: str, profile: Profile) -> Specification:
    """Return a stored draw."""
    stored = decode(engine.store.blobs.get(blob), dict)
    card = converted(stored["card"], SpecificationCard)
    return Specification.from_bytes(engine.store.blobs.get(str(stored["tensors"])), card, profile)
