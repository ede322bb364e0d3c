# SPDX-License-Identifier: Apache-2.0
"""The local API under hostile and clumsy clients: every answer is typed, and the daemon goes on.

Whoever may open the socket is the node's own person, so the point is not to keep them out: it is that a broken program
of theirs cannot hang the node, spoil its home or be told less than what is wrong.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import lwnode
from lwnode.daemon import api
from lwnode.daemon.service import Daemon
from lwnode.errors import LwnodeError
from lwnode.node.facade import Node
from lwnode.node.remote import RemoteBackend
from lwnode.paths import Home, home_at
from lwnode.settings import Settings
from tests.support.daemons import serving
from tests.support.homes import SAMPLE, TARGET, make_node, semantic

INTERNAL = "LW-ERROR"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("api")) as where:
        yield where


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Home]:
    with serving(tmp_path) as where:
        yield where


def client(home: Home, seconds: float = 30.0) -> httpx.Client:
    transport = httpx.HTTPTransport(uds=str(home.socket))
    return httpx.Client(transport=transport, base_url="http://lwnode", timeout=seconds)


def answer(home: Home, action: str, body: bytes) -> dict[str, Any]:
    """Return the last line of an action's answer."""
    with client(home) as http:
        got = http.post(f"/v1/{action}", content=body)
        assert got.status_code == 200, got.text
        line: dict[str, Any] = json.loads(got.content.splitlines()[-1])
        return line


def explained(home: Home, action: str, body: bytes) -> dict[str, Any]:
    """Return the error of an action that must be refused with a reason of its own."""
    line = answer(home, action, body)
    assert "error" in line, line
    error: dict[str, Any] = line["error"]
    assert error["code"] != INTERNAL, error
    assert error["message"]
    with client(home) as http:
        assert http.get("/v1/health").status_code == 200
    return error


