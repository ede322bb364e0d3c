# SPDX-License-Identifier: Apache-2.0
"""The organizer: a market of many learnwares made into something that a person can look over.

=============================  =========================================================================================
`folding`, `equivalence`       what is the same to a user stands under one, with the reason
`layout`, `vectors`            a map of an island that stays as it is when somebody arrives
`world`, `own_columns`         which islands a table reaches through a map of its columns
`crossing`                     the search of these islands, on the columns that both sides have
=============================  =========================================================================================

Everything here takes arrays and objects and returns objects, as all of the market.
"""

from lwnode.market.organizer.equivalence import Agreement, agreement
from lwnode.market.organizer.folding import Folding, Listed
from lwnode.market.organizer.layout import Layout, lay_out
from lwnode.market.organizer.vectors import vector_of_rows, vectors_of
from lwnode.market.results import Fold

__all__ = [
    "Agreement",
    "Fold",
    "Folding",
    "Layout",
    "Listed",
    "agreement",
    "lay_out",
    "vector_of_rows",
    "vectors_of",
]
