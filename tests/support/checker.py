# SPDX-License-Identifier: Apache-2.0
"""Learnwares for the checker's tests: honest ones of made-up rows, and plain functions in the place of their models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lwnode.archive import Learnware
from lwnode.checker import CheckReport, check_learnware
from lwnode.documents import Card, Figure, FileEntry, Input, Manifest, Port, Profile, Semantic
from lwnode.specification import Labels, Specification, specify

NAMES = ("no", "yes")
PROFILE = Profile.from_bounds(
    {"age": (0.0, 100.0), "stay": (0.0, 30.0), "sex": ["f", "m"]}, units={"age": "a", "stay": "d"}, target="ill"
)
INPUTS = (
    Input(name="age", type="number", unit="a"),
    Input(name="stay", type="number", unit="d"),
    Input(name="sex", type="category", levels=("f", "m")),
)
CARD = Card(
    family="logistic regression",
    task="classification",
    inputs=INPUTS,
    classes=NAMES,
    target="ill",
    figures=(Figure(name="accuracy", value=0.97, low=0.95, high=0.99),),
)
SEMANTIC = Semantic(
    name="Illness",
    description="From age, stay and sex.",
    data="Table",
    task="Classification",
    library="Scikit-learn",
    scenario=("Health",),
    license="MIT",
    inputs=(Port(name="age", unit="a"), Port(name="stay", unit="d"), Port(name="sex")),
    outputs=tuple(Port(name=name) for name in NAMES),
)


def rows(n: int = 1200, seed: int = 0) -> NDArray[np.float64]:
    """Rows of one hospital, as the model reads them: old and long stays together; the sex by its position."""
    rng = np.random.default_rng(seed)
    old = rng.random(n) < 0.4
    age = np.where(old, rng.normal(78, 5, n), rng.normal(40, 7, n))
    stay = np.clip(np.where(old, rng.normal(16, 3, n), rng.normal(5, 2, n)), 0, 30)
    return np.column_stack([age, stay, rng.integers(0, 2, n)])


def truth(X: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whether a row is ill: the old are."""
    return (X[:, 0] > 59).astype(np.int64)


def raw(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same rows as the profile reads them: one coordinate a level."""
    return np.column_stack([X[:, :2], X[:, 2] == 0, X[:, 2] == 1]).astype(float)


@cache
def sketch(*, labelled: bool = True, privacy: str = "private") -> Specification:
    """A specification of the rows."""
    X = rows()
    labels = Labels(of_rows=truth(X), names=NAMES)
    private = {"epsilon": 2.0, "rng": np.random.default_rng(0)} if privacy == "private" else {}
    return specify(raw(X), PROFILE, privacy=privacy, labels=labels, labelled=labelled, **private)


def probabilities(of_yes: NDArray[np.floating]) -> dict[str, NDArray[np.float32]]:
    """An answer of a classifier of two classes."""
    return {"probabilities": np.column_stack([1.0 - of_yes, of_yes]).astype(np.float32)}


def honest(X: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """The model that belongs to the rows."""
    age = np.where(np.isnan(X[:, 0]), 59.0, X[:, 0]).astype(np.float64)
    return probabilities(1.0 / (1.0 + np.exp(-np.clip((age - 59.0) / 4.0, -30, 30))))


def ware(
    *, card: Card = CARD, semantic: Semantic = SEMANTIC, spec: Specification | None = None, profile: Profile = PROFILE
) -> Learnware:
    """A learnware of these parts, as a draft has it."""
    spec = spec if spec is not None else sketch()
    manifest = Manifest(
        publisher="ab" * 32,
        organisation="A hospital",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        audience="consortium",
        profile=profile.id,
        previous="",
        lineage=(),
        files=(FileEntry(name="card.json", sha256="0" * 64, size=1),),
    )
    return Learnware(
        id=manifest.id, bundle=b"", manifest=manifest, semantic=semantic, card=card, profile=profile,
        specification=spec, model=b"",
    )  # fmt: skip


def checked(of: Learnware, predict: Any = honest, **more: Any) -> CheckReport:
    """The report on a learnware, with a clock that stands still."""
    return check_learnware(of, predict, clock=lambda: 0.0, **more)


def codes(report: CheckReport) -> set[str]:
    """The codes of the findings."""
    return {finding.code for finding in report.findings}


def with_figures(card: Card, figures: Mapping[str, tuple[float, float, float]]) -> Card:
    """A card that claims other figures: name → value, low, high."""
    made = tuple(Figure(name=name, value=v, low=low, high=high) for name, (v, low, high) in figures.items())
    return replace(card, figures=made)