# ---------------------------------------------------------------- bodies
BODIES: dict[str, tuple[str, bytes]] = {
    "not JSON": ("show", b"{"),
    "a list": ("show", b"[]"),
    "a text": ("show", b'"id"'),
    "null": ("show", b"null"),
    "a number": ("show", b"1"),
    "NaN": ("fetch", b'{"id":"a","seconds":NaN}'),
    "no text at all": ("show", bytes(range(256))),
    "half a surrogate": ("show", b'{"id":"\\ud800"}'),
    "a NUL": ("show", b'{"id":"a\\u0000b"}'),
    "an unknown argument": ("show", b'{"id":"a","__class__":"x"}'),
    "an argument twice, the second wrong": ("show", b'{"id":"a","id":3}'),
    "an argument that is lacking": ("show", b"{}"),
    "an argument of another type": ("show", b'{"id":["a"]}'),
    "the engine as an argument": ("status", b'{"engine":1}'),
    "the progress as an argument": ("search", b'{"progress":1}'),
    "a body nested a hundred thousand times": ("show", b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "objects nested a hundred thousand times": ("search", b'{"semantic":' + b'{"a":' * 100_000),
    "a profile nested too deep": ("add_profile", b'{"profile":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "a wildcard": ("show", b'{"id":"%"}'),
    "an id that is a path": ("show", b'{"id":"../../etc/passwd"}'),
    "a file of a draft that is a path": ("draft_file", b'{"digest":"../keys","name":"../root.pem"}'),
    "a limit beyond any number": ("outbox", b'{"limit":' + b"9" * 40 + b"}"),
    "a job beyond any number": ("cancel", b'{"job":"' + b"9" * 40 + b'"}'),
    "a job of five thousand digits": ("cancel", b'{"job":"' + b"9" * 5_000 + b'"}'),
    "rows per person beyond any number": (
        "add",
        json.dumps({"data": {"path": str(SAMPLE / "new_clinic_unlabelled.csv")}, "rows_per_person": 10**40}).encode(),
    ),
    "rows per person below one": (
        "add",
        json.dumps({"data": {"path": str(SAMPLE / "new_clinic_unlabelled.csv")}, "rows_per_person": -1}).encode(),
    ),
    "a seed beyond any number": (
        "train",
        json.dumps(
            {"data": {"path": str(SAMPLE / "hospital_c_geriatric.csv"), "target": TARGET}, "seed": 10**40}
        ).encode(),
    ),
    "a seed below zero": (
        "train",
        json.dumps(
            {
                "data": {"path": str(SAMPLE / "hospital_c_geriatric.csv"), "target": TARGET},
                "seed": -1,
                "preset": "quick",
            }
        ).encode(),
    ),
    "a path with a NUL": ("search", b'{"data":{"path":"/tmp/a\\u0000b"}}'),
    "a path of ten thousand characters": ("search", b'{"data":{"path":"/' + b"a" * 10_000 + b'"}}'),
    "a path that is a folder": ("search", b'{"data":{"path":"/"}}'),
    "no data": ("search", b'{"data":{}}'),
    "a role that does not exist": (
        "search",
        json.dumps({"data": {"path": str(SAMPLE / "new_clinic_unlabelled.csv"), "roles": {"age": "root"}}}).encode(),
    ),
    "top of zero": ("search", b'{"top":0}'),
    "a setting that does not exist": ("config", b'{"key":"epsilon_kap","value":"9"}'),
    "a setting that cannot be": ("config", b'{"key":"epsilon_cap","value":"a lot"}'),
    "an archive that is none": ("verify", b'{"data":"' + base64.b64encode(b"PK\x03\x04" + bytes(50)) + b'"}'),
    "an archive that is no base64": ("import", b'{"data":"!!"}'),
    "a model that is a pickle": (
        "adopt",
        json.dumps(
            {
                "model": base64.b64encode(pickle.dumps({"a": 1})).decode(),
                "data": {"path": str(SAMPLE / "hospital_c_geriatric.csv"), "target": TARGET},
                "inputs": [{"name": "age", "type": "number"}],
                "classes": ["0", "1"],
            }
        ).encode(),
    ),
    "an invite that is none": ("join", b'{"invite":"\\u202e://x"}'),
    "an invite of a megabyte": ("join", b'{"invite":"' + b"a" * 2**20 + b'"}'),
    "a state that does not exist": ("set_partner", b'{"publisher":"a","state":"root"}'),
    "words of a megabyte": ("search", b'{"text":"' + b'\\" OR *' * 50_000 + b'","semantic":{"task":"none"}}'),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_meant_is_explained(home: Home, name: str) -> None:
    explained(home, *BODIES[name])


@pytest.mark.parametrize("job", ["٣", "0", "00", "007", "1e3", "-1", " 1", "²", ""])
def test_numbers_of_jobs_that_are_none(home: Home, job: str) -> None:
    explained(home, "cancel", json.dumps({"job": job}).encode())


def test_a_job_named_with_other_digits_is_the_same_job_or_none(fresh: Home) -> None:
    answer(fresh, "search", b"{}")
    for job in ("01", "١"):
        line = answer(fresh, "cancel", json.dumps({"job": job}).encode())
        assert "result" in line or line["error"]["code"] != INTERNAL, line


# ---------------------------------------------------------------- arrays
def npy(values: Any, *, pickled: bool = False) -> dict[str, str]:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=pickled)
    return {"npy": base64.b64encode(buffer.getvalue()).decode()}


def raw(data: bytes) -> dict[str, str]:
    return {"npy": base64.b64encode(data).decode()}


def header(text: str, body: bytes = b"") -> dict[str, str]:
    packed = text.encode() + b" " * (117 - len(text) % 64) + b"\n"
    return raw(b"\x93NUMPY\x01\x00" + len(packed).to_bytes(2, "little") + packed + body)


def zipped() -> dict[str, str]:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3))
    return raw(buffer.getvalue())


def bomb() -> dict[str, str]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.npy", bytes(10**7))
    return raw(buffer.getvalue())


class Evil:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (Path.touch, (self.mark,))


def table(values: Any, **changes: Any) -> bytes:
    """Return a request to register a table with one column of these values."""
    content = {"name": "t", "columns": {"x": values}, "types": {"x": "number"}, "roles": {"x": "feature"}}
    return json.dumps({"data": {"table": {**content, **changes}}, "name": "t"}).encode()


