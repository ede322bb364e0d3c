# SPDX-License-Identifier: Apache-2.0
"""Folding: what is the same to a user stands under one, nothing else does, and nobody hides anybody."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from lwnode.documents import Card, Input
from lwnode.market import Entry
from lwnode.market.organizer import Answers, Fold, Folding, Listed, answers_at
from lwnode.market.organizer.equivalence import Candidate, likeness
from lwnode.specification import Labels, Specification, raw_matrix, specify
from tests.support.market import Columns, domain, entry, numbers, sketch

PROFILE = numbers(6)
START = datetime(2026, 1, 1, tzinfo=UTC)
CLASSES = ("no", "yes")


def private(seed: int, draw: int, *, epsilon: float = 1.0, rows: int = 2000) -> Specification:
    """The sketch of one institution's rows, under a noise of its own."""
    raw = raw_matrix(PROFILE, domain(seed, rows))
    return specify(raw, PROFILE, privacy="private", epsilon=epsilon, rng=np.random.default_rng([seed, draw]))


def listed(
    name: str, specification: Specification, day: int = 0, *, publisher: str = "a", own: bool = False, **card: object
) -> Listed:
    """A catalogue's learnware that came on a day."""
    values: dict[str, object] = {"family": "test", "task": "classification", "inputs": (), "classes": CLASSES}
    made = dataclasses.replace(entry(name, specification), card=Card(**(values | card)))  # type: ignore[arg-type]
    return Listed(entry=made, publisher=publisher, received=START + timedelta(days=day), own=own)


def said(values: np.ndarray) -> Answers:
    """Answers at points that are all the learnware's own."""
    return Answers(values=values, own=np.ones(len(values), dtype=bool))


def answers(seed: int, points: int = 200, *, off: float = 0.0, share: float = 0.0) -> Answers:
    """Probabilities of a model at the probe points; ``share`` of the points get others, the rest moves by ``off``."""
    rng = np.random.default_rng(seed)
    p = rng.random(points)
    changed = np.random.default_rng([seed, 1]).random(points) < share
    p = np.where(changed, 1.0 - p, np.clip(p + off, 0.0, 1.0))
    return said(np.column_stack([1.0 - p, p]))


@pytest.fixture(scope="module")
def draws() -> list[Specification]:
    return [private(0, draw) for draw in range(3)]


@pytest.fixture(scope="module")
def plain() -> Specification:
    return sketch(domain(0, 800), PROFILE)


def test_the_same_data_under_other_noise_fold_where_the_answers_agree(draws: list[Specification]) -> None:
    folding = Folding()
    assert folding.add(listed("z", draws[0]), answers(0)) is None
    fold = folding.add(listed("a", draws[1], 1), answers(0, off=0.01))
    assert fold == Fold(
        id="a",
        under="z",
        copy=False,
        checked=True,
        reason="same sketch, as far as its noise can tell, and same answers on 100% of 200 of its points",
    )
    assert folding.leaders == ("z",)
    assert folding.under("z") == (fold,)
    assert len(folding) == 2


def test_without_answers_alike_sketches_stay_apart(draws: list[Specification]) -> None:
    folding = Folding()
    folding.add(listed("a", draws[0]), answers(0))
    assert folding.add(listed("b", draws[1], 1)) is None, "another hospital with like patients is worth asking"
    assert folding.folds == {}


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_models_that_answer_differently_stay_apart(draws: list[Specification], share: float) -> None:
    for sketch_of_the_second in (draws[1], draws[0]):  # the very same sketch does not change it
        folding = Folding()
        folding.add(listed("a", draws[0]), answers(0))
        assert folding.add(listed("b", sketch_of_the_second, 1), answers(0, share=share)) is None


def test_a_rare_class_does_not_make_all_models_alike(draws: list[Specification]) -> None:
    rng = np.random.default_rng(0)
    rare = [np.column_stack([1 - p, p]) for p in (0.02 + 0.06 * rng.random(200), 0.02 + 0.06 * rng.random(200))]
    assert max(np.abs(rare[0] - rare[1]).max(axis=1)) < 0.1
    folding = Folding()
    folding.add(listed("a", draws[0]), said(rare[0]))
    assert folding.add(listed("b", draws[1], 1), said(rare[1])) is None


def test_other_data_stay_apart_whatever_the_answers(draws: list[Specification]) -> None:
    folding = Folding()
    folding.add(listed("a", draws[0]), answers(0))
    assert folding.add(listed("b", private(7, 0), 1), answers(0)) is None


def test_a_sketch_too_coarse_to_tell_folds_nothing(draws: list[Specification]) -> None:
    claimed = dataclasses.replace(draws[1].card, residual2=0.5)
    coarse = dataclasses.replace(draws[1], card=claimed)
    folding = Folding()
    folding.add(listed("a", draws[0]), answers(0))
    assert folding.add(listed("b", coarse, 1), answers(0)) is None


