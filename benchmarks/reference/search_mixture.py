# SPDX-License-Identifier: Apache-2.0
"""Runs in the reference engine's environment: its greedy mixture over the nearest 25, timed.

Input: ``{"file": path of an .npz with points, weights (Q, 25, …: the nearest of each query, the nearest first),
queries, query_weights; "gamma"; "members"}``; output: for each query ``[CPU seconds, squared MMD, places, weights]``.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from sketches import Learnware, searcher, sketch

given = json.loads(Path(sys.argv[1]).read_text())
with np.load(given["file"]) as data:
    near, near_weights = data["points"], data["weights"]
    queries, query_weights = data["queries"], data["query_weights"]
gamma = given["gamma"]
engine = searcher()
out = []
for warm in (True, False):
    for rows, shares, Zs, bs in list(zip(queries, query_weights, near, near_weights, strict=True))[
        : 1 if warm else None
    ]:
        market = [Learnware(i, sketch(Z, b, gamma)) for i, (Z, b) in enumerate(zip(Zs, bs, strict=True))]
        user = sketch(rows, shares, gamma)
        begin = time.process_time()
        squared, weights, found = engine._search_by_rkme_spec_mixture_greedy(market, user, given["members"])
        spent = time.process_time() - begin
        if not warm:
            out.append([spent, float(squared), [item.place for item in found], [float(w) for w in weights]])
Path(sys.argv[2]).write_text(json.dumps(out))
