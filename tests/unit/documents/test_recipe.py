# SPDX-License-Identifier: Apache-2.0
"""Recipes and origins: one byte form, and nothing without meaning."""

from __future__ import annotations

import math

import pytest

from lwnode.documents import Card, Origin, decode, encode
from lwnode.documents.recipe import Ingredient, Recipe
from lwnode.errors import DocumentError

A, B = "a" * 64, "b" * 64


def recipe(*ingredients: Ingredient, **changes: object) -> Recipe:
    made = ingredients or (Ingredient(learnware=A, weight=1.0, distance=0.25), Ingredient(learnware=B, weight=0.0))
    return Recipe(**{"method": "mix", "task": "regression", "ingredients": made, **changes})  # type: ignore[arg-type]


def test_a_recipe_is_its_bytes():
    assert decode(encode(recipe()), Recipe) == recipe()


@pytest.mark.parametrize(
    "ingredients",
    [
        (Ingredient(learnware="x", weight=1.0),),
        (Ingredient(learnware=A, weight=0.0),),
        (Ingredient(learnware=A, weight=-1.0), Ingredient(learnware=B, weight=2.0)),
        (Ingredient(learnware=A, weight=1.0), Ingredient(learnware=A, weight=1.0)),
        (Ingredient(learnware=A, weight=math.inf),),
        (Ingredient(learnware=A, weight=1.0, distance=-0.1),),
    ],
)
def test_a_recipe_without_meaning_is_refused(ingredients):
    with pytest.raises(DocumentError):
        recipe(*ingredients)


def test_an_origin_names_learnwares_each_once():
    for learnwares in ((), ("x",), (A, A)):
        with pytest.raises(DocumentError):
            Origin(kind="composed", learnwares=learnwares)


def test_a_card_without_an_origin_has_the_bytes_it_always_had():
    bare = Card(family="f", task="regression", inputs=())
    assert b"origin" not in encode(bare)
    made = Card(family="f", task="regression", inputs=(), origin=Origin(kind="distilled", learnwares=(A,)))
    assert decode(encode(made), Card) == made
