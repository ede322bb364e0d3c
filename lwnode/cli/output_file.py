# SPDX-License-Identifier: Apache-2.0
"""A file that a person asked for: written whole or not at all, and never in the place of something else."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from lwnode.errors import SettingsError
from lwnode.paths import expanded


def check_output(path: Path) -> Path:
    """Return where to write, before any work is done for it.

    Raises
    ------
    SettingsError
        It is a folder, a pipe or a device, or its folder cannot be made or written to.
    """
    if not path.name:
        raise SettingsError("the output needs a file name", hint="choose another file")
    place = expanded(path)
    try:
        if place.exists() and not place.is_file():
            raise SettingsError(f"{path} is not a file that can be replaced", hint="choose another file")
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, probe = tempfile.mkstemp(prefix=".lwnode-", dir=place.parent)
        os.close(handle)
        Path(probe).unlink()
        os.pathconf(place.parent, "PC_NAME_MAX")
        if len(os.fsencode(place.name)) > os.pathconf(place.parent, "PC_NAME_MAX"):
            raise SettingsError("the output's name is too long", hint="choose another file")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}", hint="choose another file") from error
    return place


def write_output(path: Path, data: bytes) -> None:
    """Write a file whole; nothing is left of it where that fails.

    Raises
    ------
    SettingsError
        As :func:`check_output`, or the disk is full.
    """
    place = check_output(path)
    handle, name = tempfile.mkstemp(prefix=".lwnode-", dir=place.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(place)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise SettingsError(f"{path} cannot be written: {error.strerror}", hint="choose another file") from error
