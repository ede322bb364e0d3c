# SPDX-License-Identifier: Apache-2.0
"""The default for classes: log-odds of learnwares with different label sets, fused, with the user's own class shares.

With h the log-odds of each learnware inside its label set (`lwnode.reuse.log_odds`), ``f`` its density at the row and
``q_i(x)`` its part, ``Σ_i q_i(x) = 1``::

    s_c(x) = Σ_i q_i(x) [c ∈ L_i] h_ic(x) / (Σ_i q_i(x) [c ∈ L_i] + 1e-4) + log(a_c(x) / ā_c)

1. q = f / max f.  ``a_c = Σ_i q_i [c ∈ L_i]`` is what those who know a class have to say here, ``ā_c`` its mean over
   the user's rows, both before step 4: where they have more to say than elsewhere, the class is likelier.  Without it,
   a class that few know is not ruled out by their data being elsewhere (three learnwares of two kinds each out of four,
   20 random places: .90 and .96 right; error of digits .034 and .026, WordNet .290 and .285, Fashion .075 and .078).
2. Learnwares that answer the same have one voice (`lwnode.reuse.robust`).  Three times: a learnware's trust is the
   fourth power of how often its own choice is the fused one, among the rows whose class lies in its label set;
   q = f · trust.  Who always names one class, or answers at random, falls silent.
3. The user's class shares π are estimated by EM (`lwnode.reuse.class_shares`).
4. Twice: q also takes ``max(.02, Σ_{c ∈ L_i} p(c|x))⁴``, the chance that the row's class is one the learnware knows;
   then π anew.  The answer is ``p(c|x) ∝ π_c exp(s_c(x))``.

Where learnwares read columns that the user lacks, q also takes ``exp(−2 (√v − √v_min))``, v the loss by filling
(`lwnode.reuse.filling`): gentler than in the mix, for a label set that few know must not fall silent (digits, three
views, error without it and with: .062 and .047, at ε = 1 .125 and .106; with the mix's 10 .038 and .153).

Labelled rows are rows whose class is certain: they count in the trust and in the shares.  From 100 on a multinomial
regression on the user's own features is added, with log p as fixed offset, if it does better on rows left out.

Measured (error over five seeds; mean of the market / best single learnware / average of all / this / at ε = 1):
Fashion .572 / .180 / .162 / .078 / .083, small networks .580 / .191 / .171 / .092 / .099, WordNet .813 / .489 / .524 /
.263 / .280, digits .658 / .264 / .186 / .018, at ε = 2 .032.  Ten liars of 60 that claim all classes and name one, or
that copy the mean answer and lie on the same tenth of the rows, cost nothing; ten copies that vary their answers, .012,
at ε = 1 .014.  Ten that know two classes and always name one, whom nobody contradicts in their label set, cost nothing
on digits and Fashion (one seed each; digits .075 instead of .032 with densities of 2γ and no place), and .00 to .10 in
four random markets of 18 where a third as many lie.

Called by the registry as ``fuse``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lwnode.errors import ReuseError
from lwnode.reuse.base import Answers, Blend, Evidence, Labelled, Members, Rule
from lwnode.reuse.class_shares import NEVER, estimated, posterior
from lwnode.reuse.linear import Linear, Scaling, classes, scaling
from lwnode.reuse.log_odds import log_odds
from lwnode.reuse.mix import UNREACHED, filling_prior
from lwnode.reuse.robust import one_voice
from lwnode.types import Matrix, Vector

TRUSTS = 3  # rounds of trust
ROUNDS = 2  # rounds of gating by the chance that the class is known
POWER = 4.0  # of the trust, and of that chance
PLACE = 1.0  # of the log of how much those who know a class have to say
FILLING = 2.0  # of the root of the loss by filling
SMALLEST_CHANCE = 0.02
OFFSET_FROM = 100  # labels from which on the user's own features take part; with 10 and 30 they hurt (WordNet .222)
OFFSET_PENALTIES = (1.0, 0.1)  # on the mean log loss; 3 / n hurts (WordNet .224 with 300 labels, .206 without)
_SHRINK = 1e-4  # in the denominator: a class that only far learnwares know gets little
_FIT_ROWS = 10_000  # rows that trust and shares are estimated on
_LEAST = 1e-9  # smallest probability of an offset


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Voices:
    """What the learnwares say about some rows.

    Parameters
    ----------
    odds : (N, n, k) float64
    known : (N, n, k) float64, 0 or 1
    presence : (N, n) float64, 0 to 1
        Density, the largest of each row being 1; 0 for who does not answer, 1 for all who do where no density reaches;
        times what is believed of a learnware beforehand.
    """

    odds: Answers
    known: Answers
    presence: Matrix

    def scores(self, trust: Vector, usual: Vector, chance: Matrix | None = None) -> Matrix:
        """Return the fused scores, (n, k); a class that nobody knows gets `NEVER`.

        Parameters
        ----------
        trust : (N,) float64
        usual : (k,) float64
            `heard` of the user's rows, on average.
        chance : (N, n) float64, optional
        """
        before = self.heard(trust)
        q = self.parts(trust, chance)
        heard = before if chance is None else np.einsum("in,inc->nc", q, self.known)
        scores = np.einsum("in,inc->nc", q, self.odds) / (heard + _SHRINK)
        scores += PLACE * (np.log(np.maximum(before, _SHRINK)) - np.log(np.maximum(usual, _SHRINK)))
        return np.where(self.known.any(axis=0), scores, NEVER)

    def heard(self, trust: Vector) -> Matrix:
        """Return the part in every row of those who know a class, (n, k)."""
        return np.asarray(np.einsum("in,inc->nc", self.parts(trust), self.known))

    def parts(self, trust: Vector, chance: Matrix | None = None) -> Matrix:
        """Return each learnware's part in every row, (N, n); they sum to 1, or 0 where nobody answers."""
        q = self.presence * trust[:, None]
        if chance is not None:
            q = q * chance
        total = q.sum(axis=0)
        lost = ~(total > 0.0)
        if lost.any():  # who answers has no trust left, or no density
            q[:, lost] = self.known[:, lost].any(axis=2)
            total = q.sum(axis=0)
        return np.asarray(q / np.where(total > 0.0, total, 1.0))

    def chance(self, p: Matrix) -> Matrix:
        """Return the fourth power of the chance that a row's class is one that the learnware knows, (N, n)."""
        inside = np.einsum("inc,nc->in", self.known, p)
        return np.asarray(np.maximum(inside, SMALLEST_CHANCE) ** POWER)


