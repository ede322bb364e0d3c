# SPDX-License-Identifier: Apache-2.0
"""What can be read from a labelled specification: its classes one by one, and how the classes of two belong together.

A labelled specification is a reduced set whose points carry labels.  Without its labels it is an ordinary one; with
them, the points of one label stand for the rows of one class, and two can be compared class by class, under the product
kernel ``k(x, x') · [y = y']``.

Rules
-----
* Labels are compared by name.  Where two owners name their classes differently, `match_labels` proposes which belong
  together from where their rows lie; it never renames anything.
* Everything here is post-processing of what was published.

Called by the market, the reuse methods and scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import SpecificationError
from lwnode.specification.frame import to_frame
from lwnode.specification.kernels import gaussian
from lwnode.specification.reduced_set import Specification
from lwnode.types import Matrix, Vector


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassBlock:
    """The part of a labelled specification that stands for one class.

    Parameters
    ----------
    label : str
    points : (k, width) float64, island frame of the specification
    weights : (k,) float64, > 0, sum 1
    share : float
        Of the class among the labelled rows.
    """

    label: str
    points: Matrix
    weights: Vector
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMatch:
    """Two labels that may mean the same.

    Parameters
    ----------
    first, second : str
    distance2 : float
        Squared MMD of the two classes.
    margin : float
        How much farther the first label's next candidate is; 0 where the choice is open.
    """

    first: str
    second: str
    distance2: float
    margin: float


def classes(spec: Specification) -> tuple[ClassBlock, ...]:
    """Return the classes of a labelled specification that have points, in the order of its list.

    Raises
    ------
    SpecificationError
        It is not labelled.
    """
    if spec.labels is None:
        raise SpecificationError(
            "the specification is not labelled", hint="its owner can publish it with labels (`labelled=True`)"
        )
    frame = spec.frame
    blocks: list[ClassBlock] = []
    for at, label in enumerate(spec.card.labels):
        own = spec.labels == at
        share = float(spec.weights[own].sum())
        if share > 0.0:
            blocks.append(ClassBlock(label=label, points=frame[own], weights=spec.weights[own] / share, share=share))
    return tuple(blocks)


def labelled_mmd2(a: Specification, b: Specification, *, same: Mapping[str, str] | None = None) -> float:
    """Return the squared distance of two labelled specifications in the space of rows *and* labels, in [0, 2].

    Parameters
    ----------
    a, b : Specification
        Labelled, of one schema; both are read in the frame of ``a``.
    same : mapping, optional
        Label of ``b`` → label of ``a``, where they name their classes differently.

    Raises
    ------
    SpecificationError
        One of them is not labelled, or they describe different columns.

    Notes
    -----
    ``|mu_a - mu_b|^2`` under ``k(x, x') [y = y']`` (Harder, Adamczewski and Park, AISTATS 2021).  A class that only one
    has counts with its whole norm.  O(m²·width).
    """
    points, signed, labels = _joined(a, b, same or {})
    kernel = gaussian(points, points, a.profile.gamma)
    kernel *= labels[:, None] == labels
    return max(float(signed @ kernel @ signed), 0.0)


def match_labels(a: Specification, b: Specification) -> tuple[LabelMatch, ...]:
    """Return which labels of two specifications may mean the same, judged by where their rows lie.

    Parameters
    ----------
    a, b : Specification
        Labelled, of one schema.

    Returns
    -------
    tuple of LabelMatch
        One to one, at most as many as the shorter list has labels, in the order of ``a``'s.

    Raises
    ------
    SpecificationError
        As `labelled_mmd2`.

    Notes
    -----
    The assignment that makes the sum of squared distances of the classes least (Hungarian method); O(m²·width + C³).
    """
    from scipy.optimize import linear_sum_assignment

    first, second = classes(a), classes(b)
    distances = class_distances(a, b)
    pairs = zip(*linear_sum_assignment(distances), strict=True)
    matches: list[LabelMatch] = []
    for i, j in pairs:
        others = np.delete(distances[i], j)
        margin = float(others.min() - distances[i, j]) if len(others) else float("inf")
        matches.append(
            LabelMatch(
                first=first[i].label,
                second=second[j].label,
                distance2=float(distances[i, j]),
                margin=max(margin, 0.0),
            )
        )
    return tuple(matches)


def class_distances(a: Specification, b: Specification) -> Matrix:
    """Return the squared MMD of every class of ``a`` to every class of ``b``, in the frame of ``a``."""
    _check(a, b)
    first = classes(a)
    second = [(to_frame(a.profile, b.points[own].astype(np.float64)), weights) for own, weights in _members(b)]
    gamma = a.profile.gamma
    own = [float(block.weights @ gaussian(block.points, block.points, gamma) @ block.weights) for block in first]
    other = [float(weights @ gaussian(points, points, gamma) @ weights) for points, weights in second]
    cross = [
        [float(block.weights @ gaussian(block.points, points, gamma) @ weights) for points, weights in second]
        for block in first
    ]
    distances: Matrix = np.array(own)[:, None] + np.array(other) - 2.0 * np.array(cross)
    return np.maximum(distances, 0.0)


def _members(spec: Specification) -> list[tuple[NDArray[np.bool_], Vector]]:
    """Return which points belong to each class that has any, and their weights with sum 1."""
    assert spec.labels is not None
    found = [spec.labels == at for at in range(len(spec.card.labels))]
    return [(own, spec.weights[own] / spec.weights[own].sum()) for own in found if spec.weights[own].sum() > 0.0]


def _joined(a: Specification, b: Specification, same: Mapping[str, str]) -> tuple[Matrix, Vector, NDArray[np.str_]]:
    """Return both point sets in the frame of ``a``, the second with negative weights, and the names of their labels."""
    _check(a, b)
    assert a.labels is not None
    assert b.labels is not None
    points = np.concatenate([a.frame, to_frame(a.profile, b.points.astype(np.float64))])
    names = [a.card.labels[at] for at in a.labels] + [same.get(b.card.labels[at], b.card.labels[at]) for at in b.labels]
    return points, np.concatenate([a.weights, -b.weights]), np.array(names)


def _check(a: Specification, b: Specification) -> None:
    if a.labels is None or b.labels is None:
        raise SpecificationError("both specifications must be labelled", hint="compare them without labels with mmd2")
    if a.profile.schema_id != b.profile.schema_id:
        raise SpecificationError(
            "the specifications describe different columns", hint="compare specifications of one schema only"
        )
