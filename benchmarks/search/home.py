# SPDX-License-Identifier: Apache-2.0
"""A node with many learnwares: opening it, and the first search by data.

The learnwares are put into a new home as if they had arrived and been verified (`benchmarks.search.markets`, *drawn*,
20 points in 8 columns); then processes of their own open the node and search, as a person does after starting the
computer (`benchmarks.search.starting`).  The first of them also makes the index.
"""

from __future__ import annotations

import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import lwnode
from benchmarks.harness import Row, at_most
from benchmarks.search.markets import Market
from lwnode.archive import check_files
from lwnode.documents import Card, FileEntry, Input, Manifest, Privacy, Semantic, SpecificationCard, digest, encode
from lwnode.node.backend import LocalBackend
from lwnode.node.wares import ready_row
from lwnode.specification import Specification
from lwnode.specification.frame import from_frame

SIZE, QUICK_SIZE, WARM, STARTS = 2_000, 600, 60, 5
MARKET = Market(width=8, families=100, points=20)
SEMANTIC = Semantic(
    name="Learnware", description="Of a synthetic market.", data="Table", task="Regression", model="Others",
    library="Scikit-learn", scenario=("Health",), license="MIT",
)  # fmt: skip
_MODEL = b"a model that nobody runs"


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of this part."""
    size = QUICK_SIZE if quick else SIZE
    with tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder:
        warm, home = Path(folder) / "warm", Path(folder) / "home"
        fill(warm, WARM)
        fill(home, size)
        made, *again = [_started(warm, home) for _ in range(1 + STARTS)]

    def median(name: str) -> float:
        return statistics.median(start[name] for start in again)

    about = {"starts": STARTS, "columns": MARKET.width, "points": MARKET.points}
    return [
        Row(name=f"node of {size:,}: first search, index made", unit="CPU s", ours=made["search"], bar="", holds=None),
        at_most(f"node of {size:,}: opening", "CPU s", median("open"), 0.2, **about),
        at_most(
            f"node of {size:,}: first search", "CPU s", median("search"), 0.25 * made["search"], **about,
            bar_is="a quarter of the search that reads every specification", specifications_read=median("read"),
        ),
        Row(name=f"node of {size:,}: next search", unit="CPU s", ours=median("next"), bar="", holds=None, params=about),
        Row(
            name=f"node of {size:,}: memory after two searches, each learnware", unit="bytes",
            ours=median("resident") / size, bar="", holds=None, params=about,
        ),
    ]  # fmt: skip


def fill(home: Path, size: int) -> None:
    """Make a node whose catalogue holds so many verified learnwares of one island."""
    profile = MARKET.profile
    inputs = tuple(Input(name=column.name, type="number") for column in profile.features)
    card = Card(family="none", task="regression", inputs=inputs)
    with lwnode.Node.create(home, organisation="Benchmark") as node:
        assert isinstance(node._backend, LocalBackend)
        engine = node._backend.engine
        sketch = SpecificationCard(
            profile=profile.id, rows=1_000, privacy=Privacy(mode="no-noise"), frequencies=0, residual2=1e-3,
            residual_noise=0.0, tail=-1.0, level=0.05,
        )  # fmt: skip
        with engine.store.transaction():
            engine.store.profiles.put(profile)
            place = 0
            for points, weights in MARKET.specifications(size):
                for Z, b in zip(points, weights.astype(np.float64), strict=True):
                    specification = Specification(
                        points=from_frame(profile, Z.astype(np.float64)),
                        weights=b / b.sum(),
                        profile=profile,
                        card=sketch,
                    )
                    files = {
                        "card.json": encode(card), "model.onnx": _MODEL, "profile.json": encode(profile),
                        "semantic.json": encode(dataclasses.replace(SEMANTIC, name=f"Learnware {place}")),
                        "specification.json": encode(sketch), "specification.safetensors": specification.to_bytes(),
                    }  # fmt: skip
                    manifest = Manifest(
                        publisher=engine.keys.publisher, organisation="Benchmark", created=datetime.now(UTC),
                        audience="private", profile=profile.id,
                        files=tuple(
                            FileEntry(name=name, sha256=digest(data), size=len(data)) for name, data in files.items()
                        ),
                    )  # fmt: skip
                    for data in files.values():
                        engine.store.blobs.put(data)
                    ware = check_files(manifest, files, bundle=b"{}")
                    row = ready_row(ware, "Benchmark", own=True, hub="", received=datetime.now(UTC))
                    engine.store.catalogue.put(row)
                    place += 1


def _started(warm: Path, home: Path) -> dict[str, float]:
    """Open the node in a new process, search, and return the CPU seconds and the memory."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.search.starting", str(warm), str(home)],
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer
