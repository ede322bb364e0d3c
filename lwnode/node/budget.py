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
from lwnode.specification.composition import Gaussian, epsilon_of, from_text
from lwnode.store import Charged, DataSet


def spent(charges: Iterable[Charged], delta: float) -> float:
    """Return the ε at ``delta`` of all charges together; 0 for none."""
    releases = (from_text(paid.release) if paid.release else Gaussian(mu=paid.mu) for paid in charges)
    return epsilon_of(releases, delta)


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

    Rows that are read under another profile or map of columns are the same rows.
    """
    rows = {dataset.content, dataset.source} - {""}
    return tuple(known.name for known in engine.store.datasets.list() if rows & {known.content, known.source})


def budget_of(engine: Engine, dataset: DataSet) -> BudgetInfo:
    """Return the ledger of a data set's rows with its sum."""
    delta = default_delta(dataset.rows)
    names = {dataset.name, *_same_rows(engine, dataset)}
    entries = [entry for entry in engine.store.ledger.entries() if entry.dataset in names]
    return BudgetInfo(
        dataset=dataset.name,
        delta=delta,
        epsilon_spent=spent((Charged(entry.mu, entry.release) for entry in entries), delta),
        epsilon_cap=engine.settings.epsilon_cap,
        attacker=_attacker([Charged(entry.mu, entry.release) for entry in entries], delta),
        charges=tuple(
            Charge(time=entry.time, what=entry.what, epsilon=entry.epsilon, delta=entry.delta) for entry in entries
        ),
    )


def cap_check(engine: Engine, dataset: DataSet) -> Callable[[tuple[Charged, ...]], None]:
    """Return the check that the ledger makes inside its transaction, told every charge with the new one last."""
    delta, cap = default_delta(dataset.rows), engine.settings.epsilon_cap

    def check(own: tuple[Charged, ...]) -> None:
        others = [name for name in _same_rows(engine, dataset) if name != dataset.name]
        every = (*(paid for name in others for paid in engine.store.ledger.charged(name)), *own)
        before, after = spent(every[:-1], delta), spent(every, delta)
        if after > cap + 1e-9:
            raise PrivacyBudgetError(
                f"data set '{dataset.name}' has spent ε = {before:.2f} and this would make {after:.2f}; "
                f"the cap is {cap:g}",
                hint="publish an existing draft again (it costs nothing), ask for a smaller ε, or raise epsilon_cap",
            )

    return check
