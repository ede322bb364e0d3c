# SPDX-License-Identifier: Apache-2.0
"""How a search across islands is printed: what is reached through which map, what to confirm, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lwnode.cli.render import Output, share_of

if TYPE_CHECKING:
    from lwnode.market import Found, Reach
    from lwnode.specification.matching import Pair

_SHOWN = 5  # islands


def show_across(out: Output, found: Found | None) -> None:
    """Print what a search reached through maps of columns; nothing where it was not asked for, or reached nothing."""
    if found is None or not found.islands:
        return
    out.say("Reached through a map of columns, and no part of the verdict:")
    for reach in found.islands[:_SHOWN]:
        _show_reach(out, reach)
    if len(found.islands) > _SHOWN:
        out.say(f"and {len(found.islands) - _SHOWN} more, of which less is reached")
    rows = [
        (
            match.learnware[:12],
            match.name,
            match.verdict,
            "–" if match.match is None else f"{match.match:.2f}",
            share_of(match.covered.share),
            "–" if match.shared is None else f"{match.shared[0]} of {match.shared[1]}",
            match.reason,
        )
        for match in found.across
    ]
    headers = ("id", "name", "verdict", ">match", ">covers", ">on columns", "why")
    out.table(headers, rows, empty="too few columns are sure: confirm some of them with --map")
    if any(match.verdict in ("fits", "partly") for match in found.across):
        out.say(
            "Those that fit or partly fit can be asked: `lwnode reuse DATA --search last --across --out FILE` fills "
            "what lacks from their sketches, and says what that costs."
        )


def _show_reach(out: Output, reach: Reach) -> None:
    total = len(reach.pairs) + len(reach.not_compared)
    out.say(f"{reach.name} ({reach.learnwares} learnwares): {len(reach.pairs)} of {total} columns")
    if reach.pairs:
        out.say("  map: " + ", ".join(_pair(pair) for pair in reach.pairs))
    for pair in reach.doubtful:
        reasons = f" ({'; '.join(pair.reasons)})" if pair.reasons else ""
        out.say(f"  if this is right, confirm it: --map '{pair.ours}={pair.theirs}'{reasons}")
    if reach.missing:
        out.say("  missing: " + ", ".join(reach.missing))


def _pair(pair: Pair) -> str:
    if pair.ours == pair.theirs and pair.factor == 1.0 and not pair.offset and not pair.levels:
        return pair.ours
    change = f" × {pair.factor:.6g}" if pair.factor != 1.0 else ""
    shift = f" {pair.offset:+.6g}" if pair.offset else ""
    levels = f" ({', '.join(f'{a} is {b}' for a, b in pair.levels)})" if pair.levels else ""
    return f"{pair.ours}{change}{shift} = {pair.theirs}{levels}"
