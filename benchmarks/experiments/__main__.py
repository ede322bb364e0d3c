# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks.experiments PART [PART …] [--quick] [--seeds 0,1] [--json FILE] [--peer PYTHON]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.experiments import PARTS, measure
from benchmarks.harness import calibration, report, seeds_of

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experiments")
    parser.add_argument("parts", nargs="+", choices=list(PARTS))
    parser.add_argument("--quick", action="store_true", help="one seed, few users")
    parser.add_argument("--seeds", type=seeds_of, help="such as 0,1,2")
    parser.add_argument("--json", type=Path, help="write the rows here")
    parser.add_argument("--peer", help="python of an environment with the reference engine")
    chosen = parser.parse_args()
    rows = measure(quick=chosen.quick, peer=chosen.peer, seeds=chosen.seeds, parts=tuple(chosen.parts))
    raise SystemExit(report("experiments " + " ".join(chosen.parts), [calibration(), *rows], chosen.json))
