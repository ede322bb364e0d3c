# SPDX-License-Identifier: Apache-2.0
"""A model is asked at the points of other specifications too, in its own columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lwnode.checker import answers_at_points, askable
from lwnode.errors import Finding, ModelError, WorkerLimitError
from lwnode.specification.encoders import pixels
from tests.support.checker import honest, sketch, ware


def test_one_answer_for_each_point_of_all_specifications() -> None:
    own, other = sketch(), sketch(privacy="public")
    card = ware().card
    assert askable(card, [own, other])
    found = answers_at_points(honest, card, [own, other])
    assert isinstance(found, np.ndarray)
    assert found.shape == (len(own.points) + len(other.points), 2)
    alone = answers_at_points(honest, card, [other])
    assert isinstance(alone, np.ndarray)
    assert found[len(own.points) :] == pytest.approx(alone)


def test_a_model_that_takes_no_missing_values_is_asked_without() -> None:
    card = ware().card
    further = replace(card, inputs=(*card.inputs, replace(card.inputs[0], name="not in the sketch")))

    def strict(rows: np.ndarray) -> dict[str, np.ndarray]:
        if np.isnan(rows).any():
            raise ModelError("no missing values, please")
        return honest(rows)

    found = answers_at_points(strict, further, [sketch()])
    assert isinstance(found, np.ndarray)
    assert np.isfinite(found).all()


def test_why_there_is_no_answer() -> None:
    def large(rows: np.ndarray) -> dict[str, np.ndarray]:
        raise WorkerLimitError("too large for this computer")

    found = answers_at_points(large, ware().card, [sketch()])
    assert isinstance(found, Finding)
    assert found.severity == "warn"
    broken = answers_at_points(lambda rows: {"probabilities": np.zeros((1, 1))}, ware().card, [sketch()])
    assert isinstance(broken, Finding)
    assert broken.severity == "refuse"


def test_images_that_are_only_encoded_cannot_be_asked_about() -> None:
    card = replace(ware().card, encoder=f"{pixels.PREFIX}28x28x1")
    assert not askable(card, [sketch()])
    assert not askable(replace(card, encoder="", inputs=()), [sketch()])