def voices(members: Members, evidence: Evidence) -> Voices:
    """Return what the learnwares say about the rows."""
    known = evidence.answered
    speaking = evidence.speaking
    density = np.where(speaking, evidence.densities, 0.0)
    highest = density.max(axis=0)
    reached = highest > UNREACHED
    presence = np.where(reached, density / np.where(reached, highest, 1.0), speaking)
    if members.weights is not None:
        presence = presence * (members.weights / members.weights.max())[:, None]
    if members.filling_loss is not None:
        presence = presence * filling_prior(members.filling_loss, FILLING)[:, None]
    return Voices(
        odds=log_odds(members, evidence.predictions), known=known.astype(np.float64), presence=np.asarray(presence)
    )


def fuse(members: Members, mine: Evidence, labelled: Labelled | None = None) -> Rule:
    """Fit the fusion.

    Parameters
    ----------
    members : Members
    mine : Evidence
        Probabilities.
    labelled : Labelled, optional

    Raises
    ------
    ValueError
        The answers are values.
    ReuseError
        No learnware answered any of the user's rows.

    Notes
    -----
    O(N·n·k) time and memory, at most 10 000 of the user's rows.
    """
    if mine.kind != "probabilities":
        raise ValueError("fusing needs class probabilities")
    mine = mine.take(slice(None, None, -(-mine.predictions.shape[1] // _FIT_ROWS)))
    heard = np.flatnonzero(mine.speaking.any(axis=0))
    if not len(heard):
        raise ReuseError(
            "no model gave an answer for any row",
            hint="check that the columns hold the values the models were made for",
        )
    said = voices(members, mine.take(heard))
    own = None if labelled is None else voices(members, labelled.evidence)
    certain = None if labelled is None else labelled.wanted
    counts = None if certain is None else certain.sum(axis=0)
    alone = one_voice(mine) if members.weights is None else np.ones(len(members.ids))  # settled shares stay
    trust = alone
    scores = said.scores(trust, said.heard(trust).mean(axis=0))
    for _ in range(TRUSTS):
        trust = alone * _trust(said, posterior(scores, np.ones(scores.shape[1])), own, certain)
        usual = said.heard(trust).mean(axis=0)
        scores = said.scores(trust, usual)
    shares = [estimated(scores, counts)]
    for _ in range(ROUNDS):
        scores = said.scores(trust, usual, said.chance(posterior(scores, shares[-1])))
        shares.append(estimated(scores, counts))
    rule = Fused(members=members, trust=trust, usual=usual, shares=tuple(shares))
    if labelled is None or len(labelled) < OFFSET_FROM or labelled.evidence.rows is None or mine.rows is None:
        return rule
    columns = scaling(mine.rows)
    offset = np.log(np.maximum(np.nan_to_num(rule(labelled.evidence).values), _LEAST))
    own_model = classes(
        columns(labelled.evidence.rows), labelled.targets.astype(np.intp), offset, penalties=OFFSET_PENALTIES
    )
    return rule if own_model is None else Corrected(fused=rule, columns=columns, model=own_model)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fused:
    """The fusion with what was learnt from the user's rows.

    Parameters
    ----------
    members : Members
    trust : (N,) float64, 0 to 1
    usual : (k,) float64
        What those who know a class have to say of a row, on average.
    shares : tuple of (k,) float64
        The user's class shares after each round.
    """

    members: Members
    trust: Vector
    usual: Vector
    shares: tuple[Vector, ...]

    def __call__(self, evidence: Evidence) -> Blend:
        """Return class probabilities; NaN for a row that nobody answers."""
        said = voices(self.members, evidence)
        chance = None
        scores = said.scores(self.trust, self.usual)
        for prior in self.shares[:-1]:
            chance = said.chance(posterior(scores, prior))
            scores = said.scores(self.trust, self.usual, chance)
        p = posterior(scores, self.shares[-1])
        q = said.parts(self.trust, chance)
        heard = np.einsum("in,inc->nc", q, said.known)
        spoken = np.where(heard > 0.0, p, 0.0)
        whole = spoken.sum(axis=1)
        spoken = spoken / np.where(heard > 0.0, heard, 1.0) / np.where(whole > 0.0, whole, 1.0)[:, None]
        weights = q * np.einsum("inc,nc->in", said.known, spoken)
        silent = ~evidence.speaking.any(axis=0)
        p[silent] = np.nan
        weights[:, silent] = 0.0
        return Blend(values=p, weights=weights, prior=self.shares[-1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corrected:
    """The fusion with a model of the user's own features on top."""

    fused: Fused
    columns: Scaling
    model: Linear

    def __call__(self, evidence: Evidence) -> Blend:
        """Return the corrected probabilities; a class that nobody knows stays out."""
        blend = self.fused(evidence)
        if evidence.rows is None:
            return blend
        possible = evidence.answered.any(axis=0)
        scores = np.log(np.maximum(np.nan_to_num(blend.values), _LEAST)) + self.model(self.columns(evidence.rows))
        p = posterior(np.where(possible, scores, NEVER), np.ones(scores.shape[1]))
        p[np.isnan(blend.values).any(axis=1)] = np.nan
        return Blend(values=p, weights=blend.weights, prior=blend.prior)


def _trust(said: Voices, p: Matrix, own: Voices | None, certain: Matrix | None) -> Vector:
    """Return the fourth power of how often each learnware's own choice is the fused one, the largest being 1.

    Parameters
    ----------
    said : Voices
    p : (n, k) float64
        Fused probabilities of the unlabelled rows, all classes alike before.
    own, certain : optional
        The same of the labelled rows; (L, k) with 1 for a row's class.
    """
    hits, rows = _agreement(said, p)
    if own is not None and certain is not None:
        more = _agreement(own, certain)
        hits, rows = hits + more[0], rows + more[1]
    rate = hits / np.maximum(rows, 1e-9)
    highest = rate.max()
    if not highest > 0.0:
        return np.ones(len(rate))
    return np.asarray((rate / highest) ** POWER)


def _agreement(said: Voices, p: Matrix) -> tuple[Vector, Vector]:
    """Return the sum of the probabilities of each learnware's own choices, and of those of its label set, (N,) each."""
    inside = np.einsum("inc,nc->i", said.known, p)
    choice = np.where(said.known > 0.0, said.odds, -np.inf).argmax(axis=2)
    taken = np.take_along_axis(p[None], choice[:, :, None], axis=2)[:, :, 0]
    return np.where(said.known.any(axis=2), taken, 0.0).sum(axis=1), inside
