# SPDX-License-Identifier: Apache-2.0
"""How a search by data is printed: the verdict, what is listed, what stands under it, and who else has a place."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING

from lwnode.cli.across import show_across
from lwnode.cli.render import Output, plain, share_of

if TYPE_CHECKING:
    from lwnode.market import Found, Match
    from lwnode.node.handles import Search

_LABELS_AGREE = 0.3  # distance of rows and labels together
_POOL = (
    "The pool score is the reference engine's: it says who is nearer than whom among those that were compared here, it "
    "moves when somebody comes or goes, and the nearest has 0.92 or more even where nothing fits."
)


def show_found(out: Output, search: Search) -> None:
    """Print what a search by data found, and why."""
    found = search.found
    if found is None:
        return
    show_spelt(out, search)
    out.say(f"Verdict: {found.verdict}")
    if not found.single:
        out.say("Nearest, not recommended:")
    names = {match.learnware: match.name for match in (*found.single, *found.nearest, *found.held)}
    _show_matches(out, found, found.single or found.nearest)
    _show_held(out, found)
    _show_folds(out, found, names)
    if found.multiple is not None:
        parts = ", ".join(f"{plain(names.get(i, i[:12]))} ({w:.0%})" for i, w in found.multiple.members)
        out.say(f"Together: {parts} -- {found.multiple.verdict}, covers {share_of(found.multiple.covered.share)}")
    else:
        out.say(f"{share_of(found.uncovered.share)} of your rows are covered by no learnware that fits.")
    _show_labels(out, search, names)
    if search.imported:
        out.say("Imported from the learnware package, compared only, never run:")
        near = [(m.learnware[:12], m.name, m.verdict, f"{m.distance:.3f}", m.reason) for m in search.imported]
        out.table(("id", "name", "verdict", ">distance", "why"), near, empty="")
    show_across(out, found)
    out.say("Nothing was sent.")


def as_record(search: Search) -> dict[str, object]:
    """Return what a search found, for programs: with data the market's answer and what goes with it."""
    if search.found is None:
        return {"listed": search.listed, "spelt": search.spelt}
    answer = {field.name: getattr(search.found, field.name) for field in fields(search.found)}
    return {**answer, "labels": search.labels, "imported": search.imported, "spelt": search.spelt}


def show_spelt(out: Output, search: Search) -> None:
    """Print which words were taken for which similar ones."""
    for spelt in search.spelt:
        taken = " or ".join(f"'{word}'" for word in spelt.taken)
        out.say(f"No learnware says '{spelt.asked}'; looked for {taken} instead.")


def _show_matches(out: Output, found: Found, matches: tuple[Match, ...]) -> None:
    heads = ["id", "name", "organisation", "verdict", ">match", ">covers", ">distance (floor)", "why"]
    rows = [
        [
            m.learnware[:12],
            m.name,
            m.organisation,
            m.verdict,
            "–" if m.match is None else f"{m.match:.2f}",
            share_of(m.covered.share),
            f"{m.distance:.3f} ({m.floor:.3f})",
            m.reason,
        ]
        for m in matches
    ]
    if found.pool_scores:
        heads.insert(-1, ">pool score")
        for row, m in zip(rows, matches, strict=True):
            row.insert(-1, f"{found.pool_scores[m.learnware]:.2f}" if m.learnware in found.pool_scores else "–")
    empty = "no learnware here can be compared: none matches the words and tags, or has your columns"
    out.table(heads, rows, empty=empty)
    if found.pool_scores:
        out.say(_POOL)


def _show_held(out: Output, found: Found) -> None:
    """Print how many more there are of whom; of what is recommended where something is."""
    held = [match for match in found.held if not found.single or match.verdict in ("fits", "partly")]
    more = Counter(match.publisher for match in held)
    names = {match.publisher: match.organisation for match in held}
    for publisher, count in more.items():
        out.say(f"and {count} more of {names[publisher]}; --all lists {'it' if count == 1 else 'them'}")


def _show_folds(out: Output, found: Found, names: dict[str, str]) -> None:
    """Print what stands under what, with the reason."""
    for fold in found.folds:
        leader = names.get(fold.under, fold.under[:12])
        out.say(f"The same to you as '{leader}': {fold.id[:12]} ({fold.reason}); --all lists it by itself")


def _show_labels(out: Output, search: Search, names: dict[str, str]) -> None:
    for fit in search.labels:
        name = plain(names.get(fit.learnware, ""))
        agree = "agree" if fit.as_named < _LABELS_AGREE else "do not agree: it may answer another question"
        if fit.renamed:
            agree = "may mean: " + ", ".join(f"{p.first} = {p.second}" for p in fit.pairs)
        out.say(f"Labels of '{name}' and yours {plain(agree)} (distance {fit.as_named:.3f}).")
