# SPDX-License-Identifier: Apache-2.0
"""The checker of the market: whether a learnware is what it says, before it is published and after it arrived.

A tour: `check_learnware` runs all checks and returns a `CheckReport` with a status (-1 invalid, 0 not usable here, 1
usable) and findings that each say what to do.  `documents` and `claims` compare words and figures, `sketch` and
`copies` judge the specification, `consistency` and `behaviour` ask the model, by way of `answers`, about `probe_rows`.
`side_by_side` asks two models about the points of both.

It differs from the reference's two checkers (EasySemanticChecker, EasyStatChecker) in asking whether the model belongs
to its specification, in keeping its reasons, and in running nothing itself: the caller brings a worker's ``predict``.

Rules
-----
* Pure: documents, arrays and a callable go in, findings come out.  No file, no process, no clock of its own.
* Only contradictions are refused; what may be noise, chance or taste warns.
"""

from lwnode.checker.answers import Predict
from lwnode.checker.checker import check_learnware
from lwnode.checker.claims import Evidence, same_rows
from lwnode.checker.copies import Twin, points_digest
from lwnode.checker.report import MEANING, VERSION, CheckReport, Status
from lwnode.checker.side_by_side import answers_at_points, askable

__all__ = [
    "MEANING",
    "VERSION",
    "CheckReport",
    "Evidence",
    "Predict",
    "Status",
    "Twin",
    "answers_at_points",
    "askable",
    "check_learnware",
    "points_digest",
    "same_rows",
]
