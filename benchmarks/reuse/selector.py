# SPDX-License-Identifier: Apache-2.0
"""Who speaks for each of 10,000 rows among ten learnwares: what choosing costs, beside the reference's job selector.

The learnwares have 20 columns and 48 points, one of each family of a synthetic market (`benchmarks.search.markets`);
the rows come from three of them.  Ours is timed from framed rows to choices: shares, densities and the choice; the
reference's from rows to choices: herding 100 rows from its specifications, boosting, predicting.  No model is run on
either side.  *Right* is the share of rows that go to the learnware whose points they were drawn from.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Row
from benchmarks.reference import run
from benchmarks.search.markets import Floats, Market
from lwnode.reuse import Evidence, Framed, Members
from lwnode.reuse.job_selector import job_selector

LEARNWARES, ROWS, FROM, TIMES = 10, 10_000, 3, 9
MARKET = Market(width=20, families=LEARNWARES, points=48)
BAR_MS, LIMIT_S = 20.0, 900


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of this part; a quick run leaves the reference out, which takes minutes."""
    ((points, weights),) = MARKET.specifications(LEARNWARES)
    rows, source = _drawn(points, weights)
    members, mine = _asked(points, weights, rows)
    job_selector(members, mine)(mine)
    seconds = []
    for _ in range(TIMES):
        begin = time.process_time()
        blend = job_selector(members, mine)(mine)
        seconds.append(time.process_time() - begin)
    ours = 1e3 * statistics.median(seconds)
    right = float((blend.weights.argmax(axis=0) == source).mean())
    about = {"rows": ROWS, "learnwares": LEARNWARES, "columns": MARKET.width, "right": round(right, 4)}
    if peer is None or quick:
        theirs, reason = None, "the reference engine was not given (--peer), or the run is quick"
    else:
        theirs, right_there, reason = _theirs(points, weights, rows, source, peer)
        about |= {} if right_there is None else {"peer right": round(right_there, 4)}
    return [
        Row(
            name="choosing who speaks", unit="CPU ms", ours=ours, peer=theirs,
            ratio=None if theirs is None else theirs / ours,
            bar=f"<= {BAR_MS:g}", holds=ours <= BAR_MS, params=about, reason=reason,
        )
    ]  # fmt: skip


def _drawn(points: Floats, weights: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return rows near the points of three learnwares, (n, 20), and whose they are, (n,)."""
    rng = np.random.default_rng(0)
    source = rng.permutation(np.arange(ROWS) % FROM)
    own = [rng.choice(points.shape[1], ROWS, p=b / b.sum()) for b in weights[:FROM].astype(np.float64)]
    at = np.stack(own)[source, np.arange(ROWS)]
    rows = points[source, at] + 0.2 * rng.standard_normal((ROWS, MARKET.width), dtype=np.float32)
    return np.clip(rows, -4.0, 4.0), source


def _asked(points: Floats, weights: Floats, rows: Floats) -> tuple[Members, Evidence]:
    shape = (LEARNWARES, len(rows))
    framed = tuple(
        Framed(points=Z.astype(np.float64), weights=b.astype(np.float64))
        for Z, b in zip(points, weights, strict=True)
    )  # fmt: skip
    members = Members(
        ids=tuple(map(str, range(LEARNWARES))), distances=np.zeros(LEARNWARES), gamma=MARKET.profile.gamma,
        framed=framed,
    )  # fmt: skip
    evidence = Evidence(
        kind="values", predictions=np.zeros((*shape, 1)), densities=np.ones(shape), covered=np.ones(shape, dtype=bool),
        rows=rows.astype(np.float64),
    )  # fmt: skip
    return members, evidence


def _theirs(
    points: Floats, weights: Floats, rows: Floats, source: NDArray[np.intp], peer: str
) -> tuple[float | None, float | None, str]:
    """Return CPU milliseconds of the reference's selector, how often it is right, or why it has none."""
    with tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder:
        file = str(Path(folder) / "market.npz")
        np.savez(file, points=points, weights=weights, rows=rows)
        try:
            seconds, choices = run(
                peer, "job_selector", limit_s=LIMIT_S, file=file, gamma=MARKET.profile.gamma
            )  # fmt: skip
        except TimeoutError:
            return None, None, f"the reference's selector did not finish in {LIMIT_S} s"
    return 1e3 * seconds, float((np.array(choices) == source).mean()), ""
