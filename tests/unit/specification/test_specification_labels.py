# SPDX-License-Identifier: Apache-2.0
"""Labels of rows, the shares that are said of them, and labelled specifications."""

import dataclasses

import numpy as np
import pytest

from lwnode.errors import PrivacyBudgetError, SettingsError, SpecificationError
from lwnode.specification import Specification, mmd2, plan_release, specify
from lwnode.specification.labelled import class_distances, classes, labelled_mmd2, match_labels
from lwnode.specification.labels import Labels, in_steps, points_for
from tests.support.specification import numbers

PROFILE = numbers(3)
NAMES = ("low", "middle", "high")
CENTRES = np.array([[-1.5, -1.0, 0.0], [0.0, 1.0, 0.5], [1.5, -0.5, -1.0]])


def table(rows: int, *, seed: int = 0, shares=(0.5, 0.3, 0.2)) -> tuple[np.ndarray, Labels]:
    rng = np.random.default_rng(seed)
    label = rng.choice(3, size=rows, p=shares)
    return CENTRES[label] + 0.3 * rng.normal(size=(rows, 3)), Labels(of_rows=label.astype(np.int64), names=NAMES)


def test_classes_are_positions_and_strangers_have_none() -> None:
    labels = Labels.from_classes(["b", 1.0, None, "a", "c"], ("a", "b", "1"))
    assert labels.of_rows.tolist() == [1, 2, -1, 0, -1]
    assert labels.shares.tolist() == [0.2, 0.2, 0.2]


def test_a_number_falls_into_a_bin_between_public_bounds() -> None:
    labels = Labels.from_numbers(np.array([-9.0, 0.0, 1.99, 2.0, 10.0, 99.0, np.nan]), low=0.0, high=10.0)
    assert labels.of_rows.tolist() == [0, 0, 0, 1, 4, 4, -1]
    assert labels.edges == (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)
    assert labels.names[0] == "0 to 2"
    with pytest.raises(SettingsError, match="two finite bounds"):
        Labels.from_numbers(np.zeros(3), low=1.0, high=1.0)


@pytest.mark.parametrize(
    ("of_rows", "names", "edges"),
    [([0, 1], ("a", "a"), ()), ([0, 2], ("a", "b"), ()), ([0], ("a",), (1.0, 0.0)), ([0], (), ()), ([[0]], ("a",), ())],
)
def test_labels_without_meaning_are_refused(of_rows, names, edges) -> None:
    with pytest.raises(SpecificationError):
        Labels(of_rows=np.array(of_rows, dtype=np.int64), names=names, edges=edges)


@pytest.mark.parametrize("shares", [[0.333, 0.333, 0.334], [0.999, 0.0005, 0.0005], [-0.2, 0.5, 0.5], [0, 0, 0]])
def test_shares_are_said_in_steps_that_sum_to_one(shares) -> None:
    said = in_steps(np.array(shares, dtype=float))
    assert sum(said) == pytest.approx(1.0)
    assert all(share >= 0 and round(100 * share) == pytest.approx(100 * share) for share in said)


def test_every_class_with_rows_gets_a_point() -> None:
    assert points_for(np.array([0.98, 0.01, 0.0, 0.01]), 10).tolist() == [8, 1, 0, 1]
    with pytest.raises(SettingsError, match="at least as many points"):
        points_for(np.full(5, 0.2), 4)


@pytest.mark.parametrize("privacy", ["public", "no-noise", "private"])
def test_a_labelled_specification_knows_its_classes(privacy: str) -> None:
    X, labels = table(4000)
    settings = {"epsilon": 1.0, "rng": np.random.default_rng(5)} if privacy == "private" else {}
    spec = specify(X, PROFILE, privacy=privacy, labels=labels, labelled=True, **settings)
    blocks = classes(spec)
    assert tuple(block.label for block in blocks) == spec.card.labels == NAMES
    assert spec.card.shares == pytest.approx((0.5, 0.3, 0.2), abs=0.06 if privacy == "private" else 0.02)
    for block, centre in zip(blocks, CENTRES, strict=True):
        assert block.weights @ block.points == pytest.approx(centre, abs=0.45 if privacy == "private" else 0.1)
    again = Specification.from_bytes(spec.to_bytes(), spec.card, PROFILE)
    assert again.labels.tolist() == spec.labels.tolist()


def test_without_its_labels_it_is_an_ordinary_specification() -> None:
    X, labels = table(3000)
    labelled = specify(X, PROFILE, privacy="public", labels=labels, labelled=True)
    plain = specify(X, PROFILE, privacy="public")
    assert mmd2(labelled, plain) < 2e-3
    assert labelled.card.residual2 < 2e-3


def test_shares_can_be_said_without_labelling_the_points() -> None:
    X, labels = table(3000)
    spec = specify(X, PROFILE, privacy="private", epsilon=1.0, labels=labels, rng=np.random.default_rng(1))
    assert spec.labels is None
    assert (spec.card.labels, spec.card.shares_of) == ((), NAMES)
    assert spec.card.shares == pytest.approx((0.5, 0.3, 0.2), abs=0.06)


