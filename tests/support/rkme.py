# SPDX-License-Identifier: Apache-2.0
"""The reduced set as the paper's engine makes it: k-means centres with the best weights.  It republishes rows."""

from __future__ import annotations

import dataclasses

import numpy as np
from sklearn.cluster import KMeans

from lwnode.documents import Privacy, Profile
from lwnode.specification import Specification, from_frame, specify, to_frame
from lwnode.specification.exact_fit import weigh
from lwnode.types import Matrix


def k_means_specification(raw: Matrix, profile: Profile, *, size: int = 50) -> Specification:
    """Points are the centres of at most ``size`` clusters, and two thirds of the rows where these are fewer."""
    frame = to_frame(profile, raw)
    count = size if size < len(frame) else len(frame) * 2 // 3
    centres = KMeans(count, n_init=1, max_iter=100, random_state=0).fit(frame).cluster_centers_.astype(np.float64)
    return specification_of(centres, weigh(centres, frame, profile.gamma), raw, profile)


def specification_of(frame: Matrix, weights: np.ndarray, raw: Matrix, profile: Profile) -> Specification:
    """Any points, as if somebody had published them without noise."""
    card = specify(raw[:60], profile, privacy="public", size=5).card
    card = dataclasses.replace(card, privacy=Privacy(mode="no-noise"))
    return Specification(points=from_frame(profile, frame), weights=weights, profile=profile, card=card)
