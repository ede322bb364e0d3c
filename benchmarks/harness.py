# SPDX-License-Identifier: Apache-2.0
"""Rows of a benchmark: what was measured, against which bar, whether it holds; and how fast the machine was."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement.

    Parameters
    ----------
    name : str
    params : mapping
    unit : str
    ours, peer, ratio : float or None
        None where it was not measured; ``reason`` then says why.
    bar : str
        In words, such as ``<= 0.3``.
    holds : bool or None
    reason : str
    """

    name: str
    unit: str
    ours: float | None
    bar: str
    holds: bool | None
    params: dict[str, Any] = field(default_factory=dict)
    peer: float | None = None
    ratio: float | None = None
    reason: str = ""


def at_most(name: str, unit: str, ours: float, bar: float, **params: Any) -> Row:
    """Return a row that holds where the figure is at most the bar."""
    return Row(name=name, unit=unit, ours=ours, bar=f"<= {bar:g}", holds=ours <= bar, params=params)


def at_least(name: str, unit: str, ours: float, bar: float, **params: Any) -> Row:
    """Return a row that holds where the figure is at least the bar."""
    return Row(name=name, unit=unit, ours=ours, bar=f">= {bar:g}", holds=ours >= bar, params=params)


def calibration() -> Row:
    """Return how long a fixed NumPy and hashing load takes on this machine right now, median of five, CPU seconds."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=(500, 500)).astype(np.float32)
    data = bytes(8 * 2**20)

    def load() -> None:
        b = a
        for _ in range(20):
            b = np.tanh(b @ a / 22.0)
        hashlib.sha256(data).digest()

    return Row(name="calibration", unit="CPU s", ours=cpu_median(load, 5), bar="", holds=None)


def cpu_median(work: Callable[[], object], repeats: int) -> float:
    """Return the median CPU seconds of this process for some work."""
    seconds = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds)


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
    }


def seeds_of(text: str) -> tuple[int, ...]:
    """Return the seeds of a list such as ``0,1,2``.

    Raises
    ------
    ValueError
        Something in it is not a number, or it is empty.
    """
    return tuple(int(part) for part in text.split(","))


def report(benchmark: str, rows: list[Row], file: Path | None) -> int:
    """Print the rows as a table, write them, and return 0 where every bar holds."""
    width = max(len(row.name) for row in rows)
    for row in rows:
        figure = "not measured" if row.ours is None else f"{row.ours:.4g} {row.unit}"
        mark = {True: "holds", False: "FALLS SHORT", None: ""}[row.holds]
        shown = (f"{key} {value}" for key, value in row.params.items() if not isinstance(value, dict))
        more = ", ".join([*shown, *filter(None, [row.reason])])
        beside = "" if row.peer is None else f"peer {row.peer:.4g}"
        beside += "" if row.ratio is None else f", {row.ratio:.3g} x"
        print(f"{row.name:{width}}  {figure:>20}  {row.bar:>10}  {beside:>24}  {mark}  {more}")
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        content = {"benchmark": benchmark, "machine": machine(), "rows": [asdict(row) for row in rows]}
        file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(row.holds is not False for row in rows) else 1
