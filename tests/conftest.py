# SPDX-License-Identifier: Apache-2.0
"""What every test runs under: no lwnode variables of the caller, no home but its own, the same chance every time."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.support.homes import TrainedHomes

# the same examples every time: a run that fails can be run again; `--hypothesis-profile=search` looks further
settings.register_profile("lwnode", derandomize=True)
settings.register_profile("search", max_examples=2_000)
settings.load_profile("lwnode")

# hundreds of processes are started here, half of whose start would go into compiling the same modules again
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# drafts rehearse as few attacks as they may, for seconds of CPU each; tests of the audit give it its time
AUDIT_SECONDS = "0"
os.environ["LWNODE_AUDIT_SECONDS"] = AUDIT_SECONDS  # for fixtures of modules too


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("LWNODE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LWNODE_AUDIT_SECONDS", AUDIT_SECONDS)
    monkeypatch.setenv("LWNODE_HOME", str(tmp_path / "default-home"))
    monkeypatch.setenv("FLWR_TELEMETRY_ENABLED", "0")


@pytest.fixture(autouse=True)
def same_chance() -> None:
    """Estimators without a ``random_state`` draw from numpy's global generator: a run that fails can be run again."""
    np.random.seed(0)  # noqa: NPY002  # the legacy generator is the one that is meant


@pytest.fixture(scope="session")
def trained_homes(tmp_path_factory: pytest.TempPathFactory) -> TrainedHomes:
    from tests.support.homes import TrainedHomes

    return TrainedHomes(tmp_path_factory.mktemp("trained"))
