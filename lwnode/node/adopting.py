# SPDX-License-Identifier: Apache-2.0
"""From a model of one's own to the arguments of the action `adopt`.

A fitted estimator is converted here, in the caller's own process, where it was made; only ONNX goes on.  Nothing is
unpickled anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lwnode.documents import Input
from lwnode.errors import DataError, SettingsError
from lwnode.node.data import DataRef
from lwnode.paths import expanded
from lwnode.training import Table, as_table, model_inputs, read_table
from lwnode.types import Task


def table_of(data: DataRef, call: Callable[..., Any]) -> Table:
    """Return the rows that ``data`` names, as far as this process can read them.

    Raises
    ------
    SettingsError
        They are a registered table from memory, or read under a map of columns, which only the node can do; the
        inputs must then be named.
    """
    if data.table is not None:
        return data.table
    if data.path:
        return as_table(data.path, target=data.target or None, roles=data.roles or None)
    info = call("dataset", {"name": data.name})
    if not info.path:
        raise SettingsError(
            f"data set '{data.name}' has no file that can be read here",
            hint="name its file instead, saved as UTF-8, or in Python pass the table",
        )
    table = read_table(info.path)
    roles = {column.name: column.role for column in info.columns if column.name != info.target}
    if not {*roles, *filter(None, [info.target])} <= set(table.names):
        raise SettingsError(
            f"data set '{data.name}' is read under other names than those of its file",
            hint="name its file instead, or in Python pass the table",
        )
    return table.assign(target=info.target or None, roles=roles)


def adopted(
    model: Any,
    data: DataRef,
    *,
    inputs: tuple[str, ...] | None,
    classes: tuple[str, ...],
    task: str,
    call: Callable[..., Any],
) -> dict[str, Any]:
    """Return the arguments of the action `adopt` for an estimator, or an ONNX file.

    Raises
    ------
    DataError
        An input that the data do not have.
    ModelError, UnsafeModelError
        The estimator cannot be converted or keeps rows, or the file may not run.
    """
    from lwnode.models import adopt

    table = as_table(table_of(data, call))
    known = {port.name: port for port in model_inputs(table)}
    names = inputs if inputs is not None else tuple(known)
    if lacking := [name for name in names if name not in known]:
        raise DataError("inputs that the data do not have as features: " + ", ".join(lacking[:5]))
    ports: tuple[Input, ...] = tuple(known[name] for name in names)
    if isinstance(model, (str, Path)):
        path = expanded(model)
        if not path.is_file():
            raise SettingsError(f"there is no file {path}", hint="check the path")
        model = path.read_bytes()
    chosen: Task | None = task or None  # type: ignore[assignment]  # checked by the action
    file = adopt(model, inputs=ports, classes=classes, task=chosen)
    return {
        "model": file.bytes,
        "data": data,
        "inputs": ports,
        "classes": file.classes,
        "task": file.task,
        "family": file.family,
        "agreement": file.agreement,
        "difference": file.difference,
    }
