# SPDX-License-Identifier: Apache-2.0
"""One file for each scenario, as PNG and SVG in ``build/experiments``: without labels, and over the number of labels.

Left every method without a label, full circles for exact specifications, hollow ones for ε = 1; right the methods that
labels teach, solid and dashed.  Bars and bands are one standard deviation over the seeds.  Where the authors of the
reference engine published the same, theirs is grey.

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
ASIDE = {EXACT: -0.12, ONE: 0.12}  # of a method's place on the left
THEIRS = "tab:gray"
_FLOOR = -50.0  # percent; what is worse is drawn at the edge


def draw(figures: Mapping[Key, Figure], folder: Path = BUILD) -> list[Path]:
    """Draw every scenario that has figures with labels, and return the files."""
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams["svg.hashsalt"] = "lwnode"  # the same figures give the same file
    from matplotlib import pyplot

    written: list[Path] = []
    for scenario in dict.fromkeys(key.scenario for key in figures if key.labels):
        losses = scenario == other_target.NAME
        curves = _curves(figures, scenario)
        bare = {} if losses else _at(curves, 0)
        taught = {name: kinds for name, kinds in curves.items() if any(len(cells) > 1 for cells in kinds.values())}
        shape: dict[str, Any] = {"ncols": 2, "sharey": True, "width_ratios": (2, 3)} if bare else {}
        picture, panels = pyplot.subplots(figsize=(11 if bare else 8, 5), layout="constrained", squeeze=False, **shape)
        if bare:
            _points(panels[0, 0], bare, scenario)
        axes = panels[0, -1]
        for number, (method, kinds) in enumerate(taught.items()):
            for kind, cells in kinds.items():
                _line(axes, cells, pyplot.get_cmap("tab20")(2 * number % 20 + number // 10), f"{method}, {kind}",
                      STYLES[kind], losses=losses)  # fmt: skip
        if not losses:
            _published_curves(axes, scenario)
            for panel in panels[0]:
                panel.axhline(100.0, color="black", linewidth=0.8)
            axes.annotate("best single (oracle)", (0.99, 100.0), xycoords=("axes fraction", "data"), va="bottom",
                          ha="right", fontsize="x-small")  # fmt: skip
            axes.set_ylim(bottom=_FLOOR)
        axes.set_xscale("symlog", linthresh=10)
        axes.set_xlim(left=-1.0)
        axes.set_xticks([0, 10, 30, 100, 300, 1_000], ["0", "10", "30", "100", "300", "1,000"])
        axes.set(xlabel="labels of the user")
        panels[0, 0].set(ylabel="RMSE" if losses else "gap closed, %")
        picture.suptitle(scenario)
        axes.legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1.0, 0.5))
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


def _at(curves: Mapping[str, Mapping[str, list[Figure]]], labels: int) -> dict[str, dict[str, Figure]]:
    """Return method → kind → the cell with so many labels, the best method first."""
    found = {
        method: {kind: cell for kind, cells in kinds.items() for cell in cells if cell.key.labels == labels}
        for method, kinds in curves.items()
    }
    told = {method: cells for method, cells in found.items() if cells}
    return dict(sorted(told.items(), key=lambda item: -next(iter(item[1].values())).gap))


def _points(axes: Any, bare: Mapping[str, Mapping[str, Figure]], scenario: str) -> None:
    places = {method: place for place, method in enumerate(bare)}
    for method, cells in bare.items():
        for kind, cell in cells.items():
            face = "black" if kind == EXACT else "white"
            axes.errorbar(
                places[method] + ASIDE[kind], max(cell.gap, _FLOOR), cell.gap_sd, fmt="o", color="black",
                markersize=4, markerfacecolor=face, linewidth=0.8,
            )  # fmt: skip
    published = [setting for setting in PUBLISHED if setting.beside == scenario]
    for setting in published:
        for method, loss in setting.unlabelled:
            axes.plot([places[method]], [setting.gap(loss)], "x", color=THEIRS, markersize=6)
    axes.set_xticks(list(places.values()), list(places), rotation=60, ha="right", fontsize="x-small")
    axes.set_title("no label; ● exact, ○ ε = 1" + (", × published" if published else ""), fontsize="small")


def _published_curves(axes: Any, scenario: str) -> None:
    for setting in PUBLISHED:
        if setting.beside != scenario:
            continue
        for (method, curve), style in zip(setting.curves, (":", "-.", (0, (1, 3))), strict=False):
            inside = [(n, max(setting.gap(loss), _FLOOR)) for n, loss in curve if n <= 1_000]
            axes.plot(*zip(*inside, strict=True), linestyle=style, color=THEIRS, label=f"{method}, published")
