# SPDX-License-Identifier: Apache-2.0
"""How a reuse is printed: who took part and through which columns, who did not and why, and how good it is."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from lwnode.cli.render import Output

if TYPE_CHECKING:
    from lwnode.node.records import ReuseMember, ReuseReport


def show_reused(out: Output, report: ReuseReport) -> None:
    """Print the report of a reuse."""
    rows = [(m.learnware[:12], m.name, m.organisation, f"{m.weight:.2f}") for m in report.members]
    out.table(("id", "name", "organisation", ">weight"), rows, empty="")
    _show_maps(out, report)
    for one in report.left_out:
        out.say(f"Left out: '{one.name}'. {one.reason}")
    out.say(
        f"{report.covered.mean():.0%} of the rows passed the test of at least one of them; it turns away some of a "
        f"learnware's own rows. On average {report.coverage.mean():.0%} of an answer comes from those whose test the "
        "row passed."
    )
    if report.estimate:
        figures = ", ".join(f"{f.name} {f.value:.3f} ({f.low:.3f} to {f.high:.3f})" for f in report.estimate)
        out.say(f"How good: {figures}, on labels that were held back.")
    else:
        out.say(f"How good: {report.unknown}.")
    out.say(f"{report.note}.")


def report_record(report: ReuseReport) -> dict[str, object]:
    """Return the report for programs and files: what it says of every row as plain lists."""
    said = {field.name: getattr(report, field.name) for field in fields(report)}
    return {**said, "covered": report.covered.tolist(), "coverage": report.coverage.tolist()}


def _show_maps(out: Output, report: ReuseReport) -> None:
    """Print through which columns learnwares were asked, those of one map together."""
    groups: dict[tuple[tuple[tuple[str, str], ...], tuple[str, ...]], list[ReuseMember]] = {}
    for member in report.members:
        groups.setdefault((tuple(member.columns.items()), member.filled), []).append(member)
    for (pairs, filled), members in groups.items():
        names = ", ".join(f"'{member.name}'" for member in members)
        if pairs:
            out.say(f"Columns of {names}: " + ", ".join(f"{own} = {theirs}" for own, theirs in pairs) + ".")
        if filled:
            most = max(member.lost for member in members)
            out.say(
                f"Filled from the sketch of {names}: {', '.join(filled)}. By that sketch it costs at most "
                f"{most:.0%} of what the answers tell apart."
            )
