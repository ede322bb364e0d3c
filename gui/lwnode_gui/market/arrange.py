# SPDX-License-Identifier: Apache-2.0
"""Which learnwares are listed, in which order, and which chips filter them.

Rules
-----
* A search by data orders the list as it recommends: what fits by verdict and match, then more of the publishers who
  have their places there, then the nearest, then the rest.
* What is the same to a user stands under one model, which says so; a chip lists it right behind that one.
* Words order it by their rank where no data were given, and filter it where there were.
* A chip is offered only where it would leave something out, and a chosen chip stays until it is taken off.

Called by the presenter.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lwnode_gui.readings import Offer

if TYPE_CHECKING:
    from lwnode.market.results import Fold, Found, Match

Field = Literal["verdict", "task", "trust", "privacy", "same"]
Facet = tuple[Field, str]

KNOWN: Facet = ("trust", "known")
PRIVATE: Facet = ("privacy", "private")
FITTING: Facet = ("verdict", "fitting")
SAME: Facet = ("same", "listed")
"""Leaves nothing out: it lists what otherwise stands under another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One card of the list: a learnware and, where data were given, how it compares.

    Parameters
    ----------
    offer : Offer
    match : Match or None
    under : Fold or None
        Where it is the same to a user as another, and stands under that one.
    same : tuple of Row
        What stands under it.
    """

    offer: Offer
    match: Match | None = None
    under: Fold | None = None
    same: tuple[Row, ...] = ()


def matches(found: Found | None) -> dict[str, Match]:
    """Return the compared learnwares by id, in the order they are listed."""
    if found is None:
        return {}
    fitting = [match for match in found.held if match.verdict in ("fits", "partly")]
    out: dict[str, Match] = {}
    for match in (*found.single, *fitting, *found.nearest, *found.held):
        out.setdefault(match.learnware, match)
    return out


def has(row: Row, facet: Facet) -> bool:
    """Say whether a row has a facet."""
    field, value = facet
    if field == "task":
        return row.offer.ware.semantic is not None and row.offer.ware.semantic.task == value
    if field == "trust":
        return row.offer.ware.trust in ("own", "pinned")
    if field == "privacy":
        return row.offer.ware.privacy == "private"
    if field == "same":
        return True
    return row.match is not None and row.match.verdict in ("fits", "partly")


def arrange(
    offers: Sequence[Offer], *, words: Sequence[str] | None, found: Found | None, chosen: Collection[Facet]
) -> tuple[Row, ...]:
    """Return the rows to show.

    Parameters
    ----------
    offers : sequence of Offer
        In the order of the catalogue.
    words : sequence of str or None
        Ids that match the words, the best first; None where no words were given.
    found : Found or None
        The search by data.
    chosen : collection of Facet
        Of one field, any may apply; of several fields, all must.
    """
    rows = _ordered(offers, words, found)
    fields = {field for field, _ in chosen}
    rows = tuple(
        row for row in rows if all(any(has(row, facet) for facet in chosen if facet[0] == field) for field in fields)
    )
    return tuple(each for row in rows for each in (row, *row.same)) if SAME in chosen else rows


def facets(rows: Sequence[Row], chosen: Collection[Facet]) -> tuple[Facet, ...]:
    """Return the chips to offer for rows that no chip has filtered yet."""
    tasks = sorted({row.offer.ware.semantic.task for row in rows if row.offer.ware.semantic is not None} - {""})
    on_offer: list[Facet] = [FITTING, *(("task", task) for task in tasks), KNOWN, PRIVATE]
    offered = [facet for facet in on_offer if facet in chosen or 0 < sum(has(row, facet) for row in rows) < len(rows)]
    return (*offered, SAME) if SAME in chosen or any(row.same for row in rows) else tuple(offered)


def _ordered(offers: Sequence[Offer], words: Sequence[str] | None, found: Found | None) -> tuple[Row, ...]:
    compared = matches(found)
    kept = {offer.ware.id: offer for offer in offers if words is None or offer.ware.id in set(words)}
    folds = found.folds if found is not None else ()
    under: dict[str, tuple[Row, ...]] = {}
    for fold in folds:
        if fold.id in kept and fold.under in kept:
            under[fold.under] = (*under.get(fold.under, ()), Row(offer=kept.pop(fold.id), under=fold))
    by_id = {
        identity: Row(offer=offer, match=compared.get(identity), same=under.get(identity, ()))
        for identity, offer in kept.items()
    }
    order = list(compared) if found is not None else list(words) if words is not None else []
    order += [identity for identity in by_id if identity not in set(order)]
    return tuple(by_id[identity] for identity in order if identity in by_id)
