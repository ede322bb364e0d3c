# SPDX-License-Identifier: Apache-2.0
"""Runs in the reference engine's environment: its job selector, timed, without running a model.

Input: ``{"file": path of an .npz with points, weights (N, …) and rows; "gamma"}``; output: ``[CPU seconds, choices]``.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import lightgbm
import numpy as np

warnings.filterwarnings("ignore")
Plain = lightgbm.LGBMClassifier
lightgbm.LGBMClassifier = lambda **given: Plain(**{**given, "n_jobs": 1, "verbose": -1})  # its default takes all cores

from learnware.learnware import Learnware  # noqa: E402  (after the classifier was bound to one thread)
from learnware.reuse import JobSelectorReuser  # noqa: E402
from learnware.specification import Specification  # noqa: E402
from sketches import sketch  # noqa: E402

given = json.loads(Path(sys.argv[1]).read_text())
with np.load(given["file"]) as data:
    points, weights, rows = data["points"], data["weights"], data["rows"]
np.random.seed(0)  # noqa: NPY002  (what the engine draws from)
learnwares = []
for at, (Z, b) in enumerate(zip(points, weights, strict=True)):
    own = sketch(Z, b, given["gamma"])
    learnwares.append(Learnware(f"{at:08d}", None, Specification({}, {own.type: own}), "/nonexistent"))
begin = time.process_time()
choices = JobSelectorReuser(learnwares, herding_num=100).job_selector(rows)
Path(sys.argv[2]).write_text(json.dumps([time.process_time() - begin, np.asarray(choices).tolist()]))
