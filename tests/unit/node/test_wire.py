# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from lwnode import errors
from lwnode.errors import CheckFailedError, Finding, SettingsError
from lwnode.node import wire
from lwnode.node.records import Predictions, Reused, ReuseReport
from lwnode.training import Table


def test_arrays_travel_unchanged() -> None:
    values = np.array([[0.1, np.nan], [np.inf, -0.0]])
    report = ReuseReport(method="mix", members=(), covered=np.array([True, False]), coverage=np.array([0.9, 0.2]))
    sent = Reused(predictions=Predictions(values=values, classes=("0", "1")), report=report)
    back = wire.from_json(wire.to_json(sent), Reused)
    np.testing.assert_array_equal(back.predictions.values, values)
    assert back.report.covered.dtype == bool
    assert back.predictions.classes == ("0", "1")


def test_a_table_travels_unchanged() -> None:
    rows = np.array([[1.0, np.nan], [2.0, 3.0]])
    table = Table.from_arrays(rows, np.array(["a", "b"], dtype=object), columns=("x", "y"), name="t", target="label")
    back = wire.from_json(wire.to_json(table), Table)
    assert back.content == table.content
    assert (back.names, back.types, back.roles, back.target) == (table.names, table.types, table.roles, table.target)


@pytest.mark.parametrize(
    "bad",
    [
        b"{",
        b'{"values": {"npy": "AAAA"}, "classes": []}',
        b'{"values": {}, "classes": []}',
        b'{"values": 3, "classes": []}',
    ],
)
def test_what_does_not_fit_is_refused(bad: bytes) -> None:
    with pytest.raises(SettingsError):
        wire.from_json(bad, Predictions)


def test_pickled_arrays_are_refused() -> None:
    import base64
    import io

    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    text = base64.b64encode(buffer.getvalue()).decode()
    with pytest.raises(SettingsError):
        wire.from_json(b'{"values": {"npy": "' + text.encode() + b'"}, "classes": []}', Predictions)


def all_kinds(kind: type[errors.LwnodeError] = errors.LwnodeError) -> list[type[errors.LwnodeError]]:
    own = [child for child in kind.__subclasses__() if child.__module__ == "lwnode.errors"]
    return [kind, *(leaf for child in own for leaf in all_kinds(child))]


@pytest.mark.parametrize("kind", all_kinds())
def test_every_error_comes_back_as_its_own_type(kind: type[errors.LwnodeError]) -> None:
    if kind is CheckFailedError:
        finding = Finding(code="copy", severity="refuse", message="a row is in it")
        sent: errors.LwnodeError = CheckFailedError("no", findings=(finding,), hint="look")
    else:
        sent = kind("what happened", hint="what to do")
    back = wire.error_from_plain(wire.error_to_plain(sent))
    assert type(back) is kind
    assert (str(back), back.hint) == (str(sent), sent.hint)
    assert getattr(back, "findings", None) == getattr(sent, "findings", None)


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in all_kinds()]
    assert len(codes) == len(set(codes))
