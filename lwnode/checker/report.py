# SPDX-License-Identifier: Apache-2.0
"""What a check concludes: a status, and the findings behind it.

Rules
-----
* A refusal is a contradiction: two things that the learnware says cannot both be true, or its model does not do what
  its card says.  Everything that could be bad luck, noise or taste warns.
* Every finding tells what its reader can do (``hint``).
* Findings name columns, classes, files and shares, never a value of a row.

Called by every check of this room, and by the node, which keeps reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from lwnode.errors import Finding

Status: TypeAlias = Literal[-1, 0, 1]

VERSION: Final = 1
"""Of the checks: a report of an earlier one is made anew."""

MEANING: Final[dict[Status, str]] = {
    -1: "invalid: it contradicts itself, or its model does not run",
    0: "it can be found, and not be used or judged here",
    1: "usable",
}
"""Status → what it means, in words; the three are those of the `learnware` package."""

_ORDER: Final = {"refuse": 0, "warn": 1, "note": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What the checks of one learnware saw.

    Parameters
    ----------
    status : {-1, 0, 1}
        Invalid, not usable here, usable; see `MEANING`.
    findings : tuple of Finding
        Refusals first.
    ran : bool
        Whether the model answered; False where its file is not here, or it could not run.
    seconds_per_row : float or None
        Wall time of one row in a batch of the probe's size; None where the model did not run.
    """

    status: Status
    findings: tuple[Finding, ...]
    ran: bool = False
    seconds_per_row: float | None = None


def report(
    findings: Iterable[Finding], *, ran: bool, judged: bool, seconds_per_row: float | None = None
) -> CheckReport:
    """Return the report of findings.

    Parameters
    ----------
    findings : iterable of Finding
    ran : bool
        Whether the model answered.
    judged : bool
        Whether it was asked about rows that its specification covers.
    seconds_per_row : float, optional
    """
    ordered = tuple(sorted(dict.fromkeys(findings), key=lambda finding: _ORDER[finding.severity]))
    invalid = bool(ordered) and ordered[0].severity == "refuse"
    status: Status = -1 if invalid else 1 if ran and judged else 0
    return CheckReport(status=status, findings=ordered, ran=ran, seconds_per_row=seconds_per_row)


def refuse(code: str, message: str, hint: str, where: str = "") -> Finding:
    """Return a contradiction."""
    return Finding(code=code, severity="refuse", message=message, where=where, hint=hint)


def warn(code: str, message: str, hint: str, where: str = "") -> Finding:
    """Return what a person must read."""
    return Finding(code=code, severity="warn", message=message, where=where, hint=hint)


def note(code: str, message: str, hint: str, where: str = "") -> Finding:
    """Return what informs."""
    return Finding(code=code, severity="note", message=message, where=where, hint=hint)


def listed(names: Iterable[str], most: int = 5) -> str:
    """Return names in quotes, the first few of many."""
    shown = list(names)
    text = ", ".join(f"'{name}'" for name in shown[:most])
    return text if len(shown) <= most else f"{text} and {len(shown) - most} more"
