# SPDX-License-Identifier: Apache-2.0
"""Rows that are one of a kind are recognised, and so is a specification that republishes them."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest

from lwnode.specification import from_frame, specify, to_frame
from lwnode.specification.audit import audit_unique_rows, plant, planted_rows, unique_rows
from lwnode.specification.audit.unique_rows import isolation
from tests.support.rkme import k_means_specification, specification_of
from tests.support.specification import clusters, mixed, numbers, private_card

PROFILE = numbers(6)
RAW = clusters(400, 6)


def test_isolation_is_the_distance_to_the_nearest_other_row() -> None:
    frame = to_frame(PROFILE, RAW)
    apart = np.linalg.norm(frame[:, None] - frame[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    np.testing.assert_allclose(isolation(frame), apart.min(axis=1), atol=1e-6)


def test_many_rows_are_compared_with_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[isolation.__module__], "AMONG", 50)
    frame = to_frame(PROFILE, RAW)
    assert np.all(isolation(frame) > 0)  # never itself
    assert np.all(isolation(frame) >= 0.999 * np.sort(np.linalg.norm(frame[:, None] - frame[None], axis=2))[:, 1])


def test_planted_rows_are_one_of_a_kind() -> None:
    copy, which = plant(PROFILE, RAW, 5, np.random.default_rng(0))
    assert copy.shape == (405, 6)
    assert np.array_equal(copy[~which], RAW)
    assert unique_rows(PROFILE, copy)[which].all()
    assert unique_rows(PROFILE, copy).mean() < 0.1


def test_duplicates_are_nobodys() -> None:
    copy, which = plant(PROFILE, RAW, 3, np.random.default_rng(0))
    assert not unique_rows(PROFILE, np.concatenate([copy, copy[which]]))[-6:].any()


def test_levels_of_ones_own_are_seen_where_most_rows_share_theirs() -> None:
    profile = mixed()
    raw = np.tile([[40.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]], (200, 1))
    raw[:, 0] = np.linspace(20, 60, 200)
    raw[100:, 1:3] = [0.0, 1.0]
    raw[77, 4:] = [0.0, 0.0, 1.0]
    assert np.flatnonzero(unique_rows(profile, raw)).tolist() == [77]


def test_k_means_republishes_what_is_planted_and_we_do_not() -> None:
    rng = np.random.default_rng(0)
    theirs = planted_rows(RAW, PROFILE, lambda raw, rng: k_means_specification(raw, PROFILE), count=5, rng=rng)
    assert theirs.republished >= 3
    for mode, settings in (("no-noise", {}), ("private", {"epsilon": 2.0})):
        ours = planted_rows(
            RAW,
            PROFILE,
            lambda raw, rng, mode=mode, settings=settings: specify(raw, PROFILE, privacy=mode, rng=rng, **settings),
            count=5,
            rng=rng,
        )
        assert (ours.planted, ours.republished) == (5, 0)


def with_points(frame: np.ndarray, raw: np.ndarray):
    return specification_of(frame, np.full(len(frame), 1 / len(frame)), raw, PROFILE)


def test_a_point_beside_a_row_of_its_kind_is_refused() -> None:
    copy, which = plant(PROFILE, RAW, 4, np.random.default_rng(0))
    rows = to_frame(PROFILE, copy)[which]
    own = isolation(to_frame(PROFILE, copy))[which]
    beside = rows + 0.08 * own[:, None] * np.array([1.0, 0, 0, 0, 0, 0])
    spec = with_points(np.concatenate([beside[:2], np.zeros((8, 6))]), copy)
    (found,) = audit_unique_rows(spec, copy)
    assert (found.code, found.severity) == ("unique-rows-in-points", "refuse")
    assert found.message.startswith("2 rows that are one of a kind have a point")


def test_the_same_of_a_private_specification_is_chance() -> None:
    copy, which = plant(PROFILE, RAW, 4, np.random.default_rng(0))
    spec = with_points(to_frame(PROFILE, copy)[which], copy)
    spec = dataclasses.replace(spec, card=private_card(PROFILE))
    (found,) = audit_unique_rows(spec, copy)
    assert (found.severity, "guarantee" in found.message) == ("warn", True)


def test_points_away_from_them_and_on_ordinary_rows_stay_quiet() -> None:
    copy, which = plant(PROFILE, RAW, 4, np.random.default_rng(0))
    frame = to_frame(PROFILE, copy)
    away = np.clip(frame[which] + 0.2 * isolation(frame)[which][:, None] * np.array([1.0, 0, 0, 0, 0, 0]), -4, 4)
    ordinary = frame[~unique_rows(PROFILE, copy)][:5]
    assert audit_unique_rows(with_points(np.concatenate([away, ordinary]), copy), copy) == ()


@pytest.mark.parametrize("mode", ["no-noise", "private"])
def test_what_we_make_passes(mode: str) -> None:
    settings = {"epsilon": 2.0} if mode == "private" else {}
    for seed in range(3):
        copy, _ = plant(PROFILE, RAW, 5, np.random.default_rng(seed))
        spec = specify(copy, PROFILE, privacy=mode, rng=np.random.default_rng(seed), **settings)
        assert audit_unique_rows(spec, copy) == ()


def test_few_numbers_meet_rows_by_chance() -> None:
    narrow = numbers(2)
    raw = np.concatenate([clusters(300, 4)[:, :2], [[2.9, -2.9]]])
    frame = to_frame(narrow, raw[-1:])
    spec = dataclasses.replace(specification_of(frame, np.ones(1), raw, narrow), points=from_frame(narrow, frame))
    (found,) = audit_unique_rows(spec, raw)
    assert found.severity == "warn"


def test_every_row_of_a_long_table_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[isolation.__module__], "AMONG", 100)
    copy, which = plant(PROFILE, RAW, 4, np.random.default_rng(0))
    frame = to_frame(PROFILE, copy)
    spec = with_points(np.concatenate([frame[which][:3] * 0.999, np.zeros((5, 6))]), copy)
    (found,) = audit_unique_rows(spec, copy)
    assert found.message.startswith("3 rows")
    assert audit_unique_rows(with_points(frame[~unique_rows(PROFILE, copy)][:5] + 0.05, copy), copy) == ()
