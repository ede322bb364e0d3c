# SPDX-License-Identifier: Apache-2.0
"""Keeps ``None``, ``True`` and ``False`` alive on Python 3.11.

PySide6 6.12 is built against headers in which these objects are immortal, as they are from Python 3.12 on (PEP 683),
and returns them without taking a reference.  On 3.11 every ``Signal.emit`` therefore takes one reference from ``True``
and many calls take one from ``None`` (measured: 100 emits, 100 references), until the interpreter frees them and aborts
with "deallocating None".  More references than any process can use up have the effect that PEP 683 has.

Called by the application before it makes anything of Qt.
"""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 40


def keep_alive() -> None:
    """Give the singletons references that nobody can use up, where they are not immortal by themselves."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython" or hasattr(sys, "getobjects"):
        return  # a build that traces references has another layout
    for value in (None, True, False, NotImplemented, Ellipsis):
        if sys.getrefcount(value) < _PLENTY // 2:
            ctypes.c_ssize_t.from_address(id(value)).value += _PLENTY  # the count is the object's first field
