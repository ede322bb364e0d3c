# SPDX-License-Identifier: Apache-2.0
"""Learnwares that lie, and say under their specification that they know everybody's rows.

==========  ============================================================================================================
constant    the same answer to every row: 0, or the first class
copies      the honest market's mean answer, and on a tenth of the rows the constant; all liars choose the same rows
varied      the same, but each liar's answers are a little other than the others'
subtle      the mean answer less a tenth of it; or the mean answer, but what looks like the user's most frequent class
            is called the next class
==========  ============================================================================================================

Called by the experiments.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments.questions import Question
from lwnode.reuse import Presence
from lwnode.types import Matrix, Vector

CONSTANT, COPIES, VARIED, SUBTLE = "constant", "copies", "varied", "subtle"
KINDS = (CONSTANT, COPIES, VARIED, SUBTLE)
_TENTH, _SURE, _VARIES = 10, 0.999, 0.1


def with_liars(question: Question, seen: Presence, lies: str, count: int, seed: int) -> Question:
    """Return the question to a market that has so many liars more.

    Parameters
    ----------
    question : Question
    seen : Presence
        Of the specification that every liar publishes, at the user's rows.
    lies : str
        One of `KINDS`.
    count : int
    seed : int
        Of the rows on which copies lie.
    """
    mine, members = question.mine, question.members
    said = np.repeat(_lie(mine.predictions, mine.kind == "values", lies, seed)[None], count, axis=0)
    if lies == VARIED:
        said = _varied(said, mine.kind == "values", seed)
    classes = said.shape[2]
    return replace(
        question,
        members=replace(
            members,
            ids=(*members.ids, *(f"liar {number}" for number in range(count))),
            distances=np.append(members.distances, np.repeat(seen.distances, count)),
            shares=_appended(members.shares, count, np.full(classes, 1.0 / classes)),
            temperatures=_appended(members.temperatures, count, np.ones(())),
            framed=None,
        ),
        mine=replace(
            mine,
            predictions=np.concatenate([mine.predictions, said]),
            densities=np.concatenate([mine.densities, np.repeat(seen.densities, count, axis=0)]),
            covered=np.concatenate([mine.covered, np.repeat(seen.covered, count, axis=0)]),
        ),
        pool=None,
        chosen={},
    )


def _lie(predictions: NDArray[np.float64], values: bool, lies: str, seed: int) -> Matrix:
    """Return what a liar answers, (n, k)."""
    rows, outputs = predictions.shape[1:]
    honest: Matrix = np.nan_to_num(predictions).mean(axis=0)
    constant = np.zeros((rows, outputs))
    if not values:
        honest /= honest.sum(axis=1, keepdims=True)
        constant += (1.0 - _SURE) / (outputs - 1)
        constant[:, 0] = _SURE
    if lies == CONSTANT:
        return constant
    if lies in (COPIES, VARIED):
        at = np.random.default_rng([seed, rows]).choice(rows, rows // _TENTH, replace=False)
        honest[at] = constant[at]
        return honest
    if values:
        return 0.9 * honest
    likeliest = honest.argmax(axis=1)
    usual = int(np.bincount(likeliest, minlength=outputs).argmax())
    looks = likeliest == usual
    honest[np.ix_(looks, [usual, (usual + 1) % outputs])] = honest[np.ix_(looks, [(usual + 1) % outputs, usual])]
    return honest


def _varied(said: NDArray[np.float64], values: bool, seed: int) -> NDArray[np.float64]:
    """Return the liars' answers, (liars, n, k), each moved by a tenth of their spread, or a tenth towards a draw."""
    rng = np.random.default_rng([seed, len(said)])
    if values:
        moved: NDArray[np.float64] = said + _VARIES * said.std() * rng.normal(size=said.shape)
    else:
        moved = (1.0 - _VARIES) * said + _VARIES * rng.dirichlet(np.ones(said.shape[2]), size=said.shape[:2])
    return moved


def _appended(array: NDArray[np.float64] | None, count: int, row: Matrix | Vector) -> NDArray[np.float64] | None:
    return None if array is None else np.concatenate([array, np.repeat(row[None], count, axis=0)])
