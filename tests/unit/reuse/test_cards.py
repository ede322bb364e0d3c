# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest

from lwnode import reuse
from lwnode.documents import Card
from lwnode.market import Entry
from tests.support.market import domain, entry, numbers, sketch

BASE = sketch(domain(0, 200), numbers(6))


def ware(name: str, classes: tuple[str, ...], *, temperature: float | None = None, **said) -> Entry:
    """A classifier whose specification says something of its classes."""
    labels = said.pop("points", None)
    card = dataclasses.replace(BASE.card, **said)
    specification = dataclasses.replace(BASE, card=card, labels=labels)
    model = Card(family="test", task="classification", inputs=(), classes=classes, temperature=temperature)
    return dataclasses.replace(entry(name, specification), card=model)


def test_shares_are_those_of_the_card_by_name() -> None:
    entries = [
        ware("a", ("no", "yes"), temperature=1.5, shares=(0.3, 0.7), shares_of=("yes", "no")),
        ware("b", ("maybe", "yes")),
    ]
    team = reuse.members_of(entries, np.array([0.1, 0.2]), classes=("maybe", "no", "yes"))
    assert team.shares == pytest.approx(np.array([[np.nan, 0.7, 0.3], [0.5, np.nan, 0.5]]), nan_ok=True)
    assert team.temperatures == pytest.approx([1.5, np.nan], nan_ok=True)
    assert team.gamma == entries[0].profile.gamma
    assert team.ids == ("a", "b")


def test_shares_are_those_of_labelled_points_where_the_card_says_none() -> None:
    points = np.zeros(len(BASE.weights), dtype=np.int32)
    points[:5] = 1
    entries = [ware("a", ("x", "y"), labels=("y", "x"), points=points)]
    x = float(BASE.weights[:5].sum())
    assert reuse.shares_of(entries, ("x", "y"))[0] == pytest.approx([x, 1.0 - x])


def test_a_class_without_a_share_has_a_hundredth_and_bins_are_no_classes() -> None:
    entries = [ware("a", ("x", "y", "z"), shares=(1.0, 0.0), shares_of=("x", "y"))]
    assert reuse.shares_of(entries, ("x", "y", "z"))[0] == pytest.approx(np.array([1.0, 0.01, 0.01]) / 1.02)
    points = np.zeros(len(BASE.weights), dtype=np.int32)
    bins = ware("b", ("0 to 1", "y"), labels=("0 to 1",), label_edges=(0.0, 1.0), shares=(1.0,), points=points)
    assert reuse.shares_of([bins], ("0 to 1", "y"))[0] == pytest.approx([0.5, 0.5])


def test_values_have_no_classes() -> None:
    team = reuse.members_of([ware("a", ())], np.zeros(1), weights=np.ones(1), filling_loss=np.zeros(1))
    assert team.shares is None
    assert team.temperatures is None
    assert team.weights is not None
