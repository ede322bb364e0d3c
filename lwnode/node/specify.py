# SPDX-License-Identifier: Apache-2.0
"""`lwnode.specify`: a specification as a pure function, for looking and comparing.

Nothing is charged to a budget, so its result cannot be published; a draft makes the one that can.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from lwnode.documents import Profile
from lwnode.errors import SettingsError, SpecificationError
from lwnode.node.data import own_profile
from lwnode.node.engine import secret_generator
from lwnode.node.privacy import Budget
from lwnode.specification import Labels, Specification, default_delta, raw_matrix
from lwnode.specification import specify as release
from lwnode.specification.encoders import encoder_profile, has_profile
from lwnode.training import Table, as_table
from lwnode.types import Progress, silent


def specify(
    data: Any,
    *,
    privacy: Budget | Literal["no-noise", "public"] = "no-noise",
    profile: Profile | None = None,
    size: int = 50,
    rows_per_person: int = 1,
    labelled: bool = False,
    row_weights: ArrayLike | None = None,
    rng: np.random.Generator | None = None,
    progress: Progress = silent,
) -> Specification:
    """Return the statistical specification of a table.

    Parameters
    ----------
    data : Table, Images, Texts, path, array or frame
    privacy : Budget, "no-noise" or "public"
    profile : Profile, optional
        Default: the encoder's of images and texts, else the data's own bounds, which a private specification may not
        take.
    size : int
        Points of the reduced set, 1 to 100.
    rows_per_person : int
    labelled : bool
        Whether points carry the labels of the table's target: its classes, or five bins between its bounds in the
        profile (else its own, which a private specification may not take).
    row_weights : (n,) array, optional
        What each row counts for; not for a private specification.
    rng : numpy.random.Generator, optional
        Source of the noise; default: the operating system's CSPRNG.

    Returns
    -------
    Specification
        ``points`` (m, d) in the original units, ``weights`` (m,), ``profile``.

    Raises
    ------
    SpecificationError
        Private without a profile, or a profile whose columns the table lacks.
    PrivacyBudgetError
        Too few rows for the ε asked.
    """
    if not isinstance(privacy, Budget) and privacy not in ("no-noise", "public"):
        raise SettingsError(f"there is no privacy '{privacy}'", hint="give a Budget, 'no-noise' or 'public'")
    table = as_table(data)
    if profile is None and table.encoder and has_profile(table.encoder):
        profile = encoder_profile(table.encoder)
    if profile is None:
        if isinstance(privacy, Budget):
            raise SpecificationError(
                "a private specification needs a profile with public bounds",
                hint="make one with lwnode.Profile.from_bounds",
            )
        profile = own_profile(table)
    raw = raw_matrix(profile, table.without_withheld().features(tuple(column.name for column in profile.features)))
    if isinstance(privacy, Budget):
        delta = privacy.delta if privacy.delta is not None else default_delta(len(raw))
        mode: Literal["private", "no-noise", "public"] = "private"
        epsilon: float | None = privacy.epsilon
    else:
        mode, epsilon, delta = privacy, None, None
    return release(
        raw,
        profile,
        privacy=mode,
        epsilon=epsilon,
        delta=delta,
        rows_per_person=rows_per_person,
        size=size,
        labels=_labels(table, profile, private=mode == "private") if labelled else None,
        labelled=labelled,
        row_weights=None if row_weights is None else np.asarray(row_weights, dtype=np.float64),
        rng=rng if rng is not None else secret_generator(),
        progress=progress,
    )


def _labels(table: Table, profile: Profile, *, private: bool) -> Labels:
    """Return the labels of a table's rows.

    Raises
    ------
    SpecificationError
        Private, and the profile does not state the target's classes or bounds.
    DataError
        The table has no target.
    """
    values, stated = table.labels(), profile.target
    known = stated if stated is not None and stated.name == table.target else None
    if known is not None and known.levels:
        return Labels.from_classes(values, known.levels)
    if known is not None and known.low is not None and known.high is not None:
        return Labels.from_numbers(np.asarray(values, dtype=np.float64), low=known.low, high=known.high)
    if private:
        raise SpecificationError(
            f"the profile does not say the classes or bounds of the target '{table.target}'",
            hint="state them in the profile, or leave the labels out",
        )
    if table.types[str(table.target)] == "number":
        numbers = np.asarray(values, dtype=np.float64)
        return Labels.from_numbers(numbers, low=float(np.nanmin(numbers)), high=float(np.nanmax(numbers)))
    names = sorted({Labels.name_of(value) for value in values[table.labelled]})
    return Labels.from_classes(values, names)
