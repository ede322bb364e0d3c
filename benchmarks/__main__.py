# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks NAME [--quick] [--seeds 0,1] [--json FILE] [--peer PYTHON]``: run one benchmark."""

from __future__ import annotations

import argparse
import importlib
import inspect
from pathlib import Path

from benchmarks.harness import calibration, report, seeds_of

NAMES = ("slice", "spec", "search", "mixture", "reuse", "privacy", "experiments", "tuning")
LATER = ("security", "federation", "desktop")


def main() -> int:
    """Run the benchmark that was named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", choices=[*NAMES, *LATER])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--json", type=Path, help="write the rows here")
    parser.add_argument("--seeds", type=seeds_of, help="such as 0,1,2, where a benchmark has seeds")
    parser.add_argument("--peer", help="python of an environment with the reference engine")
    chosen = parser.parse_args()
    if chosen.name in LATER:
        parser.error(f"there is no benchmark '{chosen.name}' yet: what it measures does not exist")
    module = importlib.import_module(f"benchmarks.{chosen.name}")
    taken = inspect.signature(module.measure).parameters
    beside = {name: getattr(chosen, name) for name in ("peer", "seeds") if name in taken}
    rows = [calibration(), *module.measure(quick=chosen.quick, **beside)]
    return report(chosen.name, rows, chosen.json)


if __name__ == "__main__":
    raise SystemExit(main())
