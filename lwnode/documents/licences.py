# SPDX-License-Identifier: Apache-2.0
"""Whether a model that was made from learnwares may have the licence that its owner says.

Rules
-----
* Only the licences of the vocabulary are judged, by what their own texts and the Free Software Foundation's and
  Creative Commons' published tables of compatibility say.  ``GPL-2.0`` and its like are read as that version alone.
* A finding is a warning sign for a person, no legal advice; what is not known is said to be not known.

Called by the node when it drafts a model with an origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lwnode.documents.vocabulary import VOCABULARY
from lwnode.errors import Finding

OTHERS = "Others"
_COPYLEFT: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "GPL-2.0": frozenset({"GPL-2.0"}),
        "GPL-3.0": frozenset({"GPL-3.0", "AGPL-3.0"}),
        "AGPL-3.0": frozenset({"AGPL-3.0"}),
        "LGPL-2.1": frozenset({"LGPL-2.1", "GPL-2.0", "GPL-3.0"}),
        "LGPL-3.0": frozenset({"LGPL-3.0", "GPL-3.0", "AGPL-3.0"}),
        "CC-BY-SA-4.0": frozenset({"CC-BY-SA-4.0", "GPL-3.0"}),
    }
)
"""Licence of a start → licences that what is made from it may have."""
_NOT_WITH: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Apache-2.0": frozenset({"GPL-2.0", "LGPL-2.1"}),
        "ECL-2.0": frozenset({"GPL-2.0", "LGPL-2.1"}),
        "AFL-3.0": frozenset({"GPL-2.0", "GPL-3.0", "LGPL-2.1", "LGPL-3.0", "AGPL-3.0"}),
    }
)
"""Licence of a start that asks for a notice only → licences whose terms its own contradict."""


def allowed(start: str, own: str) -> bool | None:
    """Return whether a model made from one under ``start`` may be under ``own``; None where that is not known."""
    known = VOCABULARY["license"].keys() - {OTHERS}
    if start not in known or own not in known:
        return None
    if start in _COPYLEFT:
        return own in _COPYLEFT[start]
    return own not in _NOT_WITH.get(start, frozenset())


def common(starts: Mapping[str, str]) -> str:
    """Return the licence that all starts have, empty where they differ, are none, or one is not known."""
    found = set(starts.values())
    return found.pop() if len(found) == 1 and found <= VOCABULARY["license"].keys() else ""


def check_licences(own: str, starts: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return what the licences of learnwares say of a model that was made from them.

    Parameters
    ----------
    own : str
        Licence of the model.
    starts : mapping of str to str
        Name of each learnware → its licence; empty where it is not known.

    Returns
    -------
    tuple of Finding
        ``licence-conflict`` (refuse), ``licence-unknown`` (warn) and ``licence-notice`` (note), one for each licence.
    """
    found: list[Finding] = []
    for licence in sorted(set(starts.values())):
        names = ", ".join(f"'{name}'" for name, of in sorted(starts.items()) if of == licence)
        said = allowed(licence, own)
        if said is None:
            message = f"whether a model made from {names} may be under {own or 'no licence'} is not known: its own is "
            message += f"'{licence}'. Ask its publisher." if licence else "not here. Ask its publisher."
            found.append(Finding(code="licence-unknown", severity="warn", message=message, where="semantic.json"))
        elif not said:
            fitting = sorted(name for name in VOCABULARY["license"] if allowed(licence, name))
            message = f"{names} is under {licence}, and what is made from it may not be under {own}"
            message += f": take {' or '.join(fitting)}" if licence in _COPYLEFT else ""
            found.append(Finding(code="licence-conflict", severity="refuse", message=message, where="semantic.json"))
        else:
            message = f"{names} is under {licence}: name its publisher, and keep its notices"
            found.append(Finding(code="licence-notice", severity="note", message=message, where="semantic.json"))
    return tuple(found)
