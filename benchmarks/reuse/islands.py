# SPDX-License-Identifier: Apache-2.0
"""Islands of institutions whose rows are known: who publishes, who asks, and who is nowhere on the market.

Rules
-----
* The frame is public: bounds as somebody types them who knows the columns and not the rows, gamma as the profile has
  it by default.  Nothing is pooled from the institutions' rows.
* Rows that ask are never rows that were published.
* An island follows from its seed.

==========  ============================================================================================================
synthetic   domains of three low-rank clusters: a place of its own, columns that hang together; d = 5, 20 or 100
digits      scikit-learn's handwritten digits, a domain for each class, 20 seeded projections of the 64 pixels
cancer      scikit-learn's breast cancer, 30 columns, parts that k-means finds
hospitals   the three hospitals of `lwnode/cli/sample`; new patients of the same kinds ask
==========  ============================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import lwnode
from benchmarks.sample import COLUMNS, MISSING, Kind, patients
from lwnode.cli.demo.story import HOSPITALS, SAMPLE, TARGET
from lwnode.documents import Profile
from lwnode.specification import raw_matrix, to_frame
from lwnode.types import Matrix

SIZES = (50, 200, 1_000)  # rows of an asker

# what an oncologist would type: radius, texture, perimeter, area, smoothness, compactness, concavity, concave points,
# symmetry, fractal dimension: of the mean cell, the standard error, the worst cell
_CANCER = (
    (5, 25), (10, 35), (40, 170), (0, 1500), (0.06, 0.14), (0, 0.25), (0, 0.3), (0, 0.15), (0.12, 0.25), (0.05, 0.08),
    (0, 1), (0, 3), (0, 8), (0, 100), (0, 0.015), (0, 0.08), (0, 0.1), (0, 0.025), (0.005, 0.04), (0, 0.01),
    (5, 30), (12, 45), (50, 200), (0, 2000), (0.08, 0.2), (0, 0.7), (0, 0.8), (0, 0.25), (0.15, 0.5), (0.05, 0.13),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """An institution: raw rows (n_P, width) that it publishes, and others (n, width) of the same kind that ask."""

    name: str
    published: Matrix
    asks: Matrix


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Island:
    """Institutions in one public frame.

    Parameters
    ----------
    name : str
    profile : Profile
    seed : int
    sources : tuple of Source
    outside : tuple of (n, width) arrays
        Raw rows of domains that nobody publishes.
    sizes : tuple of int
        Rows that askers have, in turn.
    alike : bool
        The sources resemble each other, so that being of another one says nothing.
    """

    name: str
    profile: Profile
    seed: int
    sources: tuple[Source, ...]
    outside: tuple[Matrix, ...]
    sizes: tuple[int, ...] = SIZES
    alike: bool = False

    @property
    def rows(self) -> int:
        """Fewest rows behind a specification."""
        return min(len(source.published) for source in self.sources)


# -------------------------------------------------------------------- synthetic
def synthetic(
    width: int, seed: int, *, publish: int = 12, outside: int = 6, rows: int = 2_000, asking: int | None = None
) -> Island:
    """Return domains of three low-rank clusters, in bounds about two standard deviations from their common middle.

    Only the first ``asking`` sources have rows that ask (default: all).
    """
    draws = [_clusters(np.random.default_rng([seed, width, place]), width) for place in range(publish + outside)]
    rngs = [np.random.default_rng([seed, width, place, 1]) for place in range(publish + outside)]
    sources = [
        Source(
            name=f"domain {place}",
            published=draw(rng, rows),
            asks=draw(rng, max(SIZES) if asking is None or place < asking else 1),
        )
        for place, (draw, rng) in enumerate(zip(draws[:publish], rngs[:publish], strict=True))
    ]
    return Island(
        name=f"synthetic {width}",
        profile=Profile.from_bounds({f"c{j}": (-2.5, 2.5) for j in range(width)}, name=f"synthetic {width}"),
        seed=seed,
        sources=tuple(sources),
        outside=tuple(draw(rng, max(SIZES)) for draw, rng in zip(draws[publish:], rngs[publish:], strict=True)),
    )


def _clusters(rng: np.random.Generator, width: int) -> Callable[[np.random.Generator, int], Matrix]:
    """Return how one domain draws rows: variance .5 between domains, .5 between its clusters, .45 within."""
    centres = 0.7 * rng.normal(size=width) + 0.7 * rng.normal(size=(3, width))
    turns = 0.6 * rng.normal(size=(3, 3, width)) / np.sqrt(3.0)
    shares = rng.dirichlet(np.full(3, 2.0))

    def draw(rng: np.random.Generator, rows: int) -> Matrix:
        of_row = rng.choice(3, size=rows, p=shares)
        within = np.einsum("nl,nlj->nj", rng.normal(size=(rows, 3)), turns[of_row])
        made: Matrix = centres[of_row] + within + 0.3 * rng.normal(size=(rows, width))
        return made

    return draw


# -------------------------------------------------------------------- scikit-learn's tables
def digits(seed: int, *, publish: int = 7, width: int = 20) -> Island:
    """Return one domain for each class: half of about 180 images publish, the others ask, 50 at a time.

    Notes
    -----
    Known beforehand are the pixels' range, 0 to 16, and the projection: bounds are two standard deviations of what
    pixels would give that take any of these values alike.
    """
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    turn = np.random.default_rng(20).normal(size=(64, width)) / 8.0  # the same projection on every seed
    middle, spread = 8.0 * turn.sum(axis=0), 2.0 * np.sqrt(24.0 * np.square(turn).sum(axis=0))
    bounds = {f"projection {j}": (float(middle[j] - spread[j]), float(middle[j] + spread[j])) for j in range(width)}
    rng = np.random.default_rng([seed, 10])
    order = rng.permutation(10)
    parts = [pixels[rng.permutation(np.flatnonzero(classes == label))] @ turn for label in order]
    return Island(
        name="digits",
        profile=Profile.from_bounds(bounds, name="digits"),
        seed=seed,
        sources=tuple(_halved(f"digit {label}", part) for label, part in zip(order[:publish], parts, strict=False)),
        outside=tuple(parts[publish:]),
        sizes=(50,),
    )


def cancer(seed: int, *, parts: int = 6, fewest: int = 90) -> Island:
    """Return parts that k-means finds in bounds as they would be typed; the smaller ones publish nothing."""
    from sklearn.cluster import KMeans
    from sklearn.datasets import load_breast_cancer

    values = load_breast_cancer().data
    profile = Profile.from_bounds({f"c{j}": bounds for j, bounds in enumerate(_CANCER)}, name="breast cancer")
    of_row = KMeans(parts, n_init=1, random_state=seed).fit_predict(to_frame(profile, values))
    rng = np.random.default_rng([seed, 30])
    found = [values[rng.permutation(np.flatnonzero(of_row == part))] for part in range(parts)]
    found.sort(key=len, reverse=True)
    large = [part for part in found if len(part) >= fewest]
    asking = large.pop(int(rng.integers(len(large)))) if len(large) > 2 else None  # another one stays outside each time
    small = [part for part in found if 30 <= len(part) < fewest]
    return Island(
        name="cancer",
        profile=profile,
        seed=seed,
        sources=tuple(_halved(f"part {place}", part) for place, part in enumerate(large)),
        outside=(*([] if asking is None else [asking]), *small),
        sizes=(50,),
    )


def _halved(name: str, rows: Matrix) -> Source:
    return Source(name=name, published=rows[: len(rows) // 2], asks=rows[len(rows) // 2 :])


# -------------------------------------------------------------------- the three hospitals
def hospitals(seed: int) -> Island:
    """Return the sample's hospitals, 3,000 rows each; new patients of the same kinds ask, 100 or 600 at a time."""
    profile = lwnode.read_profile(SAMPLE / "profile.json")
    names = tuple(column.name for column in profile.features)
    kinds: dict[str, Kind] = {"general": "general", "maternity": "young", "geriatric": "geriatric"}
    sources = []
    for place, hospital in enumerate(HOSPITALS):
        table = lwnode.read_table(SAMPLE / hospital.file, target=TARGET)
        rng = np.random.default_rng([seed, 3, place])
        sources.append(
            Source(
                name=hospital.key,
                published=raw_matrix(profile, table.features(names)),
                asks=_new_patients(rng, kinds[hospital.key], 600),
            )
        )
    return Island(name="hospitals", profile=profile, seed=seed, sources=tuple(sources), outside=(), sizes=(100, 600))


def _new_patients(rng: np.random.Generator, kind: Kind, rows: int) -> Matrix:
    """Return patients as the sample's tables hold them, some values missing."""
    made = patients(rng, kind, rows)
    made[rng.random(made.shape) < [MISSING.get(column, 0.0) for column in COLUMNS]] = np.nan
    return made
