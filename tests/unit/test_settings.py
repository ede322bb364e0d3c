# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from lwnode.errors import SettingsError
from lwnode.settings import Settings, load, write


def test_later_source_wins(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("epsilon_cap = 3\nreduced_set_size = 20\n")
    assert load(file, {}).epsilon_cap == 3.0
    assert load(file, {"LWNODE_EPSILON_CAP": "2.5"}).epsilon_cap == 2.5
    found = load(file, {"LWNODE_EPSILON_CAP": "2.5"}, {"epsilon_cap": 1.5, "log_level": None})
    assert (found.epsilon_cap, found.reduced_set_size, found.log_level) == (1.5, 20, "warning")


def test_missing_file_is_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml", {}) == Settings()


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"LWNODE_EPSILON_CAPP": "1"}, "did you mean 'epsilon_cap'"),
        ({"LWNODE_EPSILON_CAP": "much"}, "must be a number"),
        ({"LWNODE_EPSILON_CAP": "-1"}, "outside"),
        ({"LWNODE_EPSILON_CAP": "nan"}, "outside"),
        ({"LWNODE_REDUCED_SET_SIZE": "1000"}, "outside"),
        ({"LWNODE_AUDIENCE": "everybody"}, "must be one of"),
        ({"LWNODE_AUDIT_SECONDS": "-1"}, "outside"),
    ],
)
def test_bad_values_say_what_to_do(environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(None, environ)
    assert words in f"{caught.value} {caught.value.hint}"


def test_unknown_key_in_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("epsilon_kap = 3\n")
    with pytest.raises(SettingsError) as caught:
        load(file, {})
    assert "epsilon_cap" in caught.value.hint


def test_file_that_is_not_toml(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xff\xfe = ]")
    with pytest.raises(SettingsError, match="not valid TOML"):
        load(file, {})


def test_write_keeps_other_keys(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('epsilon_cap = 3\naudience = "public"\n')
    assert write(file, "reduced_set_size", "30").reduced_set_size == 30
    again = load(file, {})
    assert (again.epsilon_cap, again.audience, again.reduced_set_size) == (3.0, "public", 30)
    with pytest.raises(SettingsError):
        write(file, "reduced_set_size", "many")
    assert load(file, {}) == again


def test_names_that_belong_elsewhere_are_passed_over() -> None:
    assert load(None, {"LWNODE_HOME": "/x", "LWNODE_PASSPHRASE": "y", "LWNODE_DEBUG": "1"}) == Settings()
