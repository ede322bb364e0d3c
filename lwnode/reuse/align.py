# SPDX-License-Identifier: Apache-2.0
"""Feature alignment: learnwares of other columns are asked again, through a map into their frames.

``align`` maps the user's rows into each learnware's frame (`lwnode.reuse.feature_map`), asks its model there, and mixes
the answers.  ``align-labels`` learns a linear model of the user's labels on these answers and the user's own features,
as the reference's label-aware alignment does.  A learnware that lacks no column is not asked again.

Called by the registry as ``align`` and ``align-labels``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lwnode.errors import ReuseError
from lwnode.reuse.base import Blend, Evidence, Labelled, Members, Rule
from lwnode.reuse.feature_map import FeatureMap, feature_map
from lwnode.reuse.mix import mix
from lwnode.reuse.stack import augment


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


def _aligned(members: Members, mine: Evidence, labelled: Labelled | None, *, label_aware: bool) -> Rule:
    maps = _maps(members, mine)

    def asked(evidence: Evidence) -> Evidence:
        return _asked(members, maps, evidence)

    there = None if labelled is None else Labelled(evidence=asked(labelled.evidence), targets=labelled.targets)
    rule = (augment if label_aware else mix)(members, asked(mine), there)

    def aligned(evidence: Evidence) -> Blend:
        return rule(asked(evidence))

    return aligned


def _maps(members: Members, mine: Evidence) -> tuple[FeatureMap | None, ...]:
    """Return the map for each learnware that lacks a column."""
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


def _asked(members: Members, maps: tuple[FeatureMap | None, ...], evidence: Evidence) -> Evidence:
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
