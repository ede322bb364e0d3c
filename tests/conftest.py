# SPDX-License-Identifier: Apache-2.0
"""What every test runs under: no lwnode variables of the caller, no home but its own, the same chance every time."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# the same examples every time: a run that fails can be run again; `--hypothesis-profile=search` looks further
settings.register_profile("lwnode", derandomize=True)
settings.register_profile("search", max_examples=2_000)
settings.load_profile("lwnode")


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("LWNODE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LWNODE_HOME", str(tmp_path / "default-home"))
    monkeypatch.setenv("FLWR_TELEMETRY_ENABLED", "0")


@pytest.fixture(autouse=True)
def same_chance() -> None:
    """Estimators without a ``random_state`` draw from numpy's global generator: a run that fails can be run again."""
    np.random.seed(0)  # noqa: NPY002  # the legacy generator is the one that is meant
