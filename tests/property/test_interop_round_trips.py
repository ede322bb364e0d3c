# SPDX-License-Identifier: Apache-2.0
"""Every sound object of the package's kinds survives its file, and every accepted file gives itself back."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lwnode.errors import SpecificationError
from lwnode.specification.interop import (
    CapabilityScores,
    ImageSettings,
    ImportedSet,
    imported_mmd2,
    read_json,
    write_json,
)

COORDINATES = st.floats(-1e9, 1e9, allow_nan=False)
NAMES = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())


@st.composite
def sets(draw: st.DrawFn) -> ImportedSet:
    kind = draw(st.sampled_from(["table", "text", "hetero", "image"]))
    m = draw(st.integers(1, 6))
    shape = (m, *draw(st.tuples(*[st.integers(1, 3)] * (3 if kind == "image" else 1))))
    weights = draw(arrays(np.float64, m, elements=st.floats(1e-3, 1.0)))
    return ImportedSet(
        kind=kind,
        points=draw(arrays(np.float64, shape, elements=COORDINATES)),
        beta=weights / weights.sum() * draw(st.floats(0.9995, 1.0005)),
        gamma=0.0 if kind == "image" else draw(st.floats(1e-6, 1e6)),
        rows=draw(st.integers(0, 10**9)) if kind in ("table", "text") else 0,
        languages=tuple(draw(st.lists(NAMES, max_size=3))) if kind == "text" else (),
        image=ImageSettings(models=draw(st.integers(1, 50)), note=draw(st.none() | NAMES)) if kind == "image" else None,
    )


@given(sets())
@settings(max_examples=60, deadline=None)
def test_a_set_survives_its_file(one: ImportedSet) -> None:
    data = write_json(one)
    read = read_json(data)
    assert isinstance(read, ImportedSet)
    np.testing.assert_array_equal(read.points, one.points)
    np.testing.assert_array_equal(read.beta, one.beta)
    assert (read.kind, read.gamma, read.rows, read.languages, read.image) == (
        one.kind, one.gamma, one.rows, one.languages, one.image,
    )  # fmt: skip
    assert write_json(read) == data


@given(st.dictionaries(NAMES, st.floats(-100, 100) | st.integers(-100, 100), max_size=8))
@settings(max_examples=30, deadline=None)
def test_scores_survive_their_file(scores: dict[str, float]) -> None:
    one = CapabilityScores(scores=tuple(scores.items()))
    assert read_json(write_json(one)) == one


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
@settings(max_examples=100, deadline=None)
def test_noise_is_refused_and_nothing_else_happens(data: bytes) -> None:
    try:
        read_json(data)
    except SpecificationError:
        return
    raise AssertionError("noise was taken for a specification")


@given(sets().filter(lambda one: one.kind != "image"), st.integers(0, 2**31), st.floats(1e-3, 10))
@settings(max_examples=40, deadline=None)
def test_the_distance_is_symmetric_and_not_negative(one: ImportedSet, seed: int, gamma: float) -> None:
    other = ImportedSet(
        kind=one.kind, points=one.points + np.random.default_rng(seed).normal(size=one.points.shape),
        beta=one.beta, gamma=one.gamma,
    )  # fmt: skip
    forth, back = imported_mmd2(one, other, gamma=gamma), imported_mmd2(other, one, gamma=gamma)
    assert 0 <= forth <= 2 + 1e-9
    assert abs(forth - back) < 1e-9
