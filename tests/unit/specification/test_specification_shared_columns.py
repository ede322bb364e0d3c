# SPDX-License-Identifier: Apache-2.0
"""Restrictions to shared columns: marginals, units, comparability, and which scalars still hold."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lwnode.documents import Column, Profile
from lwnode.errors import SpecificationError
from lwnode.market import search
from lwnode.market.derived import framed
from lwnode.specification import Specification, mmd2, raw_matrix, specify, to_frame
from lwnode.specification.kernels import squared_distances
from lwnode.specification.matching import Pair, match_columns
from lwnode.specification.shared_columns import on_shared_columns, restrict
from tests.support.market import entry

OURS = Profile.from_bounds(
    {"age": (0.0, 100.0), "temp_f": (90.0, 110.0), "sex": ["m", "f"], "extra": (0.0, 1.0)},
    units={"age": "a", "temp_f": "[degF]"},
    name="ours",
)
THEIRS = Profile.from_bounds(
    {"temperature": (34.0, 42.0), "gender": ["female", "male"], "age_months": (0.0, 1200.0), "other": (-1.0, 1.0)},
    units={"temperature": "Cel", "age_months": "mo"},
    name="theirs",
)
PAIRS = (
    Pair(ours="age", theirs="age_months", factor=12.0),
    Pair(ours="temp_f", theirs="temperature", factor=5 / 9, offset=-160 / 9),
    Pair(ours="sex", theirs="gender", levels=(("m", "male"), ("f", "female"))),
)


def rows(n: int, seed: int, shift: float = 0.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    age = rng.normal(55 + shift, 12, n)
    return {
        "age": age,
        "temp": rng.normal(37 + age / 200, 0.5, n),
        "male": rng.random(n) < age / 100,
        "free": rng.random(n),
    }


def ours_of(r: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    sex = np.where(r["male"], "m", "f").astype(object)
    return {"age": r["age"], "temp_f": r["temp"] * 1.8 + 32, "sex": sex, "extra": r["free"]}


def theirs_of(r: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    gender = np.where(r["male"], "male", "female").astype(object)
    return {"temperature": r["temp"], "gender": gender, "age_months": r["age"] * 12, "other": -r["free"]}


def sketch(profile: Profile, columns: dict[str, np.ndarray], **how: object) -> Specification:
    return specify(raw_matrix(profile, columns), profile, size=30, **({"privacy": "no-noise"} | how))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pair() -> tuple[Specification, Specification]:
    return sketch(OURS, ours_of(rows(600, 0))), sketch(THEIRS, theirs_of(rows(600, 1)))


def test_the_marginal_has_the_same_weights_and_converted_points(pair: tuple[Specification, Specification]) -> None:
    shared = on_shared_columns(*pair, PAIRS)
    assert shared.columns == ("temperature", "gender", "age_months")
    assert (shared.ours_left, shared.theirs_left) == (("extra",), ("other",))
    ours, theirs = shared.ours, shared.theirs
    assert (ours.weights == pair[0].weights).all()
    assert (theirs.points == pair[1].points[:, :4]).all()
    age, temp, male, female, _ = pair[0].points.T.astype(np.float64)
    np.testing.assert_allclose(ours.points, np.column_stack([(temp - 32) / 1.8, female, male, age * 12]), atol=1e-3)
    np.testing.assert_allclose(ours.frame[:, [3, 0]], pair[0].frame[:, :2], atol=1e-3)


def test_restrictions_are_of_one_schema_and_the_same_source_is_near(pair: tuple[Specification, Specification]) -> None:
    shared = on_shared_columns(*pair, PAIRS)
    assert shared.ours.profile.schema_id == shared.theirs.profile.schema_id
    assert shared.ours.profile.id != shared.theirs.profile.id
    assert shared.ours.profile.gamma == pytest.approx(1 / 3)
    same = mmd2(shared.ours, shared.theirs)
    older = on_shared_columns(sketch(OURS, ours_of(rows(600, 2, shift=25))), pair[1], PAIRS)
    assert mmd2(older.ours, older.theirs) > 20 * max(same, 1e-3)
    with pytest.raises(SpecificationError):
        mmd2(*pair)


@pytest.mark.parametrize("columns", [(0, 1, 2), (0, 1), (2,)])
@pytest.mark.parametrize("gamma", [None, 2.0])
def test_the_level_stays_an_upper_bound(columns: tuple[int, ...], gamma: float | None) -> None:
    profile = OURS if gamma is None else dataclasses.replace(OURS, gamma=gamma)
    r = ours_of(rows(4000, 3))
    for how in ({}, {"privacy": "private", "epsilon": 2.0, "rng": np.random.default_rng(0)}):
        spec = sketch(profile, r, **how)
        wanted = [dataclasses.replace(c) for c in OURS.features if OURS.features.index(c) in columns]
        part = restrict(spec, [Pair(ours=c.name, theirs=c.name) for c in wanted], wanted)
        whole_x, part_x = to_frame(profile, raw_matrix(profile, r)), to_frame(part.profile, raw_matrix(part.profile, r))
        covered = framed(spec, spec.profile).covers(squared_distances(whole_x, spec.frame))
        still = framed(part, part.profile).covers(squared_distances(part_x, part.frame) - 1e-6)
        assert 0.5 < covered.mean() < 1.0
        assert still[covered].all()
        assert part.card.level == spec.card.level
        assert part.card.privacy == spec.card.privacy


def test_the_residual_is_a_bound_that_claims_nothing(pair: tuple[Specification, Specification]) -> None:
    from lwnode.specification.scalars import residual

    shared = on_shared_columns(*pair, PAIRS)
    ours = shared.ours
    r = rows(600, 0)
    columns = {"temperature": r["temp"], "gender": theirs_of(r)["gender"], "age_months": r["age"] * 12}
    true = residual(ours.frame, ours.weights, ours.profile, raw_matrix(ours.profile, columns)) ** 2
    assert true <= ours.card.residual2 <= 2.0


def test_a_search_orders_restrictions_and_does_not_say_that_they_fit(pair: tuple[Specification, Specification]) -> None:
    far = sketch(OURS, ours_of(rows(600, 5, shift=30)))
    near, away = (on_shared_columns(spec, pair[1], PAIRS).ours for spec in (pair[0], far))
    r = rows(200, 9)
    asked = {"temperature": r["temp"], "gender": theirs_of(r)["gender"], "age_months": r["age"] * 12}
    found = search(asked, [entry("away", away), entry("near", near)])
    assert [match.learnware for match in found.nearest] == ["near", "away"]
    assert found.verdict == "too little data"
    assert found.single == ()


def test_the_proposed_map_can_be_used(pair: tuple[Specification, Specification]) -> None:
    proposal = match_columns(OURS.features, THEIRS.features)
    assert {(p.ours, p.theirs) for p in proposal.pairs} >= {("age", "age_months"), ("temp_f", "temperature")}
    kept = [p for p in proposal.pairs if p.theirs != "other"]
    shared = on_shared_columns(*pair, kept)
    assert mmd2(shared.ours, shared.theirs) < 0.05


BAD = {
    "no pair": (),
    "an unknown column of ours": (Pair(ours="nobody", theirs="age_months"),),
    "an unknown column of theirs": (Pair(ours="age", theirs="nobody"),),
    "one of ours twice": (Pair(ours="age", theirs="age_months"), Pair(ours="age", theirs="temperature")),
    "one of theirs twice": (
        Pair(ours="age", theirs="age_months"),
        Pair(ours="extra", theirs="age_months"),
    ),
    "a number and a category": (Pair(ours="age", theirs="gender"),),
    "levels that are not put together": (Pair(ours="sex", theirs="gender"),),
    "a negative factor": (Pair(ours="age", theirs="age_months", factor=-1.0),),
}


@pytest.mark.parametrize("name", BAD)
def test_maps_that_cannot_be(pair: tuple[Specification, Specification], name: str) -> None:
    with pytest.raises(SpecificationError):
        on_shared_columns(*pair, BAD[name])


def test_images_have_no_columns_to_share(pair: tuple[Specification, Specification]) -> None:
    profile = dataclasses.replace(OURS, encoder="convolution-64")
    card = dataclasses.replace(pair[0].card, profile=profile.id)
    images = dataclasses.replace(pair[0], profile=profile, card=card)
    with pytest.raises(SpecificationError, match="only tables"):
        restrict(images, PAIRS[:1], [Column(name="age_months", type="number", unit="mo")])
