# SPDX-License-Identifier: Apache-2.0
"""A daemon in a thread of the test's process, without a network."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from lwnode.daemon.service import Daemon
from lwnode.paths import Home, home_at
from lwnode.settings import load
from tests.support.homes import make_node


@contextlib.contextmanager
def serving(root: Path) -> Iterator[Home]:
    """Make a node under ``root`` and serve its local API until the block ends."""
    make_node(root, "h").close()
    where = home_at(root / "h")
    daemon = Daemon(where, load(where.settings, os.environ), network=False, signals=False)
    thread = threading.Thread(target=daemon.run)
    thread.start()
    end = time.monotonic() + 20
    while not daemon.ready and time.monotonic() < end:
        time.sleep(0.02)
    try:
        yield where
    finally:
        daemon.stop()
        thread.join(15)
        assert not thread.is_alive()
