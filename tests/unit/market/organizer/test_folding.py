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
from lwnode.market.organizer import Agreement, Fold, Folding, Listed, agreement
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


def answers(seed: int, points: int = 200, *, off: float = 0.0, share: float = 0.0) -> np.ndarray:
    """Probabilities of a model at some points; ``share`` of the points get others, the rest moves by ``off``."""
    rng = np.random.default_rng(seed)
    p = rng.random(points)
    changed = np.random.default_rng([seed, 1]).random(points) < share
    p = np.where(changed, 1.0 - p, np.clip(p + off, 0.0, 1.0))
    return np.column_stack([1.0 - p, p])


class Asked(Folding):
    """A folding whose models are asked side by side as soon as both have answers."""

    def __init__(self) -> None:
        super().__init__(self._of)
        self._answers: dict[str, tuple[Card, np.ndarray]] = {}

    def add(self, listed: Listed, answers: np.ndarray | None = None) -> Fold | None:
        if answers is not None:
            self._answers[listed.entry.id] = listed.entry.card, answers
        return super().add(listed)

    def _of(self, first: str, second: str) -> Agreement | None:
        assert first < second
        if not {first, second} <= self._answers.keys():
            return None
        (card, one), (other_card, other) = self._answers[first], self._answers[second]
        return agreement(card, other_card, one, other)


@pytest.fixture(scope="module")
def draws() -> list[Specification]:
    return [private(0, draw) for draw in range(3)]


@pytest.fixture(scope="module")
def plain() -> Specification:
    return sketch(domain(0, 800), PROFILE)


def test_the_same_data_under_other_noise_fold_where_the_answers_agree(draws: list[Specification]) -> None:
    folding = Asked()
    assert folding.add(listed("z", draws[0]), answers(0)) is None
    fold = folding.add(listed("a", draws[1], 1), answers(0, off=0.01))
    assert fold == Fold(
        id="a",
        under="z",
        copy=False,
        checked=True,
        reason="same sketch, as far as its noise can tell, and same answers on 100% of 200 of their points",
    )
    assert folding.leaders == ("z",)
    assert folding.under("z") == (fold,)
    assert len(folding) == 2


def test_without_answers_alike_sketches_stay_apart(draws: list[Specification]) -> None:
    folding = Asked()
    folding.add(listed("a", draws[0]), answers(0))
    assert folding.add(listed("b", draws[1], 1)) is None, "another hospital with like patients is worth asking"
    assert folding.folds == {}


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_models_that_answer_differently_stay_apart(draws: list[Specification], share: float) -> None:
    for sketch_of_the_second in (draws[1], draws[0]):  # the very same sketch does not change it
        folding = Asked()
        folding.add(listed("a", draws[0]), answers(0))
        assert folding.add(listed("b", sketch_of_the_second, 1), answers(0, share=share)) is None


def test_a_rare_class_does_not_make_all_models_alike(draws: list[Specification]) -> None:
    rng = np.random.default_rng(0)
    rare = [np.column_stack([1 - p, p]) for p in (0.02 + 0.06 * rng.random(200), 0.02 + 0.06 * rng.random(200))]
    assert max(np.abs(rare[0] - rare[1]).max(axis=1)) < 0.1
    folding = Asked()
    folding.add(listed("a", draws[0]), rare[0])
    assert folding.add(listed("b", draws[1], 1), rare[1]) is None


def test_other_data_stay_apart_whatever_the_answers(draws: list[Specification]) -> None:
    folding = Asked()
    folding.add(listed("a", draws[0]), answers(0))
    assert folding.add(listed("b", private(7, 0), 1), answers(0)) is None


def test_a_sketch_too_coarse_to_tell_folds_nothing(draws: list[Specification]) -> None:
    claimed = dataclasses.replace(draws[1].card, residual2=0.5)
    coarse = dataclasses.replace(draws[1], card=claimed)
    folding = Asked()
    folding.add(listed("a", draws[0]), answers(0))
    assert folding.add(listed("b", coarse, 1), answers(0)) is None


# -------------------------------------------------------------------- who leads
def test_a_later_copy_of_another_publisher_stands_under_the_original_and_is_marked(plain: Specification) -> None:
    folding = Asked()
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
        folding = Asked()
        for name, day in order:
            folding.add(listed(name, plain, day, publisher=name))
        ways.add((folding.leaders, tuple(fold.id for fold in folding.under("c"))))
        assert all(fold.copy for fold in folding.folds.values())
    assert ways == {(("c",), ("b", "a"))}


def test_ones_own_leads_and_the_elder_is_not_called_its_copy(plain: Specification) -> None:
    folding = Asked()
    folding.add(listed("elder", plain, 0, publisher="x"))
    assert folding.add(listed("mine", plain, 9, own=True)) is None
    assert folding.leaders == ("mine",)
    assert not folding.folds["elder"].copy
    assert "copy" not in folding.folds["elder"].reason


def test_equal_times_are_told_apart_by_id(plain: Specification) -> None:
    for order in (("b", "a"), ("a", "b")):
        folding = Asked()
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
    folding = Asked()
    folding.add(listed("a", plain))
    assert folding.add(listed("b", plain, 1, **OTHERS[name])) is None
    assert folding.compared == 0


