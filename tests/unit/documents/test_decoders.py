# SPDX-License-Identifier: Apache-2.0
"""Many threads that meet a type for the first time at once decode it, and the process lives."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from lwnode.documents import Card
from lwnode.documents.decoders import converted, decoder

FIRST_USE = """
import dataclasses, sys, threading
from lwnode.documents.decoders import decoder
sys.setswitchinterval(1e-6)
for _ in range(40):
    Part = dataclasses.make_dataclass("Part", [("a", int), ("b", tuple[str, ...], dataclasses.field(default=()))])
    Whole = dataclasses.make_dataclass("Whole", [(f"f{i}", tuple[Part, ...] | None, None) for i in range(15)])
    seen = []
    work = lambda: seen.append(decoder(Whole).decode(b'{"f1": [{"a": 1}]}').f1[0].a)
    threads = [threading.Thread(target=work) for _ in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert seen == [1] * 12
"""


def test_many_threads_meet_a_type_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_USE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_decoder_is_made_once_and_strict() -> None:
    assert decoder(Card) is decoder(Card)
    assert decoder(tuple[int, ...]).decode(b"[1, 2]") == (1, 2)
    with pytest.raises(msgspec.ValidationError):
        decoder(tuple[int, ...]).decode(b'["1"]')
    assert converted({"a": [1]}, dict[str, tuple[int, ...]]) == {"a": (1,)}
