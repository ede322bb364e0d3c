# SPDX-License-Identifier: Apache-2.0
"""Replacing one person's rows moves no sum of a private training further than was claimed and paid for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lwnode.training.private import images, network
from lwnode.training.private.descent import clipped_sum
from lwnode.training.private.figures import release_figures
from lwnode.training.private.images import Shape, fit_images, pictures
from lwnode.training.private.logistic import fit_logistic
from lwnode.training.private.network import fit_network
from lwnode.training.private.problem import Rows
from lwnode.training.private.ridge import fit_ridge
from lwnode.training.private.target import Target
from lwnode.training.private.terms import agree, parts
from tests.support.private import Recorder, island

THREE = Target(name="y", classes=("a", "b", "c"))
TWO = Target(name="y", classes=("a", "b"))
VALUE = Target(name="y", low=-10.0, high=30.0)
COORDINATES = st.one_of(st.sampled_from([-4.0, 0.0, 4.0]), st.floats(-4.0, 4.0))
QUIET = lambda share: None  # noqa: E731


def _replaced(rows: Rows, at: list[int], F: list[list[float]], labels: list[float]) -> Rows:
    other, known = rows.F.copy(), rows.labels.copy()
    other[at], known[at] = F, labels
    return Rows(target=rows.target, F=other, labels=known)


def _rows(target: Target, seed: int, n: int = 60, width: int = 3) -> Rows:
    F, labels = island(n, width, seed)
    if target.classes:
        known = (labels + (F[:, 0] > 1)) % len(target.classes)
        known[::9] = -1
        return Rows(target=target, F=F, labels=known)
    values = np.clip(F[:, 0] / 2, -1, 1)
    values[::9] = np.nan
    return Rows(target=target, F=F, labels=values)


LABELS = {
    THREE: st.sampled_from([-1, 0, 1, 2]),
    TWO: st.sampled_from([-1, 0, 1]),
    VALUE: st.sampled_from([-1.0, 0.3, 1.0, np.nan]),
}


@pytest.mark.parametrize("target", [TWO, THREE, VALUE], ids=["two", "three", "value"])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_linear_fits(target: Target, data: st.DataObject) -> None:
    """Every sum of a fit, with the answers before it held fixed; g rows of one person, anywhere, to anything."""
    rows = _rows(target, data.draw(st.integers(0, 3)))
    g = data.draw(st.integers(1, 3))
    at = data.draw(st.lists(st.integers(0, 59), min_size=g, max_size=g, unique=True))
    F = data.draw(st.lists(st.lists(COORDINATES, min_size=3, max_size=3), min_size=g, max_size=g))
    labels = data.draw(st.lists(LABELS[target], min_size=g, max_size=g))
    numbers = np.array([True, False, True])
    fit = fit_logistic if target.classes else fit_ridge
    mu = data.draw(st.sampled_from([0.3, 50.0]))  # much noise, and nearly none
    first = Recorder(rows=60.0)
    fit(rows, numbers, first, mu, QUIET)
    second = Recorder(rows=60.0, earlier=first)
    fit(_replaced(rows, at, F, labels), numbers, second, mu, QUIET)
    assert max(first.moved(second)) <= g * (1 + 1e-9)
    assert first.mu == pytest.approx(mu, rel=1e-9)


@pytest.mark.parametrize("target", [THREE, VALUE], ids=["classes", "value"])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_figures(target: Target, data: st.DataObject) -> None:
    rows = _rows(target, 1)
    score = data.draw(st.integers(0, 3))
    scores = np.random.default_rng(score).dirichlet(np.full(3, 0.1), 60)
    scores = scores if target.classes else scores[:, :1] * 40 - 10
    at = data.draw(st.integers(0, 59))
    other = _replaced(rows, [at], [[0.0] * 3], [data.draw(LABELS[target])])
    moved = scores.copy()
    moved[at] = [0, 0, 1] if target.classes else [data.draw(st.sampled_from([-10.0, 30.0]))]
    first = Recorder(rows=60.0)
    release_figures(rows, scores, first, 20.0)
    second = Recorder(rows=60.0, earlier=first)
    release_figures(other, moved, second, 20.0)
    assert max(first.moved(second)) <= 1 + 1e-9
    assert first.mu == pytest.approx(20.0)


@pytest.mark.parametrize("target", [TWO, VALUE], ids=["classes", "value"])
def test_network_steps(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_FEWEST_STEPS", 4)
    rows = _rows(target, 0)
    other = _replaced(rows, [5], [[4.0, -4.0, 4.0]], [1 if target.classes else -1.0])
    first = Recorder(rows=60.0)
    fit_network(rows, first, 30.0, 1, QUIET)
    second = Recorder(rows=60.0, earlier=first)
    fit_network(other, second, 30.0, 1, QUIET)
    moved = first.moved(second)
    assert max(moved) <= 1 + 1e-9
    assert max(moved) > 0.01  # the row does take part
    assert first.mu == pytest.approx(30.0)


def test_image_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "_FEWEST_STEPS", 3)
    pixels = np.random.default_rng(0).random((40, 36))
    labels = np.arange(40) % 3
    other = pixels.copy()
    other[7] = np.where(np.arange(36) % 2, 1e9, np.nan)
    shape = Shape(height=6, width=6, channels=1)
    first = Recorder(rows=40.0)
    fit_images(Rows(target=THREE, F=pictures(pixels), labels=labels), shape, first, 1.0, 1, QUIET)
    second = Recorder(rows=40.0, earlier=first)
    fit_images(Rows(target=THREE, F=pictures(other), labels=labels), shape, second, 1.0, 1, QUIET)
    moved = first.moved(second)
    assert 0.001 < max(moved) <= 1 + 1e-9
    assert first.mu == pytest.approx(1.0)


@settings(max_examples=60, deadline=None)
@given(
    gradients=st.lists(
        st.lists(st.one_of(st.floats(-1e6, 1e6), st.sampled_from([np.inf, np.nan, 3e38, 0.0])), min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    ),
    clip=st.floats(0.1, 3.0),
)
def test_a_clipped_gradient_is_never_longer(gradients: list[list[float]], clip: float) -> None:
    for row in gradients:
        assert np.linalg.norm(clipped_sum(np.array([row]), clip)) <= clip * (1 + 1e-12)
    total = clipped_sum(np.array(gradients), clip)
    assert np.isfinite(total).all()


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(50, 5000))
def test_a_row_is_in_one_part_only(rows: int) -> None:
    learn, held = parts(rows)
    assert np.array_equal(np.sort(np.r_[learn, held]), np.arange(rows))
    assert np.array_equal(parts(rows)[1], held)
    terms = agree(rows, epsilon=1.0)
    assert terms.learnt <= len(learn) + 1
    assert terms.held <= len(held) + 1
