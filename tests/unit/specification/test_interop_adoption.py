# SPDX-License-Identifier: Apache-2.0
"""An imported set in a frame, and ours as the package reads it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lwnode.documents import Privacy
from lwnode.errors import SettingsError, SpecificationError
from lwnode.market import Entry, search
from lwnode.node.privacy import PrivacyChoice
from lwnode.specification import Specification, from_frame, mmd2, specify
from lwnode.specification.interop import ImportedSet, adopt_set, package_set, read_json, write_json
from lwnode.specification.kernels import gaussian, kernel_means
from lwnode.specification.simplex import simplex_weights
from tests.support.archive import CARD, SEMANTIC
from tests.support.package import package_distance
from tests.support.specification import clusters, mixed, numbers

PROFILE = numbers(4)


def as_package(rows: np.ndarray, points: int, *, gamma: float = 0.1, seed: int = 0) -> ImportedSet:
    """A set as the package makes one: centres of a few rows each, weights by its quadratic programme."""
    rng = np.random.default_rng(seed)
    centres = rows[rng.choice(len(rows), points, replace=False)]
    for _ in range(5):
        own = ((rows[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
        centres = np.array([rows[own == k].mean(axis=0) if (own == k).any() else centres[k] for k in range(points)])
    beta = simplex_weights(gaussian(centres, centres, gamma), kernel_means(centres, rows, gamma))
    return ImportedSet(kind="table", points=centres, beta=beta, gamma=gamma, rows=len(rows))


def entry(name: str, specification: Specification) -> Entry:
    return Entry(id=name, name=name, organisation="", semantic=SEMANTIC, card=CARD, specification=specification)


def test_an_adopted_set_promises_nothing() -> None:
    made = adopt_set(as_package(clusters(400), 60), PROFILE)
    assert made.card.privacy == Privacy(mode="imported")
    assert (made.card.rows, made.card.residual2, made.card.residual_noise, made.card.frequencies) == (400, 0, 0, 0)
    assert made.profile == PROFILE


def test_nobody_can_ask_for_it() -> None:
    with pytest.raises(SettingsError):
        specify(clusters(50), PROFILE, privacy="imported")  # type: ignore[arg-type]
    with pytest.raises(SettingsError):
        PrivacyChoice(mode="imported")  # type: ignore[arg-type]


@pytest.mark.parametrize("points", [60, 400])
def test_a_search_recommends_the_right_one_and_not_the_others(points: int) -> None:
    columns = {f"c{j}": clusters(300, seed=1)[:, j] for j in range(4)}
    entries = [
        entry(str(seed), adopt_set(as_package(clusters(1500, seed=seed), points), PROFILE)) for seed in (1, 2, 3)
    ]
    found = search(columns, entries)
    assert found.verdict == "fits"
    assert [match.learnware for match in found.single if match.verdict == "fits"] == ["1"]
    assert found.single[0].covered.share is not None
    assert found.single[0].covered.share > 0.75
    assert all(match.verdict == "nothing fits" for match in found.nearest[1:])


def test_nothing_is_taken_off_the_distance_of_a_badly_fitted_set() -> None:
    columns = {f"c{j}": clusters(300, seed=1)[:, j] for j in range(4)}
    good = as_package(clusters(1500, seed=1), 60)
    bad = ImportedSet(kind="table", points=good.points[:5], beta=np.full(5, 0.2), gamma=0.1, rows=1500)
    near, far = (search(columns, [entry("x", adopt_set(one, PROFILE))]).nearest[0] for one in (good, bad))
    assert near.match is not None
    assert far.verdict == "nothing fits" or (far.match is not None and far.match < near.match)


def test_a_single_point_lets_a_search_conclude_nothing_about_coverage() -> None:
    one = adopt_set(ImportedSet(kind="table", points=np.zeros((1, 4)), beta=np.ones(1), gamma=0.1, rows=100), PROFILE)
    columns = {f"c{j}": clusters(300, seed=1)[:, j] for j in range(4)}
    match = search(columns, [entry("x", one)]).nearest[0]
    assert match.covered.share is None
    assert match.verdict in ("nothing fits", "too little data")


def test_points_in_one_place_are_no_error() -> None:
    made = adopt_set(ImportedSet(kind="table", points=np.ones((3, 4)), beta=np.full(3, 1 / 3), gamma=1.0), PROFILE)
    assert made.card.tail < 0
    assert made.card.rows == 3


def test_dead_points_are_left_out() -> None:
    beta = np.array([0.5, 0.5 - 1e-9, 1e-9])
    made = adopt_set(ImportedSet(kind="table", points=np.eye(3, 4), beta=beta, gamma=0.1, rows=9), PROFILE)
    assert made.points.shape == (2, 4)


@pytest.mark.parametrize(
    "imported",
    [
        ImportedSet(kind="table", points=np.zeros((1, 3)), beta=np.ones(1), gamma=0.1),
        ImportedSet(kind="table", points=np.full((1, 4), 4.1), beta=np.ones(1), gamma=0.1),
        ImportedSet(kind="table", points=np.full((1, 4), 1e60), beta=np.ones(1), gamma=0.1),
        ImportedSet(kind="hetero", points=np.zeros((1, 4)), beta=np.ones(1), gamma=0.1),
        ImportedSet(kind="text", points=np.zeros((1, 4)), beta=np.ones(1), gamma=0.1),
    ],
    ids=["width", "outside", "far outside", "hetero", "text in a table's frame"],
)
def test_what_does_not_belong_into_the_frame_is_refused(imported: ImportedSet) -> None:
    with pytest.raises(SpecificationError):
        adopt_set(imported, PROFILE)


def test_text_goes_into_its_encoders_frame() -> None:
    profile = numbers(4, encoder="some-encoder/1")
    made = adopt_set(ImportedSet(kind="text", points=np.zeros((1, 4)), beta=np.ones(1), gamma=0.1), profile)
    assert made.profile.encoder == "some-encoder/1"


def test_ours_has_the_same_distance_in_the_package() -> None:
    rng = np.random.default_rng(5)
    rows = np.clip(rng.normal(size=(2, 200, mixed().width)), -1.5, 1.5)
    raw = [np.asarray(from_frame(mixed(), np.abs(one)), dtype=np.float64) for one in rows]
    a, b = (
        specify(raw[0], mixed(), privacy="public", size=20),
        specify(raw[1][:150], mixed(), privacy="no-noise", size=20),
    )
    theirs = package_distance(*(json.loads(write_json(package_set(one))) for one in (a, b)))
    assert theirs == pytest.approx(mmd2(a, b), abs=1e-9)


def test_ours_comes_back_from_the_packages_form() -> None:
    spec = specify(clusters(300), PROFILE, privacy="public", size=30)
    read = read_json(write_json(package_set(spec)))
    assert isinstance(read, ImportedSet)
    again = adopt_set(read, PROFILE, in_frame=True)
    np.testing.assert_allclose(again.points, spec.points, atol=1e-6)
    np.testing.assert_allclose(again.weights, spec.weights, atol=1e-6)
