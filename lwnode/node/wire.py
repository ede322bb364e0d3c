# SPDX-License-Identifier: Apache-2.0
"""Arguments and results of actions as JSON, for the local API.

Rules
-----
* What travels is a frozen record, a plain value or an array; arrays go as base64 of the ``.npy`` form and are read
  with ``allow_pickle=False``, columns of text as lists of strings.
* The type to decode to comes from the action's own annotations, never from the wire.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, get_origin

import msgspec
import numpy as np

from lwnode.errors import LwnodeError, SettingsError


def _encode(value: Any) -> object:
    """Encode what msgspec does not know: arrays, NumPy numbers and read-only mappings."""
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return {"text": [None if item is None else str(item) for item in value.tolist()]}
        buffer = io.BytesIO()
        np.save(buffer, value, allow_pickle=False)
        return {"npy": base64.b64encode(buffer.getvalue()).decode()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"a {type(value).__name__} cannot travel over the local API")


def _decode(kind: type, value: Any) -> object:
    """Decode an array; anything else that msgspec does not know is refused."""
    if (get_origin(kind) or kind) is np.ndarray and isinstance(value, dict):
        if "text" in value:
            return np.array(value["text"], dtype=object)
        return np.load(io.BytesIO(base64.b64decode(value["npy"])), allow_pickle=False)
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"cannot decode a {kind}")


def to_json(value: object) -> bytes:
    """Return a record, value or mapping of them as JSON."""
    return msgspec.json.encode(value, enc_hook=_encode)


def from_json(data: bytes, kind: Any) -> Any:
    """Return the value of type ``kind`` that ``data`` holds.

    Raises
    ------
    SettingsError
        Not JSON, or not of that type.
    """
    try:
        return msgspec.json.decode(data, type=kind, dec_hook=_decode)
    except (msgspec.MsgspecError, ValueError, KeyError) as error:
        raise SettingsError(f"a request or answer that does not fit: {error}") from error


def error_to_plain(error: LwnodeError) -> dict[str, object]:
    """Return an error as plain values: code, message, hint and, for a refused audit, its findings."""
    plain: dict[str, object] = {"code": error.code, "message": str(error), "hint": error.hint}
    findings = getattr(error, "findings", ())
    if findings:
        plain["findings"] = msgspec.to_builtins(findings)
    return plain


def error_from_plain(plain: Mapping[str, Any]) -> LwnodeError:
    """Return the error that :func:`error_to_plain` described, as its own type."""
    from lwnode import errors

    def family(kind: type[LwnodeError]) -> list[type[LwnodeError]]:
        return [kind, *(leaf for child in kind.__subclasses__() for leaf in family(child))]

    kinds = {kind.code: kind for kind in family(LwnodeError)}
    kind = kinds.get(str(plain.get("code")), LwnodeError)
    message, hint = str(plain.get("message", "")), str(plain.get("hint", ""))
    if issubclass(kind, errors.CheckFailedError):
        findings = msgspec.convert(plain.get("findings", []), tuple[errors.Finding, ...])
        return errors.CheckFailedError(message, findings=findings, hint=hint)
    return kind(message, hint=hint)
