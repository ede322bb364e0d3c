# SPDX-License-Identifier: Apache-2.0
"""Learnwares that were signed as they are and mean harm: each is told from an honest one, in bounded time.

The models run in worker processes, as they do where they arrive.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from onnx import helper

from lwnode.checker import CheckReport
from lwnode.errors import WorkerError
from lwnode.node.checking import Asking
from lwnode.types import silent
from tests.support.checker import CARD, checked, codes, ware
from tests.support.models import constant, fixed_answer, lying_worker, model_of, slow

MIB = 1 << 20


def report_on(model: bytes, *, wall: float = 20.0, memory: int = 1024 * MIB, width: int = 3) -> CheckReport:
    card = replace(CARD, inputs=CARD.inputs[:width])
    semantic = replace(ware().semantic, inputs=ware().semantic.inputs[:width])
    with Asking(model, memory=memory, seconds=10, wall=wall, progress=silent) as predict:
        return checked(ware(card=card, semantic=semantic), predict)


def random_operator() -> bytes:
    node = helper.make_node("RandomNormalLike", ["input"], ["probabilities"])
    return model_of([node], columns=3).SerializeToString()


def of_the_batch() -> bytes:
    """A model whose answer to a row follows from the rows beside it."""
    nodes = [
        helper.make_node("ReduceMean", ["input", "rows"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["input", "mean"], ["centred"]),
        helper.make_node("MatMul", ["centred", "w"], ["score"]),
        helper.make_node("Softmax", ["score"], ["probabilities"], axis=1),
    ]
    w = [[0.1, -0.1], [0.0, 0.0], [0.0, 0.0]]
    return model_of(nodes, constants=[constant("rows", [0], np.int64), constant("w", w)]).SerializeToString()


def no_number_at_the_edge() -> bytes:
    """A model that divides by zero at the age of 150, which only extreme rows have."""
    nodes = [
        helper.make_node("Gather", ["input", "first"], ["age"], axis=1),
        helper.make_node("Sub", ["age", "limit"], ["gap"]),
        helper.make_node("Div", ["zero", "gap"], ["nothing"]),
        helper.make_node("Add", ["nothing", "answer"], ["probabilities"]),
    ]
    constants = [
        constant("first", [0], np.int64),
        constant("limit", 150.0),
        constant("zero", 0.0),
        constant("answer", [[0.6, 0.4]]),
    ]
    return model_of(nodes, constants=constants).SerializeToString()


REFUSED = {
    "not a number": (lambda: fixed_answer([[float("nan"), float("nan")]]), "model-fails"),
    "probabilities that sum to 1.8": (lambda: fixed_answer([[0.9, 0.9]]), "model-fails"),
    "more classes than its card": (lambda: fixed_answer([[0.2, 0.3, 0.5]]), "label-set"),
    "values instead of classes": (lambda: fixed_answer([[0.5]], output="values"), "answer-kind"),
    "another number of inputs": (lambda: fixed_answer([[0.5, 0.5]], width=5), "model-takes-other-inputs"),
    "a random operator": (random_operator, "model-refused"),
    "no model at all": (lambda: b"\x08\x0a" + bytes(64), "model-refused"),
    "answers of the batch": (of_the_batch, "batch-matters"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_model_that_is_not_what_its_card_says(what: str) -> None:
    make, code = REFUSED[what]
    report = report_on(make())
    assert report.status == -1
    assert code in codes(report)
    assert all(finding.hint for finding in report.findings)


def test_a_model_that_hangs_costs_the_time_it_is_given_and_no_more() -> None:
    began = time.monotonic()
    report = report_on(slow(folded=False), wall=2.0, width=2)
    assert (report.status, codes(report)) == (-1, {"model-fails"})
    assert time.monotonic() - began < 12


def test_a_model_that_needs_more_memory_than_this_node_allows() -> None:
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["big"], value=helper.make_tensor("v", 1, [1], [0.5])),
        helper.make_node("ReduceSum", ["input"], ["any"], keepdims=0),
        helper.make_node("Add", ["big", "any"], ["more"]),
        helper.make_node("ReduceMean", ["more"], ["one"], keepdims=0),
        helper.make_node("Add", ["input", "one"], ["probabilities"]),
    ]
    size = constant("shape", [20_000, 20_000], np.int64)
    report = report_on(model_of(nodes, width=2, constants=[size]).SerializeToString(), memory=512 * MIB, width=2)
    assert (report.status, report.ran, codes(report)) == (0, False, {"model-not-run-here"})


def test_one_answer_for_everybody_is_a_warning() -> None:
    report = report_on(fixed_answer([[0.6, 0.4]]))
    assert report.status == 1
    assert "answers-constant" in codes(report)


def test_a_worker_that_ended_over_extreme_rows_is_a_warning() -> None:
    report = report_on(no_number_at_the_edge())
    assert report.status == 1
    assert "extremes-not-answered" in codes(report)


LIAR = """
hear(); say("ready", "full probabilities 3 2")
n = 0
while True:
    head = hear(); rows = head["arrays"][0]["shape"][0]; n += 1
    said = {"name": "probabilities", "dtype": "float32", "shape": [rows, 2]}
    say("answer", "", [said], struct.pack("<2f", 0.5 + 0.02 * n, 0.5 - 0.02 * n) * rows)
"""


def test_a_worker_that_answers_otherwise_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    lying_worker(monkeypatch, LIAR)
    report = report_on(fixed_answer([[0.5, 0.5]]))
    assert report.status == -1
    assert "answers-change" in codes(report)


def test_a_worker_that_dies_at_the_first_row(monkeypatch: pytest.MonkeyPatch) -> None:
    lying_worker(monkeypatch, 'hear(); say("ready", "full probabilities 3 2"); hear(); os.kill(os.getpid(), 11)')
    report = report_on(fixed_answer([[0.5, 0.5]]))
    assert (report.status, report.ran, codes(report)) == (-1, False, {"model-fails"})


def test_after_it_died_it_is_asked_in_a_new_process() -> None:
    with Asking(no_number_at_the_edge(), memory=1024 * MIB, seconds=10, wall=20, progress=silent) as predict:
        usual = np.array([[40.0, 5.0, 0.0]], dtype=np.float32)
        first = predict(usual)["probabilities"]
        with pytest.raises(WorkerError, match="not finite"):
            predict(np.array([[150.0, 5.0, 0.0]], dtype=np.float32))
        assert np.array_equal(predict(usual)["probabilities"], first)
