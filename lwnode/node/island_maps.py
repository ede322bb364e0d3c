# SPDX-License-Identifier: Apache-2.0
"""The maps of the islands in a catalogue: laid out from what is there now and from the map that was kept.

Rules
-----
* The last map of an island is kept with the frame it was made in, so that it stays where it is across a restart, and
  when others bring profiles of the same schema with other bounds.
* A kept map that cannot be read is laid out anew: it is a picture, nothing rests on it.
* The user's rows are placed on a map; they are never part of one, and nothing of them is kept.

Called by the action that returns a map.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Profile
from lwnode.documents.decoders import decoder
from lwnode.errors import LwnodeError
from lwnode.market import Entry
from lwnode.market.islands import common_profile
from lwnode.market.organizer import Layout, lay_out, vector_of_rows, vectors_of
from lwnode.node.engine import Engine
from lwnode.specification import raw_matrix
from lwnode.types import Progress

log = logging.getLogger(__name__)

_KEY = "map {}"  # of the store's single values


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMap:
    """A map as the store has it: plain lists of what `Layout.to_arrays` names, and the frame."""

    profile: Profile
    ids: tuple[str, ...]
    positions: tuple[tuple[float, ...], ...]
    axes: tuple[tuple[float, ...], ...]
    origin: tuple[float, ...]
    figures: tuple[float, ...]


def island_layout(engine: Engine, entries: Sequence[Entry], progress: Progress) -> tuple[Layout, Profile]:
    """Return the map of an island and the frame it is in, and keep it.

    Parameters
    ----------
    engine : Engine
    entries : sequence of Entry
        Of one schema, at least one.
    progress : callable

    Raises
    ------
    CancelledError
        ``progress`` asked to stop; the map that was kept stays.
    """
    schema = entries[0].schema
    before, profile = _kept(engine, schema) or (None, common_profile(entries))
    progress(0.5, "laying out the map")
    vectors = vectors_of([entry.specification for entry in entries], profile)
    progress(0.7, "laying out the map")
    layout = lay_out([entry.id for entry in entries], vectors, before)
    progress(0.9, "laying out the map")
    if before is None or _moved(before, layout):
        _keep(engine, schema, layout, profile)
    return layout, profile


def place_rows(layout: Layout, profile: Profile, columns: dict[str, NDArray[Any]]) -> tuple[float, float]:
    """Return where a table lies on a map.

    Parameters
    ----------
    layout : Layout
    profile : Profile
        Of the frame of the map.
    columns : mapping
        Column name → (n,) values, all of the profile's among them.

    Raises
    ------
    SpecificationError
        A feature of the profile is not among the columns, or holds other values.
    """
    ((x, y),) = layout.place(vector_of_rows(raw_matrix(profile, columns), profile))
    return float(x), float(y)


def _moved(before: Layout, now: Layout) -> bool:
    return before.ids != now.ids or not (
        np.array_equal(before.axes, now.axes) and np.array_equal(before.origin, now.origin)
    )


def _keep(engine: Engine, schema: str, layout: Layout, profile: Profile) -> None:
    arrays = {name: values.tolist() for name, values in layout.to_arrays().items()}
    content = {"profile": msgspec.to_builtins(profile), **arrays}
    engine.store.meta.set(_KEY.format(schema), msgspec.json.encode(content).decode())


def _kept(engine: Engine, schema: str) -> tuple[Layout, Profile] | None:
    """Return the map of an island that was kept, and its frame; None where there is none that can be read."""
    text = engine.store.meta.get(_KEY.format(schema))
    if text is None:
        return None
    try:
        kept = decoder(KeptMap).decode(text)
        arrays: dict[str, NDArray[Any]] = {"ids": np.array(kept.ids, dtype=str)}
        arrays |= {name: np.array(getattr(kept, name)) for name in ("positions", "axes", "origin", "figures")}
        return Layout.from_arrays(arrays), kept.profile
    except (msgspec.MsgspecError, ValueError, LwnodeError) as error:
        log.warning("the map of island %s is laid out anew: %s", schema[:12], type(error).__name__)
        return None
