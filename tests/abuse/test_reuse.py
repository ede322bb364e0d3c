# SPDX-License-Identifier: Apache-2.0
"""Reuse under bad input and bad learnwares: an answer that is right, or one line that says why there is none."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lwnode
from lwnode.errors import DataError, LwnodeError, NothingFitsError, ReuseError, UnsafeModelError, WorkerError
from lwnode.models import Worker
from lwnode.node.engine import Engine
from lwnode.reuse import METHODS, NEED_LABELS
from tests.support.homes import engine_of, make_node
from tests.support.kinds import NAMES, publish, rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory):
    """Two learnwares of the same two kinds, and one of three kinds that has the same data set's column."""
    with make_node(tmp_path_factory.mktemp("abuse"), "A") as node:
        yield node, publish(node, (((0, 1), "kind"), ((0, 1), "kind"), ((0, 1, 2), "kind")))


def repeated(count: int) -> lwnode.Table:
    """The same row many times."""
    X = np.repeat(np.array([[0.3, -0.2, 0.1, 0.5]]), count, axis=0)
    return lwnode.Table.from_arrays(X, columns=NAMES, name="one row")


@pytest.mark.parametrize("count", [1, 1000])
@pytest.mark.parametrize("method", ["auto", "mix", "fuse", "job-selector", "average", "vote", "top-1", "align"])
def test_rows_without_any_spread_are_answered_alike(market, count: int, method: str) -> None:
    node, ids = market
    use = node.reuse(ids[:2], data=repeated(count), method=method)
    assert use.predictions is not None
    values = use.predictions.values
    assert values.shape == (count, 2)
    assert np.allclose(values.sum(axis=1), 1.0)
    assert np.allclose(values, values[:1])
    assert use.report is not None
    assert use.report.coverage.shape == (count,)


def written(path: Path, X: np.ndarray) -> Path:
    """A file of the rows."""
    np.savetxt(path, X, delimiter=",", header=",".join(NAMES), comments="", fmt="%.6f")
    return path


def test_a_thousand_identical_rows_of_a_file_are_searched_with(market, tmp_path: Path) -> None:
    node, _ = market
    found = node.search(
        lwnode.Requirement(data=written(tmp_path / "same.csv", np.tile([0.3, -0.2, 0.1, 0.5], (1000, 1))))
    )
    again = node.search(lwnode.Requirement(data=repeated(1000)))
    assert [(match.learnware, match.verdict) for match in found.nearest] == [
        (match.learnware, match.verdict) for match in again.nearest
    ]
    assert len(found.nearest) == 3


def test_a_column_of_one_value_says_where_the_rows_are(market, tmp_path: Path) -> None:
    node, ids = market
    X = np.random.default_rng(3).normal(size=(80, 4))
    X[:, 2] = 0.5
    path = written(tmp_path / "one value.csv", X)
    arrays = lwnode.Table.from_arrays(np.round(X, 6), columns=NAMES, name="one value")
    found, again = (node.search(lwnode.Requirement(data=data)) for data in (path, arrays))
    assert [match.distance for match in found.nearest] == pytest.approx([match.distance for match in again.nearest])
    assert len(found.nearest) == 3
    ours, theirs = (node.reuse(ids[:2], data=data, method="mix").predictions for data in (path, arrays))
    assert ours is not None
    assert theirs is not None
    assert np.allclose(ours.values, theirs.values)
    withheld = lwnode.read_table(path, roles={NAMES[2]: "ignored"})
    assert not node.search(lwnode.Requirement(data=withheld)).nearest


def test_columns_that_match_nothing_are_refused(market) -> None:
    node, ids = market
    strange = lwnode.Table.from_arrays(np.arange(60.0).reshape(20, 3), columns=["q", "r", "s"], name="strange")
    found = node.search(lwnode.Requirement(data=strange), across=True)
    assert found.verdict == "nothing fits"
    with pytest.raises(NothingFitsError):
        node.reuse(found)
    with pytest.raises(LwnodeError):
        node.reuse(found, across=True)
    with pytest.raises(DataError, match="lacks columns"):
        node.reuse(ids, data=strange)
    with pytest.raises(ReuseError, match="none of the learnwares"):
        node.reuse(ids, data=strange, across=True)


def test_labels_of_one_class_only_are_no_error(market) -> None:
    node, ids = market
    one = rows((0,), 60, 31)
    report = node.reuse(ids[:2], data=rows((0, 1), 80, 30), labelled=one).report
    assert report is not None
    assert [figure.name for figure in report.estimate] == ["accuracy"]
    assert report.comparison == ()
    assert report.best == ""
    assert "no model can be trained on these labels alone" in report.note


