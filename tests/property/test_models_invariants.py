# SPDX-License-Identifier: Apache-2.0
"""What holds for every frame, every threshold and every tree: round trips, and the same decision in both precisions."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some
from onnx import helper
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

from lwnode.errors import UnsafeModelError, WorkerError
from lwnode.models import Worker, scan, to_onnx
from lwnode.models.format import OUTPUTS
from lwnode.models.frames import Assembler, Frame, pack
from lwnode.models.trees import floor32
from tests.support.models import constant, model_of, run

ANY = st.floats(allow_nan=False, allow_infinity=True)
ARRAYS = some.arrays(
    dtype=st.sampled_from([np.dtype("float32"), np.dtype("uint8")]),
    shape=some.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=7),
)
FRAMES = st.builds(
    Frame,
    kind=st.text(max_size=12),
    detail=st.text(max_size=60),
    arrays=st.dictionaries(st.text(max_size=8), ARRAYS, max_size=4),
)


@settings(deadline=None)
@given(FRAMES, st.integers(1, 40))
def test_a_frame_comes_back_whatever_the_pieces(frame, size):
    data = b"".join(bytes(piece) for piece in pack(frame))
    assembler = Assembler(limit=4 * 4 * 49)
    assert assembler.empty
    at = 0
    while (found := assembler.take()) is None:
        step = min(size, assembler.need)
        assembler.feed(data[at : at + step])
        at += step
    assert at == len(data)
    assert (found.kind, found.detail, list(found.arrays)) == (frame.kind, frame.detail, list(frame.arrays))
    for name, array in frame.arrays.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)
    assert assembler.empty


@given(st.binary(max_size=400))
def test_bytes_that_are_no_frame_end_in_one_error(data):
    assembler = Assembler(limit=1000)
    with suppress(WorkerError):
        while data and assembler.take() is None:
            piece, data = data[: assembler.need], data[assembler.need :]
            assembler.feed(piece)


@given(ANY, st.floats(width=32, allow_nan=False))
def test_a_rounded_threshold_decides_as_the_real_one(threshold, x):
    rounded = floor32(np.array([threshold]))[0]
    assert (np.float32(x) <= rounded) == (float(np.float32(x)) <= threshold)


@given(ANY)
def test_neighbours_of_a_threshold_stay_on_their_sides(threshold):
    rounded = floor32(np.array([threshold]))[0]
    assert float(rounded) <= threshold
    if np.isfinite(rounded):
        with np.errstate(over="ignore"):
            above = np.nextafter(rounded, np.float32(np.inf))
        assert float(above) > threshold


@pytest.mark.parametrize("kind", [HistGradientBoostingRegressor, RandomForestRegressor])
@settings(max_examples=6, deadline=None)  # each starts a process
@given(seed=st.integers(0, 2**31), levels=st.integers(1, 40))
def test_random_tables_take_the_same_path_in_the_file(kind, seed, levels):
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.integers(0, levels, 150), rng.normal(size=150), rng.integers(0, 5, 150) / 3]).astype("f4")
    X[rng.random(X.shape) < 0.15] = np.nan
    y = rng.normal(size=150) + np.nan_to_num(X[:, 0]) % 3
    boosting = kind is HistGradientBoostingRegressor
    options = {"max_iter": 5, "categorical_features": [0]} if boosting else {"n_estimators": 4}
    estimator = kind(min_samples_leaf=3, random_state=0, **options).fit(X, y)
    probe = np.concatenate([X, rng.permuted(X, axis=0), rng.normal(size=(50, 3)).astype("f4") * 20])
    answer = run(to_onnx(estimator, width=3), probe)[:, 0]
    np.testing.assert_allclose(answer, estimator.predict(probe), rtol=1e-5, atol=1e-5)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_changed_byte_passes_the_scan_or_ends_in_its_error(data):
    nodes = [helper.make_node("MatMul", ["input", "w"], ["m"]), helper.make_node("Softmax", ["m"], ["probabilities"])]
    model = bytearray(model_of(nodes, constants=[constant("w", np.ones((3, 2)))]).SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        model[data.draw(st.integers(0, len(model) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnsafeModelError):
        assert scan(bytes(model)).output in OUTPUTS


def test_a_file_with_one_changed_byte_ends_in_an_answer_or_in_a_typed_error():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(60, 3)).astype(np.float32)
    model = to_onnx(RandomForestRegressor(3, min_samples_leaf=5).fit(X, X[:, 0]), width=3)
    answered = 0
    for _ in range(14):
        changed = bytearray(model)
        changed[rng.integers(0, len(model))] = rng.integers(0, 256)
        with suppress(UnsafeModelError, WorkerError), Worker(bytes(changed), wall=20) as worker:
            answered += worker.predict(X)["values"].shape == (60, 1)
    assert 0 < answered < 14
