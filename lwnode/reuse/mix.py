# SPDX-License-Identifier: Apache-2.0
"""The default for values: everybody takes part, and each learnware speaks where its data were.

A learnware's part in a row is ``exp(−30 (D − D₀))``, at most 1, times the row's density under its specification, D the
MMD of the user's rows to it.  The answer is the mean of the answers within four weighted median absolute deviations of
the weighted median, so that a model that answers nonsense, or lies, does not move it.

* Who is far from the median on the user's own rows is believed less everywhere (`agreement`): trimming alone leaves a
  liar in the rows whose answers spread so far that nothing stands out.  Not where columns lack: there the models that
  lose the least are far from the others too, and believing them less costs 1.2 points where everybody lacks something.
* Where learnwares read columns that the user lacks, the part also takes ``exp(−10 (√v − √v_min))``, v the share of its
  output's variance that a model loses when these columns are filled in (`lwnode.reuse.filling`).
* Where there are labels, half of the answer comes from weights that the losses temper, if these do no worse on the
  labels, and from some labels on a shrunken kernel ridge corrects the rest (`lwnode.reuse.residual`).  A learnware that
  is right in its own region only has a large loss over all: where all are such, tempered weights can do far worse.

A learnware raises both by what it answers and claims, and one that holds most of the weight would judge itself.  So in
finding the median these claims lift nobody above a part of 0.15 of a row, and a model that answers the same for all of
the user's rows is taken to lose everything by filling.  That costs honest markets nothing (groceries, other columns:
105.9, and 90.0 where every learnware lacks something); three constant models that claim to lose nothing take 105.9 to
−946 without it, and to 105.8 with it.

Measured on 40 stores (groceries, 14 columns, users without a label): 114 % of the gap between the market's mean and its
best single learnware is closed, 113 % with private specifications at ε = 1; with other columns 106 %, with 300 labels
122 %.  Three constant models with a specification near everybody took the untrimmed mean from 114 % to −30 %; the
trimmed one kept 114 %.  At ε = 1, where such a specification is much nearer than honest ones, they cost the trimmed
mean 12 points and nothing with the agreement, models that lie on a tenth of the rows 2.3 and .4, those that are a tenth
too low 3.1 and 1.8; honest markets lose nothing (one seed, 8 users).

Called by the registry as ``mix``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lwnode.reuse.base import Answers, Blend, Evidence, Labelled, Members, Rule
from lwnode.reuse.blending import as_shares, blend_of
from lwnode.reuse.losses import mean_errors, usable
from lwnode.reuse.residual import Residual, fit_residual
from lwnode.reuse.robust import one_voice, trimmed
from lwnode.types import Matrix, Vector

NEAR, POOL = 8, 5  # of a pool of 40 learnwares or more the 8 nearest are alike; of a smaller one, a fifth
STRENGTH = 30.0  # of the distance in the prior; flat between 20 and 50
FILLING = 10.0  # of the root of the loss by filling
TEMPER = 0.15  # exponent of a loss for each label; .3 loses 1.5 points with 30 labels
TEMPER_CAP = 30  # labels after which it grows no more
UNREACHED = 1e-12  # a row with less density than this in all is reached by nobody
CLAIMED = 0.15  # largest part of a row that claims can give in finding the median
POWER = 4.0  # of the share in which a learnware lies near the median
_AGREEING = 10.0  # rows in which everybody is taken to agree
_FIT_ROWS = 10_000  # rows that tell who agrees
_FLAT = 0.01  # variance, in units of the median learnware's, below which a model answers the same everywhere
_TINY = 1e-300  # a learnware without any prior still speaks where it alone answers
_LARGEST = 1e100  # answers are held to it, so that their squares are finite
_PERFECT = 1e-12  # smallest loss, in units of the targets' variance


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """From how many labels on a residual is fitted, and by how many it is halved."""

    fewest: int
    half: int


SAME_COLUMNS = Correction(fewest=20, half=100)
OTHER_COLUMNS = Correction(fewest=10, half=20)  # where columns lack, the models are worse and labels are worth more


def mix(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Gate the answers by distance and density, and average those near the median.

    Notes
    -----
    O(N·n·k·log N) time.  Probabilities are averaged class by class among the learnwares that know the class, times the
    part of the row that these have, and then scaled to sum 1.
    """
    if members.weights is None:
        trust = distance_prior(members.distances) * one_voice(mine)
    else:  # settled shares stay
        trust = members.weights / members.weights.sum()
    lost = members.filling_loss
    lacking = lost is not None and bool(np.any(lost > 0.0))
    prior = trust * filling_prior(charged(lost, mine)) if lost is not None and lacking else trust
    unlabelled = _plain(trust, prior, mine)
    if members.weights is None and not lacking and len(trust) >= POOL:  # settled shares stay; few have no majority
        trust = prior = trust * agreement(unlabelled, mine)
        unlabelled = _plain(trust, prior, mine)
    some = np.zeros(0, dtype=np.intp) if labelled is None else np.flatnonzero(usable(labelled))
    if labelled is None or not len(some):
        return unlabelled
    used = labelled.take(some)
    tempered = Mix(trust=trust, prior=label_prior(prior, used))
    judged = tempered if _error(tempered, used) <= _error(unlabelled, used) else None
    settings = OTHER_COLUMNS if lacking else SAME_COLUMNS
    half = LabelledMix(unlabelled=unlabelled, judged=judged, residual=None)
    if len(used) < settings.fewest:
        return half
    residual = fit_residual(
        used.wanted - half(used.evidence).values, used.evidence.rows, gamma=members.gamma, half=settings.half
    )
    return LabelledMix(unlabelled=unlabelled, judged=judged, residual=residual)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mix:
    """The mix under given priors.

    Parameters
    ----------
    trust : (N,) float64, ≥ 0
        By distance, or by the shares of a multiple recommendation.
    prior : (N, k) float64, ≥ 0
        The same with what the learnwares claim, for each output: weights of the mean.
    """

    trust: Vector
    prior: Matrix

    def __call__(self, evidence: Evidence) -> Blend:
        """Return the mean of the answers near the median."""
        heard, near = self.heard(evidence)
        known = heard.sum(axis=0)
        blend = replace(blend_of(evidence.predictions, near, known), shares=self._shares)
        if evidence.kind == "values":
            return blend
        return replace(blend, values=as_shares(blend.values * known))

    def heard(self, evidence: Evidence) -> tuple[Answers, Answers]:
        """Return the part of each learnware in every answer, and what of it lies near the median, (N, n, k) each."""
        answered, speaking = evidence.answered, evidence.speaking
        densities = np.where(speaking, evidence.densities, 0.0)
        parts = _parts(self.prior, densities, speaking)
        judges = parts
        if not np.array_equal(self.prior, np.broadcast_to(self.trust[:, None], self.prior.shape)):
            judges = capped(parts, gate(self.trust, densities, speaking)[:, :, None]) * answered
        heard = parts * answered
        judges = heard if judges is parts else judges
        return heard, trimmed(evidence.predictions, heard, judges)

    @property
    def _shares(self) -> Vector | None:
        """Weights that repeat this rule, where one for each learnware does."""
        same = np.array_equal(self.prior, np.broadcast_to(self.trust[:, None], self.prior.shape))
        return self.trust / self.trust.sum() if same else None


