# SPDX-License-Identifier: Apache-2.0
"""Weighted point sets as the reference engine's objects; imported by scripts that run in its environment."""

import warnings

import numpy as np

warnings.filterwarnings("ignore")

import torch  # noqa: E402  (after the warnings)
from learnware.market.easy.searcher import EasyStatSearcher  # noqa: E402
from learnware.specification import RKMETableSpecification  # noqa: E402

torch.set_num_threads(1)


def sketch(points, weights, gamma):
    """Return a specification of the package with these points and weights."""
    made = RKMETableSpecification(gamma=gamma, cuda_idx=-1)
    made.z = torch.from_numpy(np.asarray(points, dtype=np.float64))
    made.beta = torch.from_numpy(np.asarray(weights, dtype=np.float64))
    return made


class Learnware:
    """What the package's searcher asks of a learnware: its specification."""

    def __init__(self, place, made):
        self.id, self.place = str(place), place
        self.specification = self
        self.made = made

    def get_stat_spec_by_name(self, name):
        """Return the specification, whatever it is called."""
        return self.made


def searcher():
    """Return the package's searcher of tables."""
    made = EasyStatSearcher(None)
    made.stat_spec_type = "RKMETableSpecification"
    return made
