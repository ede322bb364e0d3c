# SPDX-License-Identifier: Apache-2.0
import pytest

from lwnode.errors import StoreError
from lwnode.market.index.blocks import ADDED, HEAD, MARK, PROFILE, WITHDRAWN, block, whole_blocks

PARTS = [block(PROFILE, 0, b"who"), block(ADDED, 3, bytes(range(100))), block(WITHDRAWN, 1, b"1234")]
FILE = b"".join(PARTS)
MARKED = b"".join([*PARTS, block(MARK, 0, b"")])


def kinds(data: bytes) -> list[int]:
    return [found.kind for found in whole_blocks(memoryview(data))]


def test_what_is_written_is_read() -> None:
    found = whole_blocks(memoryview(FILE))
    assert [(item.kind, item.count) for item in found] == [(PROFILE, 0), (ADDED, 3), (WITHDRAWN, 1)]
    assert FILE[found[1].start : found[1].stop] == bytes(range(100))
    assert found[-1].end == len(FILE)
    assert all(item.start % 8 == 0 for item in found)


PAYLOADS = (3, 100, 4)
BEGINS = [sum(len(part) for part in PARTS[:i]) for i in range(4)]
NEEDED = [begin + HEAD.size + payload for begin, payload in zip(BEGINS, PAYLOADS, strict=False)]  # padding is zeros


def test_a_torn_tail_is_left_out() -> None:
    for length in range(len(PARTS[0]), len(FILE)):
        assert kinds(FILE[:length]) == [PROFILE, ADDED, WITHDRAWN][: sum(begin <= length for begin in BEGINS[1:])]
        zeros = FILE[:length] + bytes(len(FILE) - length)
        assert kinds(zeros) == [PROFILE, ADDED, WITHDRAWN][: sum(needed <= length for needed in NEEDED)]


@pytest.mark.parametrize("bit", [1, 128])
def test_a_flipped_bit_is_noticed(bit: int) -> None:
    for i in range(3):
        for place in range(BEGINS[i], NEEDED[i]):
            torn, damaged = bytearray(FILE), bytearray(MARKED)
            torn[place] ^= bit
            damaged[place] ^= bit
            assert kinds(bytes(torn)) == [PROFILE, ADDED, WITHDRAWN][:i]
            with pytest.raises(StoreError, match="damaged"):
                whole_blocks(memoryview(bytes(damaged)))