def test_shares_cost_their_part_and_labels_need_more_rows() -> None:
    plain = plan_release(3000, reach=np.sqrt(2), epsilon=1.0)
    said = plan_release(3000, reach=np.sqrt(2), epsilon=1.0, shares=True)
    blocks = plan_release(3000, reach=np.sqrt(2), epsilon=1.0, shares=True, blocks=64)
    with pytest.raises(PrivacyBudgetError):
        plan_release(300, reach=np.sqrt(2), epsilon=1.0, shares=True, blocks=64)
    plan_release(300, reach=np.sqrt(2), epsilon=1.0, shares=True)
    assert plain.shares_noise == 0.0 < said.shares_noise
    assert plain.embedding_noise < said.embedding_noise == blocks.embedding_noise
    parts = (
        np.sqrt(2) / 3000 / said.embedding_noise, np.sqrt(2) / 3000 / said.residual_noise,
        1 / said.count_noise, np.sqrt(2) / 3000 / said.shares_noise,
    )  # fmt: skip
    assert said.mu * 0.9999 <= np.hypot.reduce(parts) <= said.mu  # all parts together spend what was asked


def test_swapped_labels_are_seen_only_by_the_labelled_distance() -> None:
    X, labels = table(3000)
    turned = Labels(of_rows=(labels.of_rows + 1) % 3, names=NAMES)
    first = specify(X, PROFILE, privacy="public", labels=labels, labelled=True)
    second = specify(X, PROFILE, privacy="public", labels=turned, labelled=True)
    assert mmd2(first, second) < 2e-3
    assert labelled_mmd2(first, first) < 1e-12
    assert labelled_mmd2(first, second) > 0.2
    back = {"middle": "low", "high": "middle", "low": "high"}
    assert labelled_mmd2(first, second, same=back) < 2e-3


def test_labels_with_other_names_are_matched_by_where_their_rows_lie() -> None:
    X, labels = table(2000, seed=1)
    Y, others = table(2000, seed=2, shares=(0.2, 0.3, 0.5))
    renamed = dataclasses.replace(others, names=("niedrig", "mittel", "hoch"))
    a = specify(X, PROFILE, privacy="private", epsilon=2.0, labels=labels, labelled=True, rng=np.random.default_rng(3))
    b = specify(Y, PROFILE, privacy="no-noise", labels=renamed, labelled=True)
    assert class_distances(a, b).shape == (3, 3)
    matches = match_labels(a, b)
    assert [(m.first, m.second) for m in matches] == [("low", "niedrig"), ("middle", "mittel"), ("high", "hoch")]
    assert all(match.margin > 0 for match in matches)


def test_what_is_not_labelled_cannot_be_read_by_label() -> None:
    X, labels = table(500)
    plain = specify(X, PROFILE, privacy="public")
    with pytest.raises(SpecificationError, match="not labelled"):
        classes(plain)
    with pytest.raises(SpecificationError, match="must be labelled"):
        labelled_mmd2(plain, plain)
    with pytest.raises(SettingsError, match="needs the labels"):
        specify(X, PROFILE, privacy="public", labelled=True)
    with pytest.raises(SpecificationError, match="do not belong"):
        specify(X[:400], PROFILE, privacy="public", labels=labels)


def test_a_small_class_is_left_out_where_single_rows_would_show() -> None:
    X, labels = table(600)
    few = labels.of_rows.copy()
    few[np.flatnonzero(few == 2)[9:]] = 0
    spec = specify(X, PROFILE, privacy="no-noise", labels=Labels(of_rows=few, names=NAMES), labelled=True)
    assert [block.label for block in classes(spec)] == ["low", "middle"]


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.array([0, 1, 3], dtype=np.int32)},
        {"labels": np.array([0, 1], dtype=np.int32)},
        {"labels": np.array([0.0, 1.0, 2.0])},
        {"labels": None},
    ],
)
def test_labels_that_do_not_belong_are_refused(change) -> None:
    X, labels = table(300)
    spec = specify(X, PROFILE, privacy="public", labels=labels, labelled=True, size=3)
    assert len(spec.points) == 3
    with pytest.raises(SpecificationError):
        dataclasses.replace(spec, **change)


@pytest.mark.parametrize(
    "change",
    [{"shares": (0.5, 0.5)}, {"shares": (0.5, 0.3, 0.3)}, {"labels": ("a", "a", "b")}, {"label_edges": (0.0, 1.0)}],
)
def test_a_card_that_cannot_be_true_of_its_labels_is_refused(change) -> None:
    X, labels = table(300)
    spec = specify(X, PROFILE, privacy="public", labels=labels, labelled=True, size=3)
    with pytest.raises(SpecificationError):
        dataclasses.replace(spec, card=dataclasses.replace(spec.card, **change))
