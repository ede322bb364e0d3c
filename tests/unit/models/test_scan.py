# SPDX-License-Identifier: Apache-2.0
"""The structural scan: what passes, and what it says of it.  Hostile files: tests/abuse/test_hostile_models.py."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

from lwnode.errors import UnsafeModelError
from lwnode.models.format import COLUMN_LIMIT, NODE_LIMIT, OUTPUTS, output_of, printable
from lwnode.models.scan import scan
from tests.support.models import FLOAT, constant, model_of


def _softmax(**options):
    return model_of([helper.make_node("Softmax", ["input"], [options.get("output", "probabilities")])], **options)


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_plain_file_passes_and_says_what_it_is(output):
    columns = 1 if output == "values" else 3
    found = scan(_softmax(output=output, columns=columns).SerializeToString())
    assert (found.output, found.width, found.columns) == (output, 3, columns)
    assert output_of(found.task) == output


def test_open_dimensions_are_zero():
    model = _softmax(columns=None)
    model.graph.input[0].type.tensor_type.shape.dim[1].ClearField("dim_value")
    found = scan(model.SerializeToString())
    assert (found.width, found.columns) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        ("FLOAT", "f4"),
        ("DOUBLE", "f8"),
        ("INT64", "i8"),
        ("INT32", "i4"),
        ("BOOL", "?"),
        ("UINT8", "u1"),
        ("FLOAT16", "f2"),
    ],
)
@pytest.mark.parametrize("raw", [True, False])
def test_tensors_of_numbers_pass_in_both_forms(kind, dtype, raw):
    values = np.ones((2, 3), dtype=dtype)
    data_type = TensorProto.DataType.Value(kind)
    filled = values.tobytes() if raw else values.ravel().tolist()
    model = _softmax()
    model.graph.initializer.append(helper.make_tensor("w", data_type, values.shape, filled, raw=raw))
    assert scan(model.SerializeToString()).columns == 2


def test_constants_listed_as_inputs_are_no_inputs():
    model = _softmax()
    model.graph.initializer.append(constant("w", [1.0]))
    model.graph.input.append(helper.make_tensor_value_info("w", FLOAT, [1]))
    assert scan(model.SerializeToString()).width == 3


def _value(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


WRONG = {
    "inputs other": lambda graph: graph.input[0].CopyFrom(_value("other", [None, 3])),
    "outputs other": lambda graph: graph.output.append(_value("more", [None, 2])),
    "not a matrix": lambda graph: graph.input[0].CopyFrom(_value("input", [None, 2, 2])),
    "not a float32": lambda graph: graph.input[0].CopyFrom(_value("input", [None, 2], TensorProto.INT64)),
    "4097 columns": lambda graph: graph.output[0].CopyFrom(_value("probabilities", [None, COLUMN_LIMIT + 1])),
    "several values": lambda graph: graph.output[0].CopyFrom(_value("values", [None, 2])),
    "20001 nodes": lambda graph: graph.node.extend([helper.make_node("Relu", ["a"], ["b"])] * NODE_LIMIT),
}


@pytest.mark.parametrize(("match", "change"), WRONG.items())
def test_what_does_not_fit_the_format_is_refused_by_name(match, change):
    model = _softmax()
    change(model.graph)
    with pytest.raises(UnsafeModelError, match=match) as caught:
        scan(model.SerializeToString())
    assert caught.value.hint


def test_names_from_a_file_are_shown_without_what_a_terminal_would_obey():
    node = helper.make_node("\x1b[2Jevil\n\u202e", ["input"], ["probabilities"])
    with pytest.raises(UnsafeModelError) as caught:
        scan(model_of([node]).SerializeToString())
    assert str(caught.value).isprintable()
    assert "evil" in str(caught.value)
    assert printable("x" * 500, 20) == "x" * 17 + "..."
