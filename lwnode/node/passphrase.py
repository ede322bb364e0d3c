# SPDX-License-Identifier: Apache-2.0
"""The passphrase that encrypts the keys at rest: where it comes from."""

from __future__ import annotations

from collections.abc import Mapping

from lwnode.errors import SettingsError
from lwnode.paths import expanded


def passphrase_from(given: str | None, environ: Mapping[str, str]) -> bytes | None:
    """Return the passphrase: the one given, else from ``LWNODE_PASSPHRASE``, else from the file named there, else None.

    Raises
    ------
    SettingsError
        The file cannot be read.
    """
    if given is not None:
        return given.encode()
    if environ.get("LWNODE_PASSPHRASE"):
        return environ["LWNODE_PASSPHRASE"].encode()
    file = environ.get("LWNODE_PASSPHRASE_FILE")
    if not file:
        return None
    try:
        return expanded(file).read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise SettingsError(f"the passphrase file cannot be read: {error.strerror}") from error
