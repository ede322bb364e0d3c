# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from lwnode.errors import SettingsError
from lwnode.paths import SOCKET_PATH_LIMIT, Home, create_home, default_home, home_at


def test_home_is_private_and_named_by_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LWNODE_HOME", str(tmp_path / "here"))
    home = home_at()
    assert home.root == default_home() == tmp_path / "here"
    assert not home.root.exists()
    create_home(home)
    assert home.root.stat().st_mode & 0o777 == 0o700
    for folder in (home.blobs, home.keys, home.quarantine, home.scratch):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_without_the_variable_it_is_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LWNODE_HOME")
    assert default_home().name == "lwnode"


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError) as caught:
        create_home(Home(tmp_path / "file" / "home"))
    assert "--home" in caught.value.hint


def test_socket_path_always_fits(tmp_path: Path) -> None:
    assert Home(tmp_path / "h").socket.is_relative_to(tmp_path) or len(str(tmp_path)) > SOCKET_PATH_LIMIT - 20
    far = Home(tmp_path / ("x" * 120))
    assert len(str(far.socket)) <= SOCKET_PATH_LIMIT
    assert far.socket != Home(tmp_path / ("y" * 120)).socket
