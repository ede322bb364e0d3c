# SPDX-License-Identifier: Apache-2.0
"""Runs in a process of its own: opens an index and says how long it took and what memory it holds since.

``python -m benchmarks.search.opening FOLDER quick|whole``.  Memory is the process's own (``RssAnon``): pages of mapped
files are the system's cache.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path

from benchmarks.search.million import MARKET, QUICK_MARKET
from lwnode.market.index import Anchors, SpecificationIndex


def resident() -> int:
    """Return the process's own memory that is in RAM, bytes."""
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("RssAnon")).split()[1])


def main() -> None:
    """Open, measure, and print."""
    profile = (QUICK_MARKET if sys.argv[2] == "quick" else MARKET).profile
    Anchors.of(profile)  # what is imported on first use
    before = resident()
    begin, cpu = time.perf_counter(), time.process_time()
    index = SpecificationIndex.open(Path(sys.argv[1]), profile)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu, "resident": resident() - before, "learnwares": len(index)}))
    index.close()


if __name__ == "__main__":
    main()
