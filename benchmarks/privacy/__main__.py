# SPDX-License-Identifier: Apache-2.0
"""``python -m benchmarks.privacy PART [--quick] [--peer PYTHON] [--json FILE]``: one part of the privacy benchmark."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.harness import calibration, report
from benchmarks.privacy import PARTS, measure


def main() -> int:
    """Run the part that was named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.privacy")
    parser.add_argument("part", choices=[*PARTS, "models"])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--peer", help="python of an environment with the reference engine")
    parser.add_argument("--json", type=Path, help="write the rows here")
    chosen = parser.parse_args()
    rows = [calibration(), *measure(quick=chosen.quick, peer=chosen.peer, parts=(chosen.part,))]
    return report(f"privacy {chosen.part}", rows, chosen.json)


if __name__ == "__main__":
    raise SystemExit(main())
