# SPDX-License-Identifier: Apache-2.0
"""Curves over the number of labels, one file for each scenario, as PNG and SVG in ``build/experiments``.

Solid lines are exact specifications, dashed ones ε = 1; bands are one standard deviation over the seeds.  Where the
authors of the reference engine published the same kind of curve, theirs is drawn in grey.

Called by the run of all experiments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.experiments import other_target
from benchmarks.experiments.cache import BUILD
from benchmarks.experiments.published import PUBLISHED
from benchmarks.experiments.scores import BEST, MEAN, Figure, Key, spread
from benchmarks.experiments.sketches import EXACT, ONE

STYLES = {EXACT: "-", ONE: "--"}
_FLOOR = -50.0  # percent; what is worse is drawn at the edge


def draw(figures: Mapping[Key, Figure], folder: Path = BUILD) -> list[Path]:
    """Draw every scenario that has figures with labels, and return the files."""
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams["svg.hashsalt"] = "lwnode"  # the same figures give the same file
    from matplotlib import pyplot

    written: list[Path] = []
    for scenario in dict.fromkeys(key.scenario for key in figures if key.labels):
        curves = _curves(figures, scenario)
        losses = scenario == other_target.NAME
        picture, axes = pyplot.subplots(figsize=(7.5, 4.8), layout="constrained")
        for number, (method, kinds) in enumerate(curves.items()):
            for kind, cells in kinds.items():
                _line(axes, cells, f"C{number % 10}", f"{method}, {kind}", STYLES[kind], losses=losses)
        if not losses:
            _theirs(axes, scenario)
            axes.axhline(100.0, color="black", linewidth=0.8)
            axes.annotate("best single (oracle)", (0.01, 100.0), xycoords=("axes fraction", "data"), va="bottom")
            axes.set_ylim(bottom=_FLOOR)
        axes.set_xscale("symlog", linthresh=10)
        axes.set_xlim(left=-1.0)
        axes.set_xticks([0, 10, 30, 100, 300, 1_000], ["0", "10", "30", "100", "300", "1,000"])
        axes.set(xlabel="labels of the user", ylabel="RMSE" if losses else "gap closed, %", title=scenario)
        axes.legend(fontsize="x-small", ncols=2)
        for end in ("png", "svg"):
            file = folder / f"{scenario.replace(',', '').replace(' ', '-')}.{end}"
            file.parent.mkdir(parents=True, exist_ok=True)
            picture.savefig(file, dpi=150, metadata={"Date": None} if end == "svg" else None)
            written.append(file)
        pyplot.close(picture)
    return written


def _curves(figures: Mapping[Key, Figure], scenario: str) -> dict[str, dict[str, list[Figure]]]:
    """Return method → kind → cells in the order of their labels; methods without labels are points at 0."""
    found: dict[str, dict[str, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for key, figure in figures.items():
        if key.scenario == scenario and key.specification in STYLES and key.method not in (MEAN, BEST):
            found[key.method][key.specification].append(figure)
    for kinds in found.values():
        for cells in kinds.values():
            cells.sort(key=lambda figure: figure.key.labels)
        if ONE in kinds and EXACT in kinds and all(f"{a.loss:.9f}" == f"{b.loss:.9f}" for a, b in zip(
            kinds[EXACT], kinds[ONE], strict=False
        )):  # fmt: skip
            del kinds[ONE]  # reads no specification
    return found


def _line(axes: Any, cells: list[Figure], colour: str, label: str, style: str, *, losses: bool) -> None:
    at = [figure.key.labels for figure in cells]
    values = np.array([figure.loss if losses else max(figure.gap, _FLOOR) for figure in cells])
    band = np.array([spread(figure.losses) if losses else figure.gap_sd for figure in cells])
    axes.plot(at, values, style, marker="o", markersize=3, color=colour, label=label, linewidth=1.2)
    axes.fill_between(at, values - band, values + band, color=colour, alpha=0.12, linewidth=0)


def _theirs(axes: Any, scenario: str) -> None:
    for setting in PUBLISHED:
        if setting.beside != scenario:
            continue
        for method, loss in setting.unlabelled:
            axes.plot([0], [setting.gap(loss)], "x", color="grey", markersize=5)
            axes.annotate(f"{method}, published", (0, setting.gap(loss)), fontsize="xx-small", color="grey")
        for method, curve in setting.curves:
            inside = [(n, max(setting.gap(loss), _FLOOR)) for n, loss in curve if n <= 1_000]
            axes.plot(*zip(*inside, strict=True), ":", color="grey", linewidth=1)
            axes.annotate(f"{method}, published", inside[-1], fontsize="xx-small", color="grey")
