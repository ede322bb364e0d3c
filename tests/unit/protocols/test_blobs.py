# SPDX-License-Identifier: Apache-2.0
"""The route for files, on a real store and without a network."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from lwnode.documents import digest
from lwnode.errors import DiskFullError
from lwnode.paths import home_at
from lwnode.store import HubStore
from lwnode.trust.identity import spki
from lwnode_protocols.asgi import Refusal, headers_of, refuse
from lwnode_protocols.blobs import BlobRoute
from lwnode_protocols.limits import HubLimits
from lwnode_protocols.statements import sign_request
from tests.support.asgi import Answer, ask
from tests.support.federation import node_key, now

KEY = node_key()
OTHER = node_key()
DATA = bytes(range(256)) * 5_000  # 1.28 MB: more than one part
SHA = hashlib.sha256(DATA).hexdigest()


class Bench:
    def __init__(self, store: HubStore, pool: ThreadPoolExecutor) -> None:
        self.store = store
        self.pool = pool
        self.members = {digest(spki(key.public_key())) for key in (KEY, OTHER)}
        self.limits = HubLimits(body_seconds=0.5)
        self.made: BlobRoute | None = None

    def route(self) -> BlobRoute:
        if self.made is None:
            self.made = BlobRoute(
                "hub",
                self.store.blobs,
                lambda member: member in self.members,
                spool=self.store.home.quarantine,
                limits=self.limits,
                now=now,
                threads=self.pool,
            )
        return self.made

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.route()(scope, headers_of(scope), receive, send)
        except Refusal as refusal:
            await refuse(send, refusal)

    def ask(self, method: str, sha: str = SHA, *, key: Any = KEY, content: str | None = None, **more: Any) -> Answer:
        path = f"/lw/v1/blob/{sha}"
        claimed = {} if content is None else {"content": content}
        headers = {
            **sign_request(key, method=method, path=path, hub="hub", now=now(), **claimed),
            **more.pop("headers", {}),
        }
        return asyncio.run(ask(self.app, method, path, headers=headers, **more))

    def put(self, data: bytes = DATA, **more: Any) -> Answer:
        sha = hashlib.sha256(data).hexdigest()
        return self.ask("PUT", sha, content=sha, body=data, parts=7, **more)

    @property
    def kept(self) -> list[str]:
        assert list(self.store.home.quarantine.iterdir()) == [], "nothing unfinished is left"
        return list(self.store.blobs.all())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with HubStore.open(home_at(tmp_path), now=now) as store, ThreadPoolExecutor(2) as pool:
        yield Bench(store, pool)


def test_a_file_comes_and_goes_whole(bench: Bench) -> None:
    assert bench.ask("HEAD").status == 404
    assert bench.put().status == 201
    assert bench.kept == [SHA]
    head = bench.ask("HEAD", key=OTHER)
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(DATA)), b"")
    got = bench.ask("GET", key=OTHER)
    assert (got.status, got.body) == (200, DATA)


def test_an_empty_file(bench: Bench) -> None:
    assert bench.put(b"").status == 201
    assert bench.ask("GET", hashlib.sha256(b"").hexdigest()).body == b""


@pytest.mark.parametrize(
    ("wanted", "start", "part"),
    [
        ("bytes=0-", 0, DATA),
        ("bytes=1000-", 1_000, DATA[1_000:]),
        ("bytes=10-19", 10, DATA[10:20]),
        (f"bytes={len(DATA) - 1}-", len(DATA) - 1, DATA[-1:]),
        ("bytes=0-99999999", 0, DATA),
    ],
)
def test_a_part(bench: Bench, wanted: str, start: int, part: bytes) -> None:
    bench.put()
    got = bench.ask("GET", headers={"range": wanted})
    assert (got.status, got.body) == (206, part)
    assert got.headers["content-range"] == f"bytes {start}-{start + len(part) - 1}/{len(DATA)}"


@pytest.mark.parametrize(
    "wanted", [f"bytes={len(DATA)}-", "bytes=9-8", "bytes=-5", "bytes=0-1,3-4", "lines=1-", "bytes=a-"]
)
def test_a_range_that_is_none(bench: Bench, wanted: str) -> None:
    bench.put()
    assert bench.ask("GET", headers={"range": wanted}).status == 416


def test_other_bytes_than_the_path_says_are_not_kept(bench: Bench) -> None:
    wrong = DATA[:-1] + b"x"
    assert bench.ask("PUT", SHA, content=SHA, body=wrong, parts=3).status == 422
    assert bench.kept == []


def test_a_signature_over_another_digest_is_refused_before_the_body(bench: Bench) -> None:
    found = bench.ask("PUT", SHA, content="1" * 64, body=DATA)
    assert (found.status, found.read) == (422, 0)
    assert bench.kept == []


@pytest.mark.parametrize(
    "case",
    [
        {"length": None},
        {"length": len(DATA) + 1},
        {"length": len(DATA) - 1},
        {"stay": False, "length": len(DATA) + 1},
    ],
    ids=["no length", "too short", "too long", "hung up"],
)
def test_an_upload_that_is_cut_leaves_nothing(bench: Bench, case: dict[str, Any]) -> None:
    assert bench.put(**case).status in (400, 408, 411)
    assert bench.kept == []


def test_a_file_that_is_too_large_is_refused_unread(bench: Bench) -> None:
    bench.limits = dataclasses.replace(bench.limits, blob=len(DATA) - 1)
    found = bench.put()
    assert (found.status, found.read) == (413, 0)


def test_a_member_may_leave_so_much_and_no_more(bench: Bench) -> None:
    bench.limits = dataclasses.replace(bench.limits, quota=len(DATA) + 10)
    assert bench.put().status == 201
    assert bench.put(b"twenty bytes of data").status == 413
    assert bench.put(b"ten bytes!").status == 201
    assert bench.put(b"twenty bytes of data", key=OTHER).status == 201, "each has its own"


def test_a_failed_upload_does_not_use_up_the_quota(bench: Bench) -> None:
    bench.limits = dataclasses.replace(bench.limits, quota=len(DATA))
    assert bench.ask("PUT", SHA, content=SHA, body=b"x" * len(DATA)).status == 422
    assert bench.put().status == 201


def test_a_file_that_is_here_is_not_read_again(bench: Bench) -> None:
    bench.put()
    found = bench.put()
    assert (found.status, found.read) == (201, 0)


@pytest.mark.parametrize("method", ["HEAD", "GET", "PUT"])
def test_a_stranger_learns_nothing(bench: Bench, method: str) -> None:
    bench.put()
    stranger = node_key()
    there = bench.ask(method, SHA, key=stranger, content=SHA if method == "PUT" else None, body=b"")
    absent = bench.ask(method, "1" * 64, key=stranger, content="1" * 64 if method == "PUT" else None, body=b"")
    assert (there.status, there.body) == (absent.status, absent.body) == (404, b"")


@pytest.mark.parametrize("sha", ["", "0" * 63, "0" * 65, "G" * 64, "..", "A" * 64])
def test_paths_that_are_no_digest(bench: Bench, sha: str) -> None:
    assert bench.ask("GET", sha).status == 404


def test_without_a_signature_nothing_is_looked_up(bench: Bench) -> None:
    bench.put()
    found = asyncio.run(ask(bench.app, "GET", f"/lw/v1/blob/{SHA}"))
    assert (found.status, found.body) == (401, b"signature")


def test_a_full_disk_is_said_and_leaves_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(data: bytes) -> str:
        raise DiskFullError("no room")

    monkeypatch.setattr(bench.store.blobs, "put", full)
    assert bench.put().status == 507
    assert bench.kept == []
