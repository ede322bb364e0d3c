# SPDX-License-Identifier: Apache-2.0
"""Published figures tried on rows with labels: those behind a public sketch, and somebody's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lwnode.checker import Evidence, same_rows
from lwnode.documents import Figure
from tests.support.checker import (
    CARD,
    NAMES,
    SEMANTIC,
    checked,
    codes,
    honest,
    raw,
    rows,
    sketch,
    truth,
    ware,
    with_figures,
)


def evidence(n: int = 600, *, wrong: float = 0.0, same: bool = False, seed: int = 5) -> Evidence:
    """Rows of the same kind; a share of their labels is turned round."""
    X = rows(n, seed)
    turned = np.random.default_rng(seed).random(n) < wrong
    labels = np.array(NAMES, dtype=object)[truth(X) ^ turned]
    return Evidence(rows=X.astype(np.float32), target=labels, same=same)


def test_figures_that_hold_are_confirmed() -> None:
    report = checked(ware(), evidence=evidence())
    assert report.status == 1
    assert [(f.code, f.severity) for f in report.findings] == [("figure-measured", "note"), ("figure-holds", "note")]


@pytest.mark.parametrize("same", [True, False])
def test_figures_that_are_not_reached_warn_and_say_whose_rows(same: bool) -> None:
    report = checked(ware(), evidence=evidence(wrong=0.3, same=same))
    (finding,) = [f for f in report.findings if f.code == "figure-not-reached"]
    assert (report.status, finding.severity) == (1, "warn")
    assert ("the public rows behind it" in finding.message) is same
    assert ("its publisher should explain it" in finding.hint) is same


def test_a_figure_within_the_chance_of_both_samples_holds() -> None:
    card = with_figures(CARD, {"accuracy": (0.9, 0.86, 0.94)})
    report = checked(ware(card=card), evidence=evidence(200, wrong=0.15))
    assert "figure-not-reached" not in codes(report)


def test_a_model_may_do_better_than_it_says() -> None:
    card = with_figures(CARD, {"accuracy": (0.6, 0.55, 0.65)})
    assert "figure-not-reached" not in codes(checked(ware(card=card), evidence=evidence()))


def test_few_or_foreign_labels_say_nothing() -> None:
    assert "too-few-labels" in codes(checked(ware(), evidence=evidence(20)))
    X = rows(100)
    strange = Evidence(rows=X.astype(np.float32), target=np.array(["perhaps"] * 100, dtype=object))
    assert "too-few-labels" in codes(checked(ware(), evidence=strange))


def test_rows_of_one_class_have_an_accuracy_and_no_area() -> None:
    X = rows(400)
    ill = X[truth(X) == 1]
    found = checked(
        ware(), evidence=Evidence(rows=ill.astype(np.float32), target=np.array(["yes"] * len(ill), dtype=object))
    )
    assert codes(found) == {"figure-holds"}


def test_a_regressions_error() -> None:
    card = replace(CARD, task="regression", classes=(), figures=(Figure(name="rmse", value=1.0, low=0.9, high=1.1),))
    of = ware(card=card, semantic=replace(SEMANTIC, task="Regression", outputs=()), spec=sketch(labelled=False))
    X = rows(300, 2)

    def cost(X: np.ndarray) -> dict[str, np.ndarray]:
        return {"values": np.nan_to_num(X[:, :1]).astype(np.float32)}

    noise = np.random.default_rng(0).normal(size=len(X))
    near = Evidence(rows=X.astype(np.float32), target=X[:, 0] + noise)
    far = Evidence(rows=X.astype(np.float32), target=X[:, 0] + 5 * noise)
    words = Evidence(rows=X.astype(np.float32), target=np.array(["a"] * len(X), dtype=object))
    assert {"figure-holds"} <= codes(checked(of, cost, evidence=near)) - {"figure-measured"}
    assert "figure-not-reached" in codes(checked(of, cost, evidence=far))
    assert "too-few-labels" in codes(checked(of, cost, evidence=words))


def test_the_rows_behind_a_public_sketch_are_recognised() -> None:
    spec = sketch(privacy="public", labelled=False)
    assert same_rows(spec, raw(rows()))
    assert not same_rows(spec, raw(rows(seed=1)))
    assert not same_rows(spec, raw(rows())[:-200])
    changed = raw(rows())
    changed[:60, 0] += 15.0
    assert not same_rows(spec, changed)
    assert not same_rows(sketch(privacy="no-noise", labelled=False), raw(rows()))


def test_a_model_that_fails_is_not_tried() -> None:
    report = checked(ware(), lambda X: {"probabilities": honest(X)["probabilities"] * 3}, evidence=evidence())
    assert codes(report) == {"answer-not-probabilities"}
