# SPDX-License-Identifier: Apache-2.0
"""From learnwares on offer to the members of a combination: what their cards and specifications say of their classes.

Rules
-----
* Class shares come from the specification's card; where it says none, from the labels on its points; else they are not
  said.  They are in steps of 0.01, so a class that the model names has at least that.
* The label set is the model card's: classes that the model answers for.
* Nothing here is believed beyond its bounds (`lwnode.reuse.log_odds`).

Called by the node before `lwnode.reuse.combine`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lwnode.market.entry import Entry
from lwnode.reuse.base import Members
from lwnode.reuse.log_odds import SMALLEST_SHARE
from lwnode.specification.reduced_set import Specification
from lwnode.types import Matrix, Vector


def members_of(
    entries: Sequence[Entry],
    distances: Vector,
    *,
    classes: Sequence[str] = (),
    weights: Vector | None = None,
    filling_loss: Vector | None = None,
) -> Members:
    """Return the members for some entries.

    Parameters
    ----------
    entries : sequence of Entry
        At least one; γ₀ is that of the first one's profile.
    distances : (N,) float64
        As `lwnode.reuse.densities` gives them.
    classes : sequence of str
        In the common order of the answers; empty for values.
    weights, filling_loss : (N,) float64, optional
        As for `Members`.
    """
    heat = [np.nan if entry.card.temperature is None else entry.card.temperature for entry in entries]
    return Members(
        ids=tuple(entry.id for entry in entries),
        distances=distances,
        gamma=entries[0].profile.gamma,
        weights=weights,
        filling_loss=filling_loss,
        shares=shares_of(entries, classes) if classes else None,
        temperatures=np.array(heat) if classes else None,
        classes=tuple(classes),
    )


def shares_of(entries: Sequence[Entry], classes: Sequence[str]) -> Matrix:
    """Return the class shares of every entry's training data, (N, k); NaN outside its model's label set.

    Each row sums to 1 over its label set; equal shares where nothing is said.
    """
    out = np.full((len(entries), len(classes)), np.nan)
    for row, entry in zip(out, entries, strict=True):
        said = _said(entry.specification)
        own = [place for place, name in enumerate(classes) if name in entry.card.classes]
        shares = np.array([max(said.get(classes[place], 0.0), SMALLEST_SHARE) for place in own])
        row[own] = shares / shares.sum() if own else shares
    return out


def _said(specification: Specification) -> dict[str, float]:
    """Return what a specification says of its classes, by name; empty where it says nothing of classes."""
    card = specification.card
    if card.label_edges:  # bins of a regression target
        return {}
    if card.shares:
        return dict(zip(card.labels or card.shares_of, card.shares, strict=True))
    if specification.labels is None:
        return {}
    weights = np.bincount(specification.labels, weights=specification.weights, minlength=len(card.labels))
    return {name: float(weight) for name, weight in zip(card.labels, weights, strict=True)}
