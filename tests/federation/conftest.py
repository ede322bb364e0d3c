# SPDX-License-Identifier: Apache-2.0
"""Flower is imported here, before the modules that need it; and no test may leave a thread behind."""

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.federation import import_flower

import_flower(Path(tempfile.gettempdir()) / "lwnode-tests")


def ours() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("lwnode", "AnyIO"))]


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    assert ours() == []
    yield
    until = time.monotonic() + 2.0
    while ours() and time.monotonic() < until:
        time.sleep(0.01)
    assert ours() == [], "a test left threads behind"
