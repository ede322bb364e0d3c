# SPDX-License-Identifier: Apache-2.0
"""Models of this node: what was trained or adopted here.

The model's bytes are a file by its digest; here is what a person chose it by.  Called by the node after training.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lwnode.documents import Card
from lwnode.store.cells import moment_of, pack, stamp, unpack
from lwnode.store.database import Cells, Database
from lwnode.store.lookup import id_of

_IDS = "SELECT id FROM model WHERE id >= ? AND id < ?"
_NAMES = "SELECT id, name FROM model"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """A model of this node.

    Parameters
    ----------
    id : str
        Not empty.
    name : str
        For a person; need not be unique.
    dataset : str
        Name of the data set it was trained on.
    family, task, preset : str
    card : Card
    model : str
        SHA-256 of the model file.
    leaderboard_json : str
        JSON of what else was tried, as the trainer gave it.
    created : datetime
        UTC.
    rows : str
        Content of the rows it was trained on; empty where it is not known.
    """

    id: str
    name: str
    dataset: str
    family: str
    task: str
    card: Card
    model: str
    leaderboard_json: str = "[]"
    preset: str = ""
    created: datetime
    rows: str = ""


class Models:
    """The models of this node."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, model: ModelRecord) -> None:
        """Keep a model, in the place of one of the same id."""
        with self._database.transaction():
            self._database.write(
                "INSERT OR REPLACE INTO model VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                model.id,
                model.name,
                model.dataset,
                model.family,
                model.task,
                pack(model.card, Card),
                model.model,
                model.leaderboard_json,
                model.preset,
                stamp(model.created),
                model.rows,
            )

    def get(self, text: str) -> ModelRecord:
        """Return the model of that id, that name, or that beginning of an id.

        Raises
        ------
        NotFoundError
            There is none; the hint names the nearest.
        StoreError
            More than one is meant; the message says how many.
        """
        found = id_of(self._database, text, what="model", ids=_IDS, names=_NAMES)
        (row,) = self._database.rows("SELECT * FROM model WHERE id = ?", found)
        return _model(row)

    def list(self) -> tuple[ModelRecord, ...]:
        """Return all models, the newest first."""
        return tuple(_model(row) for row in self._database.rows("SELECT * FROM model ORDER BY created DESC, id"))


def _model(row: Cells) -> ModelRecord:
    return ModelRecord(**{**row, "card": unpack(row["card"], Card), "created": moment_of(row["created"])})
