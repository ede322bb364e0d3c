# SPDX-License-Identifier: Apache-2.0
"""Decoders of JSON by type, each made once, one at a time.

What msgspec learns of a type at its first use is not guarded: two threads that learn the same type at once end the
process with a segmentation fault (msgspec 0.22, twelve threads, nested dataclasses).  Whoever decodes where threads run
takes the decoder from here.

Called by documents, store, node and daemon.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
Hook = Callable[[type, Any], Any]

_making = threading.Lock()
_made: dict[tuple[Any, Hook | None], msgspec.json.Decoder[Any]] = {}


def decoder(kind: type[T], hook: Hook | None = None) -> msgspec.json.Decoder[T]:
    """Return the strict decoder to a type.

    Parameters
    ----------
    kind
        A type that msgspec knows, or one that ``hook`` decodes.
    hook : callable, optional
        As msgspec's ``dec_hook``.
    """
    key = (kind, hook)
    with _making:
        found = _made.get(key)
        if found is None:
            found = _made[key] = msgspec.json.Decoder(kind, dec_hook=hook)
        return found


def converted(plain: Any, kind: type[T]) -> T:
    """Return plain values as a type, as `msgspec.convert` does.

    Raises
    ------
    msgspec.ValidationError
        They do not fit.
    """
    decoder(kind)
    return msgspec.convert(plain, kind)
