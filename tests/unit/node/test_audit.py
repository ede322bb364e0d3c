# SPDX-License-Identifier: Apache-2.0
"""Everything that is said about a draft, in one list and in bounded time."""

from __future__ import annotations

import dataclasses
import time
from functools import cache

import numpy as np
import pytest

from lwnode.documents import Profile, Semantic
from lwnode.errors import CancelledError, Finding
from lwnode.node.audit import SECONDS, audit_draft
from lwnode.node.data import own_profile
from lwnode.settings import Settings
from lwnode.specification import Specification, from_frame, raw_matrix, specify, to_frame
from lwnode.training import Table, Trained, read_table, train
from lwnode.types import Matrix
from tests.support.rkme import k_means_specification
from tests.support.specification import SAMPLE, sample_profile

WORDS = Semantic(
    name="Readmission", description="of patients within thirty days", data="Table", task="Classification",
    library="Scikit-learn", scenario=("Health",), license="MIT",
)  # fmt: skip


@cache
def hospital(rows: int = 3000) -> Table:
    whole = read_table(SAMPLE / "hospital_a_general.csv", target="readmitted_30d")
    return whole if rows == whole.rows else whole.select(np.arange(rows))


@cache
def trained(rows: int = 3000) -> Trained:
    return train(hospital(rows), preset="quick")


def raw_of(table: Table, profile: Profile) -> Matrix:
    return raw_matrix(profile, table.features(tuple(column.name for column in profile.features)))


def audited(
    mode: str,
    *,
    rows: int = 3000,
    profile: Profile | None = None,
    spec: Specification | None = None,
    **changes: object,
) -> tuple[Finding, ...]:
    """Audit a draft of the sample hospital, with changes to the arguments."""
    table, profile = hospital(rows), profile or sample_profile()
    raw = raw_of(table, profile)
    settings = {"epsilon": 1.0} if mode == "private" else {}

    def make(positions: np.ndarray, rng: np.random.Generator) -> Specification:
        return specify(raw[positions], profile, privacy=mode, rng=rng, **settings)

    rng = np.random.default_rng(0)
    given: dict[str, object] = {
        "spec": spec or make(np.arange(len(raw)), rng), "table": table, "raw": raw, "model": trained(rows).model,
        "card": trained(rows).card, "semantic": WORDS, "mode": mode, "make": make, "preset": "quick", "rng": rng,
    }  # fmt: skip
    given.update(changes)
    return audit_draft(given.pop("spec"), given.pop("table"), given.pop("raw"), **given)  # type: ignore[arg-type]


def codes(found: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(one.severity, one.code) for one in found]


def test_the_settings_have_the_audits_seconds() -> None:
    assert Settings().audit_seconds == SECONDS


def test_a_private_draft_of_a_preset_is_measured_and_not_refused() -> None:
    began = time.process_time()
    found = audited("private")
    assert time.process_time() - began < 12.0  # measured: 1.3 at 3,000 × 10 rows, without the training
    assert "refuse" not in {one.severity for one in found}
    assert codes(found)[-3:] == [("note", "tracing-measured")] * 2 + [("note", "membership-measured")]
    assert "at most 58" in found[-2].message


def test_a_draft_without_noise_says_what_was_traced() -> None:
    found = audited("no-noise", rows=600)
    assert ("warn", "no-noise") in codes(found)
    assert ("warn", "rows-can-be-traced") in codes(found)
    assert "refuse" not in {one.severity for one in found}


def test_points_of_k_means_are_refused_first() -> None:
    table = hospital(600)
    raw = raw_of(table, sample_profile())
    spec = k_means_specification(raw, sample_profile())

    def make(positions: np.ndarray, rng: np.random.Generator) -> Specification:
        return k_means_specification(raw[positions], sample_profile())

    found = audited("no-noise", rows=600, spec=spec, make=make)
    assert codes(found)[0] == ("refuse", "copy-in-points")
    assert {"rows-can-be-traced", "points-follow-rows"} <= {one.code for one in found}
    order = [("refuse", "warn", "note").index(one.severity) for one in found]
    assert order == sorted(order)


def test_a_row_of_its_kind_beside_a_point_is_refused() -> None:
    from lwnode.specification.audit import unique_rows
    from lwnode.specification.audit.unique_rows import isolation

    raw = raw_of(hospital(600), sample_profile())
    made = specify(raw, sample_profile(), privacy="no-noise")
    at = int(np.flatnonzero(unique_rows(sample_profile(), raw))[0])
    frame = to_frame(sample_profile(), raw)
    beside = frame[at] + 0.08 * isolation(frame)[at] * np.sign(-frame[at]) / np.sqrt(frame.shape[1])
    points = np.concatenate([made.frame[1:], beside[None]])
    spec = dataclasses.replace(made, points=from_frame(sample_profile(), points))
    found = audited("no-noise", rows=600, spec=spec, make=None)
    assert codes(found)[0] == ("refuse", "unique-rows-in-points")


def test_public_data_are_not_asked() -> None:
    assert {one.code for one in audited("public", rows=600)} <= {"personal-column"}


def test_adopted_models_cannot_be_trained_again() -> None:
    found = audited("private", preset="adopted", card=dataclasses.replace(trained().card, family="own model"))
    assert ("note", "membership-not-measured") in codes(found)


def test_no_time_is_said() -> None:
    found = audited("private", seconds=0.0)
    assert {("note", "tracing-not-measured"), ("note", "membership-not-measured")} <= set(codes(found))


def test_too_few_rows_for_a_rehearsal_is_said() -> None:
    found = audited("private", rows=160)  # 140 are the least at epsilon 1
    assert [one.code for one in found if one.code.startswith("tracing")] != []
    assert "refuse" not in {one.severity for one in found}


def test_a_person_can_end_it() -> None:
    def stop(share: float | None, doing: str) -> None:
        if share and share > 0.3:
            raise CancelledError("ended")

    with pytest.raises(CancelledError):
        audited("private", rows=600, progress=stop)


def test_rare_levels_of_own_bounds_and_classes_are_seen_without_naming_them() -> None:
    ward = np.array(["Medicine"] * 380 + ["Burns"] * 12 + ["Plague"] * 8, dtype=object)
    rng = np.random.default_rng(0)
    age = rng.normal(60, 10, 400)
    columns = {"ward": ward, "age": age, "stay": rng.normal(5, 1, 400), "weight": rng.normal(70, 5, 400)}
    table = Table(
        name="wards", columns={**columns, "died": (age > 62).astype(float)},
        types={"ward": "category", "age": "number", "stay": "number", "weight": "number", "died": "integer"},
        roles={**dict.fromkeys(columns, "feature"), "died": "target"}, target="died",
    )  # fmt: skip
    profile = own_profile(table)
    model = train(table, preset="quick")
    raw = raw_of(table, profile)
    spec = specify(raw, profile, privacy="no-noise", size=20)
    found = audit_draft(
        spec, table, raw, model=model.model, card=model.card, semantic=WORDS, mode="no-noise", make=None,
        preset="quick", rng=rng, seconds=0.0,
    )  # fmt: skip
    rare = [one for one in found if one.code == "rare-levels"]
    assert [(one.severity, one.where) for one in rare] == [
        ("warn", "profile.json")
    ]  # the card lists frequent ones only
    assert "Plague" not in rare[0].message
