# SPDX-License-Identifier: Apache-2.0
"""How a caller asks for privacy, and how an action is told."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyChoice:
    """How a draft is protected: ``private`` with ε (None: the setting's) and δ, ``no-noise`` or ``public``."""

    mode: PrivacyMode = "private"
    epsilon: float | None = None
    delta: float | None = None
