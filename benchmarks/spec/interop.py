# SPDX-License-Identifier: Apache-2.0
"""The reference engine's files: read and written without loss, one distance on both sides, and the size on disk."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.harness import Row, at_most, cpu_median
from lwnode.documents import Column, Profile, encode
from lwnode.specification import Specification, mmd2, specify
from lwnode.specification.interop import imported_mmd2, package_set, read_json, write_json

_GOLDEN = Path(__file__).parents[2] / "tests" / "vectors" / "learnware-package"
_FILES = ("table", "text", "image", "hetero", "capability")
_POINTS = 100
_SIZES = ((20, 10.0), (100, 42.0))  # columns, kB at most
_AGREE = 1e-6
_NO_PEER = "needs --peer PYTHON"

_PEER = """
import json, sys, logging
logging.disable(logging.CRITICAL)
from learnware.specification import RKMETableSpecification
specs = []
for path in sys.argv[1:]:
    one = RKMETableSpecification(cuda_idx=-1)
    one.load(path)
    specs.append(one)
distances = [specs[0].dist(other) for other in specs]
sys.stdout.write("\\n" + json.dumps(distances) + "\\n")
"""


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return all rows; a few seconds, and five more for a peer's start."""
    return [*_round_trips(), *_distances(peer), *_on_disk(quick)]


def _round_trips() -> list[Row]:
    """Return whether the files that the engine wrote come back byte for byte, and the time of the largest file."""
    changed = 0
    for name in _FILES:
        data = (_GOLDEN / f"{name}.json").read_bytes()
        changed += write_json(read_json(data)) != data
    rows = [at_most("package JSON changed by reading and writing", "files", changed, 0, kinds=len(_FILES))]
    big = write_json(package_set(_specification(100, seed=0, points=1_000)))
    seconds = cpu_median(lambda: read_json(big), 5)
    rows.append(at_most("reading 1,000 points of 100 columns", "CPU s", seconds, 0.05, kilobytes=len(big) // 1000))
    return rows


def _distances(peer: str | None) -> list[Row]:
    """Return the largest difference of the two systems' distances: our specifications as it reads them, and its own."""
    ours = [_specification(20, seed=seed) for seed in range(4)]
    here = [mmd2(ours[0], other) for other in ours]
    theirs = [(_GOLDEN / f"{name}.json").read_bytes() for name in ("table", "table-other")]
    read = [read_json(data) for data in theirs]
    said = float(json.loads((_GOLDEN / "distance.json").read_bytes())["distance"])
    gap = abs(imported_mmd2(*read, gamma=0.1) - said)  # type: ignore[arg-type]
    rows = [at_most("distance of its specifications, from what it said", "MMD²", gap, _AGREE)]
    name = "distance of ours, as the engine computes it"
    if peer is None:
        return [*rows, Row(name=name, unit="MMD²", ours=None, bar=f"<= {_AGREE:g}", holds=None, reason=_NO_PEER)]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for at, spec in enumerate(ours):
            files.append(Path(folder) / f"{at}.json")
            files[-1].write_bytes(write_json(package_set(spec)))
        there = _ask(peer, files, folder)
    worst = max(abs(a - b) for a, b in zip(here, there, strict=True))
    return [*rows, at_most(name, "MMD²", worst, _AGREE, pairs=len(here))]


def _ask(peer: str, files: list[Path], home: str) -> list[float]:
    quiet = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "OMP_NUM_THREADS": "1", "HOME": home}
    done = subprocess.run(
        [peer, "-W", "ignore", "-c", _PEER, *map(str, files)], env=quiet, capture_output=True, timeout=300, check=True
    )
    distances: list[float] = json.loads(done.stdout.decode().splitlines()[-1])
    return distances


def _on_disk(quick: bool) -> list[Row]:
    """Return the size of a specification's two files, and of the engine's JSON of the same points."""
    del quick  # nothing here takes long
    rows = []
    for columns, bar in _SIZES:
        spec = _whole(_specification(columns, seed=1))
        ours = (len(spec.to_bytes()) + len(encode(spec.card))) / 1000
        theirs = len(write_json(package_set(spec))) / 1000
        rows.append(
            Row(
                name="specification on disk",
                unit="kB",
                ours=ours,
                peer=theirs,
                ratio=theirs / ours,
                bar=f"<= {bar:g}",
                holds=ours <= bar,
                params={"points": len(spec.points), "columns": columns},
            )
        )
    return rows


def _whole(spec: Specification) -> Specification:
    """Return the specification with as many points as the bar is about: a fit leaves out those without weight."""
    more = np.random.default_rng(9).normal(size=(_POINTS - len(spec.points), spec.profile.width)).clip(-4, 4)
    points = np.concatenate([spec.points, more.astype(np.float32)])
    return dataclasses.replace(spec, points=points, weights=np.full(_POINTS, 1.0 / _POINTS))


def _specification(columns: int, *, seed: int, points: int = _POINTS) -> Specification:
    """Return a public specification of Gaussian rows, as many points as asked for."""
    profile = Profile(
        name="numbers",
        columns=tuple(Column(name=f"c{j}", type="number", low=-2.0, high=2.0) for j in range(columns)),
        gamma=1.0 / columns,
    )
    rng = np.random.default_rng(seed)
    rows = np.clip(rng.normal(rng.normal(0, 0.5, columns), 1.0, (max(1_000, 2 * points), columns)), -4, 4)
    return specify(rows, profile, privacy="public", size=points)
