# SPDX-License-Identifier: Apache-2.0
"""Which column of one table or profile is which column of another: a proposal with its reasons.

The same function serves a table that is to be read under a profile and two profiles whose column spaces differ.  What
speaks for a pair is gathered from names and descriptions, units, levels and bounds; the one-to-one map with the
largest sum is proposed.

Rules
-----
* Nothing is renamed here.  A pair below `SURE` is a question to a person, and so is every pair with a rival that is
  nearly as good, a unit that was guessed from values, or levels that were put together by their meaning alone.
* Two units that are both known and cannot be converted exclude a pair; so do numbers and text.
* Bounds and levels of a table are its own: they take part here, on this computer, and are in no result but the factor
  of a guessed unit.

Called by the node when data meet a profile, and before two profiles are restricted to what they share.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from lwnode.documents import Column
from lwnode.specification.column_names import Words, alike, shared, words_of
from lwnode.specification.glossary import LEVEL_SPELLINGS
from lwnode.specification.units import Conversion, alternatives, conversion, standard_unit

SURE = 0.75  # confidence from which a pair may be accepted unseen, where a person says so for all of them
FLOOR = 0.35  # below it there is no pair
_SAME_NAME, _NAME = 0.95, 0.85  # what the same name, and the same words, are worth
_UNIT, _VALUES, _LEVELS = 0.15, 0.30, 0.40  # what speaks for a pair besides
_APART, _STRANGE = 0.5, 0.4  # by which a name counts less where values, or levels, have nothing in common
_DOUBT = 0.70  # most confidence of a pair that a person has to see
_RIVAL = 0.08  # lead over the next best that removes the doubt
_MOST, _MOST_ALIKE = 40_000, 20  # pairs that are compared; of many, partners of one column


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One column on both sides.

    Parameters
    ----------
    ours, theirs : str
        Names.
    factor, offset : float
        ``theirs = factor * ours + offset`` for numbers, ``factor > 0``.
    levels : tuple of (str, str)
        Our level → theirs, where a category spells them differently.
    confidence : float
        0 to 1; 1 where a person confirmed it.
    reasons : tuple of str
        For a person.
    """

    ours: str
    theirs: str
    factor: float = 1.0
    offset: float = 0.0
    levels: tuple[tuple[str, str], ...] = ()
    confidence: float = 1.0
    reasons: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether it may be accepted without looking at it."""
        return self.confidence >= SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """A one-to-one map between columns, and what has no partner.

    Parameters
    ----------
    pairs : tuple of Pair
        In the order of their columns.
    ours_left, theirs_left : tuple of str
    """

    pairs: tuple[Pair, ...]
    ours_left: tuple[str, ...] = ()
    theirs_left: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether each of their columns has a partner that is sure."""
        return not self.theirs_left and all(pair.sure for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What speaks for one pair."""

    score: float
    change: Conversion
    levels: tuple[tuple[str, str], ...] = ()
    doubtful: bool = False
    reasons: tuple[str, ...] = ()


_NOTHING = _Seen(0.0, Conversion())


def match_columns(ours: Sequence[Column], theirs: Sequence[Column]) -> ColumnMap:
    """Propose which of our columns is which of theirs.

    Parameters
    ----------
    ours, theirs : sequence of Column
        Names, types, units and descriptions; bounds (of a table: about its 1 % and 99 % quantiles) and levels where
        they are known.  Roles are not looked at.

    Returns
    -------
    ColumnMap

    Notes
    -----
    O(a·b) comparisons and one assignment problem (`scipy.optimize.linear_sum_assignment`): 0.4 s for 100 × 100.  Of
    more than `_MOST` pairs only those whose names have the same concepts are looked at.
    """
    from scipy.optimize import linear_sum_assignment

    if not ours or not theirs:
        return ColumnMap(pairs=(), ours_left=tuple(c.name for c in ours), theirs_left=tuple(c.name for c in theirs))
    seen = {(i, j): _compare(ours[i], theirs[j]) for i, j in _worth_comparing(ours, theirs)}
    scores = np.zeros((len(ours), len(theirs)))
    for place, item in seen.items():
        scores[place] = item.score if item.score >= FLOOR else 0.0
    chosen = {}
    for i, j in zip(*linear_sum_assignment(scores, maximize=True), strict=True):
        if scores[i, j] > 0.0:
            chosen[int(j)] = int(i)
    pairs = tuple(
        _pair(ours[i].name, theirs[j].name, seen[i, j], _lead(scores, i, j)) for j, i in sorted(chosen.items())
    )
    taken = set(chosen.values())
    return ColumnMap(
        pairs=pairs,
        ours_left=tuple(column.name for i, column in enumerate(ours) if i not in taken),
        theirs_left=tuple(column.name for j, column in enumerate(theirs) if j not in chosen),
    )


def stated_pair(ours: Column, theirs: Column) -> Pair | None:
    """Return the pair of two columns that a person named, with its conversion; None where they exclude each other.

    Notes
    -----
    A unit is never guessed here: where one side states none, values are taken as they are.
    """
    names = words_of(ours.name), words_of(theirs.name)
    change = _stated_change(ours, theirs, *names)
    if change is None or _kinds(ours, theirs) == 0.0:
        return None
    return Pair(
        ours=ours.name,
        theirs=theirs.name,
        factor=change.factor,
        offset=change.offset,
        levels=_level_map(ours.levels, theirs.levels),
        reasons=("confirmed", *_said(change, ours, theirs, names)),
    )


def _pair(ours: str, theirs: str, seen: _Seen, lead: float) -> Pair:
    confidence, reasons = min(seen.score, 1.0), seen.reasons
    if seen.doubtful:
        confidence = min(confidence, _DOUBT)
    if lead < _RIVAL:
        confidence, reasons = min(confidence, _DOUBT), (*reasons, "another column fits nearly as well")
    return Pair(
        ours=ours, theirs=theirs, factor=seen.change.factor, offset=seen.change.offset, levels=seen.levels,
        confidence=round(confidence, 2), reasons=reasons,
    )  # fmt: skip


def _lead(scores: np.ndarray[tuple[int, int], np.dtype[np.float64]], i: int, j: int) -> float:
    """Return how far a pair is ahead of the next best in its row and its column."""
    row, column = np.delete(scores[i], j), np.delete(scores[:, j], i)
    return float(scores[i, j] - max(row.max(initial=0.0), column.max(initial=0.0)))


def _worth_comparing(ours: Sequence[Column], theirs: Sequence[Column]) -> Iterator[tuple[int, int]]:
    """Yield the places of the pairs to be compared: all, or of many those with the same concepts in their names."""
    if len(ours) * len(theirs) <= _MOST:
        yield from product(range(len(ours)), range(len(theirs)))
        return
    by_concepts: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for j, column in enumerate(theirs):
        by_concepts[words_of(column.name).concepts].append(j)
    for i, column in enumerate(ours):
        for j in by_concepts.get(words_of(column.name).concepts, ())[:_MOST_ALIKE]:
            yield i, j


# -------------------------------------------------------------------- one pair
def _compare(a: Column, b: Column) -> _Seen:
    kinds = _kinds(a, b)
    if kinds == 0.0:
        return _NOTHING
    names = words_of(a.name), words_of(b.name)
    change = _stated_change(a, b, *names)
    if change is None:
        return _NOTHING
    name, reasons = _name_evidence(a, b, names)
    reasons = [*reasons, *_said(change, a, b, names)]
    doubt, others, doubtful = 1.0, 1.0, kinds < 1.0
    if _unit(a, names[0]) and _unit(b, names[1]):
        others *= 1.0 - _UNIT
    levels: tuple[tuple[str, str], ...] = ()
    if "category" in (a.type, b.type):
        if a.levels and b.levels:
            levels = _level_map(a.levels, b.levels)
            known = len({dict(levels).get(level, level) for level in a.levels} & set(b.levels))
            share = known / max(len(a.levels), len(b.levels))
            others *= 1.0 - _LEVELS * share
            doubt = _STRANGE if known == 0 else 1.0
            doubtful = doubtful or bool(levels) or 0 < known < len(a.levels)
            if share > 0.0:
                reasons.append("same levels" if share == 1.0 and not levels else "levels in common")
    else:
        change, values, guessed = _value_evidence(a, b, change, stated=bool(_unit(a, names[0])))
        if values is not None:
            others *= 1.0 - _VALUES * values
            doubt = _APART if values == 0.0 else 1.0
            if values >= 0.5:
                reasons.append("values overlap")
        if guessed:
            doubtful = True
            reasons = [reason for reason in reasons if not reason.startswith("no unit is said")]
            reasons.append(f"the values look like {guessed}, not {standard_unit(b.unit)}")
    score = kinds * (1.0 - (1.0 - name * doubt) * others)
    return _Seen(score, change, levels, doubtful, tuple(reasons))


def _kinds(a: Column, b: Column) -> float:
    """Return 1 for one kind, a little less for a category in numbers, 0 for what cannot be one."""
    if "text" in (a.type, b.type):
        return 0.0
    numeric = a.type != "category", b.type != "category"
    if numeric[0] == numeric[1]:
        return 1.0
    levels = a.levels or b.levels
    return 0.9 if levels and all(level.lstrip("-").isdigit() for level in levels) else 0.0


def _name_evidence(a: Column, b: Column, names: tuple[Words, Words]) -> tuple[float, list[str]]:
    first, second = names
    if a.name == b.name or first.plain == second.plain:
        return _SAME_NAME, ["same name"]
    found = alike(first, second)
    told = max(
        (
            alike(words_of(x), words_of(y))
            for x, y in ((a.description, b.name), (a.name, b.description), (a.description, b.description))
            if x and y
        ),
        default=0.0,
    )
    words = shared(first, second)
    if 0.9 * told > found:
        return _NAME * 0.9 * told, ["alike by description"]
    if found >= 0.99 and words:
        return _NAME, [f"same words: {', '.join(words)}"]
    reasons = [f"words in common: {', '.join(words)}"] if words else ["similar name"] if found > 0.0 else []
    return _NAME * found, reasons


def _unit(column: Column, name: Words) -> str:
    return standard_unit(column.unit) if column.unit else name.unit


def _stated_change(a: Column, b: Column, first: Words, second: Words) -> Conversion | None:
    """Return the conversion between two units, the identity where one is not known, None where there is none."""
    ours, theirs = _unit(a, first), _unit(b, second)
    if not ours or not theirs:
        return Conversion()
    for substance in (*shared(first, second), *second.concepts, *first.concepts, ""):
        found = conversion(ours, theirs, substance)
        if found is not None:
            return found
    return None


def _said(change: Conversion, a: Column, b: Column, names: tuple[Words, Words]) -> list[str]:
    ours, theirs = _unit(a, names[0]), _unit(b, names[1])
    if theirs and not ours and "category" not in (a.type, b.type) and theirs != "1":
        return [f"no unit is said: taken as {theirs}"]
    if change.identity or "category" in (a.type, b.type):
        return []
    shift = f" {change.offset:+.6g}" if change.offset else ""
    return [f"{ours} → {theirs}: × {change.factor:.6g}{shift}"]


def _value_evidence(a: Column, b: Column, change: Conversion, *, stated: bool) -> tuple[Conversion, float | None, str]:
    """Return the conversion, the overlap of the bounds under it, and the unit that was guessed, if one was."""
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return change, None, ""
    overlap = _overlap(a, b, change)
    if stated or not b.unit or overlap >= 0.2:
        return change, overlap, ""
    best, unit = overlap, ""
    for other in alternatives(b.unit):
        for substance in ("", *words_of(b.name).concepts, *words_of(a.name).concepts):
            guess = conversion(other, b.unit, substance)
            if guess is not None and (found := _overlap(a, b, guess)) > max(best, 0.3):
                change, best, unit = guess, found, other
    return change, best, unit


def _overlap(a: Column, b: Column, change: Conversion) -> float:
    """Return the geometric mean of the shares of two intervals that lie in both, 0 to 1."""
    assert a.low is not None
    assert a.high is not None
    assert b.low is not None
    assert b.high is not None
    low, high = change(a.low), change(a.high)
    if not high > low:
        return 0.5 if b.low <= low <= b.high else 0.0
    both = max(0.0, min(high, b.high) - max(low, b.low))
    return both / math.sqrt((high - low) * (b.high - b.low))


def _level_map(ours: Sequence[str], theirs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return our spelling → theirs for levels that mean the same; nothing where two of one side do."""
    meaning: dict[str, str] = {}
    for level in theirs:
        meaning.setdefault(_meaning(level), level)
    if len(meaning) != len(set(theirs)) or len({_meaning(level) for level in ours}) != len(set(ours)):
        return ()
    found = ((level, meaning.get(_meaning(level), level)) for level in ours if level not in theirs)
    return tuple((level, other) for level, other in found if other != level)


def _meaning(level: str) -> str:
    plain = " ".join(level.split()).casefold()
    return LEVEL_SPELLINGS.get(plain, plain)
