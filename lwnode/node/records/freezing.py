# SPDX-License-Identifier: Apache-2.0
"""Records: a combination that was frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lwnode.documents.recipe import Recipe
from lwnode.node.records.models import ModelInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A combination of learnwares that was kept.

    Parameters
    ----------
    form : {"model", "recipe", "student"}
    model : ModelInfo or None
        The one model file that answers as the combination, or the student that was taught by it; None for a recipe.
    recipe : Recipe or None
        None for a model or a student.
    agreement : float
        With the combination: of a model, the share of the user's rows with the same answer; of a student, the share of
        rows it was not taught on with the same label, or of the variance of their values.
    difference : float
        Largest difference of an answer of the model file; 0 for the others.
    rows : int
        That the agreement was measured on.
    note : str
        One sentence for a person.
    """

    form: Literal["model", "recipe", "student"]
    model: ModelInfo | None = None
    recipe: Recipe | None = None
    agreement: float
    difference: float = 0.0
    rows: int
    note: str
