# SPDX-License-Identifier: Apache-2.0
"""The package as a whole: light to import, its public names, its layout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import lwnode

ROOT = Path(lwnode.__file__).parent.parent
HEAVY = ("torch", "sklearn", "flwr", "PySide6", "sqlite_utils", "onnxruntime", "numpy", "pyarrow", "rapidfuzz")


def run(code: str, cwd: Path) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_import_loads_nothing_heavy_and_touches_nothing(tmp_path: Path) -> None:
    code = f"import sys, lwnode; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert run(code, tmp_path) == "[]"
    assert list(tmp_path.iterdir()) == []


def test_import_draws_no_random_numbers() -> None:
    code = "import random; a = random.getstate(); import lwnode; print(random.getstate() == a)"
    assert run(code, ROOT) == "True"


def test_public_names_are_sorted_and_exist() -> None:
    assert list(lwnode.__all__) == sorted(lwnode.__all__)
    for name in lwnode.__all__:
        assert getattr(lwnode, name) is not None
    assert set(lwnode.__all__) <= set(dir(lwnode))


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        lwnode.nonsense  # noqa: B018 -- the access is the test


def test_stub_names_what_the_package_has() -> None:
    stub = (ROOT / "lwnode" / "__init__.pyi").read_text()
    for name in lwnode.__all__:
        assert f"as {name}" in stub


@pytest.mark.parametrize("folder", ["packaging", "gui", "protocols"])
def test_no_init_file_that_would_shadow_a_package(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()


def test_sample_is_what_its_generator_makes(tmp_path: Path) -> None:
    from benchmarks.sample import generate

    generate(tmp_path)
    made = sorted(tmp_path.glob("*.csv"))
    assert len(made) == 7
    for file in made:
        assert file.read_bytes() == (lwnode.sample() / file.name).read_bytes()


def test_versions_agree() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == lwnode.__version__
