# SPDX-License-Identifier: Apache-2.0
"""Actions of `Node`: data sets and their budgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lwnode.node.data import refer
from lwnode.node.facade.calls import Calls
from lwnode.node.records import BudgetInfo, DataSetInfo


class DataCalls(Calls):
    """Data sets and their budgets."""

    def add(
        self,
        data: Any,
        *,
        name: str = "",
        target: str = "",
        rows_per_person: int = 1,
        profile: str = "",
        columns: Mapping[str, str] | None = None,
        accept_map: bool = False,
        person: str = "",
        withhold: Iterable[str] = (),
    ) -> DataSetInfo:
        """Register a data set: its budget and its roles; the rows stay where they are.

        Parameters
        ----------
        data : path, Table, Images, Texts, array or frame
        name : str
            Default: the table's own.
        target : str
            Column to predict, for a path.
        rows_per_person : int
            Most rows that one person has; the privacy guarantee is for the person.
        profile : str
            Id of the island profile to read types and units from.
        columns : mapping, optional
            Column of the table → column of the profile, where they differ; units are converted.
        accept_map : bool
            Take every pair that `match_profiles` is sure of.
        person : str
            Column that names the person; rows beyond ``rows_per_person`` of one are left out.
        withhold : iterable of str
            Columns that no model learns from and no sketch holds.
        """
        return self._call(
            "add",
            {
                "data": refer(data, target=target, withhold=withhold),
                "name": name,
                "rows_per_person": rows_per_person,
                "profile": profile,
                "columns": dict(columns) if columns else None,
                "accept_map": accept_map,
                "person": person,
            },
        )

    def datasets(self) -> tuple[DataSetInfo, ...]:
        """List the registered data sets."""
        return self._call("datasets", {})

    def dataset(self, name: str) -> DataSetInfo:
        """Show one registered data set."""
        return self._call("dataset", {"name": name})

    def budget(self, dataset: str) -> BudgetInfo:
        """Show a data set's privacy ledger."""
        return self._call("budget", {"dataset": dataset})
