# SPDX-License-Identifier: Apache-2.0
"""What both linear models start from: a private scale of the columns, and private second moments.

Public bounds are wide and columns hang together, so noise of one size in every coordinate of the frame would drown what
lies in a narrow direction.  Hence the centre and the spread of every column are released first (a tenth of the budget),
then ``S = Σ z zᵀ / n`` and ``V = Σ z tᵀ / n`` of the standardised rows with a 1 appended, z.

Rules
-----
* A row longer than √(d + 1) is weighted down to that length, *with* its label and its 1: a weight that follows from the
  row's columns alone leaves the model that is estimated the same (Künsch, Stefanski and Carroll 1989).
* Coordinates of categories are centred and not scaled: a rare level must not become a large number.
* Sensitivities, one row replaced: 2 R for a sum of vectors of length R; √2 R² for the sum of their outer products, as
  ``|zzᵀ - z'z'ᵀ|² = |z|⁴ + |z'|⁴ - 2 (z·z')²``.  Of the symmetric matrix one half is released, off-diagonals weighted
  by √2, which keeps the Frobenius norm.

Called by `lwnode.training.private.logistic` and `lwnode.training.private.ridge`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lwnode.training.private.draws import Draws
from lwnode.types import Mask, Matrix, Vector

_SPREAD = 1.2533141373155001  # standard deviation over mean absolute deviation of a normal distribution, √(π/2)
_LEAST_SCALE = 0.02  # frame units: a hundredth of the bounds' half width
_NOISES = 4.0  # a spread below so many deviations of its noise is not told from it


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """A private centre and scale: ``z = ((frame - centre) / scale, 1)``.

    Parameters
    ----------
    centre, scale : (d,) float64
    """

    centre: Vector
    scale: Vector

    def rows(self, F: Matrix) -> Matrix:
        """Return standardised rows with a 1 appended, (n, d + 1)."""
        return np.column_stack([(F - self.centre) / self.scale, np.ones(len(F))])

    def in_frame(self, weights: Matrix) -> tuple[Matrix, Vector]:
        """Return weights (d, k) and biases (k,) on the frame that equal weights (d + 1, k) on standardised rows."""
        slopes = weights[:-1] / self.scale[:, None]
        return slopes, weights[-1] - self.centre @ slopes


def shortened(Z: Matrix, reach: float) -> Matrix:
    """Return rows no longer than ``reach``; a longer one is weighted down, direction kept."""
    return Z * shortening(Z, reach)[:, None]


def shortening(Z: Matrix, reach: float) -> Vector:
    """Return the factors by which rows are brought to a length of at most ``reach``, (n,)."""
    length: Vector = np.linalg.norm(Z, axis=1)
    return np.minimum(1.0, reach / np.maximum(length, 1e-300))


def standardise(F: Matrix, numbers: Mask, draws: Draws, *, mu_centre: float, mu_scale: float) -> Standard:
    """Release a centre and a scale for every coordinate.

    Parameters
    ----------
    F : (n, d) float64, island frame
    numbers : (d,) bool
        Coordinates that are scaled: numbers, not levels.
    draws : Draws
    mu_centre, mu_scale : float
    """
    d = F.shape[1]
    reach = math.sqrt(d + 1.0)
    one = np.ones((len(F), 1))
    total = shortened(np.hstack([F, one]), reach).sum(axis=0)
    found = draws.average(total, reach=2.0 * reach, mu=mu_centre)
    centre = np.clip(found[:-1] / max(found[-1], 0.1), -4.0, 4.0)
    total = shortened(np.hstack([np.abs(F - centre), one]), reach).sum(axis=0)
    found = draws.average(total, reach=2.0 * reach, mu=mu_scale)
    least = max(_LEAST_SCALE, _NOISES * draws.deviation(2.0 * reach, mu_scale, d + 1))
    spread = np.maximum(_SPREAD * found[:-1] / max(found[-1], 0.1), least)
    return Standard(centre=centre, scale=np.where(numbers, np.minimum(spread, 4.0), 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Private second moments of standardised rows.

    Parameters
    ----------
    S : (d + 1, d + 1) float64
        Symmetric, noised; the last diagonal entry is the weight of all rows together.
    V : (d + 1, k) float64
        With the targets, noised.
    fog : float
        Expected size of the noise in S, as a spectral norm.
    """

    S: Matrix
    V: Matrix
    fog: float

    def eigen(self, ridge: float) -> tuple[Vector, Matrix]:
        """Return eigenvalues, made positive and larger by ``ridge``, and eigenvectors of S."""
        values, vectors = np.linalg.eigh(self.S)
        return np.maximum(values, 0.0) + ridge, vectors

    @property
    def ridge(self) -> float:
        """What the noise makes advisable to add to S; at least a thousandth."""
        return max(0.25 * self.fog, 1e-3)


def release_moments(
    Z: Matrix, T: Matrix, label_reach: float, draws: Draws, *, mu_square: float, mu_cross: float
) -> Moments:
    """Release the second moments of standardised rows, and those with their targets.

    Parameters
    ----------
    Z : (n, d + 1) float64
        Standardised; rows that do not count are left out.
    T : (n, k) float64
        Targets.
    label_reach : float
        Largest norm of a row of T.
    draws : Draws
    mu_square, mu_cross : float
    """
    size = Z.shape[1]
    reach = math.sqrt(size)
    weights = shortening(Z, reach)[:, None]
    short = Z * weights
    upper = np.triu_indices(size)
    factor = np.where(upper[0] == upper[1], 1.0, math.sqrt(2.0))
    square = short.T @ short
    half = draws.average(square[upper] * factor, reach=math.sqrt(2.0) * reach**2, mu=mu_square) / factor
    S = np.zeros((size, size))
    S[upper] = half
    S = S + np.triu(S, 1).T
    V = draws.average(short.T @ (T * weights), reach=2.0 * reach * label_reach, mu=mu_cross)
    deviation = draws.deviation(math.sqrt(2.0) * reach**2, mu_square, len(half))
    return Moments(S=S, V=V, fog=_spectral(deviation, size))


def fog_of(size: int, mu: float, rows: float, rows_per_person: int) -> float:
    """Return the fog of second moments that cost ``mu`` before they are drawn; 1 is the size of a moment."""
    return _spectral(rows_per_person * math.sqrt(2.0) * size / (rows * mu), size)


def _spectral(deviation: float, size: int) -> float:
    """Return the norm of a symmetric noise matrix, about: 2 √size times the deviation off its diagonal."""
    return deviation * math.sqrt(2.0 * size)
