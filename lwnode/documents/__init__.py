# SPDX-License-Identifier: Apache-2.0
"""What is signed or sent: frozen objects, and their one byte form.

Every document is a frozen, keyword-only dataclass with a ``schema`` field; `lwnode.documents.canonical` turns it into
bytes and back.  Nothing here opens a file, a socket or a clock, and nothing here computes.
"""

from lwnode.documents.canonical import decode, digest, encode
from lwnode.documents.card import Card, Figure, Input, Origin
from lwnode.documents.invite import Invite
from lwnode.documents.keys import Keys
from lwnode.documents.manifest import FileEntry, Manifest
from lwnode.documents.profile import Column, Profile
from lwnode.documents.semantic import Port, Semantic
from lwnode.documents.specification import Privacy, SpecificationCard
from lwnode.documents.withdrawal import Withdrawal

__all__ = [
    "Card",
    "Column",
    "Figure",
    "FileEntry",
    "Input",
    "Invite",
    "Keys",
    "Manifest",
    "Origin",
    "Port",
    "Privacy",
    "Profile",
    "Semantic",
    "SpecificationCard",
    "Withdrawal",
    "decode",
    "digest",
    "encode",
]
