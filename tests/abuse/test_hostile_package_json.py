# SPDX-License-Identifier: Apache-2.0
"""The package's JSON from somebody who means harm: refused with our error, quickly, in little memory."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest

from lwnode.errors import SpecificationError
from lwnode.specification.interop import read_json
from lwnode.specification.interop.bounds import JSON_LIMIT, NUMBER_LIMIT
from tests.support.clock import cpu_seconds
from tests.support.package import table_json

SECONDS = 0.05  # of CPU
MEMORY = 64 * 2**20  # bytes beside the file itself
SOUND = table_json()


def with_z(text: str) -> bytes:
    return f'{{"z":{text},"beta":[0.5,0.5],"gamma":0.1,"num_points":9,"type":"RKMETableSpecification"}}'.encode()


def largest(**changes: object) -> bytes:
    """A file at the limits: a thousand points, as many coordinates as may be, digits and all."""
    points = np.random.default_rng(0).normal(size=(1000, NUMBER_LIMIT // 1000)).round(15)
    return table_json(points, **changes)


def image(**changes: object) -> bytes:
    plain = {"z": [[[[0.0, 1.0]]]], "beta": [1.0], "RKME_IMAGE_VERSION": 1, "msg": None, "n_models": 16}
    return json.dumps({**plain, "model_config": {"k": 2}, "type": "RKMEImageSpecification", **changes}).encode()


FILES = {
    "empty": b"",
    "a pickle": b"\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94.",
    "a list": b"[]",
    "null": b"null",
    "cut short": SOUND[:-1],
    "more behind it": SOUND + b"{}",
    "a byte order mark": b"\xef\xbb\xbf" + SOUND,
    "not UTF-8": SOUND.replace(b"RKMETable", b"RKME\xff\xfeble"),
    "10^7 points": with_z("[" + "[0]," * 10_000_000 + "[0]]"),
    "10^6 points": with_z("[" + "[0]," * 1_000_000 + "[0]]"),
    "1,001 points": table_json(np.zeros((1001, 2))),
    "too many numbers in one point": with_z("[[" + "0," * 1_200_000 + "0]]"),
    "depth 10^5": with_z("[" * 100_000 + "]" * 100_000),
    "depth 10^5, never closed": with_z("[" * 100_000),
    "depth 10^6 in an unknown key": b'{"x":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"," + SOUND[1:],
    "objects 10^5 deep": b'{"a":' * 100_000,
    "depth hidden by brackets in texts": with_z('[["]]]]]",' * 900 + "0" + "]]" * 900),
    "brackets that were never opened": b"]" * 1000 + SOUND,
    "a key twice": SOUND[:-1] + b',"gamma":1e-9}',
    "a key twice, once escaped": SOUND[:-1] + b',"g\\u0061mma":1e-9}',
    "an unknown key twice": SOUND[:-1] + b',"x":1,"x":2}',
    "a benchmark twice": b'{"score_dict":{"a":1,"a":2},"type":"LLMGeneralCapabilitySpecification"}',
    "1e400": with_z("[[1e400],[0]]"),
    "-1e400": with_z("[[-1e400],[0]]"),
    "NaN": with_z("[[NaN],[0]]"),
    "Infinity": with_z("[[Infinity],[0]]"),
    "null point": with_z("[[null],[0]]"),
    "a text in a point": with_z('[["0"],[0]]'),
    "true in a point": with_z("[[true],[0]]"),
    "a huge integer": with_z("[[" + "9" * 100_000 + "],[0]]"),
    "a beyond-float integer": with_z("[[" + "9" * 400 + "],[0]]"),
    "an enormous coordinate": with_z("[[1e200],[0]]"),
    "ragged": with_z("[[0,1],[0]]"),
    "no coordinates": with_z("[[],[]]"),
    "no points": with_z("[]"),
    "points as numbers": with_z("[0,1]"),
    "points too deep": with_z("[[[0]],[[1]]]"),
    "z missing": table_json(z=None),
    "beta missing": table_json(beta=None),
    "beta of another length": table_json(beta=[0.5, 0.5]),
    "beta negative": table_json(beta=[-0.5, 0.5, 0.5, 0.5]),
    "beta a little negative": table_json(beta=[-0.002, 0.502, 0.25, 0.25]),
    "beta of sum 2": table_json(beta=[0.5] * 4),
    "beta a little off": table_json(beta=[0.2515, 0.25, 0.25, 0.25]),
    "beta of zeros": table_json(beta=[0.0] * 4),
    "beta as texts": table_json(beta=["0.25"] * 4),
    "beta as a matrix": table_json(beta=[[0.25]] * 4),
    "beta 1e308": table_json(beta=[1e308, -1e308, 0.5, 0.5]),
    "gamma 0": table_json(gamma=0),
    "gamma negative": table_json(gamma=-0.1),
    "gamma 1e300": table_json(gamma=1e300),
    "gamma of 5,000 digits": SOUND.replace(b'"gamma": 0.1', b'"gamma": ' + b"9" * 5000),
    "gamma of 4,000 digits": SOUND.replace(b'"gamma": 0.1', b'"gamma": ' + b"9" * 4000),
    "gamma a text": table_json(gamma="0.1"),
    "gamma true": table_json(gamma=True),
    "num_points negative": table_json(num_points=-1),
    "num_points 10^400": SOUND.replace(b'"num_points": 60', b'"num_points": 1' + b"0" * 400),
    "num_points a text": table_json(num_points="60"),
    "another type": table_json(type="Popen"),
    "a dotted type": table_json(type="os.system"),
    "no type": table_json(type=None),
    "type a list": table_json(type=["RKMETableSpecification"]),
    "a language without a name": table_json(type="RKMETextSpecification", language=[""]),
    "a language of 10^5 letters": table_json(type="RKMETextSpecification", language=["x" * 100_000]),
    "10^5 languages": table_json(type="RKMETextSpecification", language=["x"] * 100_000),
    "languages as numbers": table_json(type="RKMETextSpecification", language=[1]),
    "images of two sizes": image(z=[[[[0.0, 1.0]]], [[[0.0]]]], beta=[0.5, 0.5]),
    "images as a table": image(z=[[0.0]]),
    "an image version to come": image(RKME_IMAGE_VERSION=2),
    "10^9 networks": image(n_models=10**9),
    "an image setting as a list": image(model_config={"k": [2]}),
    "300 benchmarks": json.dumps(
        {"score_dict": {str(at): 1 for at in range(300)}, "type": "LLMGeneralCapabilitySpecification"}
    ).encode(),
    "a score of 10^400": b'{"score_dict":{"a":1' + b"0" * 400 + b'},"type":"LLMGeneralCapabilitySpecification"}',
    "a filled embedding": table_json(type="HeteroMapTableSpecification", embedding=[1.0]),
    "longer than allowed": b" " * (JSON_LIMIT + 1),
    "spaces up to the limit": b" " * JSON_LIMIT,
    "a text that never ends": b'{"' + b'\\"' * 1_990 + b"x" * (JSON_LIMIT - 5_000),
    "a text of 5 MB": table_json(type="RKMETextSpecification", language=["x" * (JSON_LIMIT - 1_000)]),
    "quotes only": b'"' * 1_000_000,
    "at the limits, one weight wrong": largest(beta=[1.0] + [1e-3] * 999),
    "at the limits, the last number a text": largest()[:-200].rsplit(b"]]", 1)[0] + b',"x"]]}',
}


@pytest.mark.parametrize("name", FILES)
def test_refused_quickly_and_in_little_memory(name: str) -> None:
    data = FILES[name]

    def refused() -> None:
        with pytest.raises(SpecificationError) as caught:
            read_json(data)
        assert len(str(caught.value)) < 400

    assert cpu_seconds(refused, times=3) <= SECONDS
    tracemalloc.start()
    with pytest.raises(SpecificationError):
        read_json(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= MEMORY


def test_a_sound_file_at_the_limits_is_read_as_fast() -> None:
    data = largest()
    assert len(data) < JSON_LIMIT
    assert cpu_seconds(lambda: read_json(data), times=3) <= 2 * SECONDS
