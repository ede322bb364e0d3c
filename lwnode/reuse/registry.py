# SPDX-License-Identifier: Apache-2.0
"""The registry of reuse methods, and the report on what one of them did.

Called by the node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from lwnode.errors import ReuseError, SettingsError
from lwnode.reuse.averaging import average, vote
from lwnode.reuse.base import Blend, Combination, Evidence, Method, Report
from lwnode.reuse.mix import UNREACHED, mix
from lwnode.reuse.top1 import top1
from lwnode.types import Mask

_METHODS: Mapping[str, Method] = MappingProxyType({"top-1": top1, "average": average, "vote": vote, "mix": mix})
METHODS = (*_METHODS, "auto")
"""Names that `combine` takes."""
_PIECE = 2_000_000  # answers combined at a time


def choose(method: str, members: int) -> str:
    """Return the method that is meant: ``auto`` is ``mix`` for two learnwares or more, ``top-1`` for one.

    Raises
    ------
    SettingsError
        No method of that name.
    """
    if method not in METHODS:
        raise SettingsError(f"no reuse method '{method}'", hint="known methods: " + ", ".join(METHODS))
    if method != "auto":
        return method
    return "mix" if members > 1 else "top-1"


def combine(method: str, evidence: Evidence, ids: Sequence[str]) -> Combination:
    """Combine what several learnwares answered.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    evidence : Evidence
        Of N learnwares.
    ids : sequence of str
        The N ids, in the order of the evidence.

    Returns
    -------
    Combination
        A row that nobody answered is NaN and marked in the report.

    Raises
    ------
    SettingsError
        No method of that name, or votes over values.
    ReuseError
        No learnware answered any row.
    """
    if len(ids) != len(evidence.predictions):
        raise ValueError("one id for each learnware")
    name = choose(method, len(ids))
    if name == "vote" and evidence.kind != "probabilities":
        raise SettingsError("voting needs classes", hint="use mix or average for numbers")
    blend = _in_pieces(_METHODS[name], evidence)
    unanswered: Mask = np.any(~np.isfinite(blend.values), axis=1)
    if unanswered.all():
        raise ReuseError(
            "no model gave an answer for any row",
            hint="check that the columns hold the values the models were made for",
        )
    part = blend.weights.sum(axis=1) / max(1, int((~unanswered).sum()))
    order = np.argsort(-part, kind="stable")
    return Combination(
        values=blend.values,
        report=Report(
            method=name,
            members=tuple((ids[i], float(part[i])) for i in order),
            weights=blend.weights,
            coverage=(blend.weights * evidence.covered).sum(axis=0),
            reached=evidence.densities.max(axis=0) > UNREACHED,
            unanswered=unanswered,
        ),
    )


def _in_pieces(method: Method, evidence: Evidence) -> Blend:
    """Combine some rows at a time: rows do not touch each other, and memory stays bounded."""
    members, rows, outputs = evidence.predictions.shape
    step = max(1, _PIECE // (members * outputs))
    blends = [method(evidence.rows(slice(start, start + step))) for start in range(0, rows, step)]
    return Blend(
        values=np.concatenate([blend.values for blend in blends]),
        weights=np.concatenate([blend.weights for blend in blends], axis=1),
    )
