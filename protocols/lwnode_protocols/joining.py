# SPDX-License-Identifier: Apache-2.0
"""Joining a hub with an invite, from the node's side.

Called by `lwnode_protocols.worker`.
"""

from __future__ import annotations

import base64
from datetime import datetime

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from lwnode.documents import Invite, decode, encode
from lwnode.errors import DocumentError, InviteError, UnreachableError
from lwnode.node.transport import Membership
from lwnode.trust.identity import spki
from lwnode_protocols.admission import JoinAnswer, JoinRequest
from lwnode_protocols.limits import NodeTimes
from lwnode_protocols.statements import sign_join
from lwnode_protocols.tls import pin, pinned_context
from lwnode_protocols.wire import Wire

_PATH = "/lw/v1/join"
_LIMIT = 8 * 1024  # bytes of an answer
_AGAIN = "ask whoever runs the hub for a new invite"
_REFUSED = {
    400: ("the hub does not understand the request", "both sides must run compatible releases"),
    401: ("the invite is for another hub than the one at its address", _AGAIN),
    403: ("the hub does not know this invite", _AGAIN),
    409: ("the invite was used by somebody else", _AGAIN),
    410: ("the invite has expired", _AGAIN),
    429: ("too many attempts to join", "wait a minute and try again"),
}


def join(
    invite: Invite, *, key: EllipticCurvePrivateKey, organisation: str, now: datetime, times: NodeTimes
) -> Membership:
    """Hand in an invite.

    Raises
    ------
    InviteError
        Used, expired, unknown, or not this hub's.
    UnreachableError
        Nobody answers, or with another certificate than the invite names.
    """
    if invite.expires <= now:
        raise InviteError("the invite has expired", hint=_AGAIN)
    certificate = pin(invite.address, invite.certificate, timeout=times.connect)
    request = JoinRequest(
        code=invite.code,
        key=base64.b64encode(spki(key.public_key())).decode(),
        name=organisation,
        signature=base64.b64encode(sign_join(key, hub=invite.hub, code=invite.code)).decode(),
    )
    wire = Wire(pinned_context(certificate), times)
    try:
        answer = wire.client(invite.address, most=_LIMIT).post(_PATH, content=encode(request))
        body = answer.content
    except httpx.HTTPError as error:
        raise UnreachableError(
            f"the hub at {invite.address} did not answer: {error}", hint="try again; the invite is not lost"
        ) from error
    finally:
        wire.close()
    if answer.status_code != 200:
        message, hint = _REFUSED.get(
            answer.status_code, (f"the hub answered {answer.status_code}", "try again; the invite is not lost")
        )
        raise InviteError(message, hint=hint)
    try:
        found = decode(body, JoinAnswer, limit=_LIMIT)
    except DocumentError as error:
        raise InviteError("the hub's answer is not one", hint=_AGAIN) from error
    if found.hub != invite.hub:
        raise InviteError("the invite is for another hub than the one at its address", hint=_AGAIN)
    return Membership(hub=invite.hub, name=invite.name, address=invite.address, certificate=certificate, joined=now)