def _plain(trust: Vector, prior: Vector, mine: Evidence) -> Mix:
    """Return the mix whose outputs are weighed alike."""
    return Mix(trust=trust, prior=np.repeat(prior[:, None], mine.predictions.shape[2], axis=1))


def agreement(rule: Mix, mine: Evidence) -> Vector:
    """Return how far each learnware is believed by what it answers, 0 to 1, (N,); the one that agrees most has 1.

    That is the fourth power of the share of its parts in which it lies near the median, as the fusion of classes has
    it.  Who speaks where nobody else does agrees with itself, so an expert loses nothing; who always says the same, or
    now and then something else, loses its say everywhere.  Few rows say little: ten that agree are added.
    """
    mine = mine.take(slice(None, None, -(-mine.predictions.shape[1] // _FIT_ROWS)))
    heard, near = rule.heard(mine)
    whole = heard.sum(axis=(1, 2))
    rate = np.where(near > 0.0, heard, 0.0).sum(axis=(1, 2)) / np.where(whole > 0.0, whole, 1.0)
    rows = mine.predictions.shape[1]
    rate = (rows * np.where(whole > 0.0, rate, 1.0) + _AGREEING) / (rows + _AGREEING)
    believed: Vector = (rate / rate.max()) ** POWER
    return believed


def capped(parts: Answers, plain: Answers) -> Answers:
    """Return parts of a row that no claim lifts above 0.15, or above what a learnware has without it.

    Parameters
    ----------
    parts, plain : (N, n, k) float64
        With and without the claims, each row's with sum 1, or 0 where nobody speaks.

    Returns
    -------
    (N, n, k) float64
        What is taken from some goes to the others in their proportion.
    """
    top = np.maximum(plain, CLAIMED)
    over = parts > top
    held = np.where(over, top, 0.0).sum(axis=0)
    free = np.where(over, 0.0, parts).sum(axis=0)
    grown = np.where(free > 0.0, np.maximum(1.0 - held, 0.0) / np.where(free > 0.0, free, 1.0), 0.0)
    return np.where(over, top, parts * grown)


def charged(loss: Vector, mine: Evidence) -> Vector:
    """Return the loss by filling, at least 1 for a model that answers the same for all of the user's rows."""
    answered = mine.answered
    count = np.maximum(answered.sum(axis=1), 1)
    given = np.where(answered, np.clip(mine.predictions, -_LARGEST, _LARGEST), 0.0)
    mean = given.sum(axis=1) / count
    spread = (np.where(answered, np.square(given - mean[:, None]), 0.0).sum(axis=1) / count).sum(axis=1)
    flat = spread <= _FLAT * np.median(spread)
    return np.where(flat, np.maximum(loss, 1.0), loss)


def _parts(prior: Matrix, densities: Matrix, speaking: NDArray[np.bool_]) -> Answers:
    """Return each learnware's part in every row and output, (N, n, k), or (N, n, 1) where outputs do not differ."""
    if np.all(prior == prior[:, :1]):
        return gate(prior[:, 0], densities, speaking)[:, :, None]
    return np.stack([gate(column, densities, speaking) for column in prior.T], axis=2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledMix:
    """Half of the mix without labels, half of the mix that they judged, and what the residual says.

    Parameters
    ----------
    unlabelled : Mix
    judged : Mix or None
        None where it does worse on the labels: the mix without labels is then all.
    residual : Residual or None
        None where labels are too few.
    """

    unlabelled: Mix
    judged: Mix | None
    residual: Residual | None

    def __call__(self, evidence: Evidence) -> Blend:
        """Return both halves and the correction."""
        one = self.unlabelled(evidence)
        other = one if self.judged is None else self.judged(evidence)
        values = np.where(np.isfinite(other.values), 0.5 * one.values + 0.5 * other.values, one.values)
        if self.residual is not None:
            values = values + self.residual(evidence.rows)
            values = values if evidence.kind == "values" else as_shares(values)
        return Blend(values=values, weights=0.5 * one.weights + 0.5 * other.weights)


def _error(rule: Mix, labelled: Labelled) -> float:
    """Return the mean squared error on the labels, in units of each output's variance; rows without an answer apart."""
    errors = np.square(np.clip(rule(labelled.evidence).values - labelled.wanted, -_LARGEST, _LARGEST))
    scale = labelled.wanted.var(axis=0)
    return float(np.nansum(np.nanmean(errors, axis=0) / np.where(scale > 0.0, scale, 1.0)))


def distance_prior(distances: Vector) -> Vector:
    """Return ``exp(−30 (D − D₀))``, at most 1; D₀ is the eighth smallest distance, in a small pool the lowest fifth's.

    Nobody gains by being nearer than the near ones: a sketch of everybody's rows has less noise than an honest one and
    is nearest to everybody.  Three constant models with such a sketch, among 40 stores (one seed, 8 users), cost .2
    points of the gap closed, and 12 at ε = 1; without the bound they cost 10 and 270.
    """
    bound = np.sort(distances)[max(0, min(NEAR, len(distances) // POOL) - 1)]
    prior: Vector = np.exp(-STRENGTH * np.maximum(distances - bound, 0.0))
    return prior


def filling_prior(loss: Vector, strength: float = FILLING) -> Vector:
    """Return ``exp(−10 (√v − √v_min))``, or of another strength; all alike where every model is broken."""
    root = np.sqrt(loss)
    if not np.isfinite(root).any():
        return np.ones(len(root))
    prior: Vector = np.exp(-strength * (root - root.min()))
    return prior


def label_prior(prior: Vector, labelled: Labelled) -> Matrix:
    """Return ``w_i · MSE_i^(−.15·min(n, 30))`` for every output, (N, k), each with sum 1.

    For probabilities the loss is the Brier score, the same for all classes.
    """
    errors, wanted = mean_errors(labelled), labelled.wanted
    if labelled.evidence.kind == "probabilities":
        errors = np.repeat(errors.sum(axis=1, keepdims=True), errors.shape[1], axis=1)
    scale = wanted.var(axis=0)
    logs = np.log(errors + _PERFECT * np.where(scale > 0.0, scale, 1.0))
    exponent = TEMPER * min(len(labelled), TEMPER_CAP)
    tempered = np.log(np.maximum(prior, _TINY))[:, None] - exponent * logs
    weights: Matrix = np.exp(tempered - tempered.max(axis=0))
    weights /= weights.sum(axis=0)
    return weights


def gate(prior: Vector, densities: Matrix, speaking: NDArray[np.bool_] | None = None) -> Matrix:
    """Return each learnware's part in every row.

    Parameters
    ----------
    prior : (N,) float64, ≥ 0, not all 0
    densities : (N, n) float64, ≥ 0
    speaking : (N, n) bool, optional
        Who answered; default: everybody.

    Returns
    -------
    (N, n) float64, ≥ 0
        Each row's parts sum to 1 over those who speak, to 0 where nobody does.  Where no density reaches, they follow
        the prior alone.
    """
    speaking = np.ones(densities.shape, dtype=bool) if speaking is None else speaking
    floor = np.maximum(prior, _TINY)[:, None] * speaking
    parts = prior[:, None] * densities * speaking
    far = ~(parts.sum(axis=0) > UNREACHED * prior.sum())
    parts[:, far] = floor[:, far]
    total = parts.sum(axis=0)
    shares: Matrix = parts / np.where(total > 0.0, total, 1.0)
    return shares