SHAPE = "{'descr': '<f8', 'fortran_order': False, 'shape': "
ARRAYS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: table({}),
    "a number": lambda: table({"npy": 5}),
    "not base64": lambda: table({"npy": "!!!"}),
    "an empty file": lambda: table(raw(b"")),
    "half a header": lambda: table(raw(b"\x93NUMPY\x01\x00")),
    "an archive of arrays": lambda: table(zipped()),
    "a zip bomb": lambda: table(bomb()),
    "a damaged zip": lambda: table(raw(b"PK\x03\x04" + bytes(30))),
    "a raw pickle": lambda: table(raw(pickle.dumps([1, 2]))),
    "objects": lambda: table(npy(np.array([1, None], dtype=object), pickled=True)),
    "petabytes promised": lambda: table(header(SHAPE + "(1000000000000000,)}", bytes(8))),
    "a shape below zero": lambda: table(header(SHAPE + "(-1,)}", bytes(8))),
    "a header that calls": lambda: table(header("__import__('os').system('true')")),
    "a header nested too deep": lambda: table(header("(" * 9_000 + ")" * 9_000)),
    "a matrix": lambda: table(npy(np.zeros((3, 3)))),
    "a single value": lambda: table(npy(np.float64(3))),
    "no values": lambda: table(npy(np.zeros(0))),
    "complex numbers": lambda: table(npy(np.zeros(9, dtype=complex))),
    "moments": lambda: table(npy(np.zeros(9, dtype="M8[s]"))),
    "records": lambda: table(npy(np.zeros(9, dtype=[("a", "f8"), ("b", "S3")]))),
    "bytes": lambda: table(npy(np.array([b"a", b"b"]))),
    "text that is a number": lambda: table({"text": 5}),
    "text of numbers": lambda: table({"text": [1, 2, 3]}, types={"x": "category"}),
    "text of lists": lambda: table({"text": [["a"], ["b"]]}, types={"x": "category"}),
    "text said to be a number": lambda: table({"text": ["a", "b"]}),
    "no columns": lambda: table({}, columns={}, types={}, roles={}),
    "a column without a type": lambda: table(npy(np.zeros(9)), types={}),
    "a column without a role": lambda: table(npy(np.zeros(9)), roles={}),
    "a target that is not there": lambda: table(npy(np.zeros(9)), target="y"),
    "columns of two lengths": lambda: table(
        {},
        columns={"x": npy(np.zeros(9)), "y": npy(np.zeros(8))},
        types={"x": "number", "y": "number"},
        roles={"x": "feature", "y": "feature"},
    ),
    "a path that is not where it came from": lambda: table(npy(np.zeros((2, 2))), path="/etc/passwd"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_cannot_be_a_column_is_explained(home: Home, name: str) -> None:
    body = ARRAYS[name]().replace(b'"name": "t"}', b'"name": "' + name.encode() + b'"}')
    explained(home, "add", body)
    with Node.open(home.root) as node:
        assert name not in {info.name for info in node.datasets()}


def test_nothing_is_unpickled(home: Home, tmp_path: Path) -> None:
    mark = tmp_path / "unpickled"
    evil = np.array([Evil(mark)], dtype=object)
    for value in (npy(evil, pickled=True), raw(pickle.dumps(Evil(mark)))):
        explained(home, "add", table(value))
    assert not mark.exists()


# ---------------------------------------------------------------- requests
def say(home: Home, data: bytes, *, wait: float = 2.0) -> bytes:
    """Send bytes to the socket and return what comes back within ``wait`` seconds."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(wait)
        line.connect(str(home.socket))
        got = b""
        with contextlib.suppress(OSError):
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            while part := line.recv(65_536):
                got += part
        return got


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/show HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/show HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /v1/show HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/show HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
        b"POST /v1/../../status HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /v1/status%00 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{}",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=range(12),
)
def test_what_is_no_request_ends_that_connection_only(home: Home, data: bytes) -> None:
    got = say(home, data)
    assert got == b"" or got.startswith(b"HTTP/1.1 4"), got[:200]
    with Node.open(home.root) as node:
        assert node.status().daemon


def test_a_body_over_the_limit_is_refused_however_it_is_sent(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_BODY_LIMIT", 100_000)
    body = b'{"text":"' + b"a" * 1_000_000 + b'"}'
    with client(home) as http:
        assert http.post("/v1/search", content=body).status_code == 413
        pieces = (body[at : at + 50_000] for at in range(0, len(body), 50_000))
        with contextlib.suppress(httpx.HTTPError):  # the connection may be closed before all of it was sent
            assert http.post("/v1/search", content=pieces).status_code == 413


def test_a_client_that_sends_slowly_holds_up_nobody(home: Home) -> None:
    lines = []
    for _ in range(40):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.connect(str(home.socket))
        line.sendall(b"POST /v1/search HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        lines.append(line)
    begin = time.monotonic()
    with Node.open(home.root) as node:
        assert node.status().daemon
    assert time.monotonic() - begin < 20
    for line in lines:
        line.close()


def test_many_calls_at_once(home: Home) -> None:
    errors: list[BaseException] = []
    profile = lwnode.read_profile(SAMPLE / "profile.json")

    def work(number: int) -> None:
        try:
            with Node.open(home.root) as node:
                for turn in range(6):
                    node.add_profile(profile)
                    node.status()
                    assert node.search(lwnode.Requirement(text=f"word {number} {turn}")).listed == ()
                    with pytest.raises(LwnodeError):
                        node.show(f"{number:02x}{turn:02x}")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(25)
    assert errors == []
    with Node.open(home.root) as node:
        assert len(node.profiles()) == 1
        assert not [job for job in node.jobs() if job.info.state == "running"]


# ---------------------------------------------------------------- clients that vanish
def jobs_end(home: Home, seconds: float = 15) -> list[str]:
    """Return the states of the jobs once none is running any more."""
    end = time.monotonic() + seconds
    with Node.open(home.root) as node:
        while time.monotonic() < end:
            states = [job.info.state for job in node.jobs()]
            if states and "running" not in states:
                return states
            time.sleep(0.05)
        return states


TRAIN = json.dumps(
    {"data": {"path": str(SAMPLE / "hospital_a_general.csv"), "target": TARGET}, "preset": "thorough"}
).encode()


@pytest.mark.parametrize("wait", [0.0, 0.3, 1.5], ids=["at once", "before the first line", "in the middle"])
def test_a_client_that_vanishes_ends_its_work(fresh: Home, wait: float) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(str(fresh.socket))
        line.sendall(b"POST /v1/train HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(TRAIN) + TRAIN)
        time.sleep(wait)
    assert set(jobs_end(fresh)) <= {"cancelled"}
    with Node.open(fresh.root) as node:
        assert node.models() == ()
    assert list(fresh.scratch.iterdir()) == []


def test_two_clients_train_at_once(fresh: Home) -> None:
    made: dict[str, str] = {}
    errors: list[BaseException] = []

    def work(file: str) -> None:
        try:
            with Node.open(fresh.root) as node:
                made[file] = node.train(SAMPLE / file, target=TARGET, preset="quick").info.dataset
        except BaseException as error:
            errors.append(error)

    names = ("hospital_a_general.csv", "hospital_c_geriatric.csv")
    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert made == {name: name.removesuffix(".csv") for name in names}
    with Node.open(fresh.root) as node:
        assert {model.info.dataset for model in node.models()} == set(made.values())


@pytest.mark.parametrize("epsilon", [float("nan"), float("inf"), 0.0, -1.0])
def test_an_epsilon_that_is_none_is_refused_and_charges_nothing(trained: Home, epsilon: float) -> None:
    """JSON has no word for what is not finite; it must not arrive as the default and be drawn and charged."""
    with Node.open(trained.root) as node:
        (model,) = node.models()
        before = node.budget(model.info.dataset).charges
        with pytest.raises(LwnodeError):
            node.draft(model, semantic(), privacy=lwnode.Budget(epsilon=epsilon))
        assert node.budget(model.info.dataset).charges == before


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with serving(tmp_path_factory.mktemp("trained")) as where, Node.open(where.root) as node:
        node.add_profile(lwnode.read_profile(SAMPLE / "profile.json"))
        node.train(SAMPLE / "hospital_c_geriatric.csv", target=TARGET, preset="quick")
        yield where


def test_publishing_twice_at_once_is_publishing_once(trained: Home) -> None:
    with Node.open(trained.root) as node:
        (model,) = node.models()
        before = len(node.budget(model.info.dataset).charges)
        drafts: list[str] = []
        wares: list[str] = []
        errors: list[BaseException] = []

        def draft() -> None:
            try:
                with Node.open(trained.root) as other:
                    made = other.draft(model.id, semantic(), privacy=lwnode.Budget(epsilon=0.5))
                    drafts.append(made.digest)
                    wares.append(other.publish(made).id)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=draft) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert errors == []
        assert len(set(drafts)) == 1
        assert set(wares) == set(drafts)
        assert len(node.catalogue()) == 1
        assert len(node.budget(model.info.dataset).charges) == before + 1, "one draw is charged once"


def test_cancelling_what_has_ended_does_not_end_the_next(fresh: Home) -> None:
    with Node.open(fresh.root) as node:
        node.search()
        (job,) = node.jobs()
        with contextlib.suppress(LwnodeError):  # to say that it has ended would do as well
            job.cancel()
        node.search()
        assert [job.info.state for job in node.jobs()] == ["done", "done"]


# ---------------------------------------------------------------- the daemon
def test_a_socket_of_somebody_else_is_not_talked_to(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a home's path is long its socket lies in the place for temporary files, where anybody can make one first:
    whoever listens there would be handed the rows of every table from memory."""
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(LwnodeError):
        RemoteBackend(home.socket).close()


def test_a_daemon_that_cannot_listen_gives_the_home_back(tmp_path: Path) -> None:
    make_node(tmp_path, "h").close()
    where = home_at(tmp_path / "h")
    where.socket.parent.write_text("in the way")
    with pytest.raises(LwnodeError):
        Daemon(where, Settings(), network=False, signals=False).run()
    where.socket.parent.unlink()
    with Node.open(where.root) as node:
        assert node.status().organisation == "h hospital"


def children(pid: int) -> set[int]:
    """Return the processes that a process started, and theirs."""
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    out: set[int] = set()
    new = {pid}
    while new:
        new = {child for child, parent in found.items() if parent in new} - out
        out |= new
    return out


def test_rows_that_a_killed_training_left_behind_go_at_the_next_opening(tmp_path: Path) -> None:
    make_node(tmp_path, "h").close()
    left = home_at(tmp_path / "h").scratch / "lwnode-training-left"
    left.mkdir()
    (left / "table.arrow").write_bytes(b"rows")
    Node.open(tmp_path / "h").close()
    assert not left.exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_a_signal_in_the_middle_of_work(tmp_path: Path, number: signal.Signals) -> None:
    """It ends within seconds, no process of its work goes on, and the next start says what became of the job."""
    make_node(tmp_path, "h").close()
    where = home_at(tmp_path / "h")
    environ = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "lwnode", "daemon", "--offline", "--home", str(where.root)],
        env=environ,
        stderr=subprocess.PIPE,
    )
    errors: list[LwnodeError] = []
    try:
        end = time.monotonic() + 20
        while not where.socket.exists() and time.monotonic() < end:
            time.sleep(0.05)

        def work() -> None:
            try:
                with Node(RemoteBackend(where.socket)) as node:
                    node.train(SAMPLE / "hospital_a_general.csv", target=TARGET, preset="thorough")
            except LwnodeError as error:
                errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        while not (workers := children(process.pid)) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(1.0)
        process.send_signal(number)
        begin = time.monotonic()
        status = process.wait(10)
        took = time.monotonic() - begin
        thread.join(5)
        assert not thread.is_alive()
        gone = time.monotonic() + 5
        while (left := [pid for pid in workers if Path(f"/proc/{pid}").exists()]) and time.monotonic() < gone:
            time.sleep(0.05)
        assert workers
        assert left == [], "its worker goes on"
        assert len(errors) == 1
        assert errors[0].code != INTERNAL
        if number == signal.SIGTERM:
            assert status == 0
            assert took < 6
            assert not where.socket.exists()
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()
    with Node.open(where.root) as node:
        assert not node.status().daemon
        assert next(job.info.state for job in node.jobs()) in ("cancelled", "interrupted")
        assert node.models() == ()
        assert list(where.scratch.iterdir()) == []
