# SPDX-License-Identifier: Apache-2.0
"""Specifications that cannot be, that say nothing, and that somebody else published."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from lwnode.checker import Twin, points_digest
from lwnode.checker.copies import check_copies
from lwnode.checker.sketch import check_sketch
from lwnode.specification import Specification, from_frame, specify
from lwnode.specification.frame import box, public_rows, public_start
from lwnode.specification.scalars import private_tail
from tests.support.specification import HOSPITALS, sample_profile, sample_rows

PROFILE = sample_profile()


@cache
def honest(seed: int = 1, epsilon: float = 1.0) -> Specification:
    return specify(
        sample_rows(HOSPITALS[0]), PROFILE, privacy="private", epsilon=epsilon, rng=np.random.default_rng(seed)
    )


def made_of(frame: np.ndarray, *, tail: float | None = None) -> Specification:
    """Points of a cheat's choice, with the card of an honest sketch, and the tail that follows from the points."""
    low, high = box(PROFILE)
    points = np.clip(frame, low, high)
    weights = np.full(len(points), 1.0 / len(points))
    own = private_tail(points, weights, PROFILE.gamma) if tail is None else tail
    return Specification(
        points=from_frame(PROFILE, points), weights=weights, profile=PROFILE, card=replace(honest().card, tail=own)
    )


def said(spec: Specification) -> dict[str, str]:
    return {finding.code: finding.severity for finding in check_sketch(spec)}


@pytest.mark.parametrize("name", HOSPITALS)
def test_honest_sketches_are_left_alone(name: str) -> None:
    rows = sample_rows(name)
    for privacy in ("no-noise", "public"):
        assert said(specify(rows, PROFILE, privacy=privacy)) == {}
    for epsilon in (0.5, 1.0, 4.0):
        rng = np.random.default_rng(7)
        assert said(specify(rows, PROFILE, privacy="private", epsilon=epsilon, rng=rng)) == {}


def test_points_spread_over_the_whole_frame() -> None:
    rng = np.random.default_rng(3)
    assert said(made_of(rng.uniform(-4.0, 4.0, (50, PROFILE.width))))["spread-everywhere"] == "warn"
    assert said(made_of(2.0 * public_rows(PROFILE, 50, rng)))["spread-everywhere"] == "warn"


@pytest.mark.parametrize("points", [10, 50, 100])
def test_points_that_need_no_rows(points: int) -> None:
    for frame in (public_start(PROFILE, points), public_rows(PROFILE, points, np.random.default_rng(3))):
        found = said(made_of(frame))
        assert found["public-average"] == "note"
        assert "spread-everywhere" not in found


def test_a_tail_that_covers_everything_does_not_follow_from_the_points() -> None:
    spec = honest()
    cheat = replace(spec, card=replace(spec.card, tail=0.0))
    assert said(cheat) == {"tail-differs": "warn", "covers-anything": "note"}


def test_a_level_that_no_release_without_noise_has() -> None:
    spec = specify(sample_rows(HOSPITALS[0]), PROFILE, privacy="no-noise")
    assert said(replace(spec, card=replace(spec.card, level=0.4))) == {"tail-differs": "warn"}


def test_noise_that_is_too_small_for_the_guarantee_it_claims() -> None:
    spec = honest()
    less = replace(spec, card=replace(spec.card, residual_noise=spec.card.residual_noise / 10))
    assert said(less) == {"noise-too-small": "refuse"}
    persons = replace(spec.card.privacy, rows_per_person=50)
    more_rows = replace(spec, card=replace(spec.card, privacy=persons))
    assert said(more_rows) == {"noise-too-small": "refuse"}


def test_a_residual_that_no_two_distributions_have() -> None:
    spec = honest()
    assert said(replace(spec, card=replace(spec.card, residual2=2.5)))["residual-impossible"] == "refuse"


def test_a_residual_that_drowns_the_sketch_is_said() -> None:
    spec = honest()
    assert said(replace(spec, card=replace(spec.card, residual2=0.2))) == {"sketch-coarse": "note"}


def test_more_points_than_rows_can_stand_behind() -> None:
    spec = specify(sample_rows(HOSPITALS[0])[:200], PROFILE, privacy="no-noise")
    assert "points-many" not in said(spec)
    assert said(replace(spec, card=replace(spec.card, rows=100)))["points-many"] == "warn"


@pytest.mark.parametrize("gamma", [1e-6, 50.0])
def test_a_kernel_under_which_rows_do_not_differ(gamma: float) -> None:
    blind = replace(PROFILE, gamma=gamma)
    spec = honest()
    moved = replace(spec, profile=blind, card=replace(spec.card, profile=blind.id))
    assert said(moved)["kernel-blind"] == "warn"


# --- copies


def test_a_copy_has_the_digest_of_what_it_copies() -> None:
    spec = honest()
    turned = np.arange(len(spec.points))[::-1]
    other = np.full(len(spec.points), 1.0 / len(spec.points))
    for copy in (
        spec,
        replace(spec, points=spec.points[turned], weights=other),
        replace(spec, card=replace(spec.card, rows=10)),
    ):
        assert points_digest(copy) == points_digest(spec)
    assert points_digest(honest(seed=2)) != points_digest(spec)
    assert points_digest(
        replace(spec, points=spec.points[:-1], weights=other[:-1] / other[:-1].sum())
    ) != points_digest(spec)


def test_points_that_somebody_else_published() -> None:
    theirs = Twin(learnware="a" * 64, organisation="County hospital")
    (finding,) = check_copies(honest(), [theirs, theirs])
    assert (finding.code, finding.severity) == ("copied-points", "warn")
    assert finding.message.count("County hospital") == 1
    assert list(check_copies(honest(), [])) == []


def test_two_fits_of_the_same_public_data_are_no_theft() -> None:
    spec = specify(sample_rows(HOSPITALS[0])[:500], PROFILE, privacy="public")
    (finding,) = check_copies(spec, [Twin(learnware="a" * 64, organisation="County", public=True)])
    assert (finding.code, finding.severity) == ("same-points", "note")
    (finding,) = check_copies(spec, [Twin(learnware="a" * 64, organisation="County", public=False)])
    assert finding.code == "copied-points"
