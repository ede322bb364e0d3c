# SPDX-License-Identifier: Apache-2.0
"""Data in, models out: reading tables, and training on them where they are.

The tour
--------
* `read_table` and `as_table` make a `Table` of a CSV or Parquet file, an array or a data frame.  A table knows the type
  and the role of every column, and which rows were left out and why.
* `Images` and `Texts` become tables through an encoder that every node has.
* `model_inputs` and `encode` turn its features into the matrix that a model takes.
* `pose` says what is to be learnt, or why there is nothing to learn.
* `train` compares the families of a preset on held-out rows, keeps the best, and gives a `Trained`: the model file, its
  card and the leaderboard.  `train_in_worker` does the same in a process that can be ended at any moment.
* `tune` trains a found learnware's model further on one's own labels (`start`, `fine_tuning`, `residual`), in
  `tune_in_worker` in a process; `distillation` teaches a student what a combination answers, `composing` puts the
  combination into one file.
* `lwnode.training.membership` attacks models like the one that would leave; `audit_membership` says what came of it.
* `lwnode.training.private` trains models that carry (ε, δ) themselves.
* `auc`, `accuracy`, `log_loss`, `rmse` and `r2` measure; `lwnode.training.intervals` says how sure that is.

Importing this room loads NumPy and nothing heavier.
"""

from lwnode.training.crossfit import cross_fitted
from lwnode.training.distillation import Lesson, distil
from lwnode.training.evaluation import accuracy, auc, log_loss, macro_auc, r2, rmse
from lwnode.training.fit import train
from lwnode.training.images import Images
from lwnode.training.inputs import encode, model_inputs
from lwnode.training.membership import Membership, audit_membership, preset_trainer
from lwnode.training.problem import Problem, guess_task, pose
from lwnode.training.process import distil_in_worker, train_in_worker, tune_in_worker
from lwnode.training.reading import as_table, read_table
from lwnode.training.start import Start, in_its_terms, pose_from
from lwnode.training.table import Rejected, Table
from lwnode.training.texts import Texts
from lwnode.training.trained import Row, Trained
from lwnode.training.tuning import tune

__all__ = [
    "Images",
    "Lesson",
    "Membership",
    "Problem",
    "Rejected",
    "Row",
    "Start",
    "Table",
    "Texts",
    "Trained",
    "accuracy",
    "as_table",
    "auc",
    "audit_membership",
    "cross_fitted",
    "distil",
    "distil_in_worker",
    "encode",
    "guess_task",
    "in_its_terms",
    "log_loss",
    "macro_auc",
    "model_inputs",
    "pose",
    "pose_from",
    "preset_trainer",
    "r2",
    "read_table",
    "rmse",
    "train",
    "train_in_worker",
    "tune",
    "tune_in_worker",
]
