# SPDX-License-Identifier: Apache-2.0
"""All checks of one learnware, in their order.

Rules
-----
* Documents come first, then the specification, then the model; a model whose file is not here is not held against its
  publisher.
* The model is asked in a fixed order, the questions that may end its process last; one that fails is not asked on.
* Nothing is random, nothing is kept: the same learnware gives the same findings.

Called by the node for its drafts, and for what arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lwnode.archive import Learnware
from lwnode.checker.answers import Predict, Rows, ask
from lwnode.checker.behaviour import check_extremes, check_missing, check_steady, check_time
from lwnode.checker.claims import Evidence, check_claims, check_figures
from lwnode.checker.consistency import check_consistency, check_labels
from lwnode.checker.copies import Twin, check_copies
from lwnode.checker.documents import check_documents
from lwnode.checker.probe_rows import extreme_rows, missing_rows, probe_rows
from lwnode.checker.report import CheckReport, listed, note, report
from lwnode.checker.sketch import check_sketch
from lwnode.errors import Finding
from lwnode.types import Progress, part, silent


def check_learnware(
    ware: Learnware,
    predict: Predict | None,
    *,
    clock: Callable[[], float],
    twins: Sequence[Twin] = (),
    evidence: Evidence | None = None,
    progress: Progress = silent,
) -> CheckReport:
    """Check one learnware.

    Parameters
    ----------
    ware : Learnware
        Its files as `lwnode.archive.check_files` or a draft has them.
    predict : callable or None
        Asks its model, in a worker process where the model is somebody's; None where its file is not here.
    clock : callable
        Seconds of a steady clock, for the time a row takes.
    twins : sequence of Twin
        Learnwares of other publishers whose points have the same digest (`lwnode.checker.copies.points_digest`).
    evidence : Evidence, optional
        Rows with labels, on which the figures of the card are tried.
    progress : callable
        May raise `lwnode.errors.CancelledError`.

    Returns
    -------
    CheckReport

    Notes
    -----
    About ten questions of at most a few hundred rows to the model, O(m²·width) beside; for a small table model some
    50 ms beside the start of its worker.
    """
    progress(0.0, "reading its documents")
    found = [*check_documents(ware), *check_claims(ware.card), *check_labels(ware)]
    progress(0.1, "looking at its sketch")
    found += [*check_sketch(ware.specification), *check_copies(ware.specification, twins)]
    if predict is None:
        found.append(
            note(
                "model-not-here",
                "its model was not fetched, so only its documents and its sketch were checked",
                "get it with `lwnode fetch ID`; it is checked when it is here",
                "model.onnx",
            )
        )
        return report(found, ran=False, judged=False)
    run = _run(ware, predict, clock, part(progress, 0.2, 0.6))
    found += run.findings
    if run.usual is not None:
        if evidence is not None:
            progress(0.6, "trying its figures on rows with labels")
            found += check_figures(ware, predict, evidence)
        progress(0.8, "asking it about missing and extreme values")
        if run.takes_missing:
            found += check_missing(predict, ware.card, missing_rows(run.usual))
        found += check_extremes(predict, ware.card, extreme_rows(ware.specification, ware.card, run.usual))
    return report(found, ran=run.usual is not None, judged=_judged(ware), seconds_per_row=run.seconds_per_row)


def _judged(ware: Learnware) -> bool:
    """Say whether the specification covers any input of the model; an encoder's always does."""
    covered = {column.name for column in ware.profile.features}
    return bool(ware.card.encoder) or not covered.isdisjoint(item.name for item in ware.card.inputs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Run:
    """What a model did with the points of its own specification.

    ``usual`` are the rows without missing values, None where it did not answer them as a model does.
    """

    findings: tuple[Finding, ...]
    usual: Rows | None = None
    takes_missing: bool = True
    seconds_per_row: float | None = None


def _run(ware: Learnware, predict: Predict, clock: Callable[[], float], progress: Progress) -> _Run:
    """Ask a model about the points of its specification, and whether it keeps to its answers."""
    card = ware.card
    if not card.inputs or (card.task == "classification" and not card.classes):
        return _Run(findings=())  # its documents are refused already, and there is no question to ask
    progress(0.0, "running it on the points of its own sketch")
    probe = probe_rows(ware.specification, card)
    full, found, takes_missing = probe.filled(), [], True
    answers = ask(predict, card, probe.rows)
    if isinstance(answers, Finding) and answers.code == "missing-not-taken":
        found += [answers, *([_filled(probe.absent)] if probe.absent else [])]
        probe, takes_missing = full, False
        answers = ask(predict, card, probe.rows)
    if isinstance(answers, Finding):
        return _Run(findings=(*found, answers))
    if probe.judged:
        found += check_consistency(ware, answers)
    progress(0.5, "asking it again, and in another order")
    began = clock()
    again = ask(predict, card, probe.rows)
    seconds = max(clock() - began, 0.0) / len(probe.rows)
    found += check_steady(predict, card, probe.rows, answers, again)
    if any(finding.severity == "refuse" for finding in found):
        return _Run(findings=tuple(found))
    found += check_time(seconds)
    return _Run(findings=tuple(found), usual=full.rows, takes_missing=takes_missing, seconds_per_row=seconds)


def _filled(absent: tuple[str, ...]) -> Finding:
    return note(
        "inputs-filled",
        f"the model was run with 0, or the first level, in {listed(absent)}, of which its sketch says nothing",
        "its answers were judged by the other columns",
        "model.onnx",
    )
