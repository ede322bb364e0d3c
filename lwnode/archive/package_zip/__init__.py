# SPDX-License-Identifier: Apache-2.0
"""Zips of the `learnware` package: read into a description, and written; nothing of them is ever run here.

A tour: `foreign_zip` opens somebody's zip, `plain_yaml` reads its ``learnware.yaml``, `package_semantic` its words,
`reading` puts the `description` together.  `writing` makes a zip of one of ours, with `runner` as the class that the
package needs.

::

    found = read_package_zip(data)       # found.specifications, found.model (text), found.files, found.requirements
    data = build_package_zip(ware)       # stat.json in frame units, frame.json beside it, model.onnx
"""

from lwnode.archive.package_zip.description import (
    ForeignFile,
    ForeignLearnware,
    ForeignModel,
    ForeignSpecification,
)
from lwnode.archive.package_zip.foreign_zip import is_zip
from lwnode.archive.package_zip.package_semantic import read_semantic, write_semantic
from lwnode.archive.package_zip.reading import read_package_zip
from lwnode.archive.package_zip.writing import build_package_zip, package_semantic, package_specification

__all__ = [
    "ForeignFile",
    "ForeignLearnware",
    "ForeignModel",
    "ForeignSpecification",
    "build_package_zip",
    "is_zip",
    "package_semantic",
    "package_specification",
    "read_package_zip",
    "read_semantic",
    "write_semantic",
]
