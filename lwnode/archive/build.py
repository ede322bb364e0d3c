# SPDX-License-Identifier: Apache-2.0
"""Write a learnware as one file.

Rules
-----
* The same input always gives the same bytes: names in order, a fixed time, stored without compression (what is large in
  a learnware is numbers, which hardly compress, and a stored file can be read where it lies).
* The archive adds nothing to what was signed, so it needs no signature of its own and may be built by anybody.
* ``read_archive(build_archive(bundle, files), lookup)`` gives back the files.

Called by the node when it exports a learnware.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from typing import Final

from lwnode.archive import layout
from lwnode.errors import ArchiveError

_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that the format can say
_UNIX = 3


def build_archive(bundle: bytes, files: Mapping[str, bytes], *, keys: bytes = b"") -> bytes:
    """Return the archive of a learnware.

    Parameters
    ----------
    bundle : bytes
        The signed manifest.
    files : mapping
        Name → content, all files of the layout.
    keys : bytes
        The publisher's signed keys document, for receivers who do not know it yet; empty to leave it out.

    Raises
    ------
    ArchiveError
        A file is missing, or does not belong there.
    """
    if set(files) != set(layout.FILES):
        raise ArchiveError("an archive holds all files of a learnware and no others: " + ", ".join(layout.FILES))
    contents = {**files, layout.BUNDLE: bundle}
    if keys:
        contents[layout.KEYS] = keys
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, date_time=_TIME)
            entry.create_system = _UNIX
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, contents[name])
    return out.getvalue()
