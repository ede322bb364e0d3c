# SPDX-License-Identifier: Apache-2.0
"""A private training from rows to a model file with its card.

Rules
-----
* A pure function: rows and a generator go in, a model comes out; nothing is charged and nothing is kept.  Who publishes
  draws once per data set and mechanism (`lwnode.training.private.mechanism`) and charges the ledger.
* One family is fitted, not several to choose from: a choice by figures would have to be paid for.
* What the card says beyond the noised figures follows from public things: no training loss, no number of rows, and the
  probe that compares the file with the model is made of public rows.

Called by the node, in its own process: the key of the noise never leaves that.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no stubs

from lwnode.documents import Card, Input, Privacy, Profile
from lwnode.errors import PrivacyBudgetError, SpecificationError
from lwnode.models import probe
from lwnode.specification.composition import Gaussian
from lwnode.specification.frame import public_rows, scaling
from lwnode.training.pacing import Paced
from lwnode.training.private import images, logistic, network, ridge
from lwnode.training.private.draws import Draws
from lwnode.training.private.figures import NOTE, release_figures
from lwnode.training.private.graph import Layer, dense_answers, dense_file
from lwnode.training.private.images import Shape
from lwnode.training.private.logistic import fit_logistic
from lwnode.training.private.moments import fog_of
from lwnode.training.private.problem import Rows, coordinates, part, public_inputs
from lwnode.training.private.ridge import fit_ridge
from lwnode.training.private.target import Target
from lwnode.training.private.terms import Terms, agree, family_name, parts
from lwnode.training.table import Table
from lwnode.training.trained import Row
from lwnode.types import Mask, Matrix, Progress, silent

MOST_FOG = 4.0  # size of the noise over that of a second moment, beyond which nothing can be learnt
_PROBE_ROWS = 128
_SQUARE = min(logistic.SQUARE, ridge.SQUARE)  # share of mu² of the second moments


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateModel:
    """The result of a private training; all of it may be published.

    Parameters
    ----------
    model : bytes
        ONNX.
    card : Card
    leaderboard : tuple of Row
        One row.
    release : Gaussian
        What model and figures cost together.
    """

    model: bytes
    card: Card
    leaderboard: tuple[Row, ...]
    release: Gaussian


def check_rows(width: int, family: str, terms: Terms) -> None:
    """Refuse before anything is drawn where the noise would be larger than what it hides.

    Parameters
    ----------
    width : int
        Coordinates of the frame.
    family : str
    terms : Terms

    Raises
    ------
    PrivacyBudgetError
        Too few rows for this ε and so many columns; its hint says how many would do.
    """
    if family == "linear":
        size, share = width + 1, _SQUARE
    else:
        hidden = network.HIDDEN if family == "network" else 4 * images.CHANNELS
        size, share = hidden + 1, network.HEAD * _SQUARE
    fog = fog_of(size, terms.mu * math.sqrt(share), terms.learnt, terms.rows_per_person)
    if fog > MOST_FOG:
        rows = math.ceil(fog / MOST_FOG * (terms.learnt + terms.held))
        raise PrivacyBudgetError(
            f"the rows are too few for a private model of {size - 1} coordinates at epsilon {terms.epsilon:g}",
            hint=f"about {rows} rows would do, or fewer columns, or a larger epsilon",
        )


def train_private(
    table: Table,
    profile: Profile,
    target: Target,
    *,
    family: str = "linear",
    epsilon: float,
    delta: float | None = None,
    rows_per_person: int = 1,
    rng: np.random.Generator,
    progress: Progress = silent,
) -> PrivateModel:
    """Train one private model on a table.

    Parameters
    ----------
    table : Table
        With the target's column.
    profile : Profile
        Public: not of origin ``own data``.  Its features are the inputs.
    target : Target
        Public classes or bounds.
    family : {"linear", "network"}
    epsilon : float
    delta : float, optional
        Default: `lwnode.specification.default_delta`.
    rows_per_person : int
        Most rows that one person has; the caller has made sure of it.
    rng : numpy.random.Generator
        Source of the noise, seeded from the system's cryptographic generator.
    progress : callable
        Told the share done; may raise `lwnode.errors.CancelledError`.

    Returns
    -------
    PrivateModel

    Raises
    ------
    PrivacyBudgetError
        Too few rows for this ε and so many columns.
    SpecificationError
        Bounds that come from the data themselves.
    SettingsError
        Figures out of range, an unknown family.
    DataError
        The table lacks a column.

    Notes
    -----
    A linear model of 10,000 rows and 20 columns takes a tenth of a second, a network about five seconds, both one
    thread; writing and replaying the file another second.
    """
    name = family_name(family, target.task)
    if family == "images":
        raise SpecificationError("a table has no pictures", hint="use train_private_images")
    terms = agree(table.rows, epsilon=epsilon, delta=delta, rows_per_person=rows_per_person)
    learn, held = part(table, profile, target)
    check_rows(profile.width, family, terms)
    paced = Paced(progress)
    began = perf_counter()
    tick = paced.stretch(0.05, 0.9, f"training {name}")
    most = network.ROW_LIMIT if family == "network" else len(learn.F)
    learn, nominal = _first(learn, most, terms.learnt)
    draws = Draws(rng, rows=nominal, rows_per_person=rows_per_person)
    with threadpool_limits(limits=1):
        layers = _fit(family, learn, _numbers(profile), draws, terms, tick)

        def answer(X: NDArray[np.float32]) -> Matrix:
            return dense_answers(coordinates(profile, X), target, layers)

        scores = dense_answers(held.F, target, layers)
    return _finish(
        name,
        dense_file(profile, target, layers),
        answer,
        _probe_rows(profile),
        held,
        scores,
        inputs=public_inputs(profile),
        terms=terms,
        draws=draws,
        rng=rng,
        paced=paced,
        began=began,
    )


def train_private_images(
    pixels: NDArray[np.floating[Any]],
    labels: NDArray[Any],
    shape: Shape,
    target: Target,
    *,
    inputs: tuple[Input, ...],
    encoder: str,
    epsilon: float,
    delta: float | None = None,
    rows_per_person: int = 1,
    rng: np.random.Generator,
    progress: Progress = silent,
) -> PrivateModel:
    """Train one private convolutional network on pictures.

    Parameters
    ----------
    pixels : (n, h * w * c) float
        Of the encoder ``lwnode.pixels/1/<h>x<w>x<c>``, in [0, 1].
    labels : (n,) float64 or object
        As a table's target.
    shape : Shape
    target : Target
    inputs : tuple of Input
        The encoder's, one a pixel.
    encoder : str
        Id of the encoder, for the card.
    epsilon, delta, rows_per_person, rng, progress
        As for `train_private`.

    Raises
    ------
    PrivacyBudgetError, SpecificationError, SettingsError
        As `train_private`; also pixels that do not have the shape.
    """
    if pixels.ndim != 2 or pixels.shape[1] != shape.pixels or len(inputs) != shape.pixels or len(labels) != len(pixels):
        raise SpecificationError(f"pictures of {shape.pixels} numbers, inputs and labels do not go together")
    name = family_name("images", target.task)
    terms = agree(len(pixels), epsilon=epsilon, delta=delta, rows_per_person=rows_per_person)
    check_rows(shape.pixels, "images", terms)
    known = target.positions(labels) if target.classes else target.scaled(labels)
    frame = images.pictures(np.asarray(pixels, dtype=np.float32).astype(np.float64))
    learn, held = (Rows(target=target, F=frame[at], labels=known[at]) for at in parts(len(pixels)))
    learn, nominal = _first(learn, images.ROW_LIMIT, terms.learnt)
    paced = Paced(progress)
    began = perf_counter()
    tick = paced.stretch(0.05, 0.9, f"training {name}")
    draws = Draws(rng, rows=nominal, rows_per_person=rows_per_person)
    with threadpool_limits(limits=1):
        fitted = images.fit_images(learn, shape, draws, terms.mu, rows_per_person, tick)
        scores = fitted.answers(held.F)
    drawn = np.random.default_rng(17).random((_PROBE_ROWS, shape.pixels)).astype(np.float32)
    drawn[1::2] = _with_holes(drawn[1::2])
    found = _finish(
        name,
        fitted.to_onnx(),
        lambda X: fitted.answers(images.pictures(X.astype(np.float64))),
        drawn,
        held,
        scores,
        inputs=inputs,
        terms=terms,
        draws=draws,
        rng=rng,
        paced=paced,
        began=began,
    )
    return dataclasses.replace(found, card=dataclasses.replace(found.card, encoder=encoder))


def _fit(
    family: str, learn: Rows, numbers: Mask, draws: Draws, terms: Terms, tick: Callable[[float], None]
) -> tuple[Layer, ...]:
    """Fit one family; the draws are then worth the whole mu."""
    if family == "network":
        return network.fit_network(learn, draws, terms.mu, terms.rows_per_person, tick)
    fit = fit_logistic if learn.target.classes else fit_ridge
    weight, bias = fit(learn, numbers, draws, terms.mu, tick)
    return (Layer(weight=weight, bias=bias),)


def _first(rows: Rows, most: int, nominal: float) -> tuple[Rows, float]:
    """Return at most so many rows, by position, and their public number."""
    if len(rows.F) <= most:
        return rows, nominal
    return Rows(target=rows.target, F=rows.F[:most], labels=rows.labels[:most]), min(nominal, float(most))


def _numbers(profile: Profile) -> Mask:
    """Return which coordinates of the frame are numbers, (width,)."""
    return np.concatenate([np.full(column.width, column.type != "category") for column in profile.features])


def _probe_rows(profile: Profile) -> NDArray[np.float32]:
    """Return rows that anybody could draw, encoded; half of them with a missing value."""
    frame = public_rows(profile, _PROBE_ROWS, np.random.default_rng(17))
    centre, scale = scaling(profile)
    raw = frame / scale + centre
    columns: list[NDArray[np.float64]] = []
    at = 0
    for column in profile.features:
        here = raw[:, at : at + column.width]
        columns.append(here.argmax(axis=1).astype(np.float64) if column.type == "category" else here[:, 0])
        at += column.width
    rows = np.column_stack(columns).astype(np.float32)
    rows[1::2] = _with_holes(rows[1::2])
    return rows


def _with_holes(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows with one value missing in each."""
    holes = rows.copy()
    holes[np.arange(len(rows)), np.arange(len(rows)) % rows.shape[1]] = np.nan
    return holes


