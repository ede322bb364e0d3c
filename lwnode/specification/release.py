# SPDX-License-Identifier: Apache-2.0
"""From rows to a specification: the three ways to make one, and what each is worth.

*private* (`private_release`)
    The mean embedding is noised (analytic Gaussian mechanism), and points and weights are fitted to the noised mean
    from a public start: post-processing, so the whole carries (ε, δ)-differential privacy.  The
    residual, the tail level and the shares of the classes are noised as well and share the budget.
*no-noise* (`exact_release`)
    The same public start, fitted to the rows themselves; no point repeats a row, and at least three rows stand behind
    a point on average.  It guarantees nothing: rows that are one of a kind can still be traced.
*public* (`exact_release`)
    The best fit there is, for data that are public.  Points may repeat rows.

Each can be *labelled*: its points then carry labels, and those of one label stand for the rows of one class.

Rules
-----
* A pure function: rows and a generator go in, a specification comes out.  Nothing is charged and nothing is kept;
  whoever publishes draws once per data set and mechanism (`lwnode.specification.plan.mechanism`) and charges the
  ledger.
* The generator is used for the noise of a private specification only, and nothing else is random: without noise, the
  same rows and profile give the same bytes.
* Rows pass through the frame in blocks or as a sample of bounded size: memory does not grow with the table.
* The number of rows is published rounded down to two digits, and the noise of a private specification follows from
  that number alone.

Images and texts enter as their encoder's rows under a profile that names the encoder.

Called by the node's drafts, the user's own requirement, and scripts.
"""

from __future__ import annotations

from typing import get_args

import numpy as np

from lwnode.documents import Profile
from lwnode.errors import SettingsError, SpecificationError
from lwnode.specification.exact_release import exact_release
from lwnode.specification.labels import Labels
from lwnode.specification.private_release import private_release
from lwnode.specification.reduced_set import POINT_LIMIT, Specification
from lwnode.types import Matrix, PrivacyMode, Progress, Vector, silent


def specify(
    raw: Matrix,
    profile: Profile,
    *,
    privacy: PrivacyMode,
    epsilon: float | None = None,
    delta: float | None = None,
    rows_per_person: int = 1,
    size: int = 50,
    labels: Labels | None = None,
    labelled: bool = False,
    row_weights: Vector | None = None,
    rng: np.random.Generator | None = None,
    progress: Progress = silent,
) -> Specification:
    """Make the statistical specification of rows.

    Parameters
    ----------
    raw : (n, width) float64, raw
        See `lwnode.specification.frame`; what is not finite is missing.
    profile : Profile
        The frame; for a private specification its bounds may not come from the data themselves.
    privacy : {"private", "no-noise", "public"}
    epsilon, delta : float, optional
        For a private specification; δ follows from the number of rows where it is left out.
    rows_per_person : int
        Most rows that one person has; the caller has made sure of it.
    size : int
        Most points, 1 to 1,000.
    labels : Labels, optional
        Of the rows; the shares of the classes are then said on the card.
    labelled : bool
        Whether points carry labels as well; needs ``labels``.
    row_weights : (n,) float64, >= 0, optional
        What each row counts for, as in a weighted survey; not for a private specification.
    rng : numpy.random.Generator, optional
        Source of the noise; a private specification needs it, seeded from the system's cryptographic generator.
    progress : callable

    Raises
    ------
    PrivacyBudgetError
        Too few rows for this ε; its hint says how many rows, or which ε, would do.
    SpecificationError
        No rows, another width than the profile's, labels or weights that do not belong to the rows, bounds from the
        data themselves for a private specification.
    SettingsError
        ε, δ, size or rows per person out of range, or given where they have no meaning.
    """
    raw = np.asarray(raw, dtype=np.float64)
    if raw.ndim != 2 or raw.shape[1] != profile.width:
        raise SpecificationError(f"rows of shape {raw.shape} do not have the {profile.width} columns of the profile")
    if len(raw) < 2:
        raise SpecificationError("a specification needs at least two rows")
    if not 1 <= size <= POINT_LIMIT:
        raise SettingsError(f"a specification has 1 to {POINT_LIMIT} points")
    if rows_per_person < 1:
        raise SettingsError("a person has at least one row")
    _check_labels(labels, labelled, len(raw), size)
    if privacy not in get_args(PrivacyMode):
        raise SettingsError(f"a specification cannot be made '{privacy}'", hint="private, no-noise or public")
    if privacy == "private":
        if epsilon is None:
            raise SettingsError("a private specification needs an epsilon", hint="1 is a good start")
        if rng is None:
            raise ValueError("a private specification needs a generator for its noise")
        if row_weights is not None:
            raise SettingsError(
                "a private specification counts every row alike", hint="leave the weights out, or the privacy"
            )
        return private_release(
            raw,
            profile,
            epsilon=epsilon,
            delta=delta,
            rows_per_person=rows_per_person,
            size=size,
            labels=labels,
            labelled=labelled,
            rng=rng,
            progress=progress,
        )
    if epsilon is not None or delta is not None:
        raise SettingsError(f"a specification that is {privacy} has no epsilon or delta")
    return exact_release(
        raw,
        profile,
        privacy=privacy,
        rows_per_person=rows_per_person,
        size=size,
        labels=labels,
        labelled=labelled,
        row_weights=_checked_weights(row_weights, len(raw)),
        progress=progress,
    )


def _check_labels(labels: Labels | None, labelled: bool, rows: int, size: int) -> None:
    if labelled and labels is None:
        raise SettingsError("a labelled specification needs the labels of the rows")
    if labels is not None and labelled and labels.count > size:
        raise SettingsError(
            f"{size} points are too few for {labels.count} classes", hint=f"ask for at least {labels.count} points"
        )
    if labels is not None and len(labels.of_rows) != rows:
        raise SpecificationError(f"{len(labels.of_rows)} labels do not belong to {rows} rows")


def _checked_weights(weights: Vector | None, rows: int) -> Vector | None:
    """Return the rows' weights as shares."""
    if weights is None:
        return None
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (rows,) or not np.isfinite(weights).all() or weights.min() < 0.0 or not weights.sum() > 0.0:
        raise SpecificationError(
            "the weights of the rows are not one non-negative number for each row, some of them positive"
        )
    return np.asarray(weights / weights.sum(), dtype=np.float64)
