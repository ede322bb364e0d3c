# SPDX-License-Identifier: Apache-2.0
"""Actions of `Node`: learnwares as files, ours and the `learnware` package's."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lwnode.documents import Profile
from lwnode.errors import SettingsError
from lwnode.node.facade.calls import Calls
from lwnode.node.imports import ImportedWare
from lwnode.node.records import Archive, Verified, Ware
from lwnode.paths import expanded


class FileCalls(Calls):
    """Learnwares as files, ours and the `learnware` package's."""

    def export(self, id: str) -> Archive:
        """Return a learnware as one signed file."""
        return self._call("export", {"id": id})

    def verify(self, archive: bytes | Path | str) -> Verified:
        """Check everything about a learnware file, and keep nothing."""
        return self._call("verify", {"data": _bytes_of(archive)})

    def import_(self, archive: bytes | Path | str, *, trust: bool = False) -> Ware:
        """Take a learnware file into the catalogue."""
        return self._call("import", {"data": _bytes_of(archive), "trust": trust})

    def import_package(self, file: bytes | Path | str, *, profile: Profile | str = "", name: str = "") -> ImportedWare:
        """Take in a learnware zip, or a specification's JSON, of the `learnware` package; nothing of it is ever run.

        Parameters
        ----------
        file : path or bytes
        profile : Profile or id
            Whose features, in order, its points' coordinates are; without one it may only be kept.
        name : str
            Default: what the file says.
        """
        if isinstance(profile, Profile):
            profile = self._call("add_profile", {"profile": profile, "share": False}).id
        return self._call("import_package", {"data": _bytes_of(file), "profile": profile, "name": name})

    def imported(self) -> tuple[ImportedWare, ...]:
        """List what was imported of the `learnware` package."""
        return self._call("imported", {})

    def forget_imported(self, id: str) -> ImportedWare:
        """Remove an imported learnware, its files included."""
        return self._call("forget_imported", {"id": id})

    def export_package(self, id: str, *, form: Literal["learnware", "json"] = "learnware") -> tuple[Archive, ...]:
        """Return a learnware in the `learnware` package's forms: the zip, or the specification's JSON and its frame."""
        return self._call("export_package", {"id": id, "form": form})


def _bytes_of(archive: bytes | Path | str) -> bytes:
    """Return the bytes of an archive that is given as a path or as bytes.

    Raises
    ------
    SettingsError
        No such file, or larger than any archive may be.
    """
    if isinstance(archive, bytes):
        return archive
    from lwnode.archive import Limits

    path = expanded(archive)
    if not path.is_file():
        raise SettingsError(f"there is no file {path}", hint="check the path")
    if path.stat().st_size > Limits().archive:
        raise SettingsError("the file is larger than any learnware may be")
    return path.read_bytes()
