# SPDX-License-Identifier: Apache-2.0
"""What a private release costs: how a budget is divided, how much noise follows, and whether the rows are enough.

One (ε, δ) covers all that a specification says.  Of mu², 5 % go to the residual, 5 % to the tail level, 2 % to the
shares of the classes where these are said, and all that is left to the embedding; they compose exactly.

Rules
-----
* Neighbouring tables differ in one person: up to ``rows_per_person`` rows replaced, their number unchanged.
* Everything follows from the *published* number of rows (never more than there are), so noise is never below what the
  guarantee needs, and no published figure tells more of the number.
* A release is refused, with what would do, where the noise on the 32 coordinates that say the most has a norm above
  1/3: what is left of an embedding, whose own norm is at most 1, would no longer tell one population from another.
* A labelled embedding has a block for each class.  A row is in one of them, so the sensitivity is that of one block;
  the noise is on all of them, so its norm counts all.

Called by the release, and by whoever shows a price before it is paid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lwnode.documents import Profile, encode
from lwnode.errors import PrivacyBudgetError, SettingsError
from lwnode.specification.accounting import LARGEST_EPSILON, default_delta, epsilon_for, mu_for, published_rows
from lwnode.specification.noise import GRID
from lwnode.specification.scalars import residual_sensitivity

MECHANISM = "lwnode.private-embedding/2"
RESIDUAL_SHARE, LEVEL_SHARE, COUNTS_SHARE = 0.05, 0.05, 0.02  # of mu²; what is left out returns its share
MOST_NOISE = 1.0 / 3.0 / math.sqrt(32.0)  # on a coordinate of an embedding
_ROUNDING = 1e-5  # added to sensitivities: float32 features have norm 1 within 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The noise of one private release.

    Parameters
    ----------
    epsilon, delta, mu : float
        The guarantee of all its parts together.
    blocks : int
        Of the embedding: the classes of a labelled one, else 1.
    embedding_noise, residual_noise, count_noise : float
        Standard deviations: of each coordinate of the embedding, of the residual, of the number of rows below the tail.
    shares_noise : float
        Of each class's share of the rows; 0 where shares are not said.
    """

    epsilon: float
    delta: float
    mu: float
    blocks: int
    embedding_noise: float
    residual_noise: float
    count_noise: float
    shares_noise: float


def plan_release(
    rows: int,
    *,
    reach: float,
    epsilon: float,
    delta: float | None = None,
    rows_per_person: int = 1,
    blocks: int = 1,
    shares: bool = False,
) -> Plan:
    """Return the noise that a private release of so many rows needs.

    Parameters
    ----------
    rows : int
    reach : float
        Of the profile's coordinates: `lwnode.specification.embedding`.
    epsilon : float
    delta : float, optional
        Default: `lwnode.specification.accounting.default_delta`.
    rows_per_person : int
        Most rows that one person has.
    blocks : int
        Classes of a labelled specification; 1 without labels.
    shares : bool
        Whether the shares of the classes are said.

    Raises
    ------
    PrivacyBudgetError
        Too few rows for this ε; says how many rows, or which ε, would do.
    SettingsError
        ε, δ or rows per person out of range.
    """
    if rows_per_person < 1:
        raise SettingsError("a person has at least one row")
    stated, delta = delta, default_delta(rows) if delta is None else delta
    mu = mu_for(epsilon, delta)
    part = 1.0 - RESIDUAL_SHARE - LEVEL_SHARE - (COUNTS_SHARE if shares else 0.0)
    noise = _embedding_sensitivity(reach, rows, rows_per_person) / (mu * math.sqrt(part))
    if noise * math.sqrt(blocks) > MOST_NOISE:
        raise _too_few(reach, rows, epsilon, delta, stated, rows_per_person, part / blocks)
    moved = math.sqrt(2.0) * rows_per_person / published_rows(rows)  # a row leaves one class and joins another
    return Plan(
        epsilon=epsilon,
        delta=delta,
        mu=mu,
        blocks=blocks,
        embedding_noise=noise,
        residual_noise=_widened(residual_sensitivity(rows, rows_per_person)) / (mu * math.sqrt(RESIDUAL_SHARE)),
        count_noise=rows_per_person * (1.0 + _ROUNDING) / (mu * math.sqrt(LEVEL_SHARE)),
        shares_noise=_widened(moved) / (mu * math.sqrt(COUNTS_SHARE)) if shares else 0.0,
    )


def mechanism(
    profile: Profile,
    epsilon: float,
    delta: float,
    rows_per_person: int,
    size: int,
    *,
    labels: tuple[str, ...] = (),
    edges: tuple[float, ...] = (),
    target: str = "",
    blocks: bool = False,
) -> str:
    """Return the canonical text that names a private release: equal texts over equal rows must share one draw.

    Parameters
    ----------
    profile : Profile
    epsilon, delta : float
        As they are charged; the default δ must be filled in before.
    rows_per_person, size : int
    labels : tuple of str
        Names of the classes whose shares are said; empty where they are not.
    edges : tuple of float
        Of the bins that they are.
    target : str
        Column that holds the labels.
    blocks : bool
        Whether the specification itself is labelled.

    Notes
    -----
    RFC 8785 JSON, so ``1`` and ``1.0`` give one text.
    """
    said: dict[str, object] = {"labels": labels, "edges": edges, "target": target, "blocks": blocks} if labels else {}
    return encode(
        {
            "mechanism": MECHANISM,
            "profile": profile.id,
            "epsilon": float(epsilon),
            "delta": float(delta),
            "rows_per_person": rows_per_person,
            "size": size,
            **said,
        }
    ).decode()


def _embedding_sensitivity(reach: float, rows: int, rows_per_person: int) -> float:
    """Return the replace-one-person sensitivity of the mean coordinates, with room for rounding."""
    return _widened(reach * rows_per_person / published_rows(rows))


def _widened(sensitivity: float) -> float:
    """Add what float32 norms and the grid of the release can add to a sensitivity."""
    return sensitivity * (1.0 + _ROUNDING) + GRID * 32.0  # √1024 figures, on the grid


def _too_few(
    reach: float, rows: int, epsilon: float, delta: float, stated: float | None, rows_per_person: int, part: float
) -> PrivacyBudgetError:
    """Return the refusal, with the number of rows and the ε that would do; ``part`` of mu² is for one block."""
    noise = MOST_NOISE * math.sqrt(part)

    def allowed(count: int) -> bool:
        mu = mu_for(epsilon, default_delta(count) if stated is None else stated)
        return _embedding_sensitivity(reach, count, rows_per_person) <= noise * mu

    few, many = rows, 2 * rows
    while not allowed(many):
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if allowed(middle) else (middle, many)
    needed = math.ceil(epsilon_for(_embedding_sensitivity(reach, rows, rows_per_person) / noise, delta) * 100.0) / 100.0
    cure = f"at least {many} rows, or epsilon {needed:g}" if needed <= LARGEST_EPSILON else f"at least {many} rows"
    persons = "" if rows_per_person == 1 else f" with up to {rows_per_person} of one person"
    return PrivacyBudgetError(
        f"{rows} rows{persons} are too few for a private specification at epsilon {epsilon:g}",
        hint=f"{cure} would do; or keep the specification to yourself without noise",
    )
