# SPDX-License-Identifier: Apache-2.0
"""``lwnode check`` and what ``show`` and ``list`` say of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

import lwnode
from lwnode.cli import main
from lwnode.documents import Input
from lwnode.node.data import refer
from tests.support.homes import engine_of, make_node
from tests.support.models import constant, model_of

ABOUT = lwnode.Semantic(name="Illness", description="d", scenario=("Health",), license="Others")
INPUTS = tuple(Input(name=name, type="number") for name in "abc")


def linear() -> bytes:
    nodes = [
        helper.make_node("MatMul", ["input", "w"], ["score"]),
        helper.make_node("Softmax", ["score"], ["probabilities"], axis=1),
    ]
    return model_of(nodes, constants=[constant("w", [[-2.0, 2.0], [-2.0, 2.0], [0.0, 0.0]])]).SerializeToString()


def test_a_check_in_words_and_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X = (np.random.default_rng(0).normal(size=(600, 3)) * 0.6 + [1.0, -1.0, 0.5]).round(3)
    table = lwnode.Table.from_arrays(
        X, np.where(X[:, 0] + X[:, 1] > 0, "yes", "no"), columns=list("abc"), target="ill", name="one"
    )
    with make_node(tmp_path, "A") as node:
        node.add(table, name="one")
        model = node._call(
            "adopt", {"model": linear(), "data": refer("one"), "inputs": INPUTS, "classes": ("no", "yes")}
        )
        ware = node.publish(node.draft(model.id, ABOUT, privacy="no-noise"))

    def run(*arguments: str) -> tuple[int, str]:
        status = main([*arguments, "--home", str(tmp_path / "A")])
        return status, capsys.readouterr().out

    status, out = run("check", ware.id[:12])
    assert status == 0
    assert "Check: usable (1)" in out
    assert "note: its licence is none of those that have a name here" in out
    assert "ask what you may do with it" in out
    labelled = tmp_path / "labelled.csv"
    lines = ["a,b,c,ill", *(f"{a},{b},{c},{y}" for (a, b, c), y in zip(X, table.columns["ill"], strict=True))]
    labelled.write_text("\n".join(lines), encoding="utf-8")
    status, out = run("check", ware.id[:12], "--data", str(labelled), "--target", "ill", "--json")
    assert status == 0
    found = json.loads(out)["check"]
    assert (found["status"], found["meaning"]) == (1, "usable")
    assert {finding["code"] for finding in found["findings"]} >= {"figure-measured", "licence-not-named"}
    assert all(finding["hint"] for finding in found["findings"])
    assert "its accuracy on these rows is" in run("show", ware.id[:12])[1]
    assert "usable" in run("list")[1]
    with lwnode.Node.open(tmp_path / "A") as node:
        store = engine_of(node).store
        with store.transaction():
            store.checks._database.write("DELETE FROM learnware_check")
    assert "Not checked yet; `lwnode check` does it now." in run("show", ware.id[:12])[1]
