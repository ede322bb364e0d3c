# SPDX-License-Identifier: Apache-2.0
"""The terms of a private training: what is promised, how the budget is divided, and the text that names the draw.

The rows are parted once, by their position alone: four fifths to learn from, a fifth for the figures.  Replacing a row
changes one of the two parts and never both, so model *and* figures may each take the whole mu: for a person with a rows
in one part and b in the other, ``(a mu / g)² + (b mu / g)² <= mu²`` as ``a + b <= g``.

Rules
-----
* Neighbouring tables differ in one person: up to ``rows_per_person`` rows replaced where they stand, their number
  unchanged.
* Both hold of the table that is trained on.  A row that a reader leaves out is in no table: one row fewer gives other
  parts, and nothing here speaks of two tables of different length.
* Everything here follows from public things: the number of rows as it is published (rounded down to two digits), the
  number of coordinates and outputs, ε and δ.  Nothing is tuned on the rows.

Called by everything in this room, and by the node before it pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import encode
from lwnode.errors import PrivacyBudgetError, SettingsError
from lwnode.specification.accounting import default_delta, mu_for, published_rows
from lwnode.training.private.target import Target
from lwnode.types import Task

Family: TypeAlias = Literal["linear", "network", "images"]

HELD_OUT: Final = 5  # one row of so many
FEWEST_ROWS: Final = 50
MECHANISMS: Final[dict[str, str]] = {
    "linear": "lwnode.private-linear/1",
    "network": "lwnode.private-network/1",
    "images": "lwnode.private-images/1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The guarantee of one training, model and figures together.

    Parameters
    ----------
    epsilon, delta, mu : float
    rows_per_person : int
        Most rows that one person has.
    learnt, held : float
        Number of rows that sums over the learning and the held-out part are divided by: public, about as many as there
        are.
    """

    epsilon: float
    delta: float
    mu: float
    rows_per_person: int
    learnt: float
    held: float


def agree(rows: int, *, epsilon: float, delta: float | None = None, rows_per_person: int = 1) -> Terms:
    """Return the terms for so many rows.

    Raises
    ------
    PrivacyBudgetError
        Fewer than 50 rows, as published.
    SettingsError
        ε, δ or rows per person out of range.
    """
    if rows_per_person < 1:
        raise SettingsError("a person has at least one row")
    delta = default_delta(rows) if delta is None else delta
    mu = mu_for(epsilon, delta)
    public = published_rows(rows)
    if public < FEWEST_ROWS:
        raise PrivacyBudgetError(
            f"{public} rows are too few to train a private model", hint=f"at least {FEWEST_ROWS} rows would do"
        )
    held = public / HELD_OUT
    return Terms(epsilon=epsilon, delta=delta, mu=mu, rows_per_person=rows_per_person, learnt=public - held, held=held)


def parts(rows: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the positions to learn from and those that are held out, by the number of rows alone."""
    order = np.random.default_rng([rows, 5]).permutation(rows)
    held = rows // HELD_OUT
    return np.sort(order[held:]), np.sort(order[:held])


def family_name(family: str, task: Task) -> str:
    """Return what a family is called on the leaderboard and in the card.

    Raises
    ------
    SettingsError
        There is no such family.
    """
    if family not in get_args(Family):
        raise SettingsError(
            f"there is no private family '{family}'", hint="families are: " + ", ".join(get_args(Family))
        )
    if family == "linear":
        return "private ridge regression" if task == "regression" else "private logistic regression"
    return "private network" if family == "network" else "private convolutional network"


def mechanism(frame: str, target: Target, family: str, terms: Terms) -> str:
    """Return the canonical text that names a training: equal texts over equal rows must share one draw.

    Parameters
    ----------
    frame : str
        Id of the profile, or of the encoder of pictures.
    target : Target
    family : str
    terms : Terms
    """
    return encode(
        {
            "mechanism": MECHANISMS[family],
            "frame": frame,
            "target": target.name,
            "classes": list(target.classes),
            "low": target.low,
            "high": target.high,
            "epsilon": float(terms.epsilon),
            "delta": float(terms.delta),
            "rows_per_person": terms.rows_per_person,
        }
    ).decode()