def test_classes_in_another_order_are_the_same_question(plain: Specification) -> None:
    folding = Asked()
    folding.add(listed("a", plain), answers(0))
    fold = folding.add(listed("b", plain, 1, classes=("yes", "no")), answers(0)[:, ::-1])
    assert fold is not None
    assert fold.checked
    assert folding.add(listed("c", plain, 2, classes=("yes", "no")), answers(0)) is None, "it answers the other way"


def test_another_schema_is_never_folded(plain: Specification) -> None:
    folding = Asked()
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
    folding = Asked()
    folding.add(listed("a", first))
    assert folding.add(listed("b", labelled(columns, ("0", "1")), 1)) is None, "labels of other names"
    assert folding.add(listed("c", swapped, 2)) is None, "the same points with the labels exchanged"
    assert folding.add(listed("d", first, 3)) is not None


# -------------------------------------------------------------------- what changes
def test_when_the_leader_is_withdrawn_the_next_one_leads(plain: Specification) -> None:
    folding = Asked()
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
    folding = Asked()
    first, second = listed("a", plain), listed("b", plain, 1, publisher="copier")
    folding.add(first, answers(0))
    assert folding.add(second) is not None
    assert folding.add(second, answers(5)) is None, "the copied sketch stands for another model"
    assert folding.leaders == ("a", "b")
    assert folding.add(second, answers(0)) is not None
    assert len(folding) == 2


def test_answers_that_cannot_be_held_against_each_other(plain: Specification) -> None:
    folding = Asked()
    folding.add(listed("a", plain), answers(0))
    broken = answers(0).copy()
    broken[3] = np.nan
    assert folding.add(listed("b", plain, 1), broken) is None
    few = folding.add(listed("c", plain, 2), answers(0)[:5])
    assert few is not None
    assert not few.checked, "as many points are needed, and five say nothing"
    card = listed("a", plain).entry.card
    assert agreement(card, card, answers(0)[:5], answers(0)[:5]) is None


def test_who_is_to_be_asked_side_by_side(draws: list[Specification]) -> None:
    folding = Asked()
    first, second = listed("b", draws[0]), listed("a", draws[1], 1)
    folding.add(first, answers(0))
    folding.add(second)
    folding.add(listed("c", private(7, 0), 2))
    assert folding.unasked == {("a", "b")}
    assert folding.folds == {}
    folding._answers["a"] = second.entry.card, answers(0)
    folding.settle("a")
    assert folding.unasked == set()
    assert folding.folds["a"].checked
    folding.withdraw("b")
    assert folding.leaders == ("a", "c")
    folding.add(listed("d", draws[2], 3))
    folding.withdraw("d")
    assert folding.unasked == set(), "nobody is asked about who is not here"
    with pytest.raises(KeyError):
        folding.settle("d")


def test_a_flood_of_alike_ones_is_asked_a_few_times_each(draws: list[Specification]) -> None:
    folding = Asked()
    for draw in range(12):
        folding.add(listed(f"n{draw:02}", private(0, 20 + draw), draw))
    assert len(folding.leaders) == 12
    for draw in range(12):
        mine = [pair for pair in folding.unasked if pair[1] == f"n{draw:02}"]
        assert len(mine) <= 3
        assert all(pair[0] < "n03" for pair in mine), "the oldest are asked"
    last = listed("n99", private(0, 99), 99)
    folding.add(last)
    for older in ("n00", "n01", "n02"):
        folding._answers[older] = last.entry.card, answers(int(older[1:]))
    folding._answers["n99"] = last.entry.card, answers(99)
    folding.settle("n99")
    assert not [pair for pair in folding.unasked if "n99" in pair], "those who differ do not make room for others"


def test_profiles_that_differ_in_bounds_are_compared_in_both_frames() -> None:
    wide = numbers(6, scale=1.5, name="wide")
    rows = domain(0, 3000)
    one, other = (specify(raw_matrix(p, rows), p, privacy="no-noise", size=60) for p in (PROFILE, wide))
    folding = Asked()
    folding.add(listed("a", one), answers(0))
    fold = folding.add(listed("b", other, 1), answers(0))
    assert fold is not None
    assert fold.under == "a"
    strange = specify(raw_matrix(wide, domain(3, 3000)), wide, privacy="no-noise", size=60)
    assert folding.add(listed("c", strange, 2), answers(0)) is None


def test_likeness_is_the_same_from_both_sides(draws: list[Specification]) -> None:
    for a, b in itertools.combinations([*draws, private(7, 0), private(0, 9, epsilon=4.0)], 2):
        one, other = (Candidate(entry=listed(n, s).entry) for n, s in (("a", a), ("b", b)))
        there, back = likeness(one, other), likeness(other, one)
        assert (there is None) == (back is None)
        if there is not None and back is not None:
            assert there.distance2 == pytest.approx(back.distance2, abs=1e-9)


# -------------------------------------------------------------------- cost and invariants
def test_a_new_learnware_is_compared_with_its_neighbours_only() -> None:
    folding = Asked()
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
    folding, present = Asked(), dict[str, tuple[Listed, int]]()
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
    folding = Asked()
    made: list[tuple[str, Entry]] = []
    for i in range(12):
        profile = numbers(6, scale=1.0 + i / 10, name=f"p{i}")
        specification = sketch(domain(i, 150), profile, size=15, seed=i)
        folding.add(listed(f"e{i}", specification, i))
        made.append((f"e{i}", listed(f"e{i}", specification).entry))
    for name, each in made:
        assert folding.add(listed(f"{name} again", each.specification, 50)) is not None
        assert folding.folds[f"{name} again"].under == name
