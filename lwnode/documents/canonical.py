# SPDX-License-Identifier: Apache-2.0
"""Documents as bytes and back: the one place where outside JSON becomes objects.

Rules
-----
* A document has one byte form: RFC 8785 (JSON Canonicalization Scheme).  Decoding accepts exactly those bytes, so
  duplicate keys, unknown fields, other number spellings and white space are refused:
  ``encode(decode(b, kind)) == b`` for every ``b`` that is accepted.
* The size limit is checked before anything is parsed.
* Text is in Unicode normalisation form C and holds no control characters.
* A format grows by `optional` fields: one that has its default is not written, so that a document without it has the
  bytes, and the digest, it always had.
"""

from __future__ import annotations

import dataclasses
import hashlib
import unicodedata
from typing import Any, TypeVar

import msgspec
import rfc8785

from lwnode.documents.decoders import decoder
from lwnode.errors import DocumentError

T = TypeVar("T")

DOCUMENT_LIMIT = 256 * 1024  # bytes of any one document
_OPTIONAL = "left out where it has its default"


def optional(default: T) -> T:
    """Return a dataclass field that is not written where it has its default: how a format grows."""
    field: T = dataclasses.field(default=default, metadata={_OPTIONAL: True})
    return field


def digest(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def encode(document: object) -> bytes:
    """Return the canonical bytes of a document (a frozen dataclass, or plain JSON values).

    Raises
    ------
    DocumentError
        A number is not finite or an integer is beyond 2^53.
    """
    try:
        plain = msgspec.to_builtins(_written(document))
        _check_text(plain)
        return rfc8785.dumps(plain)
    except (rfc8785.CanonicalizationError, TypeError, ValueError, RecursionError) as error:
        raise DocumentError(f"cannot be written as canonical JSON: {error}") from error


def decode(data: bytes, kind: type[T], *, limit: int = DOCUMENT_LIMIT) -> T:
    """Return the document that ``data`` is the canonical form of.

    Parameters
    ----------
    data : bytes
        Canonical JSON.
    kind : type
        A frozen dataclass, or ``dict`` for plain JSON.
    limit : bytes
        Longer data are refused before parsing.

    Raises
    ------
    DocumentError
        Too long, not JSON, not of this kind, or not in canonical form.
    """
    if len(data) > limit:
        raise DocumentError(f"document of {len(data)} bytes, {limit} allowed")
    try:
        document = decoder(kind).decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentError(f"not a valid {kind.__name__} document: {error}") from error
    if encode(document) != data:
        raise DocumentError(f"not the canonical form of a {kind.__name__} document")
    return document


def _written(value: Any) -> Any:
    """Return the value with every dataclass as a mapping of the fields that are written."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {
            field.name: _written(held)
            for field, held in pairs
            if not (_OPTIONAL in field.metadata and held == field.default)
        }
    if isinstance(value, dict):
        return {key: _written(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(held) for held in value]
    if isinstance(value, (float, str)):  # NumPy's are among them
        return float(value) if isinstance(value, float) else str(value)
    return value


def _check_text(value: Any) -> None:
    """Refuse text that could look like other text: unnormalised or with control characters."""
    if isinstance(value, str):
        if value.isascii() and value.isprintable():
            return
        if unicodedata.normalize("NFC", value) != value:
            raise DocumentError("text that is not in normalisation form C")
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in value):
            raise DocumentError("text with control characters")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check_text(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check_text(item)
