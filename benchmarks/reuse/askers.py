# SPDX-License-Identifier: Apache-2.0
"""Who asks: rows of which the right verdict is known, and what the product answers them.

==========  ============================================================================================================
planted     other rows of a domain that publishes: it fits
shuffled    the same, each column in an order of its own: the columns do not hang together
permuted    the same under other columns' names: nothing fits
noise       rows of somebody who knows only the scales: nothing fits
foreign     rows of a domain that nobody publishes: nothing fits
share       a part of the rows is a published domain's, the rest foreign: so much is covered
==========  ============================================================================================================

Every asker has another number of rows than the one before, and its rows are its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.reuse.islands import Island
from lwnode.documents import Card, Profile, Semantic
from lwnode.errors import PrivacyBudgetError
from lwnode.market import Entry, search
from lwnode.market.frames import FramedRows
from lwnode.market.results import Match
from lwnode.market.score import compare
from lwnode.specification import Specification, from_frame, specify, to_frame
from lwnode.types import Matrix

KINDS = ("planted", "shuffled", "permuted", "noise", "foreign")
SHARES = (0.3, 0.6, 0.9)
POINTS = 50
_CLIP = 4.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asker:
    """Raw rows (n, width) that ask, of which kind, and the place of the source that they are (partly) of."""

    kind: str
    rows: Matrix
    source: int | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What one asker was told.

    Parameters
    ----------
    island, seed, mode, kind : str, int, str, str
    source : int or None
        Place of the asker's own source.
    verdict : str
        Of the whole search, several learnwares together included.
    single : str
        The best of single learnwares: ``fits``, ``partly`` or ``no``.
    seen : bool
        Something fits with its dependence seen.
    own : Match or None
        What was said of the asker's own source.
    first : bool
        It is the one recommended first.
    """

    island: str
    seed: int
    mode: str
    kind: str
    source: int | None
    verdict: str
    single: str
    seen: bool
    own: Match | None
    first: bool

    @property
    def accepted(self) -> bool:
        """Whether anything fits or partly fits."""
        return self.verdict in ("fits", "partly")


def askers(island: Island, kinds: Sequence[str] = KINDS) -> Iterator[Asker]:
    """Yield the askers of an island: one of each kind for each source, or domain outside."""
    for kind in kinds:
        count = len(island.outside) if kind == "foreign" else len(island.sources)
        for place in range(count):
            rng = np.random.default_rng([island.seed, (*KINDS, "share").index(kind), place])
            n = island.sizes[(place + island.seed) % len(island.sizes)]
            if kind == "noise":
                noise = np.clip(rng.normal(size=(n, island.profile.width)), -_CLIP, _CLIP)
                yield Asker(kind=kind, rows=from_frame(island.profile, noise).astype(np.float64))
                continue
            rows = _drawn(rng, island.outside[place] if kind == "foreign" else island.sources[place].asks, n)
            if kind == "shuffled":
                rows = rng.permuted(rows, axis=0)
            if kind == "permuted":
                framed = to_frame(island.profile, rows)[:, rng.permutation(rows.shape[1])]
                rows = from_frame(island.profile, framed).astype(np.float64)
            yield Asker(kind=kind, rows=rows, source=None if kind == "foreign" else place)


def sharing(island: Island, fewest: int = 200) -> Iterator[Asker]:
    """Yield askers of whose rows a known share is a source's and the rest of one domain outside."""
    sizes = [n for n in island.sizes if n >= fewest]
    if not sizes or not island.outside or island.alike:
        return
    for place, source in enumerate(island.sources):
        for at, share in enumerate(SHARES):
            rng = np.random.default_rng([island.seed, len(KINDS), place, at])
            n = sizes[(place + at) % len(sizes)]
            own = round(share * n)
            other = island.outside[int(rng.integers(len(island.outside)))]
            rows = np.concatenate([_drawn(rng, source.asks, own), _drawn(rng, other, n - own)])
            yield Asker(kind="share", rows=rows, source=place, share=share)


def _drawn(rng: np.random.Generator, rows: Matrix, n: int) -> Matrix:
    return rows[rng.permutation(len(rows))[:n]]


def market(island: Island, epsilon: float | None) -> list[Entry]:
    """Return an entry for each source, private at ε or without noise; none where the rows are too few for the ε."""
    entries = []
    for place, source in enumerate(island.sources):
        try:
            made = sketch(island.profile, source.published, epsilon, [island.seed, place, 6])
        except PrivacyBudgetError:
            continue
        entries.append(entry(str(place), made))
    return entries


def sketch(profile: Profile, rows: Matrix, epsilon: float | None, seed: Sequence[int]) -> Specification:
    """Return the specification of rows as the product makes it."""
    if epsilon is None:
        return specify(rows, profile, privacy="no-noise", size=POINTS)
    rng = np.random.default_rng([*seed, round(100 * epsilon)])
    return specify(rows, profile, privacy="private", epsilon=epsilon, size=POINTS, rng=rng)


def entry(name: str, specification: Specification) -> Entry:
    """Return a specification on the market."""
    card = Card(family="benchmark", task="classification", inputs=())
    return Entry(
        id=name, name=name, organisation=name, semantic=Semantic(), card=card, specification=specification
    )  # fmt: skip


def ask(island: Island, entries: Sequence[Entry], mode: str, asker: Asker) -> Answer:
    """Search for an asker, as the product does."""
    columns = {column.name: asker.rows[:, j] for j, column in enumerate(island.profile.features)}
    found = search(columns, entries, top=min(len(entries), 12))
    singles = [match for match in found.single if match.verdict == "fits"]
    several = found.multiple if found.multiple is not None and found.multiple.verdict == "fits" else None
    own = next((match for match in found.nearest if match.learnware == str(asker.source)), None)
    return Answer(
        island=island.name,
        seed=island.seed,
        mode=mode,
        kind=asker.kind,
        source=asker.source,
        verdict=found.verdict,
        single=found.single[0].verdict if found.single else "no",
        seen=any(match.dependence == "seen" for match in [*singles, *([several] if several else [])]),
        own=own,
        first=bool(found.single) and found.single[0].learnware == str(asker.source),
    )


def covered_error(island: Island, entries: Sequence[Entry], asker: Asker) -> float | None:
    """Return how far the share said to be covered by the asker's own source is from the truth."""
    own = next((entry for entry in entries if entry.id == str(asker.source)), None)
    if own is None:
        return None
    return abs(compare(FramedRows(island.profile, asker.rows), own.framed).covered - asker.share)
