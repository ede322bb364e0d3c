# SPDX-License-Identifier: Apache-2.0
"""The user's side: rows in a profile's frame, and what depends on them alone.

Rules
-----
* At most `ROW_CAP` rows take part in the figures: a random choice under the profile's public seed, so that the same
  table always gives the same answer.  Coverage is tested on all rows.
* What depends on the rows alone is computed once for a frame, when it is first needed.
* The Gaussian kernel is a product over coordinates; a *feature* may take several of them (a category), and all that
  is said of columns is said of features.

Called by the ranking, the score and the mixture; `lwnode.reuse` takes densities from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lwnode.documents import Profile
from lwnode.specification.frame import to_frame
from lwnode.specification.kernels import gaussian, squared_distances
from lwnode.types import Mask, Matrix, Vector

ROW_CAP = 1_000  # rows that take part in the figures
_DEPENDENCE_CAP = 400  # rows that measure the user's own dependence
_CHUNK = 4_000_000  # kernel values held at a time


def feature_slices(profile: Profile) -> tuple[slice, ...]:
    """Return the coordinates of each feature, in the order of the frame."""
    ends = np.cumsum([column.width for column in profile.features])
    return tuple(slice(int(end) - column.width, int(end)) for end, column in zip(ends, profile.features, strict=True))


def feature_kernels(A: Matrix, B: Matrix, gamma: float, features: Sequence[slice]) -> Iterator[Matrix]:
    """Yield the kernel of each feature, (n, m); their product over the features is the kernel of the frame."""
    for part in features:
        if part.stop - part.start == 1:
            squares = np.square(A[:, part] - B[:, part].T)
        else:
            squares = squared_distances(A[:, part], B[:, part])
        squares *= -gamma
        yield np.exp(squares, out=squares)


def chunks(rows: int, width: int) -> Iterator[slice]:
    """Yield slices of ``rows`` rows so that a matrix of ``width`` columns stays within bounds."""
    step = max(1, _CHUNK // max(1, width))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Moments of a kernel matrix over some rows.

    Parameters
    ----------
    mean : float
        Of all entries.
    off : float
        Of the entries off the diagonal; 0 where there is one row only.
    row_means : (n,) float64
    spread : float
        Mean squared entry of the centred matrix, off the diagonal.
    """

    mean: float
    off: float
    row_means: Vector
    spread: float


class FramedRows:
    """The user's rows in one frame.

    Parameters
    ----------
    profile : Profile
    raw : (n, width) float64, raw units, n ≥ 1
        As `lwnode.specification.raw_matrix` makes it; NaN where a value is missing.
    """

    def __init__(self, profile: Profile, raw: Matrix) -> None:
        self.profile = profile
        self.gamma = profile.gamma
        self.features = feature_slices(profile)
        self.total = len(raw)
        if self.total > ROW_CAP:
            chosen = np.random.default_rng(profile.seed).choice(self.total, ROW_CAP, replace=False)
            self.chosen = np.sort(chosen)
        else:
            self.chosen = np.arange(self.total)
        self._raw = raw
        self.rows = to_frame(profile, raw[self.chosen])

    @property
    def n(self) -> int:
        """Rows that take part in the figures."""
        return len(self.rows)

    def everything(self) -> Iterator[tuple[slice, Matrix]]:
        """Yield all rows in the frame, in chunks, with their places."""
        for part in chunks(self.total, 50 * self.profile.width):
            yield part, to_frame(self.profile, self._raw[part])

    @cached_property
    def kernel(self) -> Matrix:
        """``k(x_i, x_j)`` over the rows that take part; O(n²)."""
        matrix = gaussian(self.rows, self.rows, self.gamma)
        np.fill_diagonal(matrix, 1.0)
        return matrix

    @cached_property
    def _squared_kernel(self) -> Matrix:
        return np.square(self.kernel)

    @cached_property
    def moments(self) -> Moments:
        """Moments over all rows that take part."""
        return self.moments_of(np.ones(self.n, dtype=bool))

    def moments_of(self, some: Mask) -> Moments:
        """Return the moments over some of the rows that take part.

        Parameters
        ----------
        some : (n,) bool
            At least one True.

        Notes
        -----
        Two products of a matrix and a vector: the squared norm of the centred matrix follows from the row sums.
        """
        pick = some.astype(np.float64)
        n = int(some.sum())
        row_means = (self.kernel @ pick)[some] / n
        mean = float(row_means.mean())
        if n == 1:
            return Moments(mean=mean, off=0.0, row_means=row_means, spread=0.0)
        off = (mean * n - 1.0) / (n - 1)
        squares = float(pick @ (self._squared_kernel @ pick))
        centred = squares - 2.0 * n * float(row_means @ row_means) + (n * mean) ** 2
        diagonal = float(np.square(1.0 - 2.0 * row_means + mean).sum())
        spread = max(centred - diagonal, 0.0) / (n * (n - 1))
        return Moments(mean=mean, off=off, row_means=row_means, spread=spread)

    @cached_property
    def rank_correlation(self) -> tuple[float, float] | None:
        """Mean squared rank correlation over the pairs of features, less what independent ones show, and its sd.

        None where fewer than two features vary, or fewer than three rows are there.  A category counts by its
        coordinates' mean.  O(n·w·log n + n·w²) for w coordinates.
        """
        if self.n < 3:
            return None
        owner = np.repeat(np.arange(len(self.features)), [part.stop - part.start for part in self.features])
        varying = self.rows.std(axis=0) > 1e-9
        owner = owner[varying]
        ranks = [_ranks(column) for column in self.rows.T[varying]]
        if len(set(owner.tolist())) < 2:
            return None
        squares = np.square(np.corrcoef(np.stack(ranks)))
        first, second = np.triu_indices(len(owner), 1)
        across = owner[first] != owner[second]
        pair = owner[first[across]] * len(self.features) + owner[second[across]]
        _, group, size = np.unique(pair, return_inverse=True, return_counts=True)
        by_pair = np.bincount(group, weights=squares[first[across], second[across]]) / size
        expected = 1.0 / (self.n - 1)
        return float(by_pair.mean()) - expected, float(np.sqrt(2.0 / len(by_pair))) * expected

    @cached_property
    def own_dependence2(self) -> float:
        """Squared norm of the rows' own dependence in the kernel's space, without the diagonal; at most 400 rows."""
        rows = self.rows[:_DEPENDENCE_CAP]
        n = len(rows)
        if n < 2:
            return 0.0
        joint = np.ones((n, n))
        by_row, product = np.ones(n), 1.0
        for kernel in feature_kernels(rows, rows, self.gamma, self.features):
            joint *= kernel
            means = (kernel.sum(axis=1) - 1.0) / (n - 1)
            by_row *= means
            product *= float(means.mean())
        return float(((joint.sum(axis=1) - 1.0) / (n - 1)).mean() - 2.0 * by_row.mean() + product)


def _ranks(values: Vector) -> Vector:
    """Return ranks from 1, equal values sharing their mean rank."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Vector = (np.cumsum(count) - (count - 1) / 2.0)[place]
    return ranks
