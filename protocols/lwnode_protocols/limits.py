# SPDX-License-Identifier: Apache-2.0
"""Every bound of the protocol, as named fields: sizes in bytes, times in seconds.

Called by all of `lwnode_protocols`; tests pass smaller ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from lwnode.node.transport import PAGE_LIMIT

ANSWER_LIMIT = 256 * 1024  # bytes of one answer to a mailbox, all in
NAME_LIMIT = 120  # characters of a member's name
HOLD = 300.0  # seconds for which a node keeps an unanswered mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLimits:
    """What a hub accepts.

    Parameters
    ----------
    call : bytes
        Body of a Fleet call that carries ids only.
    message : bytes
        Body of a call that announces a reply (its metadata and the tree of its objects).
    part : bytes
        Body of a call that carries one object of a reply.
    join : bytes
        Body of a request for admission.
    objects : int
        Objects of one reply.
    operations : int
        Operations of one reply.
    rows : int
        Rows of one page of the log.
    page : bytes
        Bodies of one page of the log.
    blob : bytes
        One file.
    quota : bytes
        Files that one member may leave here, counted since the hub started.
    body_seconds : float
        Longest pause within a request's body.
    poll_seconds : float
        For how long a poll is held; below the 30 s at which a stock SuperNode gives up.
    hold : float
        After this long (and a margin) an unanswered mailbox is replaced.
    delivery_seconds : float
        After this long an unanswered page is sent again.
    reply_seconds : float
        After this long a reply that was announced and never completed is lost.
    silence : float
        After this long without a poll a member counts as gone.
    rest : float
        Pause for a member that sent nonsense or made no progress.
    clock : float
        How far a member's clock may be off.
    attempts, all_attempts : int
        Requests for admission a minute: from one address, from everywhere.
    connections : int
        Open connections; beyond them requests get 503.
    """

    call: int = 8 * 1024
    message: int = 32 * 1024
    part: int = ANSWER_LIMIT + 16 * 1024
    join: int = 8 * 1024
    objects: int = 16
    operations: int = 200
    rows: int = 200
    page: int = PAGE_LIMIT
    blob: int = 2 * 2**30
    quota: int = 20 * 2**30
    body_seconds: float = 30.0
    poll_seconds: float = 20.0
    hold: float = HOLD
    delivery_seconds: float = 30.0
    reply_seconds: float = 10.0
    silence: float = 75.0
    rest: float = 5.0
    clock: float = 300.0
    attempts: int = 10
    all_attempts: int = 120
    connections: int = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTimes:
    """How patient a node is.

    Parameters
    ----------
    longest_pause : float
        Longest pause between two attempts to reach a hub; the first is a fiftieth of it.
    retry : float
        Pause before files that could not be had, or sent, are tried again.
    connect, read : float
        Longest wait for a connection, and for the next bytes of an answer.
    hold : float
        For how long a mailbox is kept unanswered.
    goodbye : float
        Longest wait for the hub when this node leaves.
    """

    longest_pause: float = 5.0
    retry: float = 30.0
    connect: float = 10.0
    read: float = 30.0
    hold: float = HOLD
    goodbye: float = 0.5
