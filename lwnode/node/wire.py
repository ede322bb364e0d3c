# SPDX-License-Identifier: Apache-2.0
"""Arguments and results of actions as JSON, for the local API.

Rules
-----
* What travels is a frozen record, a plain value or an array; arrays of numbers go as base64 of the ``.npy`` form, whose
  size is checked against its header, columns of text as lists of strings.  Nothing is unpickled.
* The type to decode to comes from the action's own annotations, never from the wire.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, get_origin

import msgspec
import numpy as np

from lwnode.documents.decoders import converted, decoder
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
            return _texts(value["text"])
        return _array(base64.b64decode(value["npy"], validate=True))
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"cannot decode a {kind}")


def _texts(values: Any) -> np.ndarray[Any, Any]:
    if not isinstance(values, list) or not all(item is None or isinstance(item, str) for item in values):
        raise ValueError("a column of text holds text")
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _array(data: bytes) -> np.ndarray[Any, Any]:
    """Return the array of a ``.npy`` file: plain numbers only, and as many as its header promises."""
    file = io.BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("an array in another form than .npy 1.0")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.kind not in "biuf" or any(size < 0 for size in shape):
        raise ValueError("an array of something else than numbers")
    if math.prod(shape) * dtype.itemsize != len(data) - file.tell():
        raise ValueError("an array of another size than it says")
    flat = np.frombuffer(data, dtype=dtype, offset=file.tell()).copy()
    return flat.reshape(shape, order="F" if fortran else "C")


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
        return decoder(kind, _decode).decode(data)
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
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
        findings = converted(plain.get("findings", []), tuple[errors.Finding, ...])
        return errors.CheckFailedError(message, findings=findings, hint=hint)
    return kind(message, hint=hint)
