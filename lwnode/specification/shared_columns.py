# SPDX-License-Identifier: Apache-2.0
"""Specifications of different column spaces, restricted to the columns that they share.

The marginal of a weighted point set is the same weights on fewer coordinates, so a specification can be read on some
of its columns without its rows.  Restricted to the same columns under the same names and units, two specifications of
different profiles have one schema and can be compared.

Rules
-----
* A restriction lives in a *derived profile*: the shared columns under the common names and units, its own bounds (so
  that a column has the coordinates it had), γ · columns / shared columns, so that two rows are as far apart for the
  kernel as they were on average, its own seed and origin.  Ids differ, the schema is the same for all.
* It is post-processing of something published: privacy is what it was.
* What the rows said about *all* columns is kept only where it still holds:

  - the residual is unknown: columns that are left out may have kept rows and points apart that now meet, or the other
    way round, so nothing smaller than the trivial bound ``|mu_spec|² + 1`` holds.  That is what the card says, and a
    search concludes *too little data* from it: restrictions are ordered by distance, never said to fit.  A search
    across islands has an estimate for itself (`lwnode.market.organizer.crossing`), and nobody publishes one;
  - the level is still an upper bound.  A distance over fewer columns is no larger, so a row that was covered stays
    covered, once the tail is brought to the new γ (see `_tail`).
* A category is shared only where both sides have the same levels, up to spelling and order.

Called by whoever compares across column spaces, with a map that a person has confirmed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lwnode.documents import Column, Profile
from lwnode.documents.profile import MOST_GAMMA
from lwnode.errors import SpecificationError
from lwnode.specification.frame import to_frame
from lwnode.specification.kernels import gaussian
from lwnode.specification.matching import Pair
from lwnode.specification.reduced_set import Specification
from lwnode.types import Matrix, Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Two specifications on the columns that they share.

    Parameters
    ----------
    ours, theirs : Specification
        Of one schema, each in its own derived profile.
    columns : tuple of str
        Under the names of the second.
    ours_left, theirs_left : tuple of str
        Features that were left out.
    """

    ours: Specification
    theirs: Specification
    columns: tuple[str, ...]
    ours_left: tuple[str, ...]
    theirs_left: tuple[str, ...]


def on_shared_columns(ours: Specification, theirs: Specification, pairs: Sequence[Pair]) -> Shared:
    """Restrict two specifications to the columns that a confirmed map pairs, under the second's names and units.

    Raises
    ------
    SpecificationError
        No pair, a column that is no feature or is named twice, an encoder, or a category whose levels differ.
    """
    order = {column.name: place for place, column in enumerate(theirs.profile.features)}
    if unknown := [pair.theirs for pair in pairs if pair.theirs not in order]:
        raise SpecificationError("not a feature of the other profile: " + ", ".join(unknown))
    pairs = sorted(pairs, key=lambda pair: order[pair.theirs])
    wanted = [theirs.profile.features[order[pair.theirs]] for pair in pairs]
    own = tuple(Pair(ours=column.name, theirs=column.name) for column in wanted)
    return Shared(
        ours=restrict(ours, pairs, wanted),
        theirs=restrict(theirs, own, wanted),
        columns=tuple(column.name for column in wanted),
        ours_left=_left(ours.profile, {pair.ours for pair in pairs}),
        theirs_left=_left(theirs.profile, set(order) & {pair.theirs for pair in pairs}),
    )


def restricted_profile(profile: Profile, pairs: Sequence[Pair], wanted: Sequence[Column]) -> Profile:
    """Return the derived profile of some columns.

    Parameters
    ----------
    profile : Profile
        Of a table.
    pairs : sequence of Pair
        Its columns (``ours``) and the common ones (``theirs``), in the common order.
    wanted : sequence of Column
        The common columns: names, units, levels.

    Raises
    ------
    SpecificationError
        As `on_shared_columns`.
    """
    known = {column.name: column for column in profile.features}
    names = [pair.ours for pair in pairs]
    if profile.encoder or not names:
        raise SpecificationError(
            "only tables have columns to share, and at least one of them must be paired",
            hint="confirm a pair of columns first",
        )
    twice = len(set(names)) != len(names) or len({column.name for column in wanted}) != len(wanted)
    if twice or not set(names) <= set(known):
        raise SpecificationError("a shared column is named twice, or is no feature of its profile")
    columns = tuple(_column(known[pair.ours], pair, column) for pair, column in zip(pairs, wanted, strict=True))
    return Profile(
        name=f"{profile.name}, shared columns",
        columns=columns,
        gamma=min(profile.gamma * len(known) / len(columns), MOST_GAMMA),
        origin=profile.origin,
        seed=profile.seed,
    )


