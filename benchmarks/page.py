# SPDX-License-Identifier: Apache-2.0
"""Write ``docs/benchmarks.md`` from the files in ``docs/measurements``, so that no figure is typed by hand.

``python -m benchmarks.page`` after the runs that the page names.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
PEER = "--peer .venv-peer/bin/python "
PAGES = (
    ("slice", "The one real path", "python -m benchmarks slice --json docs/measurements/slice.json"),
    ("spec", "Specifications", f"python -m benchmarks spec {PEER}--json docs/measurements/spec.json"),
    ("search", "Search", f"python -m benchmarks search {PEER}--json docs/measurements/search.json"),
    ("mixture", "Mixtures", f"python -m benchmarks mixture {PEER}--json docs/measurements/mixture.json"),
    ("reuse", "Verdicts and choices", f"python -m benchmarks reuse {PEER}--json docs/measurements/reuse.json"),
    ("tuning", "Training further", "python -m benchmarks tuning --json docs/measurements/tuning.json"),
    ("privacy", "Privacy", f"python -m benchmarks privacy {PEER}--json docs/measurements/privacy.json"),
)
HEAD = """# Benchmarks

Made by `python -m benchmarks.page` from the files in [measurements](measurements/README.md). One thread, CPU time;
where there is a peer (the `learnware` package, `make peer`), both sides were measured in the same run on the same rows.
A ratio of CPU is theirs over ours, a ratio of a distance ours over theirs. A figure in seconds means something only
beside the calibration row of its run: a fixed NumPy and hashing load.
"""


def figure(value: float | None) -> str:
    """Return a figure to four digits."""
    return "–" if value is None else f"{value:.4g}"


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the rows of one run as a Markdown table."""
    lines = ["| what | ours | unit | peer | ratio | bar | holds | |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        holds = {True: "yes", False: "**no**", None: ""}[row["holds"]]
        params = ", ".join(f"{key} {value}" for key, value in row["params"].items() if not isinstance(value, dict))
        more = "; ".join(filter(None, [params, row["reason"]]))
        cells = (
            row["name"], figure(row["ours"]), row["unit"], figure(row["peer"]), figure(row["ratio"]), row["bar"], holds,
            more,
        )  # fmt: skip
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return lines


def page() -> str:
    """Return the page."""
    lines = [HEAD]
    for name, title, command in PAGES:
        file = DOCS / "measurements" / f"{name}.json"
        if not file.exists():
            lines += [f"## {title}", f"Not measured whole yet: `{command}`.", ""]
            continue
        run = json.loads(file.read_text(encoding="utf-8"))
        machine = run["machine"]
        lines += [
            f"## {title}",
            f"`{command}`, {machine['system']}, {machine['cores']} cores, Python {machine['python']}, "
            f"threads {machine['threads']}.",
            "",
            *table(run["rows"]),
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    (DOCS / "benchmarks.md").write_text(page(), encoding="utf-8")
