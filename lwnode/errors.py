# SPDX-License-Identifier: Apache-2.0
"""The errors of lwnode, and the findings that checks return.

::

    LwnodeError
    ├── SettingsError            a setting, an argument or a request that cannot be used
    ├── DataError                a table that cannot be read as asked
    ├── DocumentError            bytes that are not the document they should be
    ├── SpecificationError       a specification that cannot be made or compared
    │   └── PrivacyBudgetError   the data set's budget, or its size, does not allow the release
    ├── ModelError               a model that cannot be made, converted or run
    │   ├── UnsafeModelError     a model file outside the formats that may run
    │   └── WorkerError          the worker process died, ran too long or answered nonsense
    │       └── WorkerLimitError it could not start, or needs more memory than is allowed here
    ├── TrustError               keys, signatures, freshness
    │   ├── SignatureError       signed by nobody we know, or changed after it was signed
    │   └── RollbackError        older than what was already accepted
    ├── ArchiveError             a learnware file that is damaged, too large or not what it says
    ├── StoreError               the node's own files
    │   ├── LockedError          another process holds the home
    │   ├── NotFoundError        nothing under that name or id
    │   ├── UnreadableError      learnwares whose files can no longer be read; carries their ids
    │   ├── DamagedIndexError    the search index, which is made again from the catalogue
    │   └── DiskFullError        no room left; what was there is intact
    ├── CheckFailedError         an audit refused; carries the findings
    ├── CancelledError           a person or a caller ended the work
    ├── ReuseError               learnwares that cannot be combined for these rows
    │   └── NothingFitsError     no learnware fits the data
    └── PartnerError             hub, partner or network
        ├── UnreachableError     nobody answered
        └── InviteError          an invite that is used, expired or not for this hub

Rules
-----
* Every error has a stable ``code`` for programs and a ``hint`` that tells a person what to do next.
* Checks return :class:`Finding` objects; only the caller that must stop raises `CheckFailedError`.
* Mistakes of the programmer stay `ValueError` and `TypeError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal


class LwnodeError(Exception):
    """Something lwnode can explain.

    Parameters
    ----------
    message : str
        One line that says what happened, without data values.
    hint : str
        One line that says what to do next; empty where there is nothing to do.
    """

    code: ClassVar[str] = "LW-ERROR"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class SettingsError(LwnodeError):
    """A setting, an argument or a request that cannot be used."""

    code = "LW-SETTINGS"


class DataError(LwnodeError):
    """A table that cannot be read as asked."""

    code = "LW-DATA"


class DocumentError(LwnodeError):
    """Bytes that are not the document they should be."""

    code = "LW-DOCUMENT"


class SpecificationError(LwnodeError):
    """A specification that cannot be made or compared."""

    code = "LW-SPECIFICATION"


class PrivacyBudgetError(SpecificationError):
    """The budget of the data set, or its size, does not allow the release."""

    code = "LW-BUDGET"


class ModelError(LwnodeError):
    """A model that cannot be made, converted or run."""

    code = "LW-MODEL"


class UnsafeModelError(ModelError):
    """A model file outside the formats that may run here."""

    code = "LW-MODEL-UNSAFE"


class WorkerError(ModelError):
    """The worker process died, ran too long or answered nonsense."""

    code = "LW-WORKER"


class WorkerLimitError(WorkerError):
    """A worker could not start, or needs more memory than this node allows: it says nothing against the model."""

    code = "LW-WORKER-LIMIT"


class TrustError(LwnodeError):
    """Keys, signatures, freshness."""

    code = "LW-TRUST"


class SignatureError(TrustError):
    """Signed by nobody we know, or changed after it was signed."""

    code = "LW-SIGNATURE"


class RollbackError(TrustError):
    """Older than what was already accepted."""

    code = "LW-ROLLBACK"


class ArchiveError(LwnodeError):
    """A learnware file that is damaged, too large or not what it says."""

    code = "LW-ARCHIVE"


class StoreError(LwnodeError):
    """The node's own files."""

    code = "LW-STORE"


class LockedError(StoreError):
    """Another process holds the home."""

    code = "LW-LOCKED"


class NotFoundError(StoreError):
    """Nothing under that name or id."""

    code = "LW-NOT-FOUND"


class UnreadableError(StoreError):
    """Learnwares of the catalogue whose files can no longer be read.

    Parameters
    ----------
    message : str
        What happened.
    learnwares : tuple of str
        Their ids.
    hint : str
        What to do next.
    """

    code = "LW-UNREADABLE"

    def __init__(self, message: str, *, learnwares: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.learnwares = learnwares


class DamagedIndexError(StoreError):
    """The search index is damaged or of another kind than asked for; it is made again from the catalogue."""

    code = "LW-INDEX"


class DiskFullError(StoreError):
    """No room left on the disk; what was there is intact."""

    code = "LW-DISK-FULL"


class CancelledError(LwnodeError):
    """A person or a caller ended the work; nothing was kept."""

    code = "LW-CANCELLED"


class ReuseError(LwnodeError):
    """Learnwares that cannot be combined for these rows."""

    code = "LW-REUSE"


class NothingFitsError(ReuseError):
    """No learnware in the catalogue fits the data."""

    code = "LW-NOTHING-FITS"


class PartnerError(LwnodeError):
    """Hub, partner or network."""

    code = "LW-PARTNER"


class UnreachableError(PartnerError):
    """Nobody answered."""

    code = "LW-UNREACHABLE"


class InviteError(PartnerError):
    """An invite that is used, expired or not for this hub."""

    code = "LW-INVITE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check saw.

    Parameters
    ----------
    code : str
        Stable name, such as ``copy-in-points``.
    severity : {"refuse", "warn", "note"}
        ``refuse`` stops a publication, ``warn`` must be read by a person, ``note`` informs.
    message : str
        One sentence for a person, without data values.
    where : str
        File, column or field it is about; empty for the whole.
    hint : str
        What a person can do about it; empty where there is nothing to do.
    """

    code: str
    severity: Literal["refuse", "warn", "note"]
    message: str
    where: str = ""
    hint: str = ""


class CheckFailedError(LwnodeError):
    """An audit refused.

    Parameters
    ----------
    message : str
        What was refused.
    findings : tuple of Finding
        Everything the audit saw, the refusals first.
    hint : str
        What to do next.
    """

    code = "LW-CHECK"

    def __init__(self, message: str, *, findings: tuple[Finding, ...], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = findings
