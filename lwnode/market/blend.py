# SPDX-License-Identifier: Apache-2.0
"""Mixtures of specifications that come near given rows: the search for members and shares.

*Greedy*
    Over the nearest: from the nearest one on, whoever lowers the squared MMD most joins, with all shares solved anew,
    as in the `learnware` package.
*Pursuit*
    Over the whole market: who takes most off the distance joins (orthogonal matching pursuit; Pati, Rezaiifar and
    Krishnaprasad, Asilomar 1993).  Then members are exchanged, one at a time, for who does most for the *others*.
    Embeddings (`lwnode.market.index.Anchors`) only propose; whoever is proposed joins only if the exact squared MMD
    falls.

Rules
-----
* Every loss is exact: inner products in float64, shares on the simplex.
* A member joins or stays only if it brings the squared MMD down to `ACCEPT` of what it is without it, or less.
* Nobody joins any more once the rows themselves can say no more (``enough``).
* Inner products of two specifications are computed once, when they are first needed.

Called by the mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.market.index.exact import Query
from lwnode.specification.simplex import simplex_weights
from lwnode.types import Matrix, Points, Vector

MEMBERS = 5
ACCEPT = 0.95  # a member stays only if the squared MMD falls to this part or less
_PROPOSED = 4  # candidates for one exchange
_ROUNDS = 3
_RIDGE = 1e-6
_LEAST = 1e-3  # part of an embedding beyond the members' span below which it is rounding
_FALLS = 0.999  # an exchange is taken only if the squared MMD falls to this part or less


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blend:
    """Members with their shares.

    Parameters
    ----------
    places : tuple of int
        In the market.
    shares : (k,) float64, ≥ 0, sum 1
    squared : float
        Squared MMD of the rows to the mixture.
    """

    places: tuple[int, ...]
    shares: Vector
    squared: float


Enough = Callable[[Blend], bool]


class Blender:
    """Rows and a market, with what was computed of them.

    Parameters
    ----------
    query : Query
        The rows.
    sketch : callable
        Place in the market → points (m, width), island frame, and weights (m,).
    norms : (N,) float64
        Squared norms of each.
    inner : mapping, optional
        Place → inner product with the rows' embedding, as far as it is known.
    smallest : float
        Members with a smaller share are left out of a mixture.
    enough : callable
        Whether a mixture is so near that closer says nothing.
    """

    def __init__(
        self,
        *,
        query: Query,
        sketch: Callable[[int], tuple[Matrix | Points, Vector]],
        norms: Vector,
        inner: Mapping[int, float] | None = None,
        smallest: float,
        enough: Enough,
    ) -> None:
        self._query, self._sketch, self._norms = query, sketch, norms
        self._inner = dict(inner or {})
        self._smallest, self.enough = smallest, enough
        self._products: dict[tuple[int, int], float] = {}

    def greedy(self, near: Sequence[int]) -> Blend:
        """Let members join as long as each brings the mixture nearer.

        Parameters
        ----------
        near : sequence of int
            Places, the nearest first.
        """
        best = self.blend((near[0],))
        while len(best.places) < min(MEMBERS, len(near)) and not self.enough(best):
            others = [place for place in near if place not in best.places]
            for place in best.places:
                self._multiply(place, others)
            tried = [self.blend((*best.places, place)) for place in others]
            nearer = min(tried, key=lambda blend: blend.squared)
            if nearer.squared > ACCEPT * best.squared:
                break
            best = nearer
        return best

    def pursue(self, embeddings: NDArray[np.float32], squares: Vector, target: Vector) -> Blend:
        """Seek members in the whole market, and exchange them.

        Parameters
        ----------
        embeddings : (N, p) float32
        squares : (N,) float64
            Their squared norms.
        target : (p,) float64
            Embedding of the rows.

        Notes
        -----
        One product with the embeddings for each member tried, O(N·p), a few passes over N numbers for each exchange,
        and some hundred small programmes.
        """
        guide = _Guide(embeddings, squares, target)
        best = self._filled(guide)
        for _ in range(_ROUNDS):
            better = self._exchanged(best, guide)
            if better is best:
                break
            best = better
        return self._needed(best)

    def blend(self, places: tuple[int, ...]) -> Blend:
        """Return the best mixture of some places, without the members whose share is too small."""
        shares = self._shares(places)
        while len(places) > 1 and shares.min() < self._smallest:
            smallest = int(shares.argmin())
            places = places[:smallest] + places[smallest + 1 :]
            shares = self._shares(places)
        squared = self._query.norm2 - 2.0 * self.inner(places) @ shares + shares @ self._gram(places) @ shares
        return Blend(places=places, shares=shares, squared=max(float(squared), 0.0))

    def _filled(self, guide: _Guide) -> Blend:
        """Let whoever helps most join until there are enough members."""
        best = self.blend((guide.best((), 1)[0],))
        passed: set[int] = set()
        while len(best.places) < MEMBERS and len(passed) < 2 * MEMBERS and not self.enough(best):
            proposed = guide.best(best.places, 1, passed)
            if not proposed:
                break
            tried = self.blend((*best.places, proposed[0]))
            if tried.squared <= _FALLS * best.squared:
                best = tried
            passed.add(proposed[0])
        return best

    def _exchanged(self, best: Blend, guide: _Guide) -> Blend:
        """Try to exchange each member, and to add one; return the same object where nothing is better."""
        for out in [*best.places, None]:
            if self.enough(best):
                break
            gone = out is not None and out not in best.places
            if gone or (out is None and len(best.places) == MEMBERS):
                continue
            others = tuple(place for place in best.places if place != out)
            for place in guide.best(others, _PROPOSED, best.places):
                tried = self.blend((*others, place))
                if tried.squared <= _FALLS * best.squared:
                    best = tried
                    break
        return best

    def _needed(self, blend: Blend) -> Blend:
        """Leave out, the smallest share first, who brings too little."""
        for place in [blend.places[i] for i in np.argsort(blend.shares, kind="stable")]:
            others = tuple(other for other in blend.places if other != place)
            if others and (without := self.blend(others)).squared * ACCEPT <= blend.squared:
                blend = without
        return blend

    def _shares(self, places: tuple[int, ...]) -> Vector:
        if len(places) == 1:
            return np.ones(1)
        return simplex_weights(self._gram(places), self.inner(places))

    def inner(self, places: Sequence[int]) -> Vector:
        """Return the inner products of the rows with some places, (k,)."""
        new = [place for place in places if place not in self._inner]
        if new:
            products = self._query.inner(*zip(*map(self._sketch, new), strict=True))
            self._inner.update(zip(new, products.tolist(), strict=True))
        return np.array([self._inner[place] for place in places])

    def _gram(self, places: tuple[int, ...]) -> Matrix:
        """Return the inner products of some places, (k, k)."""
        for at, place in enumerate(places):
            self._multiply(place, places[at + 1 :])
        gram = np.diag(self._norms[list(places)])
        for i, first in enumerate(places):
            for j, second in enumerate(places[:i]):
                gram[i, j] = gram[j, i] = self._products[min(first, second), max(first, second)]
        return gram

    def _multiply(self, place: int, others: Sequence[int]) -> None:
        """Compute the inner products of one specification with others that are not known yet."""
        new = [other for other in others if (min(place, other), max(place, other)) not in self._products]
        if not new:
            return
        points, weights = self._sketch(place)
        norm2 = float(self._norms[place])
        one = Query.of(np.asarray(points, dtype=np.float64), weights, self._query.gamma, norm2=norm2)
        products = one.inner(*zip(*map(self._sketch, new), strict=True))
        for other, product in zip(new, products, strict=True):
            self._products[min(place, other), max(place, other)] = float(product)


class _Guide:
    """Who would help some members most, by the embeddings.

    Notes
    -----
    Orthogonal least squares (Chen, Cowan and Grant, IEEE Trans. Neural Networks 1991): with P the projection on what is
    orthogonal to the members' span, a newcomer e takes ``(e.P f)² / |P e|²`` off the squared distance, where shares are
    free.  Both follow from products with f and with the members, which are kept.
    """

    def __init__(self, embeddings: NDArray[np.float32], squares: Vector, target: Vector) -> None:
        self._embeddings = embeddings
        self._squares = squares.astype(np.float32)
        self._target = embeddings @ target.astype(np.float32)
        self._along: dict[int, NDArray[np.float32]] = {}

    def best(self, members: tuple[int, ...], count: int, without: Iterable[int] = ()) -> list[int]:
        """Return the places that help most, the best first.

        Parameters
        ----------
        members : tuple of int
        count : int
            Most places returned.
        without : iterable of int
            Places that are not asked for, besides the members.
        """
        gain, left = self._target, self._squares
        if members:
            for place in members:
                if place not in self._along:
                    self._along[place] = self._embeddings @ self._embeddings[place]
            along = np.stack([self._along[place] for place in members])
            gram = along[:, list(members)].astype(np.float64) + _RIDGE * np.eye(len(members))
            inverse = np.linalg.inv(np.linalg.cholesky(gram)).astype(np.float32)
            whitened = inverse @ along
            gain = gain - (inverse @ self._target[list(members)]) @ whitened
            left = left - np.einsum("kn,kn->n", whitened, whitened)
        gain = np.maximum(gain, 0.0)
        gain = gain * gain / np.maximum(left, _LEAST * self._squares)
        gain[[*members, *without]] = -1.0
        top = np.argpartition(gain, -count)[-count:] if count < len(gain) else np.arange(len(gain))
        return [int(place) for place in top[np.lexsort((top, -gain[top]))] if gain[place] > 0.0]
