# SPDX-License-Identifier: Apache-2.0
"""The index of specifications: exact nearest by MMD with proof, up to a million, incremental, on the disk.

`anchors` makes the short vectors and proves their bound; `exact` computes distances; `lists` and `shelf` hold the
vectors in memory, `search` finds the nearest among them.  `blocks`, `files` and `lists_file` are the format on the
disk, `names` finds rows by id, and `specification_index` puts all of it together.
"""

from lwnode.market.index.anchors import Anchors
from lwnode.market.index.specification_index import Nearest, SpecificationIndex

__all__ = ["Anchors", "Nearest", "SpecificationIndex"]
