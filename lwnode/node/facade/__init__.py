# SPDX-License-Identifier: Apache-2.0
"""`Node`: one organisation's node as a Python object.

Every method is one action; the same methods stand behind the local API's routes and the commands.  A node is opened in
this process, or, where a daemon holds the home, through its local API: the interface is the same.

The methods stand in a file for each room of `lwnode.node.actions`, as classes that `Node` puts together.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from lwnode.node.backend import LocalBackend
from lwnode.node.check_queue import CheckQueue
from lwnode.node.checking import check_if_due, queue_due
from lwnode.node.engine import Engine, create_engine, open_engine
from lwnode.node.facade.admin import AdminCalls
from lwnode.node.facade.data import DataCalls
from lwnode.node.facade.files import FileCalls
from lwnode.node.facade.freezing import FreezingCalls
from lwnode.node.facade.market import MarketCalls
from lwnode.node.facade.models import ModelCalls
from lwnode.node.facade.partners import PartnerCalls
from lwnode.node.facade.profiles import ProfileCalls
from lwnode.node.facade.publishing import PublishingCalls
from lwnode.node.passphrase import passphrase_from
from lwnode.node.port import StorePort
from lwnode.node.side_by_side import ask_side_by_side
from lwnode.node.transport import Port, Transport
from lwnode.paths import Home, home_at
from lwnode.settings import load

__all__ = ["MakeTransport", "Node"]

MakeTransport = Callable[[Port, Home], Transport]


class Node(
    DataCalls,
    ProfileCalls,
    ModelCalls,
    PublishingCalls,
    MarketCalls,
    FreezingCalls,
    FileCalls,
    PartnerCalls,
    AdminCalls,
):
    """One organisation's node.  Make or open it with `create` and `open`; it is a context manager."""

    @classmethod
    def create(
        cls,
        home: Path | str | None = None,
        *,
        organisation: str,
        passphrase: str | None = None,
        transport: MakeTransport | None = None,
    ) -> Self:
        """Make a node: its home, its keys, its store.  Touches no network.

        Parameters
        ----------
        home : path, optional
            Default: ``LWNODE_HOME`` or the platform's directory.
        organisation : str
            The name that partners see.
        passphrase : str, optional
            Encrypts the keys at rest; default: ``LWNODE_PASSPHRASE`` or ``LWNODE_PASSPHRASE_FILE``, else none.
        transport : callable, optional
            Makes the transport for `join` and `sync`; the daemon and the commands bring Flower's.

        Raises
        ------
        SettingsError
            There is a node already, or the home cannot be made.
        """
        place = home_at(home)
        secret = passphrase_from(passphrase, os.environ)
        settings = load(None, os.environ)
        engine = create_engine(place, settings, organisation=organisation, passphrase=secret)
        return cls._over(engine, transport)

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        *,
        passphrase: str | None = None,
        transport: MakeTransport | None = None,
    ) -> Self:
        """Open a node, in this process or through the daemon that holds its home.  Touches no network by itself.

        Raises
        ------
        SettingsError
            There is no node.
        LockedError
            Another process has it open and offers no local API.
        TrustError
            Wrong passphrase.
        """
        place = home_at(home)
        if place.socket.exists():
            from lwnode.errors import StoreError
            from lwnode.node.remote import RemoteBackend

            try:
                return cls(RemoteBackend(place.socket))
            except StoreError:
                pass  # a socket that a killed daemon left behind
        settings = load(place.settings, os.environ)
        secret = passphrase_from(passphrase, os.environ)
        return cls._over(open_engine(place, settings, passphrase=secret), transport)

    @classmethod
    def _over(cls, engine: Engine, transport: MakeTransport | None) -> Self:
        try:
            if transport is not None:
                engine.checks = CheckQueue(
                    partial(check_if_due, engine), engine.market.catch_up, partial(ask_side_by_side, engine)
                )
                queue_due(engine)
                engine.connect(transport(StorePort(engine), engine.home))
        except BaseException:
            engine.close()
            raise
        return cls(LocalBackend(engine))

    def close(self) -> None:
        """Give up the home, or the connection to the daemon."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
