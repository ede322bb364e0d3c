# SPDX-License-Identifier: Apache-2.0
"""The local API: its socket is the person's own, its answers are typed, and going away cancels."""

from __future__ import annotations

import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

import lwnode
from lwnode.daemon.service import listen
from lwnode.errors import CancelledError, LockedError, NotFoundError, SettingsError
from lwnode.node.facade import Node
from lwnode.node.remote import RemoteBackend
from lwnode.paths import Home, home_at
from lwnode.settings import Settings
from tests.support.daemons import serving
from tests.support.homes import SAMPLE, TARGET, make_node, publish_sample


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home whose daemon runs in a thread of this process, without a network."""
    with serving(tmp_path) as where:
        yield where


def test_the_socket_is_private_and_goes_away(home: Home) -> None:
    mode = home.socket.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE(home.socket.parent.stat().st_mode) == 0o700


def test_open_goes_through_the_daemon(home: Home) -> None:
    with Node.open(home.root) as node:
        assert node.status().daemon
        assert isinstance(node._backend, RemoteBackend)
        with pytest.raises(LockedError):
            lwnode.node.engine.open_engine(home, Settings(), passphrase=None)


def test_the_whole_path_over_the_socket(home: Home) -> None:
    with Node.open(home.root) as node:
        ware = publish_sample(node, "hospital_c_geriatric.csv", "Readmission, geriatric")
        steps: list[str] = []
        table = lwnode.read_table(SAMPLE / "new_clinic_unlabelled.csv")
        found = node.search(lwnode.Requirement(data=table), progress=lambda share, doing: steps.append(doing))
        assert found.verdict == "fits"
        assert found.single[0].covered.rows.dtype == bool
        assert steps
        values = node.reuse(found).predict_proba(table)
        assert values.shape == (600, 2)
        assert node.show(ware.id[:10]) == ware


def test_errors_keep_their_type(home: Home) -> None:
    with Node.open(home.root) as node:
        with pytest.raises(NotFoundError) as caught:
            node.show("abcdef")
        assert caught.value.code == "LW-NOT-FOUND"
        with pytest.raises(SettingsError):
            node.search(top=0)


def test_what_is_not_an_action_is_refused(home: Home) -> None:
    transport = httpx.HTTPTransport(uds=str(home.socket))
    with httpx.Client(transport=transport, base_url="http://lwnode") as client:
        assert client.post("/v1/shutdown", content=b"{}").status_code == 404
        assert client.get("/v1/status").status_code == 405
        assert client.get("/v1/methods").json()["publish"] == ["digest"]
        for body in (b"[]", b"{", b'{"nonsense": 1}', b'{"id": 3}', b'{"id": "' + b"a" * 100_000 + b'"}'):
            answer = client.post("/v1/show", content=body)
            assert b'"error"' in answer.content


def test_cancelling_ends_the_work(home: Home) -> None:
    def stop(share: float | None, doing: str) -> None:
        raise CancelledError("enough")

    with Node.open(home.root) as node:
        with pytest.raises(CancelledError):
            node.train(SAMPLE / "hospital_a_general.csv", target=TARGET, preset="thorough", progress=stop)
        end = time.monotonic() + 10
        while node.jobs()[0].info.state == "running" and time.monotonic() < end:
            time.sleep(0.05)
        assert node.jobs()[0].info.state == "cancelled"
        assert node.models() == ()


def test_a_job_can_be_cancelled_by_somebody_else(home: Home) -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with Node.open(home.root) as node:
                node.train(SAMPLE / "hospital_a_general.csv", target=TARGET, preset="thorough")
        except lwnode.LwnodeError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    with Node.open(home.root) as node:
        end = time.monotonic() + 20
        while not node.jobs() and time.monotonic() < end:
            time.sleep(0.05)
        node.jobs()[0].cancel()
    thread.join(20)
    assert [type(error) for error in errors] == [CancelledError]


def test_arrays_from_memory_stay_in_the_home(home: Home) -> None:
    rng = np.random.default_rng(0)
    table = lwnode.Table.from_arrays(rng.normal(size=(80, 2)), rng.integers(0, 2, 80), name="from memory")
    with Node.open(home.root) as node:
        info = node.add(table)
        assert (info.rows, info.path) == (80, "")
        assert node.train(info, preset="quick").info.dataset == "from memory"


def test_a_dead_socket_is_replaced_and_opening_works_without_a_daemon(tmp_path: Path) -> None:
    make_node(tmp_path, "h").close()
    where = home_at(tmp_path / "h")
    where.socket.parent.mkdir(mode=0o700, exist_ok=True)
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(str(where.socket))
    dead.close()
    with Node.open(where.root) as node:
        assert not node.status().daemon
    listen(where.socket).close()
