# SPDX-License-Identifier: Apache-2.0
"""A learnware whose signature, files and meaning were checked: what the market and the reuser work with."""

from __future__ import annotations

from dataclasses import dataclass, field

from lwnode.documents import Card, Manifest, Profile, Semantic
from lwnode.specification import Specification


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnware:
    """One verified learnware.  Two are equal where their ids are.

    Parameters
    ----------
    id : str
        SHA-256 of the manifest.
    bundle : bytes
        The signed manifest, as it travels; empty for a draft that is not signed yet.
    manifest : Manifest
    semantic : Semantic
    card : Card
    profile : Profile
        The island profile that the specification lives in.
    specification : Specification
    model : bytes or None
        ``model.onnx``; None where it was not fetched.  Its digest was checked, its content is judged by the worker.
    """

    id: str
    bundle: bytes = field(compare=False, repr=False)
    manifest: Manifest = field(compare=False)
    semantic: Semantic = field(compare=False)
    card: Card = field(compare=False)
    profile: Profile = field(compare=False, repr=False)
    specification: Specification = field(compare=False, repr=False)
    model: bytes | None = field(compare=False, repr=False)
