# SPDX-License-Identifier: Apache-2.0
"""From figures to rows with their bars.

A bar that is about a gap or an error belongs to one cell; the others compare two cells of the same users.

Called by the run of all experiments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.experiments import classes, digits_market, lies, other_target, published, same_columns, views
from benchmarks.experiments.plan import TUNED_ON
from benchmarks.experiments.questions import AUTO
from benchmarks.experiments.scores import BEST, MEAN, Figure, Key, spread
from benchmarks.experiments.sketches import EXACT, ONE
from benchmarks.harness import Row, at_least, at_most
from lwnode.reuse import METHODS

SAME, THREE, STRICT = same_columns.NAME, views.NAME, views.STRICT
ALONE = tuple(name for name, _ in same_columns.ALONE)  # of which the best counts
GAP, POINTS = "% of the gap", "points of the gap"

# (scenario, method, labels) → least share of the gap closed: exact, ε = 1
GAPS: Mapping[tuple[str, str, int], tuple[float, float]] = {
    (SAME, "mix", 0): (112.0, 111.0), (SAME, "top-1", 0): (75.0, 70.0),
    (SAME, "mix", 10): (112.0, 111.0), (SAME, "mix", 30): (112.0, 111.0), (SAME, "mix", 100): (116.0, 115.0),
    (SAME, "mix", 300): (119.0, 118.0),
    (THREE, "mix", 0): (104.0, 103.0), (THREE, "mix", 10): (104.0, 103.0), (THREE, "mix", 30): (105.0, 104.0),
    (THREE, "mix", 100): (107.0, 106.0),
    (STRICT, "align", 0): (88.0, 88.0), (STRICT, "align", 10): (92.0, 92.0), (STRICT, "align", 30): (103.0, 103.0),
    (STRICT, "align", 100): (115.0, 115.0),
    ("fashion", "fuse", 0): (120.0, 120.0), (classes.NETWORKS, "fuse", 0): (120.0, 120.0),
    ("wordnet", "fuse", 0): (152.0, 152.0),
}  # fmt: skip

# What the same formulas closed in a frame scaled by pooled rows of all owners, which no owner can have.
POOLED: Mapping[tuple[str, str, int], tuple[float, float]] = {
    (SAME, "mix", 0): (114.4, 113.3), (SAME, "top-1", 0): (82.3, 77.9), (SAME, "mix", 10): (114.6, 113.5),
    (SAME, "mix", 30): (114.7, 113.8), (SAME, "mix", 100): (118.5, 117.7), (SAME, "mix", 300): (121.8, 121.2),
    (THREE, "mix", 0): (106.2, 104.8), (STRICT, "mix", 0): (89.8, 92.7),
}  # fmt: skip

ERRORS = {("fashion", "fuse"): 0.085, (classes.NETWORKS, "fuse"): 0.085}
BEATS = {"fashion": 0.03, classes.NETWORKS: 0.03, "wordnet": 0.05}  # error of 300 labels' self-training, less ours
BALANCED, LIARS_GAP, LIARS_ERROR, ZERO_AGAINST_300 = 0.006, 1.0, 0.006, 20.0
AUTO_BEHIND = 3.0  # points of the gap, behind the best of the product's methods, which only the truth can name
ACCURACIES: Mapping[str, tuple[float, float | None]] = {
    "fuse": (0.90, 0.88), "job-selector": (0.86, None), "average": (0.79, None), "top-1": (0.70, None),
}  # fmt: skip


def rows(figures: Mapping[Key, Figure]) -> list[Row]:
    """Return a row for every cell, and one for every comparison that has a bar."""
    out = [_cell(figure) for figure in figures.values()]
    out += [*_other_target(figures, EXACT), *_auto(figures, EXACT)]
    for kind in (EXACT, ONE):
        out += [*_zero_against_300(figures, kind), *_errors(figures, kind)]
        out += [*_balanced(figures, kind), *_liars(figures, kind), *_digits(figures, kind)]
    return out


def _cell(figure: Figure) -> Row:
    """Return the row of one cell: the share of the gap, or the loss where there is no gap to close."""
    key = figure.key
    place = (key.scenario, key.method, key.labels)
    bar = GAPS.get(place, (None, None))[key.specification == ONE] if key.specification in (EXACT, ONE) else None
    loses = key.scenario == other_target.NAME or key.method in (MEAN, BEST)
    name = f"{key.scenario}: {key.method}" + (f", {key.labels} labels" if key.labels else "")
    fresh = [gap for seed, gap in zip(figure.seeds, figure.gaps, strict=True) if seed not in TUNED_ON]
    params: dict[str, Any] = {
        "specification": key.specification,
        "sd": round(spread(figure.losses) if loses else figure.gap_sd, 5),
        "loss": round(figure.loss, 5),
        "seeds": len(figure.seeds),
        "cell": {
            "scenario": key.scenario, "method": key.method, "labels": key.labels, "seeds": list(figure.seeds),
            "losses": [round(loss, 6) for loss in figure.losses], "gaps": [round(gap, 3) for gap in figure.gaps],
        },
    }  # fmt: skip
    if fresh and not loses:
        params["fresh seeds"] = round(sum(fresh) / len(fresh), 2)
    ours = figure.loss if loses else figure.gap
    reason = ""
    if place in POOLED and key.specification in (EXACT, ONE):
        reason = f"{ours - POOLED[place][key.specification == ONE]:+.1f} points against a frame from pooled rows"
    return Row(
        name=name,
        unit="loss" if loses else GAP,
        ours=ours,
        bar="" if bar is None else f">= {bar:g}",
        holds=None if bar is None else ours >= bar,
        params=params,
        reason=reason,
    )


def _pair(
    figures: Mapping[Key, Figure], scenario: str, kind: str, first: tuple[str, int], second: tuple[str, int]
) -> tuple[Figure, Figure] | None:
    """Return two cells of one scenario, where both were measured."""
    found = [
        figures.get(Key(scenario=scenario, specification=kind, method=method, labels=labels))
        for method, labels in (first, second)
    ]
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


def _differences(one: Figure, other: Figure, of: Callable[[Figure], tuple[float, ...]]) -> tuple[float, float]:
    """Return mean and standard deviation over the seeds of what two cells differ by."""
    values = [a - b for a, b in zip(of(one), of(other), strict=True)]
    return sum(values) / len(values), spread(values)


def _zero_against_300(figures: Mapping[Key, Figure], kind: str) -> list[Row]:
    out = []
    alone = [_pair(figures, SAME, kind, ("mix", 0), (method, 300)) for method in ALONE]
    pairs = [pair for pair in alone if pair is not None]
    if pairs:
        ours, theirs = max(pairs, key=lambda pair: pair[1].gap)
        mean, sd = _differences(ours, theirs, lambda figure: figure.gaps)
        name = f"{SAME}: no label against self-training with 300"
        out.append(at_least(name, POINTS, mean, ZERO_AGAINST_300, specification=kind, sd=round(sd, 2)))
    for scenario, bar in BEATS.items():
        pair = _pair(figures, scenario, kind, (classes.SELF, 300), ("fuse", 0))
        if pair is not None:
            mean, sd = _differences(*pair, lambda figure: figure.losses)
            name = f"{scenario}: no label against self-training with 300"
            out.append(at_least(name, "error", mean, bar, specification=kind, sd=round(sd, 4)))
    return out


def _other_target(figures: Mapping[Key, Figure], kind: str) -> list[Row]:
    """Return by how many percent the loss is below that of self-training with the same labels."""
    out = []
    for method in other_target.FEATURES:
        for labels in (10, 30, 100, 300, 1_000):
            alone = [
                pair
                for name in ALONE
                if (pair := _pair(figures, other_target.NAME, kind, (method, labels), (name, labels))) is not None
            ]
            if not alone:
                continue
            ours, theirs = min(alone, key=lambda pair: pair[1].loss)
            lower = [100.0 * (1.0 - a / b) for a, b in zip(ours.losses, theirs.losses, strict=True)]
            mean = sum(lower) / len(lower)
            barred = method == other_target.FEATURES[0] and labels <= 100
            out.append(
                Row(
                    name=f"{other_target.NAME}: {method} below self-training, {labels} labels",
                    unit="% of the loss",
                    ours=mean,
                    peer=published.lower(labels) if labels in published.M5_LABELS else None,
                    bar="> 0" if barred else "",
                    holds=mean > 0.0 if barred else None,
                    params={"specification": kind, "sd": round(spread(lower), 2), "peer": "published, other data"},
                )
            )
    return out


def _auto(figures: Mapping[Key, Figure], kind: str) -> list[Row]:
    """Return by how much what the product takes by itself falls behind its best method, chosen afterwards."""
    out = []
    for key, ours in figures.items():
        if key.method != AUTO or key.specification != kind:
            continue
        place = (key.scenario, kind)
        others = [
            other
            for found, other in figures.items()
            if (found.scenario, found.specification) == place
            and found.method in METHODS
            and found.labels in (0, key.labels)
            and other.seeds == ours.seeds  # what was measured on some seeds only has a cell of its own
        ]
        best = max(others, key=lambda figure: figure.gap)
        mean, sd = _differences(best, ours, lambda figure: figure.gaps)
        name = f"{key.scenario}: auto behind the best method" + (f", {key.labels} labels" if key.labels else "")
        out.append(
            at_most(name, POINTS, mean, AUTO_BEHIND, specification=kind, sd=round(sd, 2), best=best.key.method)
        )  # fmt: skip
    return out


def _errors(figures: Mapping[Key, Figure], kind: str) -> list[Row]:
    out = []
    for (scenario, method), bar in ERRORS.items():
        figure = figures.get(Key(scenario=scenario, specification=kind, method=method))
        if figure is not None:
            sd = round(spread(figure.losses), 4)
            out.append(
                at_most(f"{scenario}: {method}, error", "error", figure.loss, bar, specification=kind, sd=sd)
            )  # fmt: skip
    return out


def _balanced(figures: Mapping[Key, Figure], kind: str) -> list[Row]:
    pair = _pair(figures, classes.BALANCED, kind, ("fuse", 0), (classes.NO_SHARES, 0))
    if pair is None:
        return []
    mean, sd = _differences(*pair, lambda figure: figure.losses)
    name = f"{classes.BALANCED}: what estimating shares costs"
    return [at_most(name, "error", mean, BALANCED, specification=kind, sd=round(sd, 4))]


def _liars(figures: Mapping[Key, Figure], kind: str) -> list[Row]:
    """Return what liars cost; those that vary and the subtle ones are reported without a bar."""
    out = []
    for how in same_columns.LYING:
        scenario = same_columns.LYING[how]
        lied = figures.get(Key(scenario=scenario, specification=kind, method="mix"))
        honest = figures.get(Key(scenario=SAME, specification=kind, method="mix"))
        if lied is not None and honest is not None:
            mean, sd = _differences(honest, lied, lambda figure: figure.gaps)
            out.append(_cost(f"{scenario}, what they cost", POINTS, mean, sd, LIARS_GAP, how, kind))
        scenario = classes.LYING[how]
        pair = _pair(figures, scenario, kind, ("fuse", 0), (classes.HONEST, 0))
        if pair is not None:
            mean, sd = _differences(*pair, lambda figure: figure.losses)
            out.append(_cost(f"{scenario}, what they cost", "error", mean, sd, LIARS_ERROR, how, kind))
    return out


def _cost(name: str, unit: str, mean: float, sd: float, bar: float, how: str, kind: str) -> Row:
    if how in (lies.VARIED, lies.SUBTLE):
        return Row(
            name=name, unit=unit, ours=mean, bar="", holds=None, params={"specification": kind, "sd": round(sd, 4)}
        )  # fmt: skip
    return at_most(name, unit, mean, bar, specification=kind, sd=round(sd, 4))


def _digits(figures: Mapping[Key, Figure], kind: str) -> list[Row]:
    """Return accuracies beside the reference engine's in the same market."""
    out = []
    asked = any(key.specification == digits_market.PEER for key in figures)
    for method, bars in ACCURACIES.items():
        ours = figures.get(Key(scenario=digits_market.NAME, specification=kind, method=method))
        if ours is None:
            continue
        theirs = figures.get(Key(scenario=digits_market.NAME, specification=digits_market.PEER, method=method))
        bar = bars[kind == ONE]
        accuracy = 1.0 - ours.loss
        out.append(
            Row(
                name=f"{digits_market.NAME}: {method}",
                unit="accuracy",
                ours=accuracy,
                peer=None if theirs is None else 1.0 - theirs.loss,
                bar="" if bar is None else f">= {bar:g}",
                holds=None if bar is None else accuracy >= bar,
                params={"specification": kind, "sd": round(spread(ours.losses), 4), "seeds": len(ours.seeds)},
                reason="" if asked else "the reference engine was not given (--peer)",
            )
        )
    return out
