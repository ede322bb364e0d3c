# SPDX-License-Identifier: Apache-2.0
"""Files that hold keys: read and written so that nobody else sees them and a crash leaves none half-written.

Rules
-----
* A file is a regular file of mode 0600 that belongs to this account, in a directory of mode 0700; anything else is
  refused, links included, before a byte is read.
* It is written beside its place, flushed to the disk and renamed, and the directory is flushed too.
* Sizes are bounded: a key file of more than 64 KiB (a keys document: 384 KiB) is refused.
* What is there is never replaced by a new key; only the keystore decides when a key is made.

Called by `lwnode.trust.keystore` only.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from lwnode.errors import TrustError
from lwnode.trust.encryption import load_private_pem, private_pem
from lwnode.trust.identity import PrivateKey

KEY_FILE_LIMIT = 64 * 1024  # bytes
_RESTORE = "restore the keys from a backup; they are never made anew by themselves"


def check_directory(directory: Path) -> None:
    """Return where a directory is private to this account.

    Raises
    ------
    TrustError
        Missing, a link, another account's, or open to others.
    """
    try:
        found = directory.lstat()
    except OSError as error:
        raise TrustError(f"no keys at {directory}: {error.strerror}", hint="make them first, or " + _RESTORE) from error
    if not stat.S_ISDIR(found.st_mode):
        raise TrustError(f"{directory} is not a directory", hint=_RESTORE)
    _check_private(found, directory, mode="700")


def check_private_file(path: Path) -> None:
    """Return where a file that is not read now is private all the same.

    Raises
    ------
    TrustError
        As :func:`read_private_file`, but for its length.
    """
    _check_file(path.lstat(), path)


def read_private_file(path: Path, *, limit: int = KEY_FILE_LIMIT) -> bytes:
    """Return the content of a private file.

    Raises
    ------
    TrustError
        Missing, a link, not a regular file, another account's, open to others, or too long.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise TrustError(f"the key file {path.name} cannot be read: {error.strerror}", hint=_RESTORE) from error
    try:
        _check_file(os.fstat(descriptor), path)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    finally:
        os.close(descriptor)
    if len(data) > limit:
        raise TrustError(f"the key file {path.name} is too long", hint=_RESTORE)
    return data


def write_private_file(path: Path, data: bytes) -> None:
    """Write a private file in one step, replacing what is there.

    Raises
    ------
    TrustError
        The disk is full, or the directory cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(temporary, flags, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
        flush_directory(path.parent)
    except OSError as error:
        raise TrustError(
            f"the key file {path.name} cannot be written: {error.strerror}",
            hint="make room on the disk and see that the directory belongs to you",
        ) from error


def flush_directory(directory: Path) -> None:
    """Bring a directory's entries to the disk, where the platform can."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_private_key(path: Path, passphrase: bytes | None) -> PrivateKey:
    """Read one private key; the error names the file.

    Raises
    ------
    TrustError
        As :func:`read_private_file`; wrong passphrase, damaged, or a key of another kind.
    """
    data = read_private_file(path)
    try:
        return load_private_pem(data, passphrase)
    except TrustError as error:
        raise TrustError(f"{path.name}: {error}", hint=error.hint) from error


def write_private_key(path: Path, key: PrivateKey, passphrase: bytes | None) -> None:
    """Write one private key.

    Raises
    ------
    TrustError
        As :func:`write_private_file`.
    """
    write_private_file(path, private_pem(key, passphrase))


def _check_file(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise TrustError(f"the key file {path.name} is not a regular file", hint=_RESTORE)
    _check_private(found, path, mode="600")


def _check_private(found: os.stat_result, path: Path, *, mode: str) -> None:
    if os.name != "posix":
        return
    if found.st_uid != os.geteuid():
        raise TrustError(f"{path.name} belongs to another account", hint=_RESTORE)
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise TrustError(
            f"{path.name} is open to other accounts of this computer",
            hint=f"run: chmod {mode} '{path}'; if others had access to this computer, renew the keys",
        )
