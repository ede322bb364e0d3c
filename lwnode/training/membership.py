# SPDX-License-Identifier: Apache-2.0
"""Membership inference on a model, which may answer better about rows that it was trained on.

The published model has seen every row, so models like it are trained on random halves: the same family with the same
settings, never kept.  Of two rows with one label a coin puts one in; an attacker who sees the model's answers says
which.  Three attacks:

*loss*
    The row that the model answers better is in (Yeom et al., CSF 2018).
*calibrated loss*
    The same, less how well models answer that did not see the row (Watson et al., ICLR 2022).
*likelihood ratio*
    Two normal distributions for each row, of models that saw it and of models that did not (Carlini et al., S&P 2022;
    one variance for all rows, as few models estimate none for each).

Rules
-----
* The attack that is judged, and its threshold, are chosen on the first third of the models and judged on the others.
* Limits are exact and count each pair of rows once, however many models were asked about it.
* Half of the rows make a model that overfits a little more than all of them: the figure is rather too high than too
  low.  It is a measurement and no guarantee, and other attacks may do better.

Called by the audit of a draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Privacy
from lwnode.errors import Finding
from lwnode.specification import attacker_auc
from lwnode.specification.audit import clopper_pearson
from lwnode.training.presets import Settings, candidates
from lwnode.training.problem import Problem
from lwnode.training.trainers import fit, load
from lwnode.types import Matrix, Progress, Task, Vector, silent

Places = NDArray[np.intp]

SHADOWS = 16  # models
FEWEST_FOR_RATIO = 8  # models; each row is in half of them
ROWS = 10_000  # rows that take part
FPR = 0.05
MARGIN = 0.05  # above a coin, below which a person need not worry
ATTACKS = {
    "loss": "an attacker who asks which of two rows it answers better",
    "calibrated loss": "an attacker who knows how hard each row is",
    "likelihood ratio": "an attacker who trains models like it",
}
_LEAST = 1e-7  # probability
_SURE = 0.999  # confidence with which a guarantee is called broken


class Scores(Protocol):
    """A trained model: (n, C) probabilities or (n, 1) values for a matrix."""

    def scores(self, X: NDArray[np.float32]) -> Matrix:
        """Return the answers."""
        ...


Train = Callable[[Places, int], Scores]
"""From positions of rows and a seed to a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """How well members were told from others.

    Parameters
    ----------
    attack : str
        The best on the models that were not judged; a key of `ATTACKS`.
    models : int
        That were judged; 0 where one model was judged on rows that somebody held back.
    pairs : int
        Pairs of rows, each counted once.
    auc, low, high : float
        Share of pairs of which the attacker named the member, with its exact 95 % limits.
    fpr, tpr, tpr_low, tpr_high : float
        At a threshold from other models: share of others taken for members, and of members found, with limits.
    """

    attack: str
    models: int
    pairs: int
    auc: float
    low: float
    high: float
    fpr: float
    tpr: float
    tpr_low: float
    tpr_high: float


def preset_trainer(problem: Problem, family: str, preset: str) -> Train | None:
    """Return how the owner trained a model, None where its family is not the preset's.

    Parameters
    ----------
    problem : Problem
    family : str
        Of the card.
    preset : str
        Of the model's record.

    Notes
    -----
    A family that is tried with several settings is retrained with the first of them.
    """
    settings = settings_of(family, preset, problem.task)
    if settings is None:
        return None
    chosen = settings
    load()

    def train(rows: Places, seed: int) -> Scores:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no stubs

        with threadpool_limits(limits=1):
            return fit(chosen, problem, rows, seed=seed)

    return train


def settings_of(family: str, preset: str, task: Task) -> Settings | None:
    """Return a family's first settings in a preset; None where it is not there, as for an adopted model."""
    if preset not in ("quick", "balanced", "thorough"):
        return None
    return next((one.settings[0] for one in candidates(preset, task) if one.family == family), None)


