# SPDX-License-Identifier: Apache-2.0
"""Progress: ten calls a second at most, growing, the last word said."""

from __future__ import annotations

import pytest

from lwnode.errors import CancelledError
from lwnode.training.pacing import Paced


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_at_most_ten_calls_a_second_and_the_last_word_is_said() -> None:
    clock, heard = Clock(), []
    paced = Paced(lambda share, doing: heard.append((share, doing)), clock)
    for i in range(1000):  # one second
        clock.now = i / 1000
        paced(i / 1000, f"step {i}")
    paced.flush()
    paced.flush()
    assert 9 <= len(heard) <= 11
    assert heard[0] == (0.0, "step 0")
    assert heard[-1] == (0.999, "step 999")


def test_the_share_never_falls() -> None:
    clock, heard = Clock(), []
    paced = Paced(lambda share, doing: heard.append(share), clock)
    for share in (0.2, 0.1, 0.5, 7.0):
        clock.now += 1
        paced(share, "")
    assert heard == [0.2, 0.2, 0.5, 1.0]


def test_a_stretch_is_a_part_of_the_whole() -> None:
    clock, heard = Clock(), []
    paced = Paced(lambda share, doing: heard.append((round(share, 3), doing)), clock)
    tick = paced.stretch(0.2, 0.6, "training")
    clock.now += 1
    tick(0.5)
    assert heard == [(0.2, "training"), (0.4, "training")]


def test_what_the_receiver_raises_passes() -> None:
    def stop(share: float | None, doing: str) -> None:
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        Paced(stop)(0.0, "")