def test_labels_that_nobody_knows_are_refused(market) -> None:
    node, ids = market
    with pytest.raises(DataError, match="unknown to the learnwares") as refused:
        node.reuse(ids[:2], data=rows((0, 1), 50, 16), labelled=rows((3,), 60, 17))
    assert refused.value.hint


@pytest.fixture
def swapped(market, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, bytes], None]:
    """Put other bytes in the place of a learnware's model, as if its publisher had signed them."""
    real = Engine.model_of
    bytes_of: dict[str, bytes] = {}
    monkeypatch.setattr(Engine, "model_of", lambda self, row: bytes_of.get(row.id) or real(self, row))
    return bytes_of.__setitem__


def model_of(node: lwnode.Node, identity: str) -> bytes:
    engine = engine_of(node)
    found = engine.model_of(engine.store.catalogue.get(identity))
    assert found is not None
    return found


def without_the_first(node: lwnode.Node, ids: tuple[str, ...], mine: lwnode.Table, reason: str) -> None:
    """The others answer as if the first had not been named, and the report says why it is not there."""
    whole = node.reuse(ids[:2], data=mine, method="average")
    alone = node.reuse(ids[1:2], data=mine, method="average")
    assert whole.report is not None
    assert whole.predictions is not None
    assert alone.predictions is not None
    assert np.allclose(whole.predictions.values, alone.predictions.values)
    (out,) = whole.report.left_out
    assert out.learnware == ids[0]
    assert reason in out.reason
    assert [member.learnware for member in whole.report.members] == [ids[1]]


def test_a_model_that_is_no_model_does_not_stop_the_others(market, swapped) -> None:
    node, ids = market
    swapped(ids[0], b"not a model")
    without_the_first(node, ids, rows((0, 1), 40, 18), "refused")
    with pytest.raises(UnsafeModelError):
        node.reuse(ids[:1], data=rows((0, 1), 40, 18))


def test_a_model_of_another_shape_does_not_stop_the_others(market, swapped) -> None:
    node, ids = market
    swapped(ids[0], model_of(node, ids[2]))
    without_the_first(node, ids, rows((0, 1), 40, 18), "3 numbers a row")


def test_a_worker_that_dies_does_not_stop_the_others(market, monkeypatch: pytest.MonkeyPatch) -> None:
    node, ids = market
    doomed, real = model_of(node, ids[0]), Worker.predict

    def predict(self: Worker, X: Any, *more: Any, **named: Any) -> Any:
        if self._model == doomed:
            self.load()
            os.kill(self.pid, signal.SIGKILL)
        return real(self, X, *more, **named)

    monkeypatch.setattr(Worker, "predict", predict)
    without_the_first(node, ids, rows((0, 1), 40, 18), "")
    with pytest.raises(WorkerError):
        node.reuse(ids[:1], data=rows((0, 1), 40, 18))


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"top-1", "job-selector"}))
def test_every_method_goes_on_without_one_that_is_silent(market, swapped, method: str) -> None:
    node, ids = market
    swapped(ids[0], b"not a model")
    labelled = rows((0, 1), 40, 19) if method in NEED_LABELS else None
    use = node.reuse(ids[:2], data=rows((0, 1), 40, 18), method=method, labelled=labelled)
    assert use.predictions is not None
    assert np.isfinite(use.predictions.values).all()
    assert use.report is not None
    assert use.report.left_out[0].learnware == ids[0]


def test_learnwares_that_are_copies_of_each_other_are_answered_once_each(market) -> None:
    node, ids = market
    mine = rows((0, 1), 40, 20)
    twice = node.reuse((ids[0], ids[0], ids[0][:12]), data=mine)
    once = node.reuse(ids[:1], data=mine)
    assert twice.predictions is not None
    assert once.predictions is not None
    assert np.array_equal(twice.predictions.values, once.predictions.values)


def test_a_market_with_nothing_in_it_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    with make_node(tmp_path_factory.mktemp("empty"), "B") as node:
        found = node.search(lwnode.Requirement(data=rows((0, 1), 40, 21)))
        with pytest.raises(NothingFitsError):
            node.reuse(found)
        with pytest.raises(ReuseError, match="no learnware was named"):
            node.reuse((), data=rows((0, 1), 40, 21))
        with pytest.raises(lwnode.errors.NotFoundError):
            node.reuse("0" * 64, data=rows((0, 1), 40, 21))
