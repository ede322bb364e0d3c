# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks.search PART [--quick] [--json FILE] [--peer PYTHON]``: one part alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.harness import calibration, report
from benchmarks.search import PARTS, measure

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--quick", action="store_true", help="smaller markets, fewer users")
    parser.add_argument("--json", type=Path, help="write the rows here")
    parser.add_argument("--peer", help="python of an environment with the reference engine")
    chosen = parser.parse_args()
    rows = [calibration(), *measure(quick=chosen.quick, peer=chosen.peer, parts=(chosen.part,))]
    raise SystemExit(report(f"search {chosen.part}", rows, chosen.json))
