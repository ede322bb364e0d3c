# SPDX-License-Identifier: Apache-2.0
"""The README's words are run: its Python, its commands' help, its promises about files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import lwnode
from lwnode.cli.app import lwnode as root

ROOT = Path(lwnode.__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_ten_lines_of_python_run(tmp_path: Path) -> None:
    (script,) = blocks("python")
    statements = [line for line in script.splitlines() if line.strip() and not line.startswith("import")]
    assert len(statements) <= 10
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("fits ")


def test_every_command_it_names_exists() -> None:
    named = set(re.findall(r"^lwnode ([a-z]+)(?: ([a-z]+))?", "\n".join(blocks("sh")), re.MULTILINE))
    assert len(named) >= 10
    for first, _ in named:
        assert first in root.commands, first


def test_every_make_target_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`?make ([a-z]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_files_it_links_exist() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        if not link.startswith("http"):
            assert (ROOT / link).exists(), link


def test_the_first_two_commands_are_the_demo_and_the_tests() -> None:
    first = blocks("sh")[0].split("\n")
    assert first[0].startswith("make demo")
    assert first[1].startswith("make test")
    assert README.index("make demo") < 2_000
