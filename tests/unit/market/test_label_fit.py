# SPDX-License-Identifier: Apache-2.0
"""Labels of a found learnware compared with the user's: the same question, another one, the same by other names."""

import numpy as np
import pytest

from lwnode.documents import Card, Semantic
from lwnode.market import Entry, label_fit
from lwnode.specification import Labels, specify
from tests.support.specification import numbers

PROFILE = numbers(3)
CENTRES = np.array([[-1.5, -1.0, 0.0], [0.0, 1.0, 0.5], [1.5, -0.5, -1.0]])
NAMES = ("cold", "warm", "hot")


def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label = rng.integers(3, size=n)
    return CENTRES[label] + 0.3 * rng.normal(size=(n, 3)), label


def entry(labels: Labels | None, X: np.ndarray) -> Entry:
    spec = specify(
        X, PROFILE, privacy="private", epsilon=2.0, labels=labels, labelled=labels is not None,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    card = Card(family="f", task="classification", inputs=())
    return Entry(id="e", name="n", organisation="o", semantic=Semantic(name="n"), card=card, specification=spec)


def columns(X: np.ndarray) -> dict[str, np.ndarray]:
    return {f"c{j}": X[:, j] for j in range(3)}


def published(names: tuple[str, ...] = NAMES) -> Entry:
    X, label = rows(4000, 1)
    return entry(Labels(of_rows=label, names=names), X)


def test_the_same_question_agrees() -> None:
    X, label = rows(600, 2)
    fit = label_fit(published(), columns(X), np.array([NAMES[at] for at in label], dtype=object))
    assert fit is not None
    assert fit.distance == fit.as_named < 0.2
    assert not fit.renamed
    assert all(pair.first == pair.second for pair in fit.pairs)


def test_other_names_for_the_same_are_proposed() -> None:
    X, label = rows(600, 2)
    fit = label_fit(published(), columns(X), np.array(["冷", "暖", "热"], dtype=object)[label])
    assert fit is not None
    assert fit.renamed
    assert {(pair.first, pair.second) for pair in fit.pairs} == {("cold", "冷"), ("warm", "暖"), ("hot", "热")}


def test_another_question_over_the_same_rows_disagrees() -> None:
    X, _ = rows(600, 2)
    other = np.array([NAMES[at] for at in np.random.default_rng(9).integers(3, size=600)], dtype=object)
    fit = label_fit(published(), columns(X), other)
    assert fit is not None
    assert fit.distance > 0.3


def test_a_few_labels_are_enough_and_none_are_not() -> None:
    X, label = rows(600, 2)
    some = np.array([NAMES[at] for at in label], dtype=object)
    some[60:] = None
    fit = label_fit(published(), columns(X), some)
    assert fit is not None
    assert fit.distance < 0.35
    some[9:] = None
    assert label_fit(published(), columns(X), some) is None


def test_bins_of_a_number_are_compared_as_they_are() -> None:
    X, label = rows(4000, 1)
    target = label + 0.5
    made = entry(Labels.from_numbers(target, low=0.0, high=3.0, bins=3), X)
    Y, mine = rows(600, 2)
    fit = label_fit(made, columns(Y), mine + 0.5)
    turned = label_fit(made, columns(Y), 2.5 - mine)
    assert fit is not None
    assert turned is not None
    assert fit.distance < 0.2 < turned.distance
    assert label_fit(made, columns(Y), np.array(["a"] * 600, dtype=object)) is None


@pytest.mark.parametrize("case", ["not labelled", "other columns"])
def test_what_cannot_be_compared_is_not(case: str) -> None:
    X, label = rows(600, 2)
    labels = np.array([NAMES[at] for at in label], dtype=object)
    if case == "not labelled":
        assert label_fit(entry(None, X), columns(X), labels) is None
    else:
        assert label_fit(published(), {"other": X[:, 0]}, labels) is None
