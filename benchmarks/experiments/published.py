# SPDX-License-Identifier: Apache-2.0
"""What the authors of the reference engine published of theirs, to stand beside ours as a share of the gap closed.

From the documentation of the PyPI package ``learnware`` 0.4.0 (its page of experiments; the curves are read off its
figures).  Its tables say MSE and its code computes RMSE; two published versions of the image rows differ, these are the
page's.  Data, models and users are others than ours: percentages stand beside each other, losses do not compare.

Called by the page and the plots.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One setting of theirs: losses, lower is better.

    Parameters
    ----------
    setting : str
    beside : str
        Our scenario that it stands beside.
    mean, best : float
    unlabelled : tuple of (method, loss)
    curves : tuple of (method, ((labels, loss), …))
    """

    setting: str
    beside: str
    mean: float
    best: float
    unlabelled: tuple[tuple[str, float], ...]
    curves: tuple[tuple[str, tuple[tuple[int, float], ...]], ...] = ()

    def gap(self, loss: float) -> float:
        """Return the share of the gap closed, percent."""
        return 100.0 * (self.mean - loss) / (self.mean - self.best)


def _curve(counts: tuple[int, ...], losses: tuple[float, ...]) -> tuple[tuple[int, float], ...]:
    return tuple(zip(counts, losses, strict=True))


_TABLES = (100, 200, 500, 1_000, 2_000, 4_000, 6_000, 8_000, 10_000)
_ITEMS = (100, 200, 500, 1_000, 2_000, 4_000)
M5_LABELS = (10, 30, 50, 75, 100, 200, 500, 1_000, 2_000)

PUBLISHED = (
    Published(
        setting="53 shops, same columns (RMSE)",
        beside="groceries, same columns",
        mean=0.897,
        best=0.756,
        unlabelled=(("top-1", 0.830), ("job-selector", 0.848), ("average", 0.816)),
        curves=(
            ("self-trained", _curve(_TABLES, (0.969, 0.967, 0.949, 0.921, 0.907, 0.869, 0.863, 0.856, 0.869))),
            ("augment", _curve(_TABLES, (0.956, 0.953, 0.887, 0.876, 0.867, 0.844, 0.852, 0.842, 0.844))),
            ("prune", _curve(_TABLES[:3] + _TABLES[-1:], (0.827, 0.827, 0.825, 0.826))),
        ),
    ),
    Published(
        setting="CIFAR-10 (error)",
        beside="fashion",
        mean=0.655,
        best=0.304,
        unlabelled=(("top-1", 0.406), ("job-selector", 0.406), ("average", 0.310)),
        curves=(
            ("self-trained", _curve(_ITEMS, (0.501, 0.440, 0.388, 0.359, 0.335, 0.312))),
            ("prune", _curve(_ITEMS, (0.338, 0.335, 0.334, 0.333, 0.333, 0.334))),
        ),
    ),
    Published(
        setting="20 newsgroups (error)",
        beside="wordnet",
        mean=0.493,
        best=0.141,
        unlabelled=(("top-1", 0.154), ("job-selector", 0.155), ("average", 0.138)),
        curves=(
            ("self-trained", _curve(_ITEMS, (0.426, 0.316, 0.219, 0.169, 0.140, 0.120))),
            ("prune", _curve(_ITEMS, (0.145, 0.142, 0.139, 0.139, 0.139, 0.138))),
        ),
    ),
)

# Another target: three shops' data sets, learnwares' outputs as features (RMSE); no mean or best was published.
OTHER_TARGET = {
    "self-trained": (3.752, 3.616, 3.561, 3.426, 3.325, 3.118, 2.877, 2.693, 2.489),
    "augment": (3.455, 2.843, 2.738, 2.617, 2.547, 2.448, 2.296, 2.276, 2.181),
    "average": (3.460, 2.870, 2.748, 2.602, 2.549, 2.457, 2.295, 2.276, 2.180),
    "prune": (3.472, 2.836, 2.743, 2.607, 2.550, 2.451, 2.295, 2.276, 2.180),
}


def lower(labels: int) -> float:
    """Return by how many percent their learnwares' outputs as features lower the loss of self-training."""
    at = M5_LABELS.index(labels)
    return 100.0 * (1.0 - OTHER_TARGET["augment"][at] / OTHER_TARGET["self-trained"][at])
