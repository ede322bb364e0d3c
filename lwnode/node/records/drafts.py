# SPDX-License-Identifier: Apache-2.0
"""Records: what would leave."""

from __future__ import annotations

from dataclasses import dataclass

from lwnode.errors import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """One file that would leave: ``what`` says in a few words what it holds."""

    name: str
    sha256: str
    size: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Exactly what would leave, and what the audit found in it.

    Parameters
    ----------
    digest : str
        SHA-256 of the manifest that would be signed; the learnware's id once it is published.
    files : tuple of DraftFile
        The manifest's files, and the manifest itself as the last.
    findings : tuple of Finding
    epsilon : float or None
        What the specification claims; None where it makes no claim.
    epsilon_charged : float
        What this draft added to the data set's spent budget; 0 where the same draw existed.
    epsilon_before, epsilon_spent, epsilon_cap : float
        The data set's budget before and after this draft, and its end.
    attacker : float or None
        Highest area under the curve that any attacker can reach in telling whether a person is in the data, from the
        specification; None where no claim is made.
    attacker_of_all : float
        The same from everything that the data set's budget was spent on.
    rows_per_person : int
        Most rows of one person, which the figures hold for.
    model_epsilon : float or None
        What the model itself claims, apart; None where it was trained without a guarantee.
    said : tuple of Said
        What the draft says of the data, part by part.
    audience, name, model, dataset, mode : str
    published : bool
    """

    digest: str
    files: tuple[DraftFile, ...]
    findings: tuple[Finding, ...]
    epsilon: float | None
    epsilon_charged: float
    epsilon_spent: float
    epsilon_cap: float
    attacker: float | None
    audience: str
    name: str
    model: str
    dataset: str
    mode: str
    published: bool
    epsilon_before: float = 0.0
    attacker_of_all: float = 0.5
    rows_per_person: int = 1
    model_epsilon: float | None = None
    said: tuple[Said, ...] = ()

    @property
    def refused(self) -> tuple[Finding, ...]:
        """The findings that keep it from being published."""
        return tuple(finding for finding in self.findings if finding.severity == "refuse")

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that a draft says of the data, and how it is protected, in words."""

    what: str
    how: str
