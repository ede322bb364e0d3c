# SPDX-License-Identifier: Apache-2.0
"""What accompanies the points of a statistical specification: its frame, its privacy and its scalars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lwnode.documents.canonical import optional


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """The guarantee a specification carries.

    Parameters
    ----------
    mode : {"private", "no-noise", "public", "imported"}
        ``private`` is (ε, δ)-differentially private; the others carry no guarantee.  ``imported`` was made by another
        program: nothing is known of how, and its points may repeat rows.
    epsilon, delta : float or None
        None unless private.
    mu : float or None
        The same guarantee as Gaussian differential privacy, over all releases of the specification together.
    rows_per_person : int
        Most rows that one person has; the guarantee is for the person.
    """

    mode: Literal["private", "no-noise", "public", "imported"]
    epsilon: float | None = None
    delta: float | None = None
    mu: float | None = None
    rows_per_person: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationCard:
    """Everything of a specification but its points and weights.

    Parameters
    ----------
    profile : str
        Id of the island profile whose frame it lives in.
    rows : int
        Rows behind it, rounded down to two digits.
    privacy : Privacy
    frequencies : int
        Random frequencies in which a private embedding was noised; 0 where none were used.
    residual2 : float
        Squared distance of specification and training data in the kernel's space, noise removed, ≥ 0.
    residual_noise : float
        Standard deviation of the noise on the residual (not squared); 0 without noise.
    tail : float
        A row is covered when its tail value exceeds this.
    level : float
        Share of the training rows that is not covered, 0 to 0.9.
    labels : tuple of str
        Of a labelled specification: the names that its points' label numbers stand for.
    label_edges : tuple of float
        Of a labelled specification for regression: the ``len(labels) + 1`` edges of the target's bins, in its unit.
    shares : tuple of float
        Share of each class or bin among the rows, in steps of 0.01; empty where it is not said.
    shares_of : tuple of str
        What they are shares of, where the specification itself is not labelled.
    landmarks : int
        Public landmarks in which a private embedding was noised; 0 where none were used.
    """

    schema: Literal["lwnode.specification/1"] = "lwnode.specification/1"
    profile: str
    rows: int
    privacy: Privacy
    frequencies: int
    residual2: float
    residual_noise: float
    tail: float
    level: float
    labels: tuple[str, ...] = optional(())
    label_edges: tuple[float, ...] = optional(())
    shares: tuple[float, ...] = optional(())
    shares_of: tuple[str, ...] = optional(())
    landmarks: int = optional(0)
