# SPDX-License-Identifier: Apache-2.0
"""Publishers who lie about the figures beside their points: the residual, the tail, its level, the number of rows.

The liar's points are honest, of rows that are not the askers':

far         one domain's, asked by the others and by domains outside
neighbour   one store's, asked by other stores, which resemble it
near        everybody's rows together: points near the public average, where little separates anybody

The card says whatever passes the checks on a received specification.  Every lie of a grid is told to every asker, and
counts are those of the lie that works best, whichever that is; the grid ends just below what the market believes of a
residual.  What is *gained* is counted against the same points under their true card: a match number where there was
none, which is also what an automatic choice goes by.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from benchmarks.harness import Row, at_most
from benchmarks.reuse.askers import askers, entry, sketch
from benchmarks.reuse.groceries import groceries
from benchmarks.reuse.islands import Island, hospitals, synthetic
from lwnode.market import Entry
from lwnode.market.frames import FramedRows
from lwnode.market.score import compare
from lwnode.market.verdict import Judgement, judge
from lwnode.specification import Specification
from lwnode.types import Matrix

NAMES = {
    "far": "a liar far from the askers",
    "neighbour": "a liar in a store like the askers'",
    "near": "a liar near the average",
}
MODES = (("no noise", None), ("epsilon 1", 1.0))
_SEED = 61
_ROWS = 200  # of an asker
_PARTS = (0.15, 0.299)  # of the reference's squared distance that the residual claims
_FEW = (3, 30)  # rows claimed
_POOLED = 3_000  # rows of everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """What a card says: parts of the reference, of the wide one, and rows; None is the truth."""

    part: float | None = None
    wide: bool = False
    rows: int | None = None
    tail: bool = False

    def __str__(self) -> str:
        said = [f"residual {self.part:g}{' wide' if self.wide else ''}" if self.part else ""]
        said += [f"rows {self.rows}" if self.rows else "", "everything covered" if self.tail else ""]
        return " and ".join(filter(None, said)) or "the truth"

    def told(self, honest: Entry) -> Entry:
        """Return the entry with this card; the checks on a received specification have passed it."""
        spec, framed = honest.specification, honest.framed
        card = spec.card
        if self.part is not None:
            card = dataclasses.replace(card, residual2=self.part * (framed.wide2 if self.wide else framed.reference2))
        if self.rows is not None:
            card = dataclasses.replace(card, rows=self.rows)
        if self.tail:
            card = dataclasses.replace(card, tail=-1e9, level=0.9)
        return entry(honest.id, dataclasses.replace(spec, card=card))


def lies(private: bool) -> Iterator[Lie]:
    """Yield the grid of lies."""
    parts = [(part, False) for part in (None, *_PARTS)] + ([(_PARTS[-1], True)] if private else [])
    for (part, wide), rows, tail in product(parts, (None, *_FEW), (False, True)):
        if part is not None or rows is not None or tail:
            yield Lie(part=part, wide=wide, rows=rows, tail=tail)


def measure(*, quick: bool) -> list[Row]:
    """Return what liars gain on islands where domains are far apart, and where they are near the average."""
    islands = [synthetic(20, _SEED, publish=8, outside=4, rows=2_000), hospitals(_SEED)]
    if not quick and (stores := groceries(_SEED)) is not None:
        islands.append(stores)
    rows: list[Row] = []
    for place, (mode, epsilon) in product(NAMES, MODES[:1] if quick else MODES):
        here = [island for island in islands if place == "near" or island.alike == (place == "neighbour")]
        if here:
            rows += _gained(place, mode, epsilon, here)
    return rows


def _gained(place: str, mode: str, epsilon: float | None, islands: list[Island]) -> list[Row]:
    """Return two rows: numbers gained by the best lie, and fits without a number."""
    numbers, coarse, asked = 0, 0, 0
    honest_numbers = 0
    said: list[str] = []
    for island in islands:
        honest, rows = _market_and_askers(island, place, epsilon)
        true = [_judged(honest, asker) for asker in rows]
        best: tuple[int, int, str] = (0, 0, "no lie")
        most_coarse = 0
        for lie in lies(epsilon is not None):
            liar = lie.told(honest)
            told = [_judged(liar, asker) for asker in rows]
            gained = sum(_shows(after) and not _shows(before) for before, after in zip(true, told, strict=True))
            without = sum(after.coarse and after.verdict == "fits" for after in told)
            most_coarse = max(most_coarse, without)
            if gained > best[0]:
                best = (gained, without, str(lie))
        numbers, coarse, asked = numbers + best[0], coarse + most_coarse, asked + len(rows)
        honest_numbers += sum(map(_shows, true))
        said.append(f"{island.name} {best[0]}/{len(rows)} ({best[2]})")
    name = f"{NAMES[place]}, {mode}"
    return [
        at_most(f"{name}: a match number gained", "share", numbers / asked, 0.0, askers=asked,
                with_the_truth=honest_numbers, by_island=", ".join(said)),
        Row(name=f"{name}: fits, without a number", unit="share", ours=coarse / asked, bar="", holds=None,
            params={"askers": asked}),
    ]  # fmt: skip


def _market_and_askers(island: Island, place: str, epsilon: float | None) -> tuple[Entry, list[FramedRows]]:
    """Return the liar's honest entry, and the rows of those who ask."""
    rows: Matrix = island.sources[0].published
    if place == "near":
        everybody = np.concatenate([source.published for source in island.sources])
        rows = everybody[np.random.default_rng([_SEED, 1]).permutation(len(everybody))[:_POOLED]]
    honest: Specification = sketch(island.profile, rows, epsilon, [_SEED, 2])
    asking = [
        asker.rows for asker in askers(dataclasses.replace(island, sizes=(_ROWS,)), ("planted", "foreign", "noise"))
        if place == "near" or asker.source != 0
    ]  # fmt: skip
    return entry("liar", honest), [FramedRows(island.profile, rows) for rows in asking]


def _judged(liar: Entry, rows: FramedRows) -> Judgement:
    return judge(compare(rows, liar.framed))


def _shows(judgement: Judgement) -> bool:
    """Whether a match number stands beside a recommendation; an automatic choice goes by it."""
    return judgement.verdict in ("fits", "partly") and judgement.numbered
