# SPDX-License-Identifier: Apache-2.0
"""Whether a specification can be what it says, and whether it says anything.

`lwnode.specification.Specification` refuses what no specification can be (weights that are no shares, points outside
the box).  Here are the questions behind that: whether its figures follow from each other, and whether it was made to be
found rather than to be true.

Rules
-----
* A figure that its own guarantee rules out is a contradiction.  A figure that this version would have computed
  otherwise warns, as a later version may compute it otherwise too.
* Points that are spread wider than any guess warn.  Points near the public average, and a test that covers nearly
  anything, are noted: such rows exist (independent columns, few of them), and the market does not recommend by them.

Constants were set on the sample's three hospitals, with every privacy and 300 to 3,000 rows.
Called by the checker.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from lwnode.checker.report import note, refuse, warn
from lwnode.errors import Finding
from lwnode.market.derived import FramedSpecification, framed
from lwnode.specification import Specification
from lwnode.specification.frame import public_rows
from lwnode.specification.kernels import gaussian
from lwnode.specification.scalars import EXACT_LEVEL, private_tail, residual_sensitivity

_LARGEST2: Final = 2.0  # squared distance of two means of unit vectors whose kernel is never negative
_COARSE: Final = 0.3  # as the market has it: of the squared distance to the public reference
_COVERS: Final = 0.7  # share of the reference's rows called covered; the sample's sketches: at most 0.41, ε ≥ 1
_NEAR: Final = 0.03  # squared distance to the reference, points' own chance taken off; the sample's: at least 0.09
_WIDE: Final = 0.5  # of the reference's squared norm; honest sketches: at least 1.7, a uniform one: 0.1
_BLIND: Final = (0.002, 0.95)  # mean kernel of two reference rows; 0.13 to 0.2 by the median rule
_ANCHORS: Final = 200
_ROWS_PER_POINT: Final = 3  # behind a point without noise
_ROUNDED: Final = 1.1  # rows are published rounded down to two digits
_SAME: Final = 1e-3  # relative difference of two computers' arithmetic, and more

_SPECIFICATION, _POINTS = "specification.json", "specification.safetensors"
_AGAIN = "its publisher must draft it again; until then trust no search that names it"
_REDRAW = "publisher: draft again from your rows; user: judge it by rows of your own that have labels"


def check_sketch(spec: Specification) -> Iterator[Finding]:
    """Yield what is impossible or implausible about a specification.

    Parameters
    ----------
    spec : Specification

    Notes
    -----
    O((m + 500)·m·width) time: about 10 ms at 50 points of 10 columns.
    """
    own2 = _reference_norm2(spec)
    yield from _kernel(spec, own2)
    yield from _residual(spec)
    yield from _rows(spec)
    yield from _tail(spec)
    of = framed(spec, spec.profile)
    if of.residual2 > _COARSE * of.reference2:
        yield note(
            "sketch-coarse",
            "its sketch is too coarse to tell its data from the public average",
            "publisher: more rows, or more ε, make a finer one; user: a search will say 'too little data'",
            _SPECIFICATION,
        )
    yield from _everywhere(of, own2)


def _kernel(spec: Specification, mean: float) -> Iterator[Finding]:
    """Find a γ under which all rows are alike, or none are."""
    if not _BLIND[0] < mean < _BLIND[1]:
        yield warn(
            "kernel-blind",
            f"under its profile's γ of {spec.profile.gamma:g} nearly all rows are "
            + ("alike" if mean >= _BLIND[1] else "apart")
            + ", so distances say nothing",
            "use a profile whose γ is about 1 divided by its number of columns",
            "profile.json",
        )


def _reference_norm2(spec: Specification) -> float:
    """Return the mean kernel of two different rows of somebody who knows only the profile."""
    rows = public_rows(spec.profile, _ANCHORS, np.random.default_rng((spec.profile.seed, 5)))
    return float((gaussian(rows, rows, spec.profile.gamma).sum() - _ANCHORS) / (_ANCHORS * (_ANCHORS - 1)))


def _residual(spec: Specification) -> Iterator[Finding]:
    """Hold the residual and its noise against what they can be."""
    card = spec.card
    if card.residual2 > _LARGEST2:
        message = "its residual is larger than any two distributions are apart"
        yield refuse("residual-impossible", message, _AGAIN, _SPECIFICATION)
    if card.privacy.mode == "private" and card.privacy.mu:
        least = residual_sensitivity(card.rows, card.privacy.rows_per_person) / card.privacy.mu
        if card.residual_noise < (1.0 - _SAME) * least:
            message = (
                "the noise on its residual is less than its own privacy guarantee needs, so one of the two is false"
            )
            yield refuse("noise-too-small", message, _AGAIN, _SPECIFICATION)


def _rows(spec: Specification) -> Iterator[Finding]:
    """Hold the number of points against the number of rows."""
    mode, most = spec.card.privacy.mode, _ROUNDED * spec.card.rows
    behind = {"no-noise": _ROWS_PER_POINT, "public": 1}.get(mode)
    if behind is not None and len(spec.points) * behind > most:
        message = f"{len(spec.points)} points are more than {spec.card.rows} rows can have behind them"
        yield warn("points-many", message, _REDRAW, _SPECIFICATION)


def _tail(spec: Specification) -> Iterator[Finding]:
    """Hold the tail of a private specification, which follows from its points, against them."""
    mode, stated = spec.card.privacy.mode, spec.card.tail
    differs = mode in ("no-noise", "public") and abs(spec.card.level - EXACT_LEVEL) > _SAME
    if mode == "private":
        own = private_tail(spec.frame, spec.weights, spec.profile.gamma)
        differs = abs(stated - own) > _SAME * max(own, 1e-12)
    if differs:
        message = "its test of which rows are covered does not follow from its points"
        yield warn("tail-differs", message, f"do not go by the share of your rows it covers; {_REDRAW}", _SPECIFICATION)


def _everywhere(of: FramedSpecification, own2: float) -> Iterator[Finding]:
    """Find a specification that is spread to be found by everybody, or that anybody could have made."""
    if of.false_rate > _COVERS:
        message = f"its test covers {of.false_rate:.0%} of the rows of somebody who knows only the columns' bounds"
        yield note("covers-anything", message, f"do not go by the share of your rows it covers; {_REDRAW}", _POINTS)
    chance = (1.0 - own2) * float(of.weights @ of.weights)  # of as many independent rows with these weights
    if of.reference2 - chance < _NEAR:
        message = "its points cannot be told from the public average, which needs no rows to be made"
        yield note("public-average", message, _REDRAW, _POINTS)
    if of.norm2 - chance < _WIDE * own2:
        message = "its points are spread over the whole frame, wider than any guess from the columns' bounds"
        yield warn(
            "spread-everywhere", message, f"check whether the profile's bounds are too narrow; {_REDRAW}", _POINTS
        )
