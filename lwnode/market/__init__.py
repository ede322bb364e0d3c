# SPDX-License-Identifier: Apache-2.0
"""The market: which learnwares fit these rows, said in absolute figures.

A search goes through the room in this order.  `islands` groups the entries on offer (`entry`) by schema and counts
those that cannot be compared; `frames` brings the user's rows, and `derived` the specifications, into one frame;
`nearest` finds those that are near, by `ranking` all of a small island or through the `index` of a large one;
`coverage`, `dependence` and `score` compute the figures of one pair, and
`verdict` applies the ordered rules; `mixture` looks for several that describe the rows together;
`island_search`, `matches` and `searcher` put the answer (`results`, `reasons`) together.  `label_fit` compares labels
where both sides have them.  `organizer` keeps the market in order: what is the same stands together, an island has a
map, and islands are reached from each other.  `publishers` keeps places of a list for others than the one who
publishes most.  `pool_score` is the reference engine's score, for display.

Everything here takes arrays and objects and returns objects: no clock, no network, no global seed, and no path but the
folder of an index.
"""

from lwnode.market.entry import Entry, Offer, Offered
from lwnode.market.label_fit import LabelFit, label_fit
from lwnode.market.publishers import PLACES
from lwnode.market.reasons import SENTENCES
from lwnode.market.results import Certificate, Coverage, Fold, Found, Match, Multiple, Reach, Skipped, Uncovered
from lwnode.market.searcher import search

__all__ = [
    "PLACES",
    "SENTENCES",
    "Certificate",
    "Coverage",
    "Entry",
    "Fold",
    "Found",
    "LabelFit",
    "Match",
    "Multiple",
    "Offer",
    "Offered",
    "Reach",
    "Skipped",
    "Uncovered",
    "label_fit",
    "search",
]
