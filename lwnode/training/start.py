# SPDX-License-Identifier: Apache-2.0
"""What a training starts from: a found learnware's model, and one's own labels in its terms.

Rules
-----
* The data take the model's inputs and classes, never the other way round: a column that is not there, or a label that
  the model does not know, is a `DataError` before anything is trained.  Classes without a label stay in the model.
* Ten labels are enough to begin with: the start has learnt already, and what ten labels can say of it is measured by
  cross-fitting, not assumed.
* Foreign bytes are only carried here.

Called by the node, and by `lwnode.training.tuning` in the training process.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lwnode.documents import Card
from lwnode.errors import DataError
from lwnode.training.columns import as_levels, counted
from lwnode.training.inputs import encode
from lwnode.training.problem import Problem
from lwnode.training.roles import Role, nearest
from lwnode.training.table import Table
from lwnode.types import Task

LABELS = 10  # fewest rows with a label


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A model to start from.

    Parameters
    ----------
    learnware : str
        Id of the learnware that it is of.
    model : bytes
        Its file, foreign: not read outside the training process.
    card : Card
    """

    learnware: str
    model: bytes
    card: Card

    @property
    def task(self) -> Task:
        """What the model is for.

        Raises
        ------
        DataError
            Something that labels cannot train further.
        """
        if self.card.task not in ("classification", "regression"):
            raise DataError(
                f"a model for {self.card.task} cannot be trained further on labels",
                hint="start from a classifier or a regressor",
            )
        return self.card.task


def in_its_terms(table: Table, card: Card) -> Table:
    """Return the table with the model's inputs as its features, in their order, and its target.

    Parameters
    ----------
    table : Table
        With a target.
    card : Card
        Of the start.

    Raises
    ------
    DataError
        No target; a column that the model reads is not there, was withheld, or is the target; another encoder.
    """
    names = tuple(item.name for item in card.inputs)
    if table.target is None:
        raise DataError(f"table '{table.name}' has no target", hint="name the column to predict: target='…'")
    if card.encoder and not set(names) <= set(table.names):
        raise DataError(
            f"the model to start from reads what the encoder {card.encoder} gives, and the data are something else",
            hint="give the images or texts themselves, encoded as the model's card says",
        )
    lacking = [name for name in names if name not in table.names]
    if lacking:
        shown = ", ".join(lacking[:5]) + (", …" if len(lacking) > 5 else "")
        raise DataError(
            f"the data lack {counted(len(lacking), 'column')} that the model to start from reads: {shown}",
            hint=f"rename the columns, or start from another model. {nearest(lacking[0], table.names)}",
        )
    kept = [name for name in names if name in table.withheld or table.roles[name] == "identifier"]
    if kept or table.target in names:
        what = ", ".join(kept[:5]) or table.target
        raise DataError(
            f"the model to start from reads columns that are withheld here, or to be predicted: {what}",
            hint="start from another model",
        )
    roles: dict[str, Role] = {**dict.fromkeys(names, "feature"), table.target: "target"}
    columns = {name: table.columns[name] for name in roles}
    types = {name: table.types[name] for name in roles}
    units = {name: unit for name, unit in table.units.items() if name in roles}
    return dataclasses.replace(table, columns=columns, types=types, roles=roles, units=units, withheld=frozenset())


def pose_from(table: Table, card: Card) -> Problem:
    """Return the labelled rows in the terms of a start.

    Parameters
    ----------
    table : Table
        As `in_its_terms` gives it, or with more columns.
    card : Card

    Returns
    -------
    Problem
        Its inputs and classes are the card's; some classes may have no row.

    Raises
    ------
    DataError
        As `in_its_terms`; also fewer than 10 labels, labels that the model does not know, one label or value only, or
        a target that does not suit the task.
    """
    table = in_its_terms(table, card)
    target = str(table.target)
    task = Start(learnware="", model=b"", card=card).task
    labels = table.labels()
    if task == "regression" and labels.dtype == object:
        raise DataError(
            f"target '{target}' is not a number, and the model to start from predicts one",
            hint="name a target with numbers, or start from a classifier",
        )
    used = table.select(table.labelled)
    if used.rows < LABELS:
        raise DataError(
            f"table '{table.name}' has {counted(used.rows, 'row')} with a value of '{target}', "
            f"training further needs {LABELS}",
            hint="label more rows, or use the learnware as it is",
        )
    y = _positions(used, card) if task == "classification" else used.labels()
    if y.min() == y.max():
        raise DataError(
            f"target '{target}' has the same value in every labelled row", hint="add labelled rows of another kind"
        )
    return Problem(
        task=task,
        target=target,
        inputs=card.inputs,
        X=encode(card.inputs, used.columns),
        y=y,
        classes=card.classes,
        unlabelled=table.rows - used.rows,
    )


def _positions(table: Table, card: Card) -> NDArray[np.intp]:
    places = {label: place for place, label in enumerate(card.classes)}
    labels = as_levels(table.labels()).tolist()
    strange = {label for label in labels if label not in places}
    if strange:
        shown = ", ".join(card.classes[:8]) + (", …" if len(card.classes) > 8 else "")
        raise DataError(
            f"{counted(len(strange), 'label')} of '{table.target}' unknown to the model to start from",
            hint=f"it knows: {shown}. Bring the labels to its spelling, leave the other rows out, or train a new model",
        )
    return np.array([places[label] for label in labels], dtype=np.intp)
