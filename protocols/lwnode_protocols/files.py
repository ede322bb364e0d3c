# SPDX-License-Identifier: Apache-2.0
"""The node's side of the hub's files: bring one there, fetch one from there.

Rules
-----
* Every request is signed by the node's key for this hub.
* What is fetched is written to the node's quarantine first, in the order of its bytes, so that an interrupted fetch
  goes on where it stopped; it leaves there only where size and digest are those of the announcement.

Called by `lwnode_protocols.connection`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from lwnode.documents import FileEntry
from lwnode.errors import NotFoundError, PartnerError, TrustError, UnreachableError
from lwnode_protocols.statements import EMPTY, sign_request

_PATH = "/lw/v1/blob/"


class HubFiles:
    """Files at one hub.

    Parameters
    ----------
    http : httpx.Client
    key : EllipticCurvePrivateKey
    hub : str
        The hub's id.
    quarantine : Path
        Directory for unfinished files.
    now : callable
        Returns the time, aware.
    """

    def __init__(
        self,
        http: httpx.Client,
        key: EllipticCurvePrivateKey,
        *,
        hub: str,
        quarantine: Path,
        now: Callable[[], datetime],
    ) -> None:
        self._http = http
        self._key = key
        self._hub = hub
        self._quarantine = quarantine
        self._now = now

    def _headers(self, method: str, sha256: str, content: str = EMPTY) -> dict[str, str]:
        return sign_request(
            self._key, method=method, path=_PATH + sha256, hub=self._hub, now=self._now(), content=content
        )

    def has(self, sha256: str) -> bool:
        """Return whether the hub has a file.

        Raises
        ------
        UnreachableError, PartnerError
            Nobody answered, or not as expected.
        """
        try:
            answer = self._http.head(_PATH + sha256, headers=self._headers("HEAD", sha256))
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        if answer.status_code not in (200, 404):
            raise _refused(answer.status_code)
        return answer.status_code == 200

    def bring(self, sha256: str, data: bytes) -> None:
        """Leave a file at the hub.

        Raises
        ------
        UnreachableError, PartnerError
            Nobody answered, or the hub does not take it.
        """
        headers = {**self._headers("PUT", sha256, sha256), "content-length": str(len(data))}
        try:
            answer = self._http.put(_PATH + sha256, headers=headers, content=data)
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        if answer.status_code != 201:
            raise _refused(answer.status_code)

    def fetch(self, entry: FileEntry) -> bytes:
        """Fetch a file, going on where an earlier attempt stopped.

        Raises
        ------
        NotFoundError
            The hub does not have it, or not for us.
        TrustError
            Other bytes than were announced; nothing of them is kept.
        UnreachableError, PartnerError
            Interrupted, or not answered as expected; what came is kept.
        """
        part = self._quarantine / f"{entry.sha256}.part"
        have = part.stat().st_size if part.exists() else 0
        if have > entry.size:
            part.unlink()
            have = 0
        if have < entry.size or not part.exists():
            self._fill(part, entry, have)
        data = part.read_bytes()
        if len(data) != entry.size or hashlib.sha256(data).hexdigest() != entry.sha256:
            part.unlink()
            raise TrustError(
                f"the hub gave other bytes than were announced for {entry.name}",
                hint="it is asked again later; tell whoever runs the hub if this goes on",
            )
        part.unlink()
        return data

    def _fill(self, part: Path, entry: FileEntry, have: int) -> None:
        headers = self._headers("GET", entry.sha256)
        if have:
            headers["range"] = f"bytes={have}-"
        try:
            with self._http.stream("GET", _PATH + entry.sha256, headers=headers) as answer:
                if answer.status_code == 404:
                    raise NotFoundError(f"the hub does not have {entry.name}")
                if answer.status_code != (206 if have else 200):
                    part.unlink(missing_ok=True)
                    raise _refused(answer.status_code)
                with part.open("ab") as file:
                    part.chmod(0o600)
                    for data in answer.iter_raw():
                        have += len(data)
                        if have > entry.size:
                            break
                        file.write(data)
        except httpx.HTTPError as error:
            raise _unreachable(error) from error
        if have > entry.size:
            part.unlink()
            raise TrustError(f"the hub gave more bytes than were announced for {entry.name}")


def _unreachable(error: httpx.HTTPError) -> UnreachableError:
    return UnreachableError(str(error) or type(error).__name__)


def _refused(status: int) -> PartnerError:
    reasons = {
        401: ("the hub does not accept this node's signature", "set the clock of this computer, or join again"),
        413: ("the hub does not take a file of this size, or no more of them", "ask whoever runs the hub for room"),
        507: ("the hub has no room left", "ask whoever runs the hub for room"),
    }
    message, hint = reasons.get(status, (f"the hub answered {status} to a request for a file", ""))
    return PartnerError(message, hint=hint)
