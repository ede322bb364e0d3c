# SPDX-License-Identifier: Apache-2.0
"""A recipe: a combination of learnwares written down, to be replayed on other rows.

It holds no model and no row, only who takes part and by what weight; whoever replays it needs the learnwares.  What the
weights were found by, the distances of somebody's rows, stands in it too and says something of these rows: a recipe is
its owner's own file, and is not published.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from lwnode.errors import DocumentError

MEMBER_LIMIT = 256
_ID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """One learnware of a recipe.

    Parameters
    ----------
    learnware : str
        Its id.
    weight : float
        Its part before a row is looked at; at least 0.
    distance : float or None
        MMD of its specification to the rows that weighed it; None where nothing was compared.
    """

    learnware: str
    weight: float
    distance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A combination of learnwares.

    Parameters
    ----------
    method : str
        The method of reuse.
    task : {"classification", "regression"}
    classes : tuple of str
        In the order of the probabilities; empty for a regression.
    profile : str
        Id of the profile in which the rows were compared; empty where they were not, or in several.
    ingredients : tuple of Ingredient
        At least one, the weights in sum above 0.
    """

    schema: Literal["lwnode.recipe/1"] = "lwnode.recipe/1"
    method: str
    task: Literal["classification", "regression"]
    classes: tuple[str, ...] = ()
    profile: str = ""
    ingredients: tuple[Ingredient, ...]

    def __post_init__(self) -> None:
        """Refuse a recipe without meaning; `DocumentError`."""
        ids = [one.learnware for one in self.ingredients]
        if not 1 <= len(ids) <= MEMBER_LIMIT or len(set(ids)) < len(ids):
            raise DocumentError(f"a recipe has 1 to {MEMBER_LIMIT} learnwares, each once")
        if not all(_ID.fullmatch(one) for one in [*ids, *filter(None, [self.profile])]):
            raise DocumentError("a recipe names learnwares and profiles by their ids")
        weights = [one.weight for one in self.ingredients]
        distances = [one.distance for one in self.ingredients if one.distance is not None]
        if not all(math.isfinite(value) and value >= 0.0 for value in [*weights, *distances]) or not sum(weights) > 0.0:
            raise DocumentError("a recipe's weights and distances are numbers from 0, not all weights 0")
