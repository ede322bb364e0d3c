# SPDX-License-Identifier: Apache-2.0
"""The learnware file: what is in it, how large it may be, how it is built, and how foreign ones are checked.

A tour:

* `layout` and `limits`: names and sizes.
* `build`: a learnware as one file, always the same bytes.
* `verify`: the only way in.  `read_archive` for one file, `read_files` for files that came one by one, `check_files`
  for a draft of our own.  `container` reads the zip format, `meaning` judges the documents.
* `learnware`: what comes out.
* `package_zip`: zips of the `learnware` package, described and written.

::

    data = build_archive(bundle, files, keys=signed_keys_document)
    ware = read_archive(data, lookup=keys_of_publisher)
"""

from lwnode.archive.build import build_archive
from lwnode.archive.layout import FILES
from lwnode.archive.learnware import Learnware
from lwnode.archive.limits import LIMITS, Limits
from lwnode.archive.verify import check_files, check_manifest, embedded_keys, read_archive, read_files

__all__ = [
    "FILES",
    "LIMITS",
    "Learnware",
    "Limits",
    "build_archive",
    "check_files",
    "check_manifest",
    "embedded_keys",
    "read_archive",
    "read_files",
]
