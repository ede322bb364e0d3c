# SPDX-License-Identifier: Apache-2.0
"""The invite: what a person hands to a partner so that it can join a hub once.

It travels as one line of text, ``lwnode:`` and the base64url of its canonical bytes.  Whoever holds it may join until
it is used or expires, so it goes by a channel that both sides trust.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lwnode.documents.canonical import decode, encode
from lwnode.errors import DocumentError, InviteError

_PREFIX = "lwnode:"
_LIMIT = 4_096  # bytes of the decoded invite


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """A one-time admission to a hub.

    Parameters
    ----------
    hub : str
        The hub's id.
    name : str
        What the consortium calls itself.
    address : str
        ``host:port``.
    certificate : str
        SHA-256 of the hub's TLS certificate (DER), hexadecimal; the only certificate that is accepted.
    code : str
        128 random bits, base64url; the hub keeps only its SHA-256.
    expires : datetime
        UTC.
    """

    schema: Literal["lwnode.invite/1"] = "lwnode.invite/1"
    hub: str
    name: str
    address: str
    certificate: str
    code: str
    expires: datetime

    def to_text(self) -> str:
        """Return the invite as one line; ``Invite.from_text(i.to_text()) == i``."""
        return _PREFIX + base64.urlsafe_b64encode(encode(self)).decode().rstrip("=")

    @classmethod
    def from_text(cls, text: str) -> Invite:
        """Read an invite.

        Raises
        ------
        InviteError
            The text is not an invite, or was cut short.
        """
        body = text.strip()
        try:
            if not body.startswith(_PREFIX):
                raise DocumentError("no prefix")
            body = body.removeprefix(_PREFIX)
            if len(body) > 2 * _LIMIT:
                raise DocumentError("too long")
            data = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
            return decode(data, cls, limit=_LIMIT)
        except (DocumentError, binascii.Error, ValueError) as error:
            raise InviteError(
                "this is not a complete invite",
                hint="copy the whole line that begins with 'lwnode:'",
            ) from error
