# SPDX-License-Identifier: Apache-2.0
"""The object, its file, and the distance of two."""

import dataclasses

import numpy as np
import pytest

from lwnode.errors import SpecificationError
from lwnode.specification import Specification, mmd2, specify
from lwnode.specification.kernels import gaussian
from tests.support.specification import clusters, numbers, private_card

PROFILE = numbers()
X = clusters(500)
SPEC = specify(X, PROFILE, privacy="public")


def test_a_file_gives_the_object_back() -> None:
    again = Specification.from_bytes(SPEC.to_bytes(), SPEC.card, PROFILE)
    assert np.array_equal(again.points, SPEC.points)
    assert np.array_equal(again.weights, SPEC.weights)
    assert again.to_bytes() == SPEC.to_bytes()


def test_objects_do_not_change() -> None:
    with pytest.raises(ValueError, match="read-only"):
        SPEC.points[0, 0] = 0
    with pytest.raises(ValueError, match="read-only"):
        SPEC.weights[0] = 0
    mine = np.zeros((1, 4), dtype=np.float32)
    spec = Specification(points=mine, weights=np.ones(1), profile=PROFILE, card=SPEC.card)
    mine[0, 0] = 3.0
    assert spec.points[0, 0] == 0.0


def test_points_are_in_raw_units() -> None:
    wide = dataclasses.replace(
        PROFILE, columns=tuple(dataclasses.replace(c, low=0.0, high=100.0) for c in PROFILE.columns)
    )
    spec = specify(50 + 25 * X, wide, privacy="public")
    assert 0 < np.median(spec.points) < 100
    assert spec.points.dtype == np.float32
    assert np.abs(spec.frame).max() <= 4


def test_the_distance_is_that_of_the_embeddings() -> None:
    other = specify(clusters(500, seed=3), PROFILE, privacy="public")
    a, b, g = SPEC.frame, other.frame, PROFILE.gamma
    expected = (
        SPEC.weights @ gaussian(a, a, g) @ SPEC.weights
        - 2 * SPEC.weights @ gaussian(a, b, g) @ other.weights
        + other.weights @ gaussian(b, b, g) @ other.weights
    )
    assert mmd2(SPEC, other) == pytest.approx(expected)
    assert mmd2(SPEC, other) == pytest.approx(mmd2(other, SPEC))
    assert mmd2(SPEC, SPEC) == pytest.approx(0, abs=1e-12)


def test_two_profiles_of_one_schema_meet_in_the_firsts_frame() -> None:
    wide = dataclasses.replace(
        PROFILE,
        name="wide",
        gamma=5.0,
        columns=tuple(dataclasses.replace(c, low=-4.0, high=4.0) for c in PROFILE.columns),
    )
    assert wide.schema_id == PROFILE.schema_id
    other = specify(clusters(500, seed=3), wide, privacy="public")
    moved = Specification(
        points=other.points, weights=other.weights, profile=PROFILE,
        card=dataclasses.replace(other.card, profile=PROFILE.id),
    )  # fmt: skip
    assert mmd2(SPEC, other) == pytest.approx(mmd2(SPEC, moved))


def test_other_columns_cannot_be_compared() -> None:
    other = specify(clusters(500, 3), numbers(3), privacy="public")
    with pytest.raises(SpecificationError, match="different columns"):
        mmd2(SPEC, other)


def test_a_card_of_another_profile_is_refused() -> None:
    with pytest.raises(SpecificationError, match="another profile"):
        Specification(points=SPEC.points, weights=SPEC.weights, profile=numbers(seed=8), card=SPEC.card)


def test_a_private_card_is_accepted_where_it_is_sound() -> None:
    card = private_card(PROFILE)
    assert Specification(points=SPEC.points, weights=SPEC.weights, profile=PROFILE, card=card).card == card
