# SPDX-License-Identifier: Apache-2.0
"""Runs in the reference engine's environment: its single search, timed.

Input: ``{"file": path of an .npz with points, weights, queries, query_weights; "gamma"; "top"}``;
output: for each query ``[CPU seconds, places of the nearest]``.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from sketches import Learnware, searcher, sketch

given = json.loads(Path(sys.argv[1]).read_text())
with np.load(given["file"]) as data:
    points, weights = data["points"], data["weights"]
    queries, query_weights = data["queries"], data["query_weights"]
gamma = given["gamma"]
market = [Learnware(i, sketch(Z, b, gamma)) for i, (Z, b) in enumerate(zip(points, weights, strict=True))]
engine = searcher()
engine._search_by_rkme_spec_single(market[:20], sketch(queries[0], query_weights[0], gamma))  # warm up
out = []
for rows, shares in zip(queries, query_weights, strict=True):
    user = sketch(rows, shares, gamma)
    begin = time.process_time()
    _, found = engine._search_by_rkme_spec_single(market, user)
    out.append([time.process_time() - begin, [learnware.place for learnware in found[: given["top"]]]])
Path(sys.argv[2]).write_text(json.dumps(out))
