# SPDX-License-Identifier: Apache-2.0
"""From a noised embedding to a reduced set: the most plausible points, not the best fitting ones.

Points that fit a noised target fit its noise.  Here they are the maximum of a posterior instead.  The noise is known
exactly (Gaussian, ``noise`` per coordinate); the prior says how far populations lie from the public start: all points
move together (standard deviation `Spread.shift`), each on its own (`move`), and their weights differ (`tilt`, of the
logarithm).  How wide these are is read off the target itself, as the most likely widths (empirical Bayes): with the fit
linearised at the start the target is Gaussian, and its likelihood has a closed form.  Where noise is nothing the prior
does not matter.

Rules
-----
* No row ever enters here: post-processing, which keeps the privacy of what it starts from.  The only input that
  depends on rows is the noised target; everything else is public.
* Points are brought back into the box.

Called by the private release.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lwnode.specification.embedding import Coordinates
from lwnode.types import Matrix, Progress, Vector, silent

_FINEST = 1e-6  # of a noise that is told from none
_JITTER = 1e-12  # of a covariance's trace, so that rounding leaves it positive
_COORDINATES = 150  # the most important axes decide the widths of the prior
_NARROWEST = 0.01
_WIDEST = (1.4, 0.85, 0.7)  # of shift, move and tilt: wider ones pay in the linearised fit only, and scatter the points
_TRUST = 2.0  # sd of the logarithm of a width around 1, before anything is seen
_TRIES = 20  # iterations that look for the widths
_ITERATIONS = 200
_ENOUGH = 1e-6  # relative gain of the posterior in an iteration, below which it is over
_REPORT = 20  # evaluations between two calls of progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far populations lie from the public start: standard deviations of the prior.

    Parameters
    ----------
    shift : float
        Of all points together, island frame.
    move : float
        Of each point on its own, island frame.
    tilt : float
        Of the logarithms of the weights.
    """

    shift: float
    move: float
    tilt: float


def fit_posterior(
    target: Vector,
    of: Coordinates,
    *,
    noise: float,
    start: Matrix,
    low: Vector,
    high: Vector,
    progress: Progress = silent,
) -> tuple[Matrix, Vector]:
    """Return the most plausible points and weights.

    Parameters
    ----------
    target : (q,) float64
        Mean coordinates, noised.
    of : Coordinates
        Whose they are.
    noise : float
        Standard deviation of each coordinate of the target.
    start : (m, width) float64, island frame
        Public points.
    low, high : (width,)
        Box into which points are brought back.
    progress : callable

    Returns
    -------
    points : (m, width) float64, island frame
    weights : (m,) float64, positive, sum 1

    Notes
    -----
    L-BFGS on the negative logarithm of the posterior; O(T·q·m·width) time, O(q·m) memory.
    """
    from scipy.optimize import minimize

    (m, d), noise = start.shape, max(noise, _FINEST)
    spread = likely_spread(target, of, noise=noise, start=start)
    precision = 1.0 / noise**2
    done = 0

    def moved(values: Vector) -> tuple[Matrix, Vector]:
        moves = values[d : d + m * d].reshape(m, d)
        return start + spread.shift * values[:d] + spread.move * moves, _softmax(spread.tilt * values[d + m * d :])

    def loss(values: Vector) -> tuple[float, Vector]:
        nonlocal done
        if done % _REPORT == 0:
            progress(min(done / _ITERATIONS, 1.0), "fitting the points")
        done += 1
        Z, b = moved(values)
        points = of.placed(Z)
        error = points.mean(b) - target
        step, slope = points.gradients(b, precision * error)
        gradient = np.concatenate(
            [spread.shift * step.sum(axis=0), spread.move * step.ravel(), spread.tilt * b * (slope - b @ slope)]
        )
        return 0.5 * precision * float(error @ error) + 0.5 * float(values @ values), gradient + values

    best = minimize(
        loss,
        np.zeros(d + m * d + m),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _ITERATIONS, "maxfun": int(1.3 * _ITERATIONS), "ftol": _ENOUGH},
    )
    Z, b = moved(np.asarray(best.x, dtype=np.float64))
    return np.clip(Z, low, high), b


def likely_spread(target: Vector, of: Coordinates, *, noise: float, start: Matrix) -> Spread:
    """Return the widths of the prior under which a noised target is the most likely.

    Parameters
    ----------
    target, of, noise, start
        As `fit_posterior`.

    Notes
    -----
    With the fit linearised at the start, ``target ~ N(f, noise² I + sum_g width_g² G_g)`` with a public G for each of
    the three ways to leave it (MacKay, Neural Computation 1992).  O(q²·m + T·r³) time for r axes.
    """
    from scipy.linalg import cho_factor, cho_solve
    from scipy.optimize import minimize

    axes, at_start, ways = of.ways(start, _COORDINATES)
    off, few = axes @ target - at_start, len(axes)
    values, vectors = np.linalg.eigh(ways)  # rounding leaves some a little below 0, which a small noise does not cover
    ways = (vectors * np.maximum(values, 0.0)[:, None, :]) @ vectors.transpose(0, 2, 1)
    sizes = np.trace(ways, axis1=1, axis2=2)

    def surprise(logs: Vector) -> tuple[float, Vector]:
        squares = np.exp(2.0 * logs)
        covariance = (noise**2 + _JITTER * squares @ sizes) * np.eye(few) + np.tensordot(squares, ways, axes=1)
        factor = cho_factor(covariance, lower=True)
        solved, inverse = cho_solve(factor, off), cho_solve(factor, np.eye(few))
        value = float(np.log(np.diag(factor[0])).sum() + 0.5 * off @ solved)
        gradient = squares * np.array([(inverse * way).sum() - solved @ way @ solved for way in ways])
        return value + 0.5 * float(logs @ logs) / _TRUST**2, gradient + logs / _TRUST**2

    bounds = [(math.log(_NARROWEST), math.log(widest)) for widest in _WIDEST]
    best = minimize(surprise, np.full(3, -0.7), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _TRIES})
    shift, move, tilt = map(float, np.exp(best.x))
    return Spread(shift=shift, move=move, tilt=tilt)


def _softmax(logits: Vector) -> Vector:
    weights: Vector = np.exp(logits - logits.max())
    weights /= weights.sum()
    return weights