def membership(
    problem: Problem,
    train: Train,
    *,
    seed: int = 0,
    shadows: int = SHADOWS,
    more: Callable[[], bool] = lambda: True,
    progress: Progress = silent,
) -> Membership | None:
    """Attack models like the one that would leave.

    Parameters
    ----------
    problem : Problem
        All rows; up to `ROWS` of them take part.
    train : callable
        See `preset_trainer`; for a model with a guarantee, its private training.
    seed : int
        Of pairs, coins and models.
    shadows : int
        Most models.
    more : callable
        Asked after each model whether there is time for another.
    progress : callable
        May raise `lwnode.errors.CancelledError`.

    Returns
    -------
    Membership or None
        None where the time was enough for fewer than three models.
    """
    rng = np.random.default_rng([seed, len(problem.y), 5])
    taken = np.arange(len(problem.y))
    if len(taken) > ROWS:
        taken = np.sort(rng.choice(taken, ROWS, replace=False))
    seen: list[Vector] = []
    inside: list[NDArray[np.bool_]] = []
    pairs: list[tuple[Places, Places]] = []
    while len(seen) < shadows and (not seen or more()):
        progress(len(seen) / shadows, "attacking models like this one")
        member, other = _pairs(problem, taken, rng)
        left_out = np.zeros(len(problem.y), dtype=np.bool_)
        left_out[other] = True
        rows = taken[~left_out[taken]]
        answers = train(rows, seed + len(seen)).scores(problem.X[taken])
        full = np.zeros(len(problem.y))
        full[taken] = confidence(problem.task, problem.y[taken], answers)
        seen.append(full)
        inside.append(~left_out)
        pairs.append((member, other))
    if len(seen) < 3:
        return None
    return _judge(_scores(np.array(seen), np.array(inside)), pairs)


def threshold_attack(members: Vector, others: Vector, *, rng: np.random.Generator) -> Membership:
    """Judge the loss attack on one model with rows that it was trained on, and rows of the same kind that it was not.

    Parameters
    ----------
    members, others : (k,) and (l,) float64
        `confidence` of both.
    rng : numpy.random.Generator
        Of the pairs; half of the pairs set the threshold, the others are judged for it.
    """
    k = min(len(members), len(others))
    a, b = rng.permutation(members)[:k], rng.permutation(others)[:k]
    half = k // 2
    threshold = np.quantile(b[:half], 1.0 - FPR) if half else np.inf
    right = float((a > b).sum() + 0.5 * (a == b).sum())
    hits, false = float((a[half:] > threshold).mean()), float((b[half:] > threshold).mean())
    return _membership("loss", 0, k, right / k, hits, false, k - half)


def confidence(task: Task, y: NDArray[np.generic], scores: Matrix) -> Vector:
    """Return how well each row is answered, (n,), larger where better.

    Notes
    -----
    A classifier's log-odds of the right class, which are nearly normal over models; minus the logarithm of a
    regressor's absolute error.
    """
    if task == "regression":
        error = np.abs(y.astype(np.float64) - scores[:, 0])
        return np.asarray(-np.log(error + 1e-6 * (np.std(y.astype(np.float64)) + 1e-300)), dtype=np.float64)
    right = np.clip(scores[np.arange(len(y)), y.astype(np.intp)], _LEAST, 1.0 - _LEAST)
    return np.asarray(np.log(right) - np.log1p(-right), dtype=np.float64)


def audit_membership(found: Membership | None, privacy: Privacy | None = None) -> tuple[Finding, ...]:
    """Return what the attack means for a draft.

    Parameters
    ----------
    found : Membership or None
        None where nothing was measured.
    privacy : Privacy, optional
        The guarantee of the model itself, where its training has one and the attacked models were trained so too.

    Returns
    -------
    tuple of Finding
        ``guarantee-broken``: refuse; the attack was better than the guarantee allows, beyond reasonable doubt.
        ``model-tells-members``: warn, where the lower limit lies more than `MARGIN` above a coin.
        ``membership-measured`` or ``membership-not-measured``: note.
    """
    where = "model.onnx"
    if found is None:
        message = "no attack on the model was tried: it could not be trained again in the time, or not at all"
        return (Finding(code="membership-not-measured", severity="note", message=message, where=where),)
    like = "the model" if found.models == 0 else "models like this one, each trained on half of the rows,"
    counted = (
        f"{ATTACKS[found.attack]} told rows that {like} had seen from others in {round(100 * found.auc)} of 100 "
        "cases; a coin gets 50"
    )
    if privacy is not None and privacy.mu is not None:
        bound = attacker_auc(privacy.mu)
        counted = f"{counted}, the guarantee allows at most {int(np.ceil(100 * bound - 1e-6))}"
        if clopper_pearson(found.auc * found.pairs, found.pairs, confidence=_SURE)[0] > bound:
            message = f"{counted}: the guarantee does not hold, which is a fault of this program"
            return (Finding(code="guarantee-broken", severity="refuse", message=message, where=where),)
    elif found.low > 0.5 + MARGIN:
        message = f"{counted}. Simpler settings, larger leaves or training with privacy would lower it."
        return (Finding(code="model-tells-members", severity="warn", message=message, where=where),)
    return (Finding(code="membership-measured", severity="note", message=counted, where=where),)


