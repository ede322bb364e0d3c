# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
from collections.abc import Collection

import pytest

from lwnode.market.results import Found
from lwnode_gui.market.arrange import FITTING, KNOWN, PRIVATE, SAME, Facet, Row, arrange, facets
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


# ------------------------------------------------------------------ the same, and more of one publisher
COPIED = Story(copies=True)
WITH_COPY = tuple(offer(ware) for ware in COPIED.wares)


def show_copies(chosen: Collection[Facet] = (), words: tuple[str, ...] | None = None) -> tuple[Row, ...]:
    return arrange(WITH_COPY, words=words, found=COPIED.found("admissions"), chosen=chosen)


def test_what_is_the_same_stands_under_one_and_is_listed_behind_it_on_demand() -> None:
    rows = show_copies()
    assert len(rows) == len(WITH_COPY) - 1
    (same,) = rows[0].same
    assert same.under is not None
    assert same.under.under == rows[0].offer.ware.id
    opened = show_copies((SAME,))
    assert len(opened) == len(WITH_COPY)
    assert opened[1] == same
    assert [row.offer.ware.id for row in show_copies((SAME, FITTING))][:2] == [rows[0].offer.ware.id, same.under.id]


def test_the_chip_is_offered_where_something_stands_under_another() -> None:
    assert SAME in facets(show_copies(), ())
    assert SAME not in facets(show(found=STORY.found("admissions")), ())
    assert SAME in facets(show(), (SAME,))


def test_without_its_leader_a_copy_is_listed_by_itself() -> None:
    alone = show_copies(words=(COPIED.wares[-1].id,))
    assert [row.under for row in alone] == [None]


def test_more_of_a_publisher_stand_behind_what_others_have_that_fits() -> None:
    found = STORY.found("admissions")
    general, older = found.single
    held = dataclasses.replace(older, publisher="p")
    far = found.nearest[2:]
    limited = dataclasses.replace(found, single=(general,), held=(held, far[0]), nearest=(general, *far[1:]))
    order = [row.offer.ware.id for row in arrange(OFFERS, words=None, found=limited, chosen=()) if row.match]
    assert order == [general.learnware, held.learnware, far[1].learnware, far[0].learnware]
