# SPDX-License-Identifier: Apache-2.0
"""The node's side of a hub's files, against a hub that answers as a test says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from lwnode.documents import FileEntry
from lwnode.errors import LwnodeError, NotFoundError, PartnerError, TrustError, UnreachableError
from lwnode_protocols.files import HubFiles
from lwnode_protocols.statements import verify_request
from tests.support.federation import node_key, now

KEY = node_key()
DATA = bytes(range(256)) * 40
SHA = hashlib.sha256(DATA).hexdigest()
ENTRY = FileEntry(name="model.onnx", sha256=SHA, size=len(DATA))


class Hub:
    """Answers requests, and remembers them."""

    def __init__(self, folder: Path, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.requests: list[httpx.Request] = []
        self.quarantine = folder
        self.answer = answer
        client = httpx.Client(base_url="https://hub", transport=httpx.MockTransport(self.serve))
        self.files = HubFiles(client, KEY, hub="hub", quarantine=folder, now=now)

    def serve(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return self.answer(request)

    @property
    def kept(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.quarantine.iterdir()}


def give(data: bytes, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _request: httpx.Response(status, stream=httpx.ByteStream(data))


def test_every_request_is_signed_for_this_hub(tmp_path: Path) -> None:
    hub = Hub(tmp_path, give(DATA))
    hub.files.has(SHA)
    hub.files.fetch(ENTRY)
    hub.answer = give(b"", 201)
    hub.files.bring(SHA, DATA)
    assert [request.method for request in hub.requests] == ["HEAD", "GET", "PUT"]
    for request in hub.requests:
        signed = verify_request(
            request.headers, method=request.method, path=request.url.path, hub="hub", now=now(), window=60
        )
        assert signed.content == (SHA if request.method == "PUT" else hashlib.sha256(b"").hexdigest())
    assert hub.requests[-1].content == DATA


def test_a_file_is_fetched_and_leaves_nothing_behind(tmp_path: Path) -> None:
    hub = Hub(tmp_path, give(DATA))
    assert hub.files.fetch(ENTRY) == DATA
    assert hub.kept == {}


def test_an_interrupted_fetch_goes_on_where_it_stopped(tmp_path: Path) -> None:
    def cut(_request: httpx.Request) -> httpx.Response:
        def parts() -> object:
            yield DATA[:4_000]
            raise httpx.ReadError("cut")

        return httpx.Response(200, content=parts())  # type: ignore[arg-type]  # a generator of bytes is one

    hub = Hub(tmp_path, cut)
    with pytest.raises(UnreachableError):
        hub.files.fetch(ENTRY)
    assert hub.kept == {f"{SHA}.part": DATA[:4_000]}
    assert (tmp_path / f"{SHA}.part").stat().st_mode & 0o777 == 0o600
    hub.answer = give(DATA[4_000:], 206)
    assert hub.files.fetch(ENTRY) == DATA
    assert hub.requests[-1].headers["range"] == "bytes=4000-"
    assert hub.kept == {}


def test_a_file_that_came_whole_before_a_crash_is_not_asked_for(tmp_path: Path) -> None:
    hub = Hub(tmp_path, give(b"", 500))
    (tmp_path / f"{SHA}.part").write_bytes(DATA)
    assert hub.files.fetch(ENTRY) == DATA
    assert hub.requests == []


@pytest.mark.parametrize(
    "data",
    [DATA[:-1] + b"x", DATA + b"x", DATA * 3, DATA[:-1], b""],
    ids=["other", "one more", "far more", "one less", "none"],
)
def test_other_bytes_than_were_announced_are_not_kept(tmp_path: Path, data: bytes) -> None:
    hub = Hub(tmp_path, give(data))
    with pytest.raises(TrustError):
        hub.files.fetch(ENTRY)
    assert hub.kept == {}


def test_what_was_kept_of_other_bytes_is_given_up(tmp_path: Path) -> None:
    (tmp_path / f"{SHA}.part").write_bytes(DATA * 2)
    hub = Hub(tmp_path, give(DATA))
    assert hub.files.fetch(ENTRY) == DATA


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotFoundError), (401, PartnerError), (500, PartnerError), (206, PartnerError)]
)
def test_a_fetch_that_is_refused(tmp_path: Path, status: int, error: type[LwnodeError]) -> None:
    hub = Hub(tmp_path, give(DATA, status))
    with pytest.raises(error):
        hub.files.fetch(ENTRY)
    assert hub.kept == {}


@pytest.mark.parametrize("status", [200, 206, 416])
def test_a_hub_that_does_not_go_on_as_asked_begins_anew_next_time(tmp_path: Path, status: int) -> None:
    (tmp_path / f"{SHA}.part").write_bytes(b"other")
    hub = Hub(tmp_path, give(DATA, status))
    with pytest.raises((PartnerError, TrustError)):
        hub.files.fetch(ENTRY)
    assert hub.kept == {}


@pytest.mark.parametrize(("status", "found"), [(200, True), (404, False)])
def test_has(tmp_path: Path, status: int, found: bool) -> None:
    assert Hub(tmp_path, give(b"", status)).files.has(SHA) is found


@pytest.mark.parametrize("status", [401, 413, 422, 500, 507])
def test_an_upload_that_is_refused_is_an_error_for_a_person(tmp_path: Path, status: int) -> None:
    hub = Hub(tmp_path, give(b"", status))
    with pytest.raises(PartnerError) as caught:
        hub.files.bring(SHA, DATA)
    assert str(caught.value)
    if status in (401, 413, 507):
        assert caught.value.hint
