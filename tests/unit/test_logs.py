# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from lwnode import logs
from lwnode.errors import StoreError


@pytest.fixture(autouse=True)
def keep_root_logger() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_json_lines_off_a_terminal() -> None:
    stream = io.StringIO()
    logs.configure("info", stream=stream)
    logging.getLogger("lwnode.test").info("synced %d learnwares", 3)
    line = json.loads(stream.getvalue())
    assert line["message"] == "synced 3 learnwares"
    assert line["level"] == "info"


def test_error_carries_its_code() -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    try:
        raise StoreError("gone")
    except StoreError:
        logging.getLogger("lwnode.test").exception("failed")
    assert json.loads(stream.getvalue())["code"] == "LW-STORE"


@pytest.mark.parametrize(
    "secret",
    [
        "array([[61., 29.4]])",
        "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----",
        "tensor([1.5])",
    ],
)
def test_values_and_keys_are_cut(secret: str) -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    logging.getLogger("lwnode.test").error("seen %s", secret)
    assert "29.4" not in stream.getvalue()
    assert "MIGH" not in stream.getvalue()
    assert "[cut]" in stream.getvalue()


def test_file_is_private(tmp_path: Path) -> None:
    file = tmp_path / "node.log"
    logs.configure(file=file)
    logging.getLogger("lwnode.test").error("x")
    assert file.stat().st_mode & 0o777 == 0o600


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_human_lines_on_a_terminal() -> None:
    stream = Terminal()
    logs.configure(stream=stream)
    logging.getLogger("lwnode.test").error("disk is full")
    assert stream.getvalue() == "ERROR lwnode.test: disk is full\n"
