# SPDX-License-Identifier: Apache-2.0
"""What is loaded when: numpy for the room, scikit-learn to train, torch for a network alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
import lwnode.training
heavy = {"sklearn", "torch", "pyarrow", "scipy", "onnx", "skl2onnx", "onnxruntime", "pandas", "polars"}
print(sorted(heavy & set(sys.modules)))
from tests.support.training import table
lwnode.training.train(table(80), preset="quick")
print("torch" in sys.modules, "sklearn" in sys.modules)
"""


def test_libraries_are_loaded_only_by_what_uses_them() -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=root, capture_output=True, text=True, check=True, timeout=100
    )
    assert done.stdout.splitlines() == ["[]", "False True"]
