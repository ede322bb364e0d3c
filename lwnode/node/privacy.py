# SPDX-License-Identifier: Apache-2.0
"""How a caller asks for privacy, and how an action is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

from lwnode.errors import SettingsError
from lwnode.types import PrivacyMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Differential privacy as a caller asks for it.

    Parameters
    ----------
    epsilon : float
        Positive; 1 is the usual choice.
    delta : float, optional
        Default: min(1e-5, 1 / (10 n)).
    """

    epsilon: float = 1.0
    delta: float | None = None

    def __post_init__(self) -> None:
        """Refuse figures that promise nothing.

        Raises
        ------
        SettingsError
            ε is not positive and finite, or δ not between 0 and 1.
        """
        if not (math.isfinite(self.epsilon) and self.epsilon > 0):
            raise SettingsError("epsilon must be a positive number", hint="1 is the usual choice, smaller is stricter")
        if self.delta is not None and not 0 < self.delta < 1:
            raise SettingsError("delta must be between 0 and 1", hint="leave it out to take the rule's")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyChoice:
    """How a draft is protected: ``private`` with ε (None: the setting's) and δ, ``no-noise`` or ``public``."""

    mode: PrivacyMode = "private"
    epsilon: float | None = None
    delta: float | None = None

    def __post_init__(self) -> None:
        """Refuse what a document may say and nobody can ask for, such as ``imported``.

        Raises
        ------
        SettingsError
            Not one of the three.
        """
        if self.mode not in get_args(PrivacyMode):
            raise SettingsError(f"there is no privacy '{self.mode}' to ask for", hint="private, no-noise or public")
