# SPDX-License-Identifier: Apache-2.0
"""Put runs of parts and of single seeds together, as if they had been one: such a run takes hours of one core.

``python -m benchmarks.experiments.merge FILE [FILE …] --json FILE``.  Every cell of a run's file holds its losses and
gaps seed by seed; from these all figures, bars and plots follow again.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.experiments import bars, plots
from benchmarks.experiments.scores import Key, Outcome, figures
from benchmarks.harness import Row, report


def outcomes(run: Mapping[str, Any]) -> list[tuple[int, Outcome]]:
    """Return what the content of a run's file says of each seed."""
    found: dict[int, Outcome] = defaultdict(dict)
    for row in run["rows"]:
        if cell := row["params"].get("cell"):
            key = Key(
                scenario=cell["scenario"], specification=row["params"]["specification"], method=cell["method"],
                labels=cell["labels"],
            )  # fmt: skip
            for seed, loss, gap in zip(cell["seeds"], cell["losses"], cell["gaps"], strict=True):
                found[seed][key] = (loss, gap)
    return list(found.items())


def merged(runs: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return the rows of all runs as one, and draw their plots.

    Raises
    ------
    ValueError
        Two runs measured the same cell with the same seed.
    """
    runs = list(runs)
    by_seed: dict[int, Outcome] = defaultdict(dict)
    for seed, outcome in (found for run in runs for found in outcomes(run)):
        if twice := by_seed[seed].keys() & outcome.keys():
            raise ValueError(f"measured twice with seed {seed}: {sorted(key.scenario for key in twice)[0]}")
        by_seed[seed] |= outcome
    found = figures(sorted(by_seed.items()))
    plots.draw(found)
    others = [Row(**row) for run in runs for row in run["rows"] if row["name"] == "calibration" or row["ours"] is None]
    return [*others, *bars.rows(found)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experiments.merge")
    parser.add_argument("runs", nargs="+", type=Path, help="files that runs have written")
    parser.add_argument("--json", type=Path, required=True, help="write the rows here")
    chosen = parser.parse_args()
    rows = merged(json.loads(file.read_text(encoding="utf-8")) for file in chosen.runs)
    raise SystemExit(report("experiments", rows, chosen.json))
