# SPDX-License-Identifier: Apache-2.0
"""The index of specifications: exact nearest by MMD with proof, up to a million, incremental, on the disk.

`anchors` makes the short vectors and proves their bound; `exact` computes distances; `lists` and `shelf` hold the
vectors in memory, `search` finds the nearest among them, `answers` says who they are.  `blocks`, `records`, `mapped`,
`files`, `lists_file` and `generations` are the format on the disk, `adding` makes what is kept there, `names` finds
rows by id, and `specification_index` puts all of it together.
"""

from lwnode.market.index.anchors import Anchors
from lwnode.market.index.answers import Nearest
from lwnode.market.index.specification_index import SpecificationIndex

__all__ = ["Anchors", "Nearest", "SpecificationIndex"]