# -------------------------------------------------------------------- who leads
def test_a_later_copy_of_another_publisher_stands_under_the_original_and_is_marked(plain: Specification) -> None:
    folding = Folding()
    folding.add(listed("zz", plain, 5, publisher="hospital"))
    fold = folding.add(listed("00", plain, 6, publisher="copier"))
    assert fold is not None
    assert (fold.under, fold.copy, fold.checked) == ("zz", True, False)
    assert fold.reason == ("a copy by another publisher: the very same sketch; the models were not run side by side")
    again = folding.add(listed("11", plain, 7, publisher="hospital"))
    assert again is not None
    assert (again.under, again.copy) == ("zz", False)
    assert folding.leaders == ("zz",)


def test_the_oldest_leads_whenever_it_is_told_of(plain: Specification) -> None:
    ways = set()
    for order in itertools.permutations([("c", 0), ("b", 1), ("a", 2)]):
        folding = Folding()
        for name, day in order:
            folding.add(listed(name, plain, day, publisher=name))
        ways.add((folding.leaders, tuple(fold.id for fold in folding.under("c"))))
        assert all(fold.copy for fold in folding.folds.values())
    assert ways == {(("c",), ("b", "a"))}


def test_ones_own_leads_and_the_elder_is_not_called_its_copy(plain: Specification) -> None:
    folding = Folding()
    folding.add(listed("elder", plain, 0, publisher="x"))
    assert folding.add(listed("mine", plain, 9, own=True)) is None
    assert folding.leaders == ("mine",)
    assert not folding.folds["elder"].copy
    assert "copy" not in folding.folds["elder"].reason


def test_equal_times_are_told_apart_by_id(plain: Specification) -> None:
    for order in (("b", "a"), ("a", "b")):
        folding = Folding()
        for name in order:
            folding.add(listed(name, plain))
        assert folding.leaders == ("a",)