def restrict(spec: Specification, pairs: Sequence[Pair], wanted: Sequence[Column]) -> Specification:
    """Return a specification on some of its columns, under the common names and units.

    Parameters
    ----------
    spec : Specification
    pairs, wanted
        As for `restricted_profile`.

    Returns
    -------
    Specification
        The same weights, labels and guarantee; residual and level as the rules say.

    Raises
    ------
    SpecificationError
        As `on_shared_columns`.
    """
    profile = restricted_profile(spec.profile, pairs, wanted)
    points = _coordinates(spec, pairs, wanted)
    frame = to_frame(profile, points.astype(np.float64))
    own2 = float(spec.weights @ gaussian(frame, frame, profile.gamma) @ spec.weights)
    card = dataclasses.replace(spec.card, profile=profile.id, residual2=own2 + 1.0, tail=_tail(spec, profile.gamma))
    return dataclasses.replace(spec, points=points, profile=profile, card=card)


def _left(profile: Profile, taken: set[str]) -> tuple[str, ...]:
    return tuple(column.name for column in profile.features if column.name not in taken)


def _column(own: Column, pair: Pair, wanted: Column) -> Column:
    """Return a column under its common name and in its common unit, with the bounds it had."""
    if (own.type == "category") != (wanted.type == "category"):
        raise SpecificationError(f"column '{own.name}' is of another kind than '{wanted.name}'")
    if own.type == "category":
        spelled = {dict(pair.levels).get(level, level) for level in own.levels}
        if spelled != set(wanted.levels) or len(own.levels) != len(wanted.levels):
            raise SpecificationError(
                f"columns '{own.name}' and '{wanted.name}' have other levels", hint="leave this pair out of the map"
            )
        return dataclasses.replace(own, name=wanted.name, unit=wanted.unit, levels=wanted.levels)
    assert own.low is not None
    assert own.high is not None
    if not pair.factor > 0.0:
        raise SpecificationError(f"the conversion of column '{own.name}' has no positive factor")
    return dataclasses.replace(
        own,
        name=wanted.name,
        unit=wanted.unit,
        low=pair.factor * own.low + pair.offset,
        high=pair.factor * own.high + pair.offset,
    )


def _coordinates(spec: Specification, pairs: Sequence[Pair], wanted: Sequence[Column]) -> Points:
    """Return the points on the paired columns, in the common units and order of levels."""
    at: dict[str, slice] = {}
    place = 0
    for column in spec.profile.features:
        at[column.name] = slice(place, place + column.width)
        place += column.width
    known = {column.name: column for column in spec.profile.features}
    parts: list[Matrix] = []
    for pair, target in zip(pairs, wanted, strict=True):
        block = spec.points[:, at[pair.ours]].astype(np.float64)
        if target.type == "category":
            spelled = [dict(pair.levels).get(level, level) for level in known[pair.ours].levels]
            parts.append(block[:, [spelled.index(level) for level in target.levels]])
        else:
            parts.append(pair.factor * block + pair.offset)
    return np.concatenate(parts, axis=1).astype(np.float32)


def _tail(spec: Specification, gamma: float) -> float:
    """Return a tail that every row passes in the restriction that passed in all columns.

    Notes
    -----
    Without noise the tail is minus a squared distance, which does not grow when columns are left out.  A private one
    is a density ``sum_j b_j e_j``, ``e_j = exp(-16 γ d_j²) <= 1``; with fewer columns ``d_j`` falls, and under another
    γ' it becomes ``sum_j b_j e_j^r``, ``r = γ'/γ``: at least the r-th power of the old density for r >= 1 (Jensen), and
    at least the old density for r < 1.
    """
    if spec.card.privacy.mode != "private":
        return spec.card.tail
    ratio = gamma / spec.profile.gamma
    tail = max(spec.card.tail, 0.0)
    return tail**ratio if ratio >= 1.0 else tail
