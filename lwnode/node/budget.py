# SPDX-License-Identifier: Apache-2.0
"""The privacy budget of a data set: what its ledger adds up to, and what a new draw may still take.

All releases are Gaussian, so they compose exactly: m_tot = √Σm² (Dong, Roth & Su 2022, corollary 2), and the total is
said as ε at the data set's δ.
"""

from __future__ import annotations

from collections.abc import Callable

from lwnode.errors import PrivacyBudgetError
from lwnode.node.engine import Engine
from lwnode.node.records import BudgetInfo, Charge
from lwnode.specification import compose, default_delta, epsilon_for
from lwnode.store import DataSet


def spent(mus: tuple[float, ...], delta: float) -> float:
    """Return the ε at ``delta`` of releases with the given μ; 0 for none."""
    return epsilon_for(compose(mus), delta) if mus else 0.0


def _same_rows(engine: Engine, dataset: DataSet) -> tuple[str, ...]:
    """Return the names of all data sets with these very rows: they share one budget, whatever they are called."""
    return tuple(known.name for known in engine.store.datasets.list() if known.content == dataset.content)


def budget_of(engine: Engine, dataset: DataSet) -> BudgetInfo:
    """Return the ledger of a data set's rows with its sum."""
    delta = default_delta(dataset.rows)
    names = {dataset.name, *_same_rows(engine, dataset)}
    entries = [entry for entry in engine.store.ledger.entries() if entry.dataset in names]
    return BudgetInfo(
        dataset=dataset.name,
        delta=delta,
        epsilon_spent=spent(tuple(entry.mu for entry in entries), delta),
        epsilon_cap=engine.settings.epsilon_cap,
        charges=tuple(
            Charge(time=entry.time, what=entry.what, epsilon=entry.epsilon, delta=entry.delta) for entry in entries
        ),
    )


def cap_check(engine: Engine, dataset: DataSet) -> Callable[[tuple[float, ...]], None]:
    """Return the check that the ledger makes inside its transaction, told every μ with the new one last."""
    delta, cap = default_delta(dataset.rows), engine.settings.epsilon_cap

    def check(own: tuple[float, ...]) -> None:
        others = [name for name in _same_rows(engine, dataset) if name != dataset.name]
        mus = (*(mu for name in others for mu in engine.store.ledger.mus(name)), *own)
        before, after = spent(mus[:-1], delta), spent(mus, delta)
        if after > cap + 1e-9:
            raise PrivacyBudgetError(
                f"data set '{dataset.name}' has spent ε = {before:.2f} and this would make {after:.2f}; "
                f"the cap is {cap:g}",
                hint="publish an existing draft again (it costs nothing), ask for a smaller ε, or raise epsilon_cap",
            )

    return check
