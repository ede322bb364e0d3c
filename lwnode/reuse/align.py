# SPDX-License-Identifier: Apache-2.0
"""Feature alignment: learnwares of other columns are asked again, through a map into their frames.

``align`` maps the user's rows into each learnware's frame (`lwnode.reuse.feature_map`), asks its model there, and mixes
the answers.  ``align-labels`` learns a model of the user's labels on these answers and the user's own features, as the
reference's label-aware alignment does.  A learnware that lacks no column is not asked again.

Where nobody has all columns that are read, mapping is worth more than filling (groceries, strict, seven users: 95 % of
the gap filled, 107 mapped, with 30 labels 107 and 116), and elsewhere as much (106): so ``auto`` maps there.

Called by the registry as ``align`` and ``align-labels``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias
from weakref import WeakKeyDictionary, ref

import numpy as np

from lwnode.errors import ReuseError
from lwnode.reuse.base import Blend, Evidence, Labelled, Members, Rule
from lwnode.reuse.feature_map import FeatureMap, feature_map
from lwnode.reuse.mix import mix
from lwnode.reuse.stack import augment

Maps: TypeAlias = tuple[FeatureMap | None, ...]

_FITTED: WeakKeyDictionary[Members, tuple[ref[Evidence], Maps]] = WeakKeyDictionary()
BEHIND_MAPS = {"align": "mix", "align-labels": "augment"}  # what becomes of the answers through the maps


def align(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit the maps, and the mix of what the models say through them.

    Raises
    ------
    ReuseError
        The user's rows, the learnwares' points or a way to ask their models are not given.
    """
    return _aligned(members, mine, labelled, label_aware=False)


def align_labels(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit the maps, and a model of the user's labels on its features and what the models say through the maps.

    Raises
    ------
    ValueError
        There are no labels.
    ReuseError
        As `align`.
    """
    if labelled is None:
        raise ValueError("label-aware alignment needs labels")
    return _aligned(members, mine, labelled, label_aware=True)


def everybody_lacks(members: Members, mine: Evidence) -> bool:
    """Whether every learnware reads a column that the user lacks, and can be asked again through a map."""
    framed = members.framed or ()
    return (
        mine.rows is not None
        and len(framed) > 0
        and all(one.known is not None and one.predict is not None and bool(np.any(one.known < 0)) for one in framed)
    )


def through_maps(members: Members, mine: Evidence) -> Callable[[Evidence], Evidence]:
    """Fit the maps, and return what puts the models' answers through them in the place of those of any evidence.

    Raises
    ------
    ReuseError
        The user's rows, the learnwares' points or a way to ask their models are not given.
    """
    maps = _maps(members, mine)
    return lambda evidence: _asked(members, maps, evidence)


def _aligned(members: Members, mine: Evidence, labelled: Labelled | None, *, label_aware: bool) -> Rule:
    asked = through_maps(members, mine)
    there = None if labelled is None else replace(labelled, evidence=asked(labelled.evidence))
    rule = (augment if label_aware else mix)(members, asked(mine), there)

    def aligned(evidence: Evidence) -> Blend:
        return rule(asked(evidence))

    return aligned


def _maps(members: Members, mine: Evidence) -> Maps:
    """Return the map for each learnware that lacks a column, fitted once as long as members and evidence are there."""
    seen, maps = _FITTED.get(members, (None, ()))
    if seen is None or seen() is not mine:
        maps = _fitted(members, mine)
        _FITTED[members] = ref(mine), maps
    return maps


def _fitted(members: Members, mine: Evidence) -> Maps:
    if members.framed is None or mine.rows is None:
        raise ReuseError(
            "alignment needs the user's rows, the specifications' points and a way to ask the models again",
            hint="use mix, which takes the answers as they are",
        )
    maps: list[FeatureMap | None] = []
    for one in members.framed:
        if one.known is None or not np.any(one.known < 0):
            maps.append(None)
            continue
        if one.predict is None:
            raise ReuseError(
                "a learnware lacks columns and cannot be asked again", hint="use mix, or leave this learnware out"
            )
        gamma = one.gamma if one.gamma is not None else members.gamma * mine.rows.shape[1] / one.points.shape[1]
        maps.append(feature_map(mine.rows, one, gamma))
    return tuple(maps)


def _asked(members: Members, maps: Maps, evidence: Evidence) -> Evidence:
    """Return the evidence with what the models say through the maps."""
    if evidence.rows is None:
        raise ReuseError("alignment needs the user's rows", hint="give the rows with the answers")
    predictions = evidence.predictions.copy()
    for place, mapped in enumerate(maps):
        if mapped is None or mapped.target.predict is None:
            continue
        answers = np.asarray(mapped.target.predict(mapped(evidence.rows)), dtype=np.float64)
        if answers.shape != predictions.shape[1:]:
            raise ReuseError(
                f"'{members.ids[place]}' does not answer as the others do", hint="leave this learnware out"
            )
        predictions[place] = answers
    return replace(evidence, predictions=predictions)
