# SPDX-License-Identifier: Apache-2.0
"""The `learnware` package beside ours: its distance written anew, its file formats made by hand, and the package itself
in an environment of its own where there is one."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors" / "learnware-package"
PEER = ROOT / ".venv-peer" / "bin" / "python"
SCRIPT = Path(__file__).parent / "package_peer.py"


def package_distance(a: dict[str, Any], b: dict[str, Any]) -> float:
    """The package's distance of two table files, term by term as its formula says: each under its owner's gamma."""

    def inner(left: dict[str, Any], right: dict[str, Any]) -> float:
        total = 0.0
        for x, weight in zip(np.array(left["z"]), left["beta"], strict=True):
            for y, other in zip(np.array(right["z"]), right["beta"], strict=True):
                total += weight * other * float(np.exp(-left["gamma"] * np.sum((x - y) ** 2)))
        return total

    return inner(a, a) - 2 * inner(a, b) + inner(b, b)


def table_json(points: NDArray[Any] | None = None, **changes: Any) -> bytes:
    """A sound table specification with some of its fields replaced; None leaves a field out."""
    z = np.arange(12.0).reshape(4, 3) / 10 if points is None else points
    plain: dict[str, Any] = {
        "z": z.tolist(), "beta": [1 / len(z)] * len(z), "gamma": 0.1, "num_points": 60,
        "type": "RKMETableSpecification", **changes,
    }  # fmt: skip
    return json.dumps({key: value for key, value in plain.items() if value is not None}).encode()


YAML = """\
model:
  class_name: Model
  kwargs: {}
stat_specifications:
- class_name: RKMETableSpecification
  file_name: stat.json
  kwargs: {}
  module_path: learnware.specification
"""


def zip_with(contents: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """A zip as the package packs one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return out.getvalue()


def package_zip(yaml: str = YAML, **contents: bytes) -> bytes:
    """A learnware zip of the package; a keyword such as ``stat_json=b"…"`` replaces the bytes of ``stat.json``."""
    files = {
        "learnware.yaml": yaml.encode(),
        "__init__.py": b"raise SystemExit('nothing of this may ever run')\n",
        "stat.json": table_json(),
        "requirements.txt": b"scikit-learn\n",
        "model.pkl": b"\x80\x04cposix\nsystem\n.",
    }
    for name, data in contents.items():
        stem, _, suffix = name.rpartition("_")
        files[f"{stem}.{suffix}"] = data
    return zip_with(files)


def ask_peer(*arguments: str | Path) -> dict[str, Any]:
    """Run the package on files and return what it says; skip the test where it is not installed."""
    if not PEER.exists():
        pytest.skip("the learnware package is not installed: `make peer` makes its environment")
    with tempfile.TemporaryDirectory() as home:
        alone = {"HOME": home, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [str(PEER), str(SCRIPT), *map(str, arguments)],
            env={**os.environ, **alone},
            capture_output=True,
            timeout=110,
            check=False,
        )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout.decode().splitlines()[-1])
    return answer
