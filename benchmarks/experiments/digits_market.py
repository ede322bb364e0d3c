# SPDX-License-Identifier: Apache-2.0
"""The digits market, in both systems: the image protocol of the learnware paper on scikit-learn's digits.

Twenty learnwares know four digits in shares .4/.4/.1/.1 (600 rows drawn with repetition), ten users ask about six
digits in shares .3/.3/.1/.1/.1/.1 (300 rows).  Both systems are given the same rows and the same linear models; each
makes its own specifications and combines as it does.  Ours sketches the digits as images.

Called by the run of all experiments.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiments.baselines import Classes, Features, softmax
from benchmarks.experiments.items import grey
from benchmarks.experiments.plan import Plan
from benchmarks.experiments.questions import Question, market
from benchmarks.experiments.scores import Outcome, Tally
from benchmarks.experiments.sketches import entry, framed, sketch
from benchmarks.reference import run as ask_reference
from lwnode.market import Entry
from lwnode.reuse import METHODS, SCALE, Evidence, combine, densities, members_of
from lwnode.specification import Labels, to_frame
from lwnode.specification.encoders import IMAGES, encode, encoder_profile

NAME = "digits market of the reference engine"
PEER = "the reference engine"
METHODS_ASKED = ("fuse", "job-selector", "average", "vote", "top-1")
DIGITS, LEARNWARES, USERS = 10, 20, 10
_OWNER_SHARES, _OWNER_ROWS, _OWNERS = (0.4, 0.4, 0.1, 0.1), 600, 1_000
_USER_SHARES, _USER_ROWS = (0.3, 0.3, 0.1, 0.1, 0.1, 0.1), 300

Part = tuple[Features, Classes]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linear:
    """A linear model: ``classes`` (k,) ascending, ``weights`` (65, k) with the bias last."""

    classes: Classes
    weights: NDArray[np.float64]

    def probabilities(self, X: Features) -> NDArray[np.float64]:
        """Return (n, 10), NaN for digits that it does not know."""
        out = np.full((len(X), DIGITS), np.nan)
        out[:, self.classes] = softmax(X.astype(np.float64) @ self.weights[:-1] + self.weights[-1])
        return out


def run(seed: int, plan: Plan) -> Outcome:
    """Measure one seed in this system, and the first one in the other where there is one: it takes minutes."""
    owners, users = drawn(seed)
    models = [linear(*part) for part in owners]
    found: Outcome = {}
    for kind in plan.kinds:
        entries = [
            _entry(at, part, model, kind, seed) for at, (part, model) in enumerate(zip(owners, models, strict=True))
        ]
        tally = Tally(scenario=NAME, specification=kind)
        for part in users:
            question = _ask(entries, models, part)
            market(question, tally)
            for method in METHODS_ASKED:
                if method in METHODS:
                    tally.add(method, question.loss(combine(method, question.members, question.mine).values))
        found |= tally.outcome()
    if plan.peer is not None and seed == plan.seeds[0]:
        found |= _theirs(owners, users, models, plan.peer)
    return found


def drawn(seed: int) -> tuple[list[Part], list[Part]]:
    """Return the learnwares' and the users' rows, (n, 64) float32 from 0 to 4, with their digits."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    order = np.random.RandomState(seed).permutation(len(X))
    rows, digits = (X / 4.0).astype(np.float32)[order], y[order].astype(np.int64)

    def part(own: slice, shares: tuple[float, ...], count: int, number: int) -> Part:
        rng = np.random.RandomState(number)
        chosen = rng.choice(DIGITS, len(shares), replace=False)
        places = [
            rng.choice(np.flatnonzero(digits[own] == digit), round(share * count), replace=True)
            for digit, share in zip(chosen, shares, strict=True)
        ]
        at = np.concatenate(places)
        rng.shuffle(at)
        return rows[own][at], digits[own][at]

    first, rest = slice(0, _OWNERS), slice(_OWNERS, None)
    owners = [part(first, _OWNER_SHARES, _OWNER_ROWS, 100 + number) for number in range(LEARNWARES)]
    return owners, [part(rest, _USER_SHARES, _USER_ROWS, 900 + number) for number in range(USERS)]


def linear(X: Features, y: Classes) -> Linear:
    """Train a learnware's model."""
    from sklearn.linear_model import LogisticRegression

    made = LogisticRegression(max_iter=2_000).fit(X, y)
    weights = np.concatenate([made.coef_.T, made.intercept_[None]])
    return Linear(classes=made.classes_.astype(np.int64), weights=np.asarray(weights, dtype=np.float64))


def _encoded(X: Features) -> NDArray[np.float64]:
    return encode(IMAGES, grey(4.0 * X))


def _entry(at: int, part: Part, model: Linear, kind: str, seed: int) -> Entry:
    names = tuple(map(str, model.classes))
    made = sketch(
        _encoded(part[0]), encoder_profile(IMAGES), kind, (seed, at), Labels.from_classes(part[1], names)
    )  # fmt: skip
    return entry(f"learnware {at}", made, task="classification", classes=names)


def _ask(entries: list[Entry], models: list[Linear], part: Part) -> Question:
    X, truth = part
    profile, rows = encoder_profile(IMAGES), _encoded(X)
    table = dict(zip([column.name for column in profile.features], rows.T, strict=True))
    seen = densities(entries, table, scale=SCALE["classification"])
    members = members_of(entries, seen.distances, classes=tuple(map(str, range(DIGITS))))
    return Question(
        members=replace(members, framed=framed(entries)),
        mine=Evidence(
            kind="probabilities", predictions=np.stack([model.probabilities(X) for model in models]),
            densities=seen.densities, covered=seen.covered, rows=to_frame(profile, rows),
        ),
        truth=truth,
        chosen={},
    )  # fmt: skip


def _theirs(owners: list[Part], users: list[Part], models: list[Linear], peer: str) -> Outcome:
    """Return what the reference engine makes of the same market."""
    tally = Tally(scenario=NAME, specification=PEER)
    for X, truth in users:
        answers = [np.nan_to_num(model.probabilities(X), nan=-1.0).argmax(axis=1) for model in models]
        tally.market([float(np.mean(answer != truth)) for answer in answers])
    with tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder:
        file = Path(folder) / "market.npz"
        arrays: dict[str, Any] = {f"X{at}": X for at, (X, _) in enumerate(owners)}
        for at, model in enumerate(models):
            arrays |= {f"classes{at}": model.classes, f"weights{at}": model.weights}
        for at, (X, truth) in enumerate(users):
            arrays |= {f"U{at}": X, f"t{at}": truth}
        np.savez(file, **arrays)
        for method, accuracy in ask_reference(peer, "digits_market", file=str(file)).items():
            tally.add(method, 1.0 - accuracy)
    return tally.outcome()
