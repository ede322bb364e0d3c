# SPDX-License-Identifier: Apache-2.0
"""Runs in the reference engine's environment: table specifications of the rows in .npy files, timed.

Input: ``{"files": [path], "gammas": [float], "size": int}``; output: for each file CPU seconds and, beside it, a file
``path + ".z.npz"`` with ``z`` and ``beta``.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")

import torch  # noqa: E402  (after the warnings)
from learnware.specification import generate_rkme_table_spec  # noqa: E402

torch.set_num_threads(1)
given = json.loads(Path(sys.argv[1]).read_text())
generate_rkme_table_spec(np.random.default_rng(0).normal(size=(200, 5)).astype("float32"), cuda_idx=-1)  # warm up
out = []
for file, gamma in zip(given["files"], given["gammas"], strict=True):
    X = np.load(file)
    begin = time.process_time()
    made = generate_rkme_table_spec(X, gamma=gamma, reduced_set_size=given["size"], cuda_idx=-1)
    out.append(time.process_time() - begin)
    np.savez(file + f".{gamma:g}.z.npz", z=np.asarray(made.get_z(), float), beta=np.asarray(made.get_beta(), float))
Path(sys.argv[2]).write_text(json.dumps(out))
