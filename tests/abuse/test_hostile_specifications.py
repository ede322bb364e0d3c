# SPDX-License-Identifier: Apache-2.0
"""Specifications from somebody who means harm: every one is refused with our error, quickly and without much memory."""

import json
import struct
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import save

from lwnode.documents import Privacy
from lwnode.errors import SpecificationError
from lwnode.specification import Specification, mu_for
from tests.support.clock import cpu_seconds
from tests.support.specification import numbers, private_card

PROFILE = numbers(3)
CARD = private_card(PROFILE)
POINTS = np.zeros((4, 3), dtype=np.float32)
WEIGHTS = np.full(4, 0.25, dtype=np.float32)


def tensors(points: np.ndarray = POINTS, weights: np.ndarray = WEIGHTS, **more: np.ndarray) -> bytes:
    return bytes(save({"points": points, "weights": weights, **more}))


def header(text: str, body: bytes = b"") -> bytes:
    return struct.pack("<Q", len(text)) + text.encode() + body


def spoiled(array: np.ndarray, value: float, at: int = 0) -> np.ndarray:
    array = array.copy()
    array.flat[at] = value
    return array


def claim(**shape: object) -> bytes:
    entry = {"dtype": "F32", "shape": [4, 3], "data_offsets": [0, 48], **shape}
    return header(json.dumps({"points": entry}), bytes(64))


FILES = {
    "empty": b"",
    "text": b"points, weights",
    "a pickle": b"\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94.",
    "cut short": tensors()[:-1],
    "longer than it says": tensors() + b"\0",
    "a header of 2^63 bytes": struct.pack("<Q", 2**63) + b"{}",
    "deep JSON": header('{"points":' + "[" * 1000 + "]" * 1000 + "}"),
    "no tensors": bytes(save({})),
    "points only": bytes(save({"points": POINTS})),
    "one tensor more": tensors(extra=WEIGHTS),
    "float64": tensors(points=POINTS.astype(np.float64)),
    "integers": tensors(weights=np.ones(4, dtype=np.int32)),
    "10^12 points claimed": claim(shape=[10**12, 3]),
    "overlapping tensors": header(
        json.dumps(
            {
                "points": {"dtype": "F32", "shape": [4, 3], "data_offsets": [0, 48]},
                "weights": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]},
            }
        ),
        bytes(48),
    ),
    "too long": bytes(10_000_000),
    "1,001 points": tensors(np.zeros((1001, 3), dtype=np.float32), np.full(1001, 1 / 1001, dtype=np.float32)),
    "no points": tensors(POINTS[:0], WEIGHTS[:0]),
    "another width": tensors(np.zeros((4, 2), dtype=np.float32)),
    "one dimension": tensors(np.zeros(12, dtype=np.float32)),
    "weights as a matrix": tensors(weights=WEIGHTS[:, None]),
    "fewer weights": tensors(weights=np.full(3, 1 / 3, dtype=np.float32)),
    "NaN point": tensors(spoiled(POINTS, np.nan, 5)),
    "infinite point": tensors(spoiled(POINTS, np.inf, 5)),
    "point beyond the box": tensors(spoiled(POINTS, 4.01, 5)),
    "point far beyond": tensors(spoiled(POINTS, 3e38, 5)),
    "NaN weight": tensors(weights=spoiled(WEIGHTS, np.nan)),
    "negative weight": tensors(weights=np.array([-0.25, 0.75, 0.25, 0.25], dtype=np.float32)),
    "weights of sum 2": tensors(weights=2 * WEIGHTS),
    "weights a little off": tensors(weights=spoiled(WEIGHTS, 0.25001)),
    "weights of sum 0": tensors(weights=0 * WEIGHTS),
}


@pytest.mark.parametrize("name", FILES)
def test_hostile_files_are_refused(name: str) -> None:
    def refused() -> None:
        with pytest.raises(SpecificationError):
            Specification.from_bytes(FILES[name], CARD, PROFILE)

    tracemalloc.start()
    refused()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16e6
    assert cpu_seconds(refused) <= 0.05


def test_the_sound_file_is_taken() -> None:
    assert len(Specification.from_bytes(tensors(), CARD, PROFILE).points) == 4


@pytest.mark.parametrize("at", range(0, len(tensors()), 7))
def test_a_changed_byte_is_refused_or_still_sound(at: int) -> None:
    changed = bytearray(tensors())
    changed[at] ^= 0x41
    try:
        spec = Specification.from_bytes(bytes(changed), CARD, PROFILE)
    except SpecificationError:
        return
    assert np.isfinite(spec.frame).all()
    assert np.abs(spec.frame).max() <= 4
    assert spec.weights.sum() == pytest.approx(1, abs=1e-6)


def private(**changes: object) -> Privacy:
    values = {"mode": "private", "epsilon": 1.0, "delta": 1e-5, "mu": mu_for(1.0, 1e-5), **changes}
    return Privacy(**values)  # type: ignore[arg-type]


CARDS = {
    "NaN residual": {"residual2": float("nan")},
    "negative residual": {"residual2": -1e-9},
    "infinite noise": {"residual_noise": float("inf")},
    "infinite tail": {"tail": float("-inf")},
    "level above its limit": {"level": 0.91},
    "negative level": {"level": -0.1},
    "no rows": {"rows": 0},
    "another profile": {"profile": "0" * 64},
    "private without noise": {"residual_noise": 0.0},
    "private without an embedding": {"frequencies": 0},
    "two embeddings": {"landmarks": 500},
    "fewer than no landmarks": {"frequencies": 0, "landmarks": -500},
    "noise without privacy": {"privacy": Privacy(mode="public")},
    "a guarantee without privacy": {
        "privacy": Privacy(mode="public", epsilon=1.0, delta=1e-5, mu=0.27), "frequencies": 0, "residual_noise": 0.0,
    },
    "private without epsilon": {"privacy": private(epsilon=None)},
    "mu that does not follow": {"privacy": private(mu=0.1)},
    "NaN mu": {"privacy": private(mu=float("nan"))},
    "epsilon of nothing": {"privacy": private(epsilon=0.0)},
    "epsilon without end": {"privacy": private(epsilon=1e9)},
    "delta of one": {"privacy": private(delta=1.0)},
    "nobody's rows": {"privacy": private(rows_per_person=0)},
}  # fmt: skip


@pytest.mark.parametrize("name", CARDS)
def test_cards_that_cannot_be_true_are_refused(name: str) -> None:
    with pytest.raises(SpecificationError):
        Specification.from_bytes(tensors(), private_card(PROFILE, **CARDS[name]), PROFILE)


def test_bounds_from_the_data_cannot_be_private() -> None:
    own = numbers(3, origin="own data")
    with pytest.raises(SpecificationError, match="bounds taken from the data"):
        Specification.from_bytes(tensors(), private_card(own), own)


def test_the_length_is_checked_before_anything_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(data: bytes) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr("safetensors.deserialize", parse)
    with pytest.raises(SpecificationError, match="too long"):
        Specification.from_bytes(FILES["too long"], CARD, PROFILE)
