# SPDX-License-Identifier: Apache-2.0
"""What a demo prints for a person and writes for a program."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lwnode.cli.render import plain, share_of, size_of
from lwnode.node.handles import Search
from lwnode.node.records import Draft, Ware

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """What one clinic saw."""

    found: Search
    ranking_offline: tuple[tuple[str, float], ...]
    sent_by_search: int
    auc: dict[str, float]
    accuracy: dict[str, float]
    predictions: Path


@dataclass(slots=True, kw_only=True)
class Report:
    """Everything that came out of a demo."""

    published: tuple[tuple[str, Draft, Ware, float], ...]
    clinics: dict[str, Clinic]
    left: dict[str, dict[str, int]]
    rows_left: int
    verified: int
    nodes: int
    engine: str
    tls: str
    seconds: dict[str, float]
    out: Path

    def summary(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        clinic, regional = self.clinics["clinic"], self.clinics["regional"]
        kinds: dict[str, int] = {}
        for totals in self.left.values():
            for kind, size in totals.items():
                kinds[kind] = kinds.get(kind, 0) + size
        return {
            "nodes": self.nodes,
            "verified": self.verified,
            "rows_left": self.rows_left,
            "verdict": clinic.found.verdict,
            "ranking": _ranking(clinic),
            "auc": clinic.auc,
            "accuracy": clinic.accuracy,
            "regional": {
                "verdict": regional.found.verdict,
                "ranking": _ranking(regional),
                "members": _members(regional),
                "auc": regional.auc,
                "accuracy": regional.accuracy,
            },
            "search_sent": clinic.sent_by_search + regional.sent_by_search,
            "ranking_offline_identical": all(
                c.ranking_offline == tuple((m.learnware, m.distance) for m in c.found.nearest)
                for c in (clinic, regional)
            ),
            "epsilon": {organisation: spent for organisation, _, _, spent in self.published},
            "left": kinds,
            "left_by_node": self.left,
            "transport": {
                "engine": self.engine.split(" ")[0],
                "version": self.engine.split(" ")[-1],
                "tls": self.tls.startswith("TLS"),
                "tls_version": self.tls,
            },
            "seconds": self.seconds,
        }

    def write(self, file: Path) -> None:
        """Write the summary as JSON."""
        file.write_text(json.dumps(self.summary(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _ranking(clinic: Clinic) -> list[dict[str, Any]]:
    return [
        {
            "organisation": match.organisation,
            "name": match.name,
            "verdict": match.verdict,
            "match": match.match,
            "distance": match.distance,
            "floor": match.floor,
            "reason": match.reason,
        }
        for match in clinic.found.nearest
    ]


def _members(clinic: Clinic) -> list[dict[str, Any]]:
    names = {match.learnware: match.organisation for match in clinic.found.nearest}
    multiple = clinic.found.multiple
    return [] if multiple is None else [{"organisation": names.get(i, i), "weight": w} for i, w in multiple.members]


def _clinic(name: str, clinic: Clinic, say: Say) -> None:
    say(f"\n{name} searched with its own rows, unlabelled. Verdict: {clinic.found.verdict}.")
    for match in clinic.found.nearest:
        figure = "" if match.match is None else f", match {match.match:.2f}"
        say(
            f"  {plain(match.organisation)}: {match.verdict}{figure}, covers {share_of(match.covered.share)}, "
            f"distance {match.distance:.3f} (two samples of one table: {match.floor:.3f}). {match.reason}"
        )
    for member in _members(clinic):
        say(f"  combination: {plain(member['organisation'])} {member['weight']:.0%}")
    auc, accuracy = clinic.auc, clinic.accuracy
    say("  Against the answers (AUC, accuracy; guessing is 0.50):")
    for key, label in (
        ("top1", "the best single learnware"),
        ("combined", "the recommended combination"),
        ("self50", "a model trained on 50 labels of its own"),
    ):
        say(f"    {label}: {auc[key]:.3f}, {accuracy[key]:.3f}")
    for key in auc:
        if key not in ("top1", "combined", "self50"):
            say(f"    alone, {plain(key)}: {auc[key]:.3f}, {accuracy[key]:.3f}")
    same = clinic.ranking_offline == tuple((m.learnware, m.distance) for m in clinic.found.nearest)
    say(f"  Content queued or sent by the search: {clinic.sent_by_search}.")
    say(f"  With the network off: {'the same ranking, to the last digit' if same else 'ANOTHER RANKING'}.")
    say(f"  Predictions: {clinic.predictions}")


def print_report(report: Report, say: Say) -> None:
    """Print what was published, found and predicted, what left, and how long it took."""
    for organisation, draft, ware, spent in report.published:
        say(f"\n{organisation} published '{ware.name}' ({ware.id[:12]}), {size_of(draft.size)}. What left:")
        for file in draft.files:
            say(f"  {file.name:28} {size_of(file.size):>9}  {file.what}")
        bound = (
            ""
            if draft.attacker is None
            else f"; an attacker tells members at most {math.ceil(100 * draft.attacker)} times in 100"
        )
        say(f"  privacy: ε spent {spent:.2f} of {draft.epsilon_cap:g}{bound}")
        say("  " + "; ".join(f"{part.what}: {part.how}" for part in draft.said))
        for finding in draft.findings:
            say(f"  {finding.severity}: {finding.message}")
    for key, name in (("clinic", "The new clinic"), ("regional", "The regional clinic")):
        _clinic(name, report.clinics[key], say)
    say("\nWhat left each node, in bytes by kind (raw rows: " + str(report.rows_left) + "):")
    for name, totals in report.left.items():
        parts = ", ".join(f"{kind} {size:,}" for kind, size in sorted(totals.items())) or "nothing"
        say(f"  {name}: {parts}")
    say(f"\nTransport: {report.engine} over {report.tls}.")
    say("Seconds: " + ", ".join(f"{step} {seconds:.1f}" for step, seconds in report.seconds.items()))
    say(f"Homes, logs and predictions are in {report.out}; figures in {report.out / 'summary.json'}")