# -------------------------------------------------------------------- what is never folded
OTHERS: dict[str, dict[str, object]] = {
    "another target": {"target": "length of stay"},
    "other classes": {"classes": ("no", "maybe")},
    "another task": {"task": "regression", "classes": ()},
    "another encoder": {"encoder": "convolution-64"},
    "other inputs": {"inputs": (Input(name="c0", type="number"),)},
    "inputs in another unit": {"inputs": (Input(name="c0", type="number", unit="kg"),)},
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_question_is_never_folded(plain: Specification, name: str) -> None:
    folding = Folding()
    folding.add(listed("a", plain))
    assert folding.add(listed("b", plain, 1, **OTHERS[name])) is None
    assert folding.compared == 0


def test_classes_in_another_order_are_the_same_question(plain: Specification) -> None:
    folding = Folding()
    folding.add(listed("a", plain), answers(0))
    fold = folding.add(listed("b", plain, 1, classes=("yes", "no")), said(answers(0).values[:, ::-1]))
    assert fold is not None
    assert fold.checked
    assert folding.add(listed("c", plain, 2, classes=("yes", "no")), answers(0)) is None, "it answers the other way"


def test_another_schema_is_never_folded(plain: Specification) -> None:
    folding = Folding()
    folding.add(listed("a", plain))
    assert folding.add(listed("b", sketch(domain(0, 800, 5), numbers(5)), 1)) is None


def labelled(columns: Columns, names: tuple[str, ...], flip: bool = False) -> Specification:
    values = (columns["c0"] > np.median(columns["c0"])) != flip
    labels = Labels(of_rows=values.astype(np.int64), names=names)
    return specify(raw_matrix(PROFILE, columns), PROFILE, privacy="public", size=30, labels=labels, labelled=True)


def test_labels_of_a_sketch_count() -> None:
    columns = domain(0, 300)
    first = labelled(columns, ("f", "m"))
    swapped = dataclasses.replace(first, labels=1 - first.labels)
    folding = Folding()
    folding.add(listed("a", first))
    assert folding.add(listed("b", labelled(columns, ("0", "1")), 1)) is None, "labels of other names"
    assert folding.add(listed("c", swapped, 2)) is None, "the same points with the labels exchanged"
    assert folding.add(listed("d", first, 3)) is not None


# -------------------------------------------------------------------- what changes
def test_when_the_leader_is_withdrawn_the_next_one_leads(plain: Specification) -> None:
    folding = Folding()
    for day, name in enumerate("dcba"):
        folding.add(listed(name, plain, day, publisher=name))
    folding.withdraw("d")
    assert folding.leaders == ("c",)
    assert {fold.under for fold in folding.folds.values()} == {"c"}
    folding.withdraw("b")
    assert set(folding.folds) == {"a"}
    folding.withdraw("c")
    assert (folding.leaders, dict(folding.folds)) == (("a",), {})
    with pytest.raises(KeyError):
        folding.withdraw("c")


def test_answers_that_come_later_undo_a_fold(plain: Specification) -> None:
    folding = Folding()
    first, second = listed("a", plain), listed("b", plain, 1, publisher="copier")
    folding.add(first, answers(0))
    assert folding.add(second) is not None
    assert folding.add(second, answers(5)) is None, "the copied sketch stands for another model"
    assert folding.leaders == ("a", "b")
    assert folding.add(second, answers(0)) is not None
    assert len(folding) == 2


def test_wrong_answers_are_refused_and_change_nothing(plain: Specification) -> None:
    folding = Folding()
    folding.add(listed("a", plain), answers(0))
    own = np.ones(40, dtype=bool)
    for bad in (np.zeros((40, 3)), np.zeros(40), np.zeros((41, 2))):
        with pytest.raises(ValueError, match="answers"):
            folding.add(listed("a", plain), Answers(values=bad, own=own))
    assert len(folding) == 1
    broken = answers(0).values.copy()
    broken[3] = np.nan
    assert folding.add(listed("b", plain, 1), said(broken)) is None
    few = folding.add(listed("c", plain, 2), said(answers(0).values[:5]))
    assert few is not None
    assert not few.checked, "five points say nothing"


def test_models_are_compared_where_the_data_of_one_of_them_were(draws: list[Specification]) -> None:
    near = draws[0].points[np.arange(60) % len(draws[0].points)].astype(float)
    probes = np.concatenate([near, np.full((60, 6), 3.9)])
    values = np.column_stack([np.linspace(0, 1, 120), 1 - np.linspace(0, 1, 120)])
    elsewhere, here = values.copy(), values.copy()
    elsewhere[60:] = elsewhere[60:, ::-1]
    here[:60] = here[:60, ::-1]
    made = listed("a", draws[0])
    asked = answers_at(made.entry, probes, values)
    assert asked.own[:60].mean() > 0.7
    assert not asked.own[60:].any()
    for other, folds in ((elsewhere, True), (here, False)):
        folding = Folding()
        folding.add(made, asked)
        second = listed("b", draws[1], 1)
        assert (folding.add(second, answers_at(second.entry, probes, other)) is not None) == folds


def test_profiles_that_differ_in_bounds_are_compared_in_both_frames() -> None:
    wide = numbers(6, scale=1.5, name="wide")
    rows = domain(0, 3000)
    one, other = (specify(raw_matrix(p, rows), p, privacy="no-noise", size=60) for p in (PROFILE, wide))
    folding = Folding()
    folding.add(listed("a", one), answers(0))
    fold = folding.add(listed("b", other, 1), answers(0))
    assert fold is not None
    assert fold.under == "a"
    strange = specify(raw_matrix(wide, domain(3, 3000)), wide, privacy="no-noise", size=60)
    assert folding.add(listed("c", strange, 2), answers(0)) is None


def test_likeness_is_the_same_from_both_sides(draws: list[Specification]) -> None:
    for a, b in itertools.combinations([*draws, private(7, 0), private(0, 9, epsilon=4.0)], 2):
        one, other = (Candidate(entry=listed(n, s).entry, answers=answers(0)) for n, s in (("a", a), ("b", b)))
        there, back = likeness(one, other), likeness(other, one)
        assert (there is None) == (back is None)
        if there is not None and back is not None:
            assert there.distance2 == pytest.approx(back.distance2, abs=1e-9)


# -------------------------------------------------------------------- cost and invariants
def test_a_new_learnware_is_compared_with_its_neighbours_only() -> None:
    folding = Folding()
    for i in range(60):
        folding.add(listed(f"e{i}", sketch(domain(i, 200), PROFILE, size=20, seed=i), i))
    before = folding.compared
    assert before < 60, "60 different ones are not compared in pairs"
    folding.add(listed("new", sketch(domain(3, 200), PROFILE, size=20, seed=3), 99))
    assert folding.folds["new"].under == "e3"
    assert folding.compared - before <= 2


def test_whatever_happens_everybody_stands_where_he_may() -> None:
    rng = np.random.default_rng(0)
    kinds = [sketch(domain(k, 150), PROFILE, size=15, seed=k) for k in range(4)]
    folding, present = Folding(), dict[str, tuple[Listed, int]]()
    for step in range(150):
        if present and rng.random() < 0.35:
            name = str(rng.choice(sorted(present)))
            folding.withdraw(name)
            del present[name]
        else:
            kind, name = int(rng.integers(4)), f"n{step}"
            made = listed(name, kinds[kind], int(rng.integers(50)), own=bool(rng.random() < 0.1))
            present[name] = made, kind
            folding.add(made)
        by_kind: dict[int, list[Listed]] = {}
        for each, kind in present.values():
            by_kind.setdefault(kind, []).append(each)
        first = {min(group, key=lambda item: item.order).entry.id for group in by_kind.values()}
        assert set(folding.leaders) == first
        for fold in folding.folds.values():
            assert fold.under in first
            assert present[fold.id][1] == present[fold.under][1]
        assert len(folding) == len(present) == len(first) + len(folding.folds)


def test_many_profiles_for_one_question_cost_nobody_his_fold() -> None:
    folding = Folding()
    made: list[tuple[str, Entry]] = []
    for i in range(12):
        profile = numbers(6, scale=1.0 + i / 10, name=f"p{i}")
        specification = sketch(domain(i, 150), profile, size=15, seed=i)
        folding.add(listed(f"e{i}", specification, i))
        made.append((f"e{i}", listed(f"e{i}", specification).entry))
    for name, each in made:
        assert folding.add(listed(f"{name} again", each.specification, 50)) is not None
        assert folding.folds[f"{name} again"].under == name
