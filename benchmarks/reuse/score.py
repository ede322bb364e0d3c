# SPDX-License-Identifier: Apache-2.0
"""The verdict of a search against the truth.

On every island some domains publish, without noise and private at ε = 2 and ε = 1, and askers search of whom it is
known what should be said to them (`askers`).  All goes the product's own way: `specify`, `Entry`, `search`.  A rate
comes with the number of its askers, and the same by island.  Every asker draws its own rows; those of one kind on one
seed are of different domains, and share a market.  Where the data are finite (digits, cancer, groceries, images,
texts), seeds split the same rows anew.

Rules
-----
* A search is judged as a whole, several learnwares together included; a planted asker by single learnwares.
* Bars of private specifications are about so many rows behind them as the row's name says; those of fewer rows are
  shown without a bar.
* Stores resemble each other, and hospitals leave nobody outside: neither counts for foreign rows and for shares.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from benchmarks.experiments.groceries import reason_absent
from benchmarks.harness import Row, at_least, at_most
from benchmarks.reuse import liars
from benchmarks.reuse.askers import KINDS, Answer, ask, askers, covered_error, market, sharing
from benchmarks.reuse.encoded import clothes, glosses
from benchmarks.reuse.groceries import groceries
from benchmarks.reuse.islands import Island, cancer, digits, hospitals, synthetic
from lwnode.market import Match

MODES: tuple[tuple[str, float | None], ...] = (("no noise", None), ("epsilon 2", 2.0), ("epsilon 1", 1.0))
SEED = 31  # the first
LARGE, LARGEST = 600, 1_500  # rows behind a specification that a bar for ε = 2 and for ε = 1 is about
WIDE = 12  # columns from which the bars on strangers hold
ENCODED = ("images", "texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One island on one seed in one mode, and all that was said there.

    Parameters
    ----------
    island, mode : str
    rows, width, specifications : int
        Rows behind a specification, columns, specifications on the market.
    answers : tuple of Answer
    errors : tuple of float
        Of the share said to be covered.
    refused : int
        Specifications that the privacy budget forbade.
    """

    island: str
    mode: str
    rows: int
    width: int
    specifications: int
    answers: tuple[Answer, ...]
    errors: tuple[float, ...]
    refused: int

    def of(self, *kinds: str) -> list[Answer]:
        """Return the answers to askers of some kinds."""
        return [answer for answer in self.answers if answer.kind in kinds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured: seeds of each island, and specifications on the wide market by mode."""

    synthetic: dict[int, int] = field(default_factory=lambda: {5: 4, 20: 4, 100: 1})
    digits: int = 3
    cancer: int = 3
    hospitals: int = 6
    groceries: int = 2
    encoded: int = 2
    wide: dict[str, int] = field(default_factory=lambda: {"no noise": 1_000, "epsilon 1": 100})
    wide_askers: int = 20


QUICK = Plan(
    synthetic={5: 1, 20: 1}, digits=1, cancer=1, hospitals=1, groceries=0, encoded=0,
    wide={"no noise": 20}, wide_askers=8,
)  # fmt: skip


def measure(*, quick: bool, peer: str | None = None) -> list[Row]:
    """Return the rows of this part."""
    plan = QUICK if quick else Plan()
    asked: list[Asked] = []
    absent: dict[str, str] = {}
    for island in _islands(plan, absent, quick):
        asked += [_asked(island, mode, epsilon) for mode, epsilon in MODES]
    asked += _wide(plan)
    tables = [one for one in asked if one.island not in ENCODED]
    rows = [*rows_of("", tables), *_few(tables)]
    for name in ENCODED:
        if of := [one for one in asked if one.island == name]:
            rows += rows_of(f"{name}: ", of)
    rows += [
        Row(name=f"{name}: all rows", unit="", ours=None, bar="", holds=None, reason=reason)
        for name, reason in absent.items()
    ]
    return [*rows, *liars.measure(quick=quick)]


def _islands(plan: Plan, absent: dict[str, str], quick: bool) -> Iterable[Island]:
    """Yield the islands, and note those whose data are not installed."""
    for width, seeds in plan.synthetic.items():
        yield from (synthetic(width, SEED + seed) for seed in range(seeds))
    yield from (digits(SEED + seed) for seed in range(plan.digits))
    yield from (cancer(SEED + seed) for seed in range(plan.cancer))
    yield from (hospitals(SEED + seed) for seed in range(plan.hospitals))
    several: tuple[tuple[str, Callable[[int], Island | None], int, str], ...] = (
        ("groceries", groceries, plan.groceries, reason_absent()),
        ("images", clothes, plan.encoded, "dataset-fashion-mnist is not installed"),
        ("texts", glosses, plan.encoded, "wordnet-base is not installed"),
    )
    for name, make, seeds, missing in several:
        made = [make(SEED + seed) for seed in range(seeds)]
        if None in made or not made:
            absent[name] = missing if made else "left out of a quick run"
        yield from (island for island in made if island is not None)


def _asked(island: Island, mode: str, epsilon: float | None, kinds: Sequence[str] = KINDS, most: int = 10**6) -> Asked:
    """Publish, let everybody ask, and note what was said."""
    entries = market(island, epsilon)
    answers: list[Answer] = []
    errors: list[float] = []
    if entries:
        asking = (one for kind in kinds for one in islice(askers(island, (kind,)), most))
        answers = [ask(island, entries, mode, one) for one in asking]
        found = [covered_error(island, entries, one) for one in sharing(island)]
        errors = [error for error in found if error is not None]
    return Asked(
        island=island.name,
        mode=mode,
        rows=island.rows,
        width=island.profile.width,
        specifications=len(entries),
        answers=tuple(answers),
        errors=tuple(errors),
        refused=len(island.sources) - len(entries),
    )


def _wide(plan: Plan) -> list[Asked]:
    """Ask a market of many specifications, d = 20: its ranking, its twenty candidates and its mixtures."""
    out = []
    for mode, epsilon in MODES:
        if not (count := plan.wide.get(mode, 0)):
            continue
        island = synthetic(20, SEED + 9, publish=count, outside=plan.wide_askers, asking=plan.wide_askers)
        named = Island(
            name=f"of {count:,}",
            profile=island.profile,
            seed=island.seed,
            sources=island.sources,
            outside=island.outside,
            alike=True,  # shares are measured on the other islands
        )
        out.append(_asked(named, mode, epsilon, most=plan.wide_askers))
    return out


# -------------------------------------------------------------------- rows
def rows_of(prefix: str, asked: Sequence[Asked]) -> list[Row]:
    """Return every row of some islands, by mode."""
    out: list[Row] = []
    for mode, _ in MODES:
        here = [one for one in asked if one.mode == mode]
        large = [one for one in here if mode == "no noise" or one.rows >= LARGE]
        wide = [one for one in here if one.width >= WIDE and one.answers]
        most = max((one.specifications for one in wide), default=0)
        said = f"{prefix}{mode}: "
        out += [
            *_planted(prefix, mode, large),
            _rate(f"{said}noise, permuted columns: fits or partly", wide, ("noise", "permuted"), _accepted,
                  at_most, 0.02, specifications=most),
            _rate(f"{said}nobody publishes it: fits or partly", wide, ("foreign",), _accepted, at_most, 0.05),
            *([_rate(f"{said}nobody publishes it: fits", wide, ("foreign",), _fits_at_all)] if prefix else []),
            _rate(f"{said}shuffled columns: fits, dependence seen", here, ("shuffled",), _fits_seen, at_most, 0.0),
            _rate(f"{said}shuffled columns: fits", here, ("shuffled",), _fits_at_all, at_most, 0.08),
            *_covered(prefix, mode, [one for one in large if one.width >= 20]),
            *_medians(prefix, mode, large),
        ]  # fmt: skip
    return out


def _planted(prefix: str, mode: str, asked: Sequence[Asked]) -> list[Row]:
    """Return how often rows of a published domain are told that it fits."""
    name = f"{prefix}{mode}: planted fits"
    if mode != "epsilon 1":
        return [_rate(name, asked, ("planted",), _fits, at_least, 0.98 if mode == "no noise" else 0.97)]
    large = [one for one in asked if one.rows >= LARGEST]
    if prefix:
        return [_rate(f"{name}, n >= 1,500", large, ("planted",), _fits, at_least, 0.95)]
    narrow, broad = ([one for one in large if (one.width <= 20) == small] for small in (True, False))
    return [
        _rate(f"{name}, n >= 1,500, d <= 20", narrow, ("planted",), _fits, at_least, 0.95),
        _rate(f"{name}, n >= 1,500, d = 100", broad, ("planted",), _fits, at_least, 0.85),
    ]


def _few(asked: Sequence[Asked]) -> list[Row]:
    """Return what is said of private specifications behind which are few rows: most of it is that it cannot be told."""
    out = []
    for mode, _ in MODES[1:]:
        least = LARGE if mode == "epsilon 2" else LARGEST
        few = [one for one in asked if one.mode == mode and one.rows < least]
        row = _rate(f"{mode}: planted fits, fewer rows", few, ("planted",), _fits)
        refused = sum(one.refused for one in few)
        said = [answer for one in few for answer in one.of("planted") if answer.verdict == "too little data"]
        out.append(_with(row, too_little=len(said), refused=refused))
    return out


def _covered(prefix: str, mode: str, asked: Sequence[Asked]) -> list[Row]:
    name = f"{prefix}{mode}: error of the share covered, .3 .6 .9, n >= 200"
    bar = {"no noise": 0.04, "epsilon 2": 0.065, "epsilon 1": 0.09}[mode]
    errors = [error for one in asked for error in one.errors]
    if not errors:
        return [Row(name=name, unit="", ours=None, bar=f"<= {bar:g}", holds=None, reason="nobody asked")]

    def mean(some: Sequence[Asked]) -> str:
        of = [error for one in some for error in one.errors]
        return f"{statistics.mean(of):.3f}" if of else ""

    by = _by(asked, mean)
    return [at_most(name, "mean abs.", statistics.mean(errors), bar, askers=len(errors), by_island=by)]


def _medians(prefix: str, mode: str, asked: Sequence[Asked]) -> list[Row]:
    """Return the median match and the median distance over its floor of planted askers and their own source."""
    matches = [own.match for own in _own(asked) if own.match is not None]
    ratios = [own.distance / own.floor for own in _own(asked)]
    planted = sum(len(one.of("planted")) for one in asked)
    out: list[Row] = []
    if matches:
        by = _by(asked, lambda some: _median(own.match for own in _own(some) if own.match is not None))
        out.append(at_least(f"{prefix}{mode}: match of a planted source, median", "", statistics.median(matches), 0.9,
                            askers=planted, numbered=len(matches), by_island=by))  # fmt: skip
    if ratios:
        middle = statistics.median(ratios)
        by = _by(asked, lambda some: _median(own.distance / own.floor for own in _own(some)))
        out.append(
            Row(name=f"{prefix}{mode}: distance / floor of a planted source, median", unit="", ours=middle,
                bar="in [.9, 1.1]", holds=0.9 <= middle <= 1.1,
                params={"askers": planted, "mean_square": round(statistics.mean(ratio**2 for ratio in ratios), 3),
                        "by_island": by})
        )  # fmt: skip
    return out


def _own(asked: Sequence[Asked]) -> list[Match]:
    """Return what planted askers were told of their own source."""
    return [answer.own for one in asked for answer in one.of("planted") if answer.own is not None]


def _median(values: Iterable[float]) -> str:
    found = list(values)
    return f"{statistics.median(found):.3f}" if found else ""


def _accepted(answer: Answer) -> bool:
    return answer.accepted


def _fits_at_all(answer: Answer) -> bool:
    """Whether something fits, several together included."""
    return answer.verdict == "fits"


def _fits_seen(answer: Answer) -> bool:
    return answer.seen


def _fits(answer: Answer) -> bool:
    """Whether a single learnware fits."""
    return answer.single == "fits"


def _rate(
    name: str,
    asked: Sequence[Asked],
    kinds: Sequence[str],
    test: Callable[[Answer], bool],
    compare: Callable[..., Row] | None = None,
    bar: float | None = None,
    **params: Any,
) -> Row:
    """Return the share of the askers of some kinds whose answer passes a test, and the counts by island."""
    answers = [answer for one in asked for answer in one.of(*kinds)]
    if not answers:
        return Row(name=name, unit="", ours=None, bar="", holds=None, reason="nobody asked")
    share = sum(map(test, answers)) / len(answers)

    def counted(some: Sequence[Asked]) -> str:
        of = [answer for one in some for answer in one.of(*kinds)]
        return f"{sum(map(test, of))}/{len(of)}" if of else ""

    params = {"askers": len(answers), **params, "by_island": _by(asked, counted)}
    if compare is None or bar is None:
        return Row(name=name, unit="share", ours=share, bar="", holds=None, params=params)
    return compare(name, "share", share, bar, **params)


def _by(asked: Sequence[Asked], figure: Callable[[Sequence[Asked]], str]) -> str:
    """Return a figure for each island, in one line."""
    names = dict.fromkeys(one.island for one in asked)
    said = {name: figure([one for one in asked if one.island == name]) for name in names}
    return ", ".join(f"{name} {text}" for name, text in said.items() if text)


def _with(row: Row, **params: Any) -> Row:
    row.params.update(params)
    return row
