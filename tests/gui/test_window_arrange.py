# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Collection

import pytest

from lwnode.market.results import Found
from lwnode_gui.market.arrange import FITTING, KNOWN, PRIVATE, Facet, Row, arrange, facets
from lwnode_gui.readings import Offer, offer
from lwnode_gui.story import Story

pytestmark = pytest.mark.gui

STORY = Story()
OFFERS = tuple(offer(ware) for ware in STORY.wares)
NAMES = {made.ware.id: made.ware.name for made in OFFERS}


def names(rows: tuple[Row, ...]) -> list[str]:
    return [row.offer.ware.name for row in rows]


def ids(*positions: int) -> tuple[str, ...]:
    return tuple(OFFERS[at].ware.id for at in positions)


def show(
    *, words: tuple[str, ...] | None = None, found: Found | None = None, chosen: Collection[Facet] = ()
) -> tuple[Row, ...]:
    return arrange(OFFERS, words=words, found=found, chosen=chosen)


def test_without_a_question_the_catalogue_is_shown_as_it_is() -> None:
    assert names(show()) == [made.ware.name for made in OFFERS]
    assert all(row.match is None for row in show())


def test_words_filter_and_rank() -> None:
    assert [row.offer.ware.id for row in show(words=ids(4, 0))] == list(ids(4, 0))
    assert show(words=()) == ()
    assert show(words=("gone",)) == ()


def test_a_search_by_data_orders_by_recommendation_then_distance_then_the_rest() -> None:
    found = STORY.found("admissions")
    rows = show(found=found)
    compared = [row.offer.ware.id for row in rows if row.match is not None]
    assert compared == [match.learnware for match in found.nearest]
    assert [row.match is None for row in rows] == [False] * 4 + [True] * 3
    assert len({row.offer.ware.id for row in rows}) == len(OFFERS)


def test_words_keep_the_order_of_a_search_by_data() -> None:
    found = STORY.found("admissions")
    rows = show(found=found, words=ids(3, 0))
    assert [row.offer.ware.id for row in rows] == list(ids(0, 3))


def test_chips_of_one_field_add_up_and_of_several_cut_down() -> None:
    both = show(chosen=(("task", "Classification"), ("task", "Regression")))
    assert len(both) == len(OFFERS)
    assert {row.offer.ware.trust for row in show(chosen=(KNOWN,))} == {"own", "pinned"}
    narrow = show(chosen=(("task", "Regression"), KNOWN, PRIVATE))
    assert names(narrow) == ["Length of stay after surgery"]


def test_only_chips_that_would_leave_something_out_are_offered() -> None:
    rows = show()
    offered = facets(rows, ())
    assert offered == (("task", "Classification"), ("task", "Regression"), KNOWN, PRIVATE)
    assert FITTING in facets(show(found=STORY.found("admissions")), ())
    assert facets(rows[:1], ()) == ()
    assert facets(rows[:1], (KNOWN,)) == (KNOWN,)  # a chosen chip can always be taken off
    assert facets((), ()) == ()


def test_a_match_of_a_learnware_that_is_gone_is_left_out() -> None:
    fewer: tuple[Offer, ...] = OFFERS[1:]
    rows = arrange(fewer, words=None, found=STORY.found("admissions"), chosen=(FITTING,))
    assert names(rows) == ["Readmission of patients over 65"]
