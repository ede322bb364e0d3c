# SPDX-License-Identifier: Apache-2.0
"""The statistical specification: a sketch of the rows behind a model, and what can be computed with sketches.

A tour, from the ground up:

========================  ==============================================================================================
`frame`                   columns in their own units ⇄ coordinates of the island frame
`kernels`                 the Gaussian kernel and its means
`embedding`               the coordinates in which a mean embedding is noised: `landmarks`, or random `features`
`accounting`, `noise`     (ε, δ) ⇄ noise, composition, what may be said about n; noise on a grid
`plan`                    what a private release costs, how its budget is divided, when it is refused
`posterior_fit`           points fitted to a noised embedding: never sees a row
`exact_fit`, `simplex`    points and weights fitted to rows, for data that are public or get no guarantee
`scalars`                 the residual and the tail level that a specification carries beside its points
`labels`                  labels of rows, shares of classes, bins of a target
`release`                 :func:`specify`: rows in, :class:`Specification` out; `private_release`, `exact_release`
`labelled`                what can be read from a labelled specification, class by class
`reduced_set`, `mmd`      the object, its file, its checks; the distance of two
`copies`, `audit`         what a repeated row is; what is looked at before anything leaves
`quantiles`               private bounds of columns, for a profile that nobody can type
`matching`, `units`       which column of one table or profile is which of another; `glossary`, `column_names`
`shared_columns`          two specifications of different columns on those that they share
`interop`                 the `learnware` package's JSON, read, written and brought into a frame
========================  ==============================================================================================

The core is pure: arrays, documents and a generator in; no clock, no path, no global seed.  Images and texts enter as
the rows of an encoder that their profile names.
"""

from lwnode.specification.accounting import (
    attacker_auc,
    attacker_tpr,
    compose,
    default_delta,
    epsilon_for,
    mu_for,
    published_rows,
)
from lwnode.specification.audit import (
    Attacker,
    attacker,
    audit_arrays,
    audit_columns,
    audit_distances,
    audit_levels,
    audit_points,
    audit_tracing,
    audit_unique_rows,
    audit_words,
    rehearse,
    trace,
)
from lwnode.specification.frame import from_frame, raw_matrix, to_frame
from lwnode.specification.labelled import LabelMatch, class_distances, classes, labelled_mmd2, match_labels
from lwnode.specification.labels import Labels
from lwnode.specification.mmd import mmd2
from lwnode.specification.plan import Plan, mechanism, plan_release
from lwnode.specification.reduced_set import Specification
from lwnode.specification.release import specify

__all__ = [
    "Attacker",
    "LabelMatch",
    "Labels",
    "Plan",
    "Specification",
    "attacker",
    "attacker_auc",
    "attacker_tpr",
    "audit_arrays",
    "audit_columns",
    "audit_distances",
    "audit_levels",
    "audit_points",
    "audit_tracing",
    "audit_unique_rows",
    "audit_words",
    "class_distances",
    "classes",
    "compose",
    "default_delta",
    "epsilon_for",
    "from_frame",
    "labelled_mmd2",
    "match_labels",
    "mechanism",
    "mmd2",
    "mu_for",
    "plan_release",
    "published_rows",
    "raw_matrix",
    "rehearse",
    "specify",
    "to_frame",
    "trace",
]
