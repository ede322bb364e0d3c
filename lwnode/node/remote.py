# SPDX-License-Identifier: Apache-2.0
"""The client of the local API: runs actions in the daemon that holds the home.

One action is one ``POST /v1/<action>`` with a JSON object of arguments.  The answer is a stream of JSON lines: any
number of ``{"progress": [share, doing]}``, then one ``{"result": …}`` or ``{"error": …}``; an empty line every half
second without news, so that the caller is asked whether to go on.  Closing the connection cancels.
"""

from __future__ import annotations

import os
import socket as socketlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from lwnode.errors import CancelledError, SettingsError, StoreError
from lwnode.node import wire
from lwnode.node.actions import ACTIONS
from lwnode.types import Progress


def _knock(path: Path) -> None:
    """Refuse a socket that nobody listens on, such as one that a killed daemon left behind."""
    try:
        for place in (path, path.parent):
            if place.stat().st_uid != os.getuid():
                raise StoreError(f"{place} belongs to somebody else", hint="remove it, or choose another home")
    except OSError as error:
        raise StoreError("the daemon does not answer", hint="start it with `lwnode daemon`") from error
    with socketlib.socket(socketlib.AF_UNIX, socketlib.SOCK_STREAM) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str(path))
        except OSError as error:
            raise StoreError("the daemon does not answer", hint="start it with `lwnode daemon`") from error


class RemoteBackend:
    """Talks to a daemon over its unix socket.

    Parameters
    ----------
    socket : Path
        The daemon's socket.

    Raises
    ------
    StoreError
        Nobody answers there.
    """

    def __init__(self, socket: Path) -> None:
        import httpx

        _knock(socket)
        self._httpx = httpx
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket)),
            base_url="http://lwnode",
            timeout=httpx.Timeout(10, read=None),  # long work answers when it is done
            trust_env=False,
        )
        try:
            self._client.get("/v1/health", timeout=5).raise_for_status()
        except httpx.HTTPError as error:
            self._client.close()
            raise StoreError("the daemon does not answer", hint="start it with `lwnode daemon`") from error

    def call(self, name: str, arguments: Mapping[str, Any], progress: Progress) -> Any:
        """Run an action in the daemon and return its record.

        Raises
        ------
        LwnodeError
            Whatever the action raised, as its own type.
        """
        action = ACTIONS.get(name)
        if action is None:
            raise SettingsError(f"there is no action '{name}'")
        body = wire.to_json(dict(arguments))
        try:
            with self._client.stream("POST", f"/v1/{name}", content=body) as answer:
                last: tuple[float | None, str] = (None, "")
                for line in answer.iter_lines():
                    if not line:
                        progress(*last)
                        continue
                    parts = msgspec.json.decode(line.encode(), type=dict[str, msgspec.Raw])
                    if "progress" in parts:
                        last = msgspec.json.decode(parts["progress"], type=tuple[float | None, str])
                        progress(*last)
                    elif "error" in parts:
                        raise wire.error_from_plain(msgspec.json.decode(parts["error"], type=dict[str, Any]))
                    else:
                        return wire.from_json(bytes(parts["result"]), action.returns)
        except self._httpx.HTTPError as error:
            raise StoreError(
                "the daemon stopped in the middle", hint="start it again and look at `lwnode jobs`"
            ) from error
        except KeyboardInterrupt:
            raise CancelledError("cancelled", hint="nothing half-made was kept") from None
        raise StoreError("the daemon gave no answer", hint="look at its log")

    def close(self) -> None:
        """Close the connection; the daemon goes on."""
        self._client.close()
