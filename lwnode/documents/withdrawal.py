# SPDX-License-Identifier: Apache-2.0
"""The withdrawal: a signed tombstone for a published learnware."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A publisher takes a learnware back.

    Parameters
    ----------
    publisher : str
        Fingerprint of the root key; must be the learnware's own.
    learnware : str
        Id of the learnware.
    reason : str
        For the partners; not empty.
    created : datetime
        UTC.
    """

    schema: Literal["lwnode.withdrawal/1"] = "lwnode.withdrawal/1"
    publisher: str
    learnware: str
    reason: str
    created: datetime