def _pairs(problem: Problem, taken: Places, rng: np.random.Generator) -> tuple[Places, Places]:
    """Return pairs of rows with one label, parted by coins: (those that are in, those that are not)."""
    groups = problem.y[taken] if problem.task == "classification" else np.zeros(len(taken), dtype=np.intp)
    a, b = [], []
    for group in np.unique(groups):
        rows = rng.permutation(taken[groups == group])
        half = len(rows) // 2
        a.append(rows[:half])
        b.append(rows[half : 2 * half])
    first, second = np.concatenate(a), np.concatenate(b)
    coin = rng.random(len(first)) < 0.5
    return np.where(coin, first, second), np.where(coin, second, first)


def _scores(seen: Matrix, inside: NDArray[np.bool_]) -> dict[str, Matrix]:
    """Return what each attack says of every row for every model, from what the other models said: (models, n) each."""
    out = {"loss": seen}
    count_in, count_out = inside.sum(axis=0) - inside, (~inside).sum(axis=0) - ~inside
    sum_in, sum_out = (seen * inside).sum(axis=0) - seen * inside, (seen * ~inside).sum(axis=0) - seen * ~inside
    overall = (seen.sum(axis=0) - seen) / (len(seen) - 1)
    mean_out = np.where(count_out > 0, sum_out / np.maximum(count_out, 1), overall)
    out["calibrated loss"] = seen - mean_out
    if len(seen) >= FEWEST_FOR_RATIO:
        mean_in = np.where(count_in > 0, sum_in / np.maximum(count_in, 1), overall)
        with np.errstate(invalid="ignore"):
            spread = np.array([np.where(side, seen, np.nan) for side in (inside, ~inside)])
            enough = (inside.sum(axis=0) > 1) & ((~inside).sum(axis=0) > 1)
            var_in, var_out = (float(np.nanmean(np.nanvar(one[:, enough], axis=0, ddof=1))) for one in spread)
        var_in, var_out = max(var_in, 1e-12), max(var_out, 1e-12)
        ratio = (seen - mean_out) ** 2 / (2 * var_out) - (seen - mean_in) ** 2 / (2 * var_in)
        out["likelihood ratio"] = np.where((count_in > 0) & (count_out > 0), ratio, 0.0)
    return out


def _judge(scores: dict[str, Matrix], pairs: list[tuple[Places, Places]]) -> Membership:
    """Choose an attack and its threshold on the first models, and judge them on the others."""
    few = max(1, len(pairs) // 3)

    def of(name: str, models: Iterable[int]) -> Matrix:
        return np.concatenate([np.column_stack([scores[name][k][side] for side in pairs[k]]) for k in models])

    def right(both: Matrix) -> float:
        return float((both[:, 0] > both[:, 1]).mean() + 0.5 * (both[:, 0] == both[:, 1]).mean())

    best = max(scores, key=lambda name: right(of(name, range(few))))
    threshold = np.quantile(of(best, range(few))[:, 1], 1.0 - FPR)
    judged = of(best, range(few, len(pairs)))
    hits, false = float((judged[:, 0] > threshold).mean()), float((judged[:, 1] > threshold).mean())
    once = len(pairs[0][0])
    return _membership(best, len(pairs) - few, once, right(judged), hits, false, once)


def _membership(attack: str, models: int, pairs: int, auc: float, tpr: float, fpr: float, judged: int) -> Membership:
    low, high = clopper_pearson(auc * pairs, pairs)
    tpr_low, tpr_high = clopper_pearson(tpr * judged, judged)
    return Membership(
        attack=attack, models=models, pairs=pairs, auc=auc, low=low, high=high,
        fpr=fpr, tpr=tpr, tpr_low=tpr_low, tpr_high=tpr_high,
    )  # fmt: skip
