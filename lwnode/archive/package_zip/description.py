# SPDX-License-Identifier: Apache-2.0
"""What a learnware of the `learnware` package is, as far as it can be told without running any of it."""

from __future__ import annotations

from dataclasses import dataclass

from lwnode.documents import Profile, Semantic
from lwnode.specification.interop import CapabilityScores, ImportedSet


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFile:
    """One file of the zip: its path inside, its size in bytes and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignModel:
    """What ``learnware.yaml`` says of the model: text, none of it followed.

    Parameters
    ----------
    class_name, module_path, weights : str
    kwargs : str
        As JSON.
    requires : tuple of str
        Ids of the learnwares that it builds on.
    """

    class_name: str = "Model"
    module_path: str = "__init__.py"
    weights: str = "weights"
    kwargs: str = "{}"
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForeignSpecification:
    """One statistical specification of the zip.

    Parameters
    ----------
    file_name, class_name : str
    content : ImportedSet, CapabilityScores or None
        None where it could not be read.
    problem : str
        Why not; empty otherwise.
    """

    file_name: str
    class_name: str
    content: ImportedSet | CapabilityScores | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForeignLearnware:
    """A learnware of the package, described.

    Parameters
    ----------
    id : str
        SHA-256 of the zip.
    name : str
        Empty where the package's market keeps it.
    model : ForeignModel
    specifications : tuple of ForeignSpecification
    requirements : str
        The text of ``requirements.txt`` or ``environment.yaml``; nothing is ever installed from it.
    semantic : Semantic or None
        Where the zip encloses one that can be read; the package usually keeps it elsewhere.
    frame : Profile or None
        The profile beside the specification of a zip that this program wrote: its points are in that frame.
    files : tuple of ForeignFile
        All of them, by name.
    """

    id: str
    name: str
    model: ForeignModel
    specifications: tuple[ForeignSpecification, ...]
    requirements: str
    semantic: Semantic | None
    frame: Profile | None
    files: tuple[ForeignFile, ...]

    @property
    def sketch(self) -> ImportedSet | None:
        """The first point set among its specifications."""
        return next((one.content for one in self.specifications if isinstance(one.content, ImportedSet)), None)
