# SPDX-License-Identifier: Apache-2.0
"""A process that publishes into a home and dies on the way; started by the crash tests as a script.

Rules
-----
* ``serve HOME`` reads one command a line and forks a child for each: ``loop`` publishes until it is killed, ``step N``
  kills itself at the N-th thing that touches the disk.  Lines out: the child's process id, ``open``, one ``done`` for
  each publication, and the child's exit status.
* ``fill HOME`` publishes until the disk is full and audits what is there.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import sqlite_utils.migrations  # noqa: F401  # before the children are forked, who would each import it again

from lwnode.errors import DiskFullError
from lwnode.store import Store
from tests.support.store import audit, dataset, open_store, publish


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def prepared(home: Path) -> Store:
    store = open_store(home)
    if not store.datasets.list():
        store.datasets.put(dataset())
    return store


def loop(home: Path) -> None:
    store = prepared(home)
    say("open")
    while True:
        publish(store, len(store.ledger.entries()))
        say("done")


def step(home: Path, last: int) -> None:
    """Publish once; die just before the ``last``-th statement, write, flush or rename."""
    store = prepared(home)
    left = [last]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(call: Callable[..., object]) -> Callable[..., object]:
        def inner(*args: object) -> object:
            count()
            return call(*args)

        return inner

    plain = os.write
    store._database.native.conn.set_trace_callback(count)
    for name in ("fsync", "write"):
        setattr(os, name, counted(getattr(os, name)))
    Path.replace = counted(Path.replace)  # type: ignore[method-assign,assignment]  # this process only
    publish(store, len(store.ledger.entries()))
    plain(1, b"done\n")
    os._exit(0)


def serve(home: Path) -> None:
    for line in sys.stdin:
        command, _, number = line.strip().partition(" ")
        child = os.fork()
        if not child:
            if command == "loop":
                loop(home)
            step(home, int(number))
        say(str(child))
        say(f"exit {os.waitpid(child, 0)[1]}")


def fill(home: Path) -> None:
    store, count = prepared(home), 0
    try:
        while True:
            publish(store, count)
            count += 1
    except DiskFullError as error:
        say(f"full after {count}: {error}")
    assert audit(store) == count
    store.close()
    with contextlib.suppress(OSError), (home / "ballast" / "rest").open("wb", buffering=0) as rest:
        while rest.write(bytes(4_096)):
            pass
    try:
        open_store(home).close()
        say("opens when full")
    except DiskFullError as error:
        say(f"cannot open when full: {error}")
    for left in (home / "ballast").iterdir():
        left.unlink()
    with open_store(home) as store:
        count = audit(store)
        publish(store, count)
        assert audit(store) == count + 1
    say("intact")


if __name__ == "__main__":
    {"serve": serve, "fill": fill}[sys.argv[1]](Path(sys.argv[2]))
