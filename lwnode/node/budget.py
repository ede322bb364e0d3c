# SPDX-License-Identifier: Apache-2.0
"""The privacy budget of a data set: what its ledger adds up to, and what a new draw may still take.

Gaussian releases compose exactly, m_tot = √Σm² (Dong, Roth & Su 2022, corollary 2); one that is not Gaussian is added
by its privacy loss distribution (`lwnode.specification.composition`).  The total is said as ε at the data set's δ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from lwnode.errors import PrivacyBudgetError
from lwnode.node.engine import Engine
from lwnode.node.records import BudgetInfo, Charge
from lwnode.specification import attacker_auc, compose, default_delta
from lwnode.specification.composition import Gaussian, SampledGaussian, epsilon_of, from_text
from lwnode.store import Charged, DataSet


def spent(charges: Iterable[Charged], delta: float) -> float:
    """Return the ε at ``delta`` of all charges together; 0 for none."""
    releases = (from_text(paid.release) if paid.release else Gaussian(mu=paid.mu) for paid in charges)
    return epsilon_of(releases, delta)


def _for_person(paid: Charged, rows_per_person: int) -> Charged:
    """Return what a charge costs a person with so many rows, who may have more than it was drawn for."""
    factor = rows_per_person / paid.rows_per_person if paid.rows_per_person else 1.0
    if factor <= 1.0:
        return paid
    release = from_text(paid.release) if paid.release else None
    if isinstance(release, SampledGaussian):
        rate = -math.expm1(factor * math.log1p(-release.rate)) if release.rate < 1.0 else 1.0
        release = SampledGaussian(noise=release.noise / factor, rate=rate, steps=release.steps)
    elif release is not None:
        release = Gaussian(mu=release.mu * factor)
    text = release.to_text() if release is not None else ""
    return Charged(paid.mu * factor, text, rows_per_person)


def _attacker(charges: list[Charged], delta: float) -> float:
    """Return the largest area under the curve of an attack on everything that was charged.

    Notes
    -----
    Exact for Gaussian releases.  With others among them, what (ε, δ) alone allow (Kairouz, Oh and Viswanath, 2015):
    ``TPR <= min(1, δ + e^ε FPR, 1 - e^-ε (1 - δ - FPR))``, which is looser.
    """
    if not any(paid.release for paid in charges):
        return attacker_auc(compose(paid.mu for paid in charges))
    odds = math.exp(min(spent(charges, delta), 50.0))
    corner = (1.0 - delta) / (1.0 + odds)  # the false positive rate where the two lines meet, at TPR = 1 - corner
    rising = (delta + 1.0 - corner) / 2.0 * corner
    return rising + (2.0 - corner) / 2.0 * (1.0 - delta - corner) + delta


def _same_rows(engine: Engine, dataset: DataSet) -> tuple[str, ...]:
    """Return the names of all data sets with these very rows: they share one budget, whatever they are called.

    Rows that are read under another profile or map of columns are the same rows; so are rows that a name had before it
    was given others.
    """
    rows = frozenset({dataset.content, dataset.source} - {""})
    now = (known.name for known in engine.store.datasets.list() if rows & {known.content, known.source})
    return tuple(dict.fromkeys((*now, *engine.store.row_sketches.names(rows))))


def _rows_per_person(engine: Engine, dataset: DataSet) -> int:
    """Return the most rows that one person has by anything that is said of these rows now."""
    names = {dataset.name, *_same_rows(engine, dataset)}
    known = [other.rows_per_person for other in engine.store.datasets.list() if other.name in names]
    return max([dataset.rows_per_person, *known])


def budget_of(engine: Engine, dataset: DataSet) -> BudgetInfo:
    """Return the ledger of a data set's rows with its sum."""
    delta = default_delta(dataset.rows)
    names = {dataset.name, *_same_rows(engine, dataset)}
    entries = [entry for entry in engine.store.ledger.entries() if entry.dataset in names]
    person = _rows_per_person(engine, dataset)
    charges = [_for_person(Charged(e.mu, e.release, e.rows_per_person), person) for e in entries]
    return BudgetInfo(
        dataset=dataset.name,
        delta=delta,
        epsilon_spent=spent(charges, delta),
        epsilon_cap=engine.settings.epsilon_cap,
        attacker=_attacker(charges, delta),
        charges=tuple(
            Charge(time=entry.time, what=entry.what, epsilon=entry.epsilon, delta=entry.delta) for entry in entries
        ),
    )


def cap_check(engine: Engine, dataset: DataSet) -> Callable[[tuple[Charged, ...]], None]:
    """Return the check that the ledger makes inside its transaction, told every charge with the new one last."""
    delta, cap = default_delta(dataset.rows), engine.settings.epsilon_cap

    def check(own: tuple[Charged, ...]) -> None:
        others = [name for name in _same_rows(engine, dataset) if name != dataset.name]
        charged = (*(paid for name in others for paid in engine.store.ledger.charged(name)), *own)
        person = _rows_per_person(engine, dataset)
        every = tuple(_for_person(paid, person) for paid in charged)
        before, after = spent(every[:-1], delta), spent(every, delta)
        if after > cap + 1e-9:
            raise PrivacyBudgetError(
                f"data set '{dataset.name}' has spent ε = {before:.2f} and this would make {after:.2f}; "
                f"the cap is {cap:g}",
                hint="publish an existing draft again (it costs nothing), ask for a smaller ε, or raise epsilon_cap",
            )

    return check