def _finish(
    family: str,
    model: bytes,
    answer: Callable[[NDArray[np.float32]], Matrix],
    probed: NDArray[np.float32],
    held: Rows,
    scores: Matrix,
    *,
    inputs: tuple[Input, ...],
    terms: Terms,
    draws: Draws,
    rng: np.random.Generator,
    paced: Paced,
    began: float,
) -> PrivateModel:
    """Release the figures, replay the file on public rows, and write the card."""
    paced(0.9, "writing the model and replaying a probe of public rows")
    judged = Draws(rng, rows=terms.held, rows_per_person=terms.rows_per_person)
    figures = release_figures(held, scores, judged, terms.mu)
    if max(draws.mu, judged.mu) > terms.mu * (1.0 + 1e-9):
        raise AssertionError("a private training drew more than was agreed")
    seen = probe.replay(model, answer, probed)
    probe.require_faithful(seen)
    target = held.target
    card = Card(
        family=family,
        task=target.task,
        inputs=inputs,
        classes=target.classes,
        target=target.name,
        figures=figures,
        figures_note=NOTE if figures else "left out: too few rows for noised figures",
        probe_agreement=seen.agreement,
        probe_difference=seen.difference,
        privacy=Privacy(
            mode="private",
            epsilon=terms.epsilon,
            delta=terms.delta,
            mu=terms.mu,
            rows_per_person=terms.rows_per_person,
        ),
    )
    paced(1.0, "done")
    paced.flush()
    board = (Row(family=family, figures=figures, seconds=perf_counter() - began, won=True),)
    return PrivateModel(model=model, card=card, leaderboard=board, release=Gaussian(mu=terms.mu))
