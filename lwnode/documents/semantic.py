# SPDX-License-Identifier: Apache-2.0
"""The semantic specification: what a learnware is for, in words and tags.

Rules
-----
* A person writes the name, the description and what the model is meant for; everything that follows from the model
  and its data (data, task, library, inputs, outputs) is derived and filled in by the node.
* :func:`check` returns findings for all faults at once, so that a form can show them together.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Literal

from lwnode.documents.canonical import optional
from lwnode.documents.vocabulary import VOCABULARY, standard
from lwnode.errors import Finding

_TABLE_TASKS = {"Classification", "Regression", "Feature Extraction", "Others"}
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
_NAME_LIMIT, _TEXT_LIMIT, _TAG_LIMIT = 120, 8_000, 24  # characters, characters, tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One input column or output of a model.

    Parameters
    ----------
    name : str
        Column or class name.
    description : str
        What it is, for a person.
    unit : str
        UCUM unit, empty where it has none.
    range : str
        Values that make sense, such as ``0 to 120``; empty where nothing was stated.
    """

    name: str
    description: str = ""
    unit: str = ""
    range: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Semantic:
    """What a learnware is for.

    Parameters
    ----------
    name, description : str
        For a person who searches; never empty in a published learnware.
    data, task, model, library, license : str
        One value of the vocabulary each; ``data``, ``task`` and ``library`` are derived where empty.
    scenario : tuple of str
        One or more values of the vocabulary.
    inputs, outputs : tuple of Port
        In the order the model takes and gives them; derived where empty.
    intended_use, limits : str
        What it may be used for, and where it must not be trusted.
    period : str
        When its data were collected, such as ``2021-01 to 2024-06``.
    tags : tuple of str
        Free words.
    languages : tuple of str
        ISO 639-1 codes of the languages of texts.
    """

    schema: Literal["lwnode.semantic/1"] = "lwnode.semantic/1"
    name: str = ""
    description: str = ""
    data: str = ""
    task: str = ""
    model: str = "Others"
    library: str = ""
    scenario: tuple[str, ...] = ()
    license: str = ""
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    intended_use: str = ""
    limits: str = ""
    period: str = ""
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = optional(())

    def filled(self, **derived: str | tuple[Port, ...]) -> Semantic:
        """Return a copy with vocabulary spellings brought to standard and empty fields taken from ``derived``."""
        values: dict[str, object] = {
            field: standard(field, getattr(self, field))
            for field in ("data", "task", "model", "library", "license")
            if getattr(self, field)
        }
        values["scenario"] = tuple(standard("scenario", value) for value in self.scenario)
        values.update({key: value for key, value in derived.items() if not getattr(self, key)})
        return dataclasses.replace(self, **values)  # type: ignore[arg-type]


def check(semantic: Semantic) -> tuple[Finding, ...]:
    """Return what keeps a semantic specification from being published; empty where nothing does."""
    found: list[Finding] = []

    def refuse(code: str, where: str, message: str) -> None:
        found.append(Finding(code=code, severity="refuse", message=message, where=where))

    for field in ("name", "description"):
        if not getattr(semantic, field).strip():
            refuse("semantic-empty", field, f"the {field} is empty")
    if len(semantic.name) > _NAME_LIMIT or "\n" in semantic.name:
        refuse(
            "semantic-long",
            "name",
            f"the name must be one line of at most {_NAME_LIMIT} characters",
        )
    for field in ("description", "intended_use", "limits"):
        if len(getattr(semantic, field)) > _TEXT_LIMIT:
            refuse("semantic-long", field, f"{field} has more than {_TEXT_LIMIT} characters")
    for field in ("data", "task", "model", "library", "license"):
        value = getattr(semantic, field)
        if value not in VOCABULARY[field]:
            shown = f"'{value}' is not one of" if value else "is missing; one of"
            refuse("semantic-vocabulary", field, f"{field} {shown}: " + ", ".join(VOCABULARY[field]))
    if not semantic.scenario:
        refuse(
            "semantic-vocabulary",
            "scenario",
            "name at least one scenario: " + ", ".join(VOCABULARY["scenario"]),
        )
    for value in semantic.scenario:
        if value not in VOCABULARY["scenario"]:
            refuse("semantic-vocabulary", "scenario", f"'{value}' is not a known scenario")
    if semantic.data == "Table" and semantic.task in VOCABULARY["task"] and semantic.task not in _TABLE_TASKS:
        refuse("semantic-task", "task", f"a table model cannot have the task {semantic.task}")
    if len(semantic.tags) > _TAG_LIMIT or any(not tag.strip() or len(tag) > _NAME_LIMIT for tag in semantic.tags):
        refuse("semantic-tags", "tags", f"at most {_TAG_LIMIT} tags, none of them empty")
    if len(semantic.languages) > _TAG_LIMIT or any(not _LANGUAGE.fullmatch(code) for code in semantic.languages):
        refuse("semantic-languages", "languages", "languages are codes of two or three letters, such as en or zh")
    return tuple(found)
