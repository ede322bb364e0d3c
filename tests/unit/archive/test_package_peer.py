# SPDX-License-Identifier: Apache-2.0
"""What the `learnware` package itself makes of what is written here; skipped where it is not installed."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lwnode.archive import check_files
from lwnode.archive.package_zip import build_package_zip, package_semantic
from lwnode.specification import mmd2, specify, to_frame
from lwnode.specification.frame import raw_matrix
from lwnode.specification.interop import package_set, read_json, write_json
from tests.support import archive
from tests.support.models import model_of
from tests.support.package import VECTORS, ask_peer
from tests.support.specification import clusters, numbers

ROWS: dict[str, list[Any]] = {"age": [31.0, 70.0, None], "stay": [3.0, 12.0, 4.0], "sex": ["m", "f", None]}


def model() -> bytes:
    """A model whose two outputs are the position of sex and a tenth of the stay, NaN as minus one."""
    from onnx import helper

    from tests.support.models import constant

    nodes = [
        helper.make_node("IsNaN", ["input"], ["missing"]),
        helper.make_node("Where", ["missing", "minus", "input"], ["known"]),
        helper.make_node("MatMul", ["known", "pick"], ["probabilities"]),
    ]
    pick = constant("pick", [[0, 0], [0, 0.1], [1, 0]])
    return model_of(nodes, width=3, columns=2, constants=[constant("minus", -1.0), pick]).SerializeToString()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("peer")
    for name in ("table", "text", "image", "hetero", "capability", "alias"):
        (folder / f"{name}.json").write_bytes(write_json(read_json((VECTORS / f"{name}.json").read_bytes())))
    for name, spec in pair().items():
        (folder / f"{name}.json").write_bytes(write_json(package_set(spec)))
    contents = archive.files(model_onnx=model())
    ware = check_files(archive.signed(contents).manifest, contents)
    ware = dataclasses.replace(ware, semantic=dataclasses.replace(ware.semantic, name="再入院 😀"))
    (folder / "ours.zip").write_bytes(build_package_zip(ware))
    (folder / "semantic.json").write_bytes(package_semantic(ware))
    (folder / "rows.json").write_text(json.dumps(ROWS))
    return folder, ask_peer(folder)


def pair() -> dict[str, Any]:
    return {
        name: specify(clusters(200, 6, seed=seed), numbers(6), privacy="public", size=25)
        for name, seed in (("a", 1), ("b", 2))
    }


def test_the_package_gives_our_distance(told: tuple[Path, dict[str, Any]]) -> None:
    ours = mmd2(*pair().values())
    assert told[1]["distance"] == pytest.approx(ours, abs=1e-9)
    assert told[1]["back"] == pytest.approx(ours, abs=1e-9)


def test_the_package_saves_our_files_as_they_are(told: tuple[Path, dict[str, Any]]) -> None:
    folder = told[0]
    for name in ("table", "text", "image", "hetero", "capability", "alias", "a", "b"):
        assert (folder / "saved" / f"{name}.json").read_bytes() == (folder / f"{name}.json").read_bytes(), name


def test_the_packages_checkers_take_our_zip(told: tuple[Path, dict[str, Any]]) -> None:
    assert told[1]["semantic"] == 0  # "not usable yet": the best that this checker says
    assert (told[1]["statistical"], told[1]["message"]) == (1, "EasyStatChecker Success")


def test_the_model_runs_in_the_package_on_rows_of_the_frame(told: tuple[Path, dict[str, Any]]) -> None:
    profile, answer = archive.PROFILE, told[1]
    columns = {name: np.array(values, dtype=object if name == "sex" else float) for name, values in ROWS.items()}
    np.testing.assert_allclose(answer["frame"], to_frame(profile, raw_matrix(profile, columns)), atol=1e-9)
    middle = 55.0  # of age's bounds: where a missing number stands in the frame
    np.testing.assert_allclose(answer["inputs"], [[31, 3, 1], [70, 12, 0], [middle, 4, -1]], atol=1e-5)
    np.testing.assert_allclose(answer["predictions"], [[1, 0.3], [0, 1.2], [-1, 0.4]], atol=1e-5)
