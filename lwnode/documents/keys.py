# SPDX-License-Identifier: Apache-2.0
"""The keys document: which operational keys speak for an organisation.

The organisation's root is an Ed25519 key that signs this document and nothing else; it names the P-256 *release* keys
that sign manifests and the P-256 *node* keys that authenticate towards hubs.  Operational keys are P-256 because TLS
stacks, Flower's node authentication and other verifiers refuse Ed25519.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The signed list of an organisation's keys.

    Parameters
    ----------
    publisher : str
        Fingerprint of the root key: SHA-256 of its SubjectPublicKeyInfo, hexadecimal.
    organisation : str
        The name it claims; a partner may know it by another.
    version : int
        Grows by one with each change; an older version is never accepted after a newer one.
    created, expires : datetime
        UTC.
    root : tuple of str
        Base64 SubjectPublicKeyInfo of the Ed25519 root keys.
    threshold : int
        How many of them must sign.
    release : tuple of str
        Base64 SubjectPublicKeyInfo of the P-256 keys that sign manifests, profiles and withdrawals.
    """

    schema: Literal["lwnode.keys/1"] = "lwnode.keys/1"
    publisher: str
    organisation: str
    version: int
    created: datetime
    expires: datetime
    root: tuple[str, ...]
    threshold: int
    release: tuple[str, ...]
