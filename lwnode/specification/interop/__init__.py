# SPDX-License-Identifier: Apache-2.0
"""The JSON of the `learnware` package: its five specifications read and written, and nothing of it ever run.

A tour:

==============  ========================================================================================================
`bounds`        how much is looked at, and the look before anything is parsed
`shapes`        class names, fields and their types
`imported`      what comes out: :class:`ImportedSet` (table, text, image, hetero) or :class:`CapabilityScores`
`reading`       bytes to objects; `writing`: objects to the bytes that the package writes
`distance`      imported sets compared under one stated gamma
`adoption`      an imported set in the frame of a profile, and ours as a set for the package
==============  ========================================================================================================

::

    found = read_json(data)                        # an ImportedSet: points, weights, gamma, kind; no frame
    specification = adopt_set(found, profile)      # comparable with ours, mode "imported", up to 1,000 points
    data = write_json(package_set(ours))           # and encode(ours.profile) beside it
"""

from lwnode.specification.interop.adoption import adopt_set, package_set
from lwnode.specification.interop.distance import imported_mmd2, nearest_sets
from lwnode.specification.interop.imported import CapabilityScores, ImageSettings, ImportedSet
from lwnode.specification.interop.reading import read_json
from lwnode.specification.interop.shapes import CLASSES, SHAPES, UNREAD
from lwnode.specification.interop.writing import write_json

__all__ = [
    "CLASSES",
    "SHAPES",
    "UNREAD",
    "CapabilityScores",
    "ImageSettings",
    "ImportedSet",
    "adopt_set",
    "imported_mmd2",
    "nearest_sets",
    "package_set",
    "read_json",
    "write_json",
]
