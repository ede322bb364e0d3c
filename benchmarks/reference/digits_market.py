# SPDX-License-Identifier: Apache-2.0
"""Runs in the reference engine's environment: its search and its reusers on a market of digits.

Input: ``{"file": path}`` of an ``.npz``: learnwares' training rows ``X0 …``, their linear models ``classes0 …`` and
``weights0 …`` (the bias last), users' rows ``U0 …`` and labels ``t0 …``.  Output: mean accuracies over the users.
"""

import json
import logging
import sys
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import torch

warnings.filterwarnings("ignore")
Plain = lightgbm.LGBMClassifier
lightgbm.LGBMClassifier = lambda **given: Plain(**{**given, "n_jobs": 1, "verbose": -1})  # its default takes all cores

from learnware.learnware import Learnware  # noqa: E402  (after the classifier was bound to one thread)
from learnware.market import (  # noqa: E402
    BaseUserInfo,
    EasyFuzzSemanticSearcher,
    EasyStatSearcher,
    SeqCombinedSearcher,
)
from learnware.model import BaseModel  # noqa: E402
from learnware.reuse import AveragingReuser, JobSelectorReuser  # noqa: E402
from learnware.specification import (  # noqa: E402
    Specification,
    generate_rkme_table_spec,
    generate_semantic_spec,
)

torch.set_num_threads(1)
for name in list(logging.root.manager.loggerDict):
    logging.getLogger(name).setLevel(logging.CRITICAL)

DIGITS, UNKNOWN = 10, -20.0  # log probability of a class that a model does not know


class Linear(BaseModel):
    """A linear classifier that answers log probabilities of all ten digits."""

    def __init__(self, classes, weights):
        super().__init__((64,), (DIGITS,))
        self.classes, self.weights = classes, weights

    def predict(self, X):
        """Return log probabilities, (n, 10)."""
        scores = np.asarray(X, dtype=np.float64) @ self.weights[:-1] + self.weights[-1]
        scores -= scores.max(axis=1, keepdims=True)
        out = np.full((len(X), DIGITS), UNKNOWN)
        out[:, self.classes] = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return out


class Shelf:
    """What a searcher asks of an organizer."""

    def __init__(self, learnwares):
        self.learnwares = learnwares

    def get_learnwares(self, check_status=None):
        """Return all."""
        return self.learnwares


def semantic():
    """Return the words that the engine wants."""
    names = {str(at): f"pixel {at}" for at in range(64)}
    return generate_semantic_spec(
        name="digits", description="handwritten digits", data_type="Table", task_type="Classification",
        library_type="Scikit-learn", scenarios=["Business"], license="MIT",
        input_description={"Dimension": 64, "Description": names},
        output_description={"Dimension": DIGITS, "Description": {str(at): f"digit {at}" for at in range(DIGITS)}},
    )  # fmt: skip


given = np.load(json.loads(Path(sys.argv[1]).read_text())["file"])
count, users = (sum(name.startswith(part) for name in given.files) for part in ("classes", "U"))
np.random.seed(0)  # noqa: NPY002  (what the engine draws from)
torch.manual_seed(0)
shelf = []
for at in range(count):
    sketch = generate_rkme_table_spec(given[f"X{at}"], cuda_idx=-1)
    model = Linear(given[f"classes{at}"], given[f"weights{at}"])
    shelf.append(Learnware(f"{at:08d}", model, Specification(semantic(), {sketch.type: sketch}), "/nonexistent"))
organizer = Shelf(shelf)
searcher = SeqCombinedSearcher(organizer, [EasyFuzzSemanticSearcher(organizer)], [EasyStatSearcher(organizer)])
found = []
for at in range(users):
    X, truth = given[f"U{at}"], given[f"t{at}"]

    def accuracy(scores, truth=truth):
        """Return the share of rows whose likeliest class is right."""
        return float((np.asarray(scores).argmax(axis=1) == truth).mean())

    sketch = generate_rkme_table_spec(X, cuda_idx=-1)
    results = searcher(BaseUserInfo(semantic_spec={}, stat_info={sketch.type: sketch}))
    top = results.get_single_results()[0].learnware
    several = results.get_multiple_results()
    mixture = several[0].learnwares if several else [top]
    found.append(
        {
            "top-1": accuracy(top.predict(X)),
            "job-selector": accuracy(JobSelectorReuser(mixture, herding_num=100).predict(X)),
            "average": accuracy(AveragingReuser(mixture, mode="vote_by_prob").predict(X)),
        }
    )
means = {name: float(np.mean([user[name] for user in found])) for name in found[0]}
Path(sys.argv[2]).write_text(json.dumps(means))
