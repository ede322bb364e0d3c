# SPDX-License-Identifier: Apache-2.0
"""Whether the words of a learnware agree: its semantic specification, its model's card and its profile.

Rules
-----
* The card says how the model is called, so it is what the others are held against.
* Names are compared as they are; units by what they mean (`lwnode.specification.units`).
* A column of numbers and a category of numbers can both be right, as codes are read both ways.

Called by the checker.
"""

from __future__ import annotations

from collections.abc import Iterator

from lwnode.archive import Learnware
from lwnode.archive.meaning import check_meaning
from lwnode.checker.report import listed, note, refuse, warn
from lwnode.documents import Card, Column, Input, Profile, Semantic
from lwnode.documents.semantic import check as check_semantic
from lwnode.errors import ArchiveError, Finding, SettingsError
from lwnode.specification.encoders import kind_of, pixels
from lwnode.specification.units import conversion

_CORRECT = "its publisher must correct it and publish again; do not use it until then"
_DATA = {"images": "Image", "texts": "Text"}


def check_documents(ware: Learnware) -> Iterator[Finding]:
    """Yield where the documents of a learnware contradict each other or leave something open."""
    words = tuple(check_semantic(ware.semantic))
    for finding in words:
        yield refuse(finding.code, finding.message, "complete the description, and draft again", finding.where)
    if not words:
        yield from _meaning(ware)
    yield from _licence(ware.semantic)
    yield from _data(ware.semantic, ware.card)
    yield from _ports(ware.semantic, ware.card)
    yield from _outputs(ware.semantic, ware.card)
    yield from _columns(ware.card, ware.profile)


def _meaning(ware: Learnware) -> Iterator[Finding]:
    try:
        check_meaning(ware.manifest, ware.profile, ware.semantic, ware.card, ware.specification.card)
    except ArchiveError as error:
        yield refuse("documents-contradict", str(error), _CORRECT)


def _licence(semantic: Semantic) -> Iterator[Finding]:
    if semantic.license == "Others":
        yield note(
            "licence-not-named",
            "its licence is none of those that have a name here",
            "publisher: say it in the limits; user: ask what you may do with it",
            "license",
        )


def _data(semantic: Semantic, card: Card) -> Iterator[Finding]:
    """Compare the kind of data with what the model reads."""
    try:
        meant = _DATA[kind_of(card.encoder)] if card.encoder else "Table"
    except SettingsError as error:
        yield warn("encoder-unknown", str(error), "update this program, or use another learnware", "card.json")
        return
    if semantic.data and semantic.data != meant:
        message = f"it is described as a model of {semantic.data} data, and its card reads {meant} data"
        yield refuse("data-kind", message, _CORRECT, "data")


def _ports(semantic: Semantic, card: Card) -> Iterator[Finding]:
    """Compare the inputs as they are described with those that the model takes."""
    if card.target and card.target in {item.name for item in card.inputs}:
        message = f"the model predicts '{card.target}' and takes it as an input"
        yield refuse("target-is-input", message, "publisher: train again without that column", "card.json")
    if not semantic.inputs or card.encoder:
        return
    described, taken = [port.name for port in semantic.inputs], [item.name for item in card.inputs]
    if unknown := [name for name in described if name not in taken]:
        message = f"inputs are described that the model does not take: {listed(unknown)}"
        yield refuse("inputs-differ", message, _CORRECT, "inputs")
    if silent := [name for name in taken if name not in described]:
        message = f"the model takes inputs that are not described: {listed(silent)}"
        yield refuse("inputs-differ", message, _CORRECT, "inputs")
    if sorted(described) == sorted(taken) and described != taken:
        message = "the inputs are described in another order than the model takes them"
        yield warn("inputs-order", message, "go by their names, or by the card's order", "inputs")
    units = {item.name: item.unit for item in card.inputs}
    for port in semantic.inputs:
        yield from _unit(port.name, port.unit, units.get(port.name, ""), "its description")


def _outputs(semantic: Semantic, card: Card) -> Iterator[Finding]:
    """Compare the outputs as they are described with the classes of the model."""
    if card.task != "classification" or not semantic.outputs:
        return
    described = [port.name for port in semantic.outputs]
    if set(described) != set(card.classes):
        odd = sorted(set(described) ^ set(card.classes))
        message = f"the outputs described are not the model's classes; they differ in {listed(odd)}"
        yield refuse("outputs-differ", message, _CORRECT, "outputs")
    elif described != list(card.classes):
        message = "the outputs are described in another order than the model gives them"
        yield warn("outputs-order", message, "go by their names, or by the card's order", "outputs")


def _columns(card: Card, profile: Profile) -> Iterator[Finding]:
    """Compare the model's inputs with the profile's columns of the same names."""
    known = {column.name: column for column in profile.features}
    for item in card.inputs:
        if item.name in known:
            yield from _column(item, known[item.name])
    if card.encoder.startswith(pixels.PREFIX):
        return  # the model reads pixels, and the profile is that of the encoder beside them
    absent = [item.name for item in card.inputs if item.name not in known]
    if absent and len(absent) < len(card.inputs):
        yield warn(
            "inputs-not-specified",
            f"the specification says nothing of {listed(absent)}, which the model takes",
            "a search compares the other columns only; publisher: draft with a profile that has all of them",
            "profile.json",
        )
    if absent and len(absent) == len(card.inputs):
        yield warn(
            "inputs-not-covered",
            "the specification covers none of the model's inputs, so it cannot tell for whose rows the model is made",
            "publisher: draft with a profile that names the model's columns",
            "profile.json",
        )


def _column(item: Input, column: Column) -> Iterator[Finding]:
    yield from _unit(item.name, item.unit, column.unit, "its profile")
    words = [level for level in (*item.levels, *column.levels) if not is_number(level)]
    if (item.type == "category") != (column.type == "category"):
        if words:
            message = f"'{item.name}' is a number in one document and the words {listed(words)} in the other"
            yield refuse("column-kind", message, _CORRECT, "profile.json")
        return
    if item.type == "category":
        lacking = [level for level in item.levels if level not in column.levels]
        if lacking:
            message = f"the model knows levels of '{item.name}' that its profile has not: {listed(lacking)}"
            yield warn("column-levels", message, "spell the levels of your rows as the card does", "card.json")


def _unit(name: str, first: str, second: str, where: str) -> Iterator[Finding]:
    """Compare two units of one column, where both are stated."""
    if not (first and second):
        return
    way = conversion(first, second)
    if way is None or not way.identity:
        message = f"'{name}' is in '{first}' and in '{second}', by the model's card and {where}"
        yield refuse("column-unit", message, _CORRECT, "card.json")


def is_number(text: str) -> bool:
    """Return whether a level is spelt as a number."""
    try:
        return abs(float(text)) < float("inf")
    except ValueError:
        return False
