# SPDX-License-Identifier: Apache-2.0
"""The node's reuse: who is combined with whom, and what labels are used for."""

from __future__ import annotations

import numpy as np
import pytest

import lwnode
from lwnode.errors import DataError
from lwnode.reuse import LEARN_FROM_LABELS, NEED_LABELS, out_of_fold
from tests.support.homes import make_node
from tests.support.kinds import NAMES, publish, rows
from tests.support.reuse import labels, members

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory):
    """A node with three learnwares of two kinds each, and one that answers another question."""
    with make_node(tmp_path_factory.mktemp("reuse"), "A") as node:
        yield node, publish(node, (((0, 1), "kind"), ((1, 2), "kind"), ((2, 3), "Kind"), ((0, 3), "colour")))


def test_label_sets_of_one_target_are_united(market) -> None:
    node, ids = market
    mine = rows((0, 1, 2, 3), 200, 9)
    use = node.reuse(ids, data=mine)
    assert use.report is not None
    assert use.report.method == "fuse"
    assert set(use.classes_) == {"kind 0", "kind 1", "kind 2", "kind 3"}
    assert len(use.report.members) == 3
    (other,) = use.report.left_out
    assert other.learnware == ids[3]
    assert "another question" in other.reason
    assert "1 took no part" in use.report.note
    assert sum(use.report.prior) == pytest.approx(1.0)
    assert (use.predict(mine) == mine.labels()).mean() > 0.8


def test_other_methods_combine_the_same_classes_only(market) -> None:
    node, ids = market
    use = node.reuse(ids, data=rows((0, 1), 80, 10), method="average")
    assert use.report is not None
    assert len(use.report.members) == 1
    assert use.classes_ == ("kind 0", "kind 1")


@pytest.mark.parametrize("classes", [(0, 1), (0, 1, 2)])
def test_one_alone_is_chosen_among_all_that_a_search_lists(market, classes: tuple[int, ...]) -> None:
    node, _ = market
    found = node.search(lwnode.Requirement(data=rows(classes, 200, 21)))
    listed = tuple(match.learnware for match in found.single or found.nearest)
    assert node.reuse(found, method="top-1").members == listed
    assert node.reuse(found, method="mix").members == found.choice.members
    assert listed != found.choice.members, "a market in which the two do not differ"


def test_labels_are_learnt_from_and_compared_with(market) -> None:
    node, ids = market
    mine, few, many = rows((0, 1, 2), 120, 11), rows((0, 1, 2), 20, 12), rows((0, 1, 2), 90, 13)
    some = node.reuse(ids[:3], data=mine, labelled=few).report
    assert some is not None
    assert (some.labels, some.comparison, some.lead, some.unknown) == (20, (), None, "")
    assert [figure.name for figure in some.estimate] == ["auc", "accuracy"]
    assert "too few to compare" in some.note
    report = node.reuse(ids[:3], data=mine, labelled=many).report
    assert report is not None
    assert report.labels == 90
    assert {line.what for line in report.comparison} == {"reuse", "own training"}
    assert report.lead is not None
    assert report.lead.value == pytest.approx(report.comparison[0].value - report.comparison[1].value)
    assert report.lead.low <= report.lead.value <= report.lead.high
    assert all(0.0 <= figure.low <= figure.value <= figure.high <= 1.0 for figure in report.estimate)
    unlabelled = node.reuse(ids[:3], data=mine).report
    assert unlabelled is not None
    assert unlabelled.estimate == ()
    assert "no labels" in unlabelled.unknown
    assert unlabelled.coverage.shape == (120,)
    stacked = node.reuse(ids[:1], data=rows((0, 1), 60, 14), labelled=rows((0, 1), 60, 15), method="stack").report
    assert stacked is not None
    assert stacked.method == "stack"


def test_labels_that_the_learnwares_do_not_know(market) -> None:
    node, ids = market
    with pytest.raises(DataError, match="1 label"):
        node.reuse(ids[:2], data=rows((0, 1), 50, 16), labelled=rows((0, 3), 60, 17))


@pytest.mark.parametrize("labels_", [None, np.full(60, None, dtype=object)])
def test_labelled_rows_without_a_label_are_refused_with_the_remedy(market, labels_) -> None:
    node, ids = market
    X = np.random.default_rng(17).normal(size=(60, len(NAMES)))
    bare = lwnode.Table.from_arrays(X, labels_, columns=NAMES, target="kind")
    with pytest.raises(DataError, match=r"label|target") as caught:
        node.reuse(ids[:2], data=rows((0, 1), 50, 16), labelled=bare)
    assert "target=" in caught.value.hint


def test_rows_that_weigh_may_be_others_than_those_to_predict(market) -> None:
    node, ids = market
    use = node.reuse(ids[:3], data=rows((2, 3), 150, 18))
    report = use.report
    assert report is not None
    other = rows((0, 1), 40, 19)
    answers = use.predict_proba(other)
    assert use.report is not None
    assert use.report.prior == pytest.approx(report.prior)
    assert answers.shape == (40, 4)


def test_what_a_node_cannot_do_is_said(market) -> None:
    node, ids = market
    plain = node.reuse(ids[:1], data=rows((0, 1), 50, 20), method="align").predictions
    mixed = node.reuse(ids[:1], data=rows((0, 1), 50, 20), method="mix").predictions
    assert plain is not None
    assert mixed is not None
    assert np.array_equal(plain.values, mixed.values), "nothing lacks, so there is nothing to align"
    with pytest.raises(lwnode.errors.SettingsError, match="labelled"):
        node.reuse(ids[:1], data=rows((0, 1), 50, 20), method="prune")


@pytest.mark.parametrize("method", sorted(LEARN_FROM_LABELS - {"align", "align-labels", "fuse"}))
def test_the_comparison_shows_no_row_its_own_label(method: str) -> None:
    """A learnware that knows the sign only by the label would look perfect if its own label were in the fit."""
    rng = np.random.default_rng(0)
    P, y = rng.normal(size=(3, 60)), rng.normal(size=60)
    known = labels(P, y, rows=rng.normal(size=(60, 2)))
    team, mine = members(3), known.evidence
    held = out_of_fold(method, team, mine, known)
    changed = labels(P, np.where(np.arange(60) == 7, 50.0, y), rows=known.evidence.rows)
    again = out_of_fold(method, team, mine, changed)
    assert again[7] == pytest.approx(held[7])
    assert method not in NEED_LABELS or not np.allclose(again, held)
