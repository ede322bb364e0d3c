# SPDX-License-Identifier: Apache-2.0
"""Reuse: from what several learnwares answered to one prediction.

`presence` says where each learnware's data were, `answers` brings the models' outputs to one shape; both together are
the `Evidence`.  One file holds one method (`top1`, `averaging`, `mix`), `registry` picks one by name and reports who
had which part in every row.  Models are run elsewhere: nothing here knows what a model is.
"""

from lwnode.reuse.answers import align_probabilities, stack_values
from lwnode.reuse.base import Blend, Combination, Evidence, Method, Report
from lwnode.reuse.presence import SCALE, Presence, densities
from lwnode.reuse.registry import METHODS, choose, combine

__all__ = [
    "METHODS",
    "SCALE",
    "Blend",
    "Combination",
    "Evidence",
    "Method",
    "Presence",
    "Report",
    "align_probabilities",
    "choose",
    "combine",
    "densities",
    "stack_values",
]
