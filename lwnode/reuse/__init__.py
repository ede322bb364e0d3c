# SPDX-License-Identifier: Apache-2.0
"""Reuse: from what several learnwares answered to one prediction.

`presence` says where each learnware's data were, `cards` what it says of its classes (together: `Members`), `answers`
brings the models' outputs to one shape (`Evidence`), `filling` completes rows that lack columns, `views` does so
through a map of columns with other names and units.  One file holds one method or a pair that shares all but a switch;
a method is fitted on the user's own rows, labelled ones where there are any, and gives a rule for any rows.  `registry`
finds a method by its name and reports who had which part in every row; `auto` tries methods on labels.
Models are run elsewhere: nothing here knows what a model is.
"""

from lwnode.reuse.align import BEHIND_MAPS, through_maps
from lwnode.reuse.answers import align_probabilities, stack_values
from lwnode.reuse.auto import FOLDS, Choice, Trial, out_of_fold, pick
from lwnode.reuse.base import (
    Blend,
    Combination,
    Evidence,
    Framed,
    Labelled,
    Members,
    Method,
    Report,
    Rule,
)
from lwnode.reuse.cards import members_of, shares_of
from lwnode.reuse.filling import fill, loss_of_filling
from lwnode.reuse.presence import SCALE, Presence, SharedFrame, densities, shared_frame
from lwnode.reuse.registry import (
    LEARN_FROM_LABELS,
    LEARN_FROM_ROWS,
    METHODS,
    NEED_CLASSES,
    NEED_LABELS,
    combine,
    resolve,
    usual,
)
from lwnode.reuse.views import OwnRows, View, own_rows, seen_through, unframed, views_of

__all__ = [
    "BEHIND_MAPS",
    "FOLDS",
    "LEARN_FROM_LABELS",
    "LEARN_FROM_ROWS",
    "METHODS",
    "NEED_CLASSES",
    "NEED_LABELS",
    "SCALE",
    "Blend",
    "Choice",
    "Combination",
    "Evidence",
    "Framed",
    "Labelled",
    "Members",
    "Method",
    "OwnRows",
    "Presence",
    "Report",
    "Rule",
    "SharedFrame",
    "Trial",
    "View",
    "align_probabilities",
    "combine",
    "densities",
    "fill",
    "loss_of_filling",
    "members_of",
    "out_of_fold",
    "own_rows",
    "pick",
    "resolve",
    "seen_through",
    "shared_frame",
    "shares_of",
    "stack_values",
    "through_maps",
    "unframed",
    "usual",
    "views_of",
]
