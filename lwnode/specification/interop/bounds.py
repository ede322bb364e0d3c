# SPDX-License-Identifier: Apache-2.0
"""How much foreign JSON is looked at, and the look that comes before any of it is parsed.

Rules
-----
* A counting pass over the bytes decides: length, numbers, containers, strings, nesting, keys written twice.  Only what
  passes is parsed, so that whatever arrives is judged within 50 ms and a few times its own size in memory.
* The pass is about size and ambiguity only; that the bytes are JSON at all is the parser's business.
* One failed match ends the pass: no input makes it look at a byte more than a few times.

Called by `lwnode.specification.interop.reading`.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from lwnode.errors import SpecificationError

JSON_LIMIT: Final = 5 * 2**20  # bytes
NUMBER_LIMIT: Final = 250_000  # 1,000 points of 250 coordinates, or 81 images of 3 x 32 x 32
CONTAINER_LIMIT: Final = 20_000
STRING_LIMIT: Final = 2_000
DEPTH_LIMIT: Final = 6  # an image set nests five deep

_TO_SPARE: Final = 4_000  # commas beside those between numbers
_BRACKETS: Final = b"[]{}"
_ALL_ELSE: Final = bytes(set(range(256)) - set(_BRACKETS))
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)  # possessive: a text that never ends fails at once
_COLON: Final = re.compile(rb"[ \t\r\n]*:")


def check_bounds(data: bytes) -> None:
    """Return where JSON is small enough, flat enough and unambiguous.

    Parameters
    ----------
    data : bytes
        Of any origin.

    Raises
    ------
    SpecificationError
        Too long, too many numbers, containers or strings, nested too deep, or a key written twice.

    Notes
    -----
    About 2 ms a MiB; memory for one copy of the brackets.
    """
    if len(data) > JSON_LIMIT:
        raise SpecificationError(
            f"a specification of {len(data)} bytes, {JSON_LIMIT} allowed", hint="make it of fewer points"
        )
    if data.count(b",") > NUMBER_LIMIT + _TO_SPARE or data.count(b"[") + data.count(b"{") > CONTAINER_LIMIT:
        raise SpecificationError("a specification of too many points or numbers", hint="make it of fewer points")
    if data.count(b'"') > 2 * STRING_LIMIT:
        raise SpecificationError("a specification that holds too much text")
    _Walk(data).run()


class _Walk:
    """Follows strings and brackets, and remembers the keys of every object that is open."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._open: list[set[str] | None] = []  # keys of an object, None for an array

    def run(self) -> None:
        at = 0
        while (quote := self._data.find(b'"', at)) >= 0:
            self._brackets(at, quote)
            text = _STRING.match(self._data, quote)
            if text is None:
                raise SpecificationError("not JSON: a text that does not end")
            at = text.end()
            if _COLON.match(self._data, at):
                self._key(text.group())
        self._brackets(at, len(self._data))

    def _brackets(self, start: int, end: int) -> None:
        for bracket in self._data[start:end].translate(None, _ALL_ELSE):
            if bracket in b"[{":
                self._open.append(set() if bracket == ord("{") else None)
                if len(self._open) > DEPTH_LIMIT:
                    raise SpecificationError(f"JSON that nests more than {DEPTH_LIMIT} deep")
            elif self._open:
                self._open.pop()
            else:
                raise SpecificationError("not JSON: a bracket that was never opened")

    def _key(self, token: bytes) -> None:
        keys = self._open[-1] if self._open else None
        if keys is None:
            raise SpecificationError("not JSON: a key outside an object")
        try:
            key: str = msgspec.json.decode(token, type=str)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise SpecificationError("not JSON: a key that is no text") from error
        if key in keys:
            raise SpecificationError("JSON that says a key twice")
        keys.add(key)
