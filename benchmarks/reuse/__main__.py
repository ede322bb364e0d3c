# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks.reuse PART [--quick] [--json FILE] [--peer PYTHON]``: one part of the reuse benchmark."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.harness import calibration, report
from benchmarks.reuse import PARTS, measure

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reuse")
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--quick", action="store_true", help="fewer domains and askers")
    parser.add_argument("--json", type=Path, help="write the rows here")
    parser.add_argument("--peer", help="python of an environment with the reference engine")
    chosen = parser.parse_args()
    rows = [calibration(), *measure(quick=chosen.quick, peer=chosen.peer, parts=(chosen.part,))]
    raise SystemExit(report(f"reuse {chosen.part}", rows, chosen.json))
