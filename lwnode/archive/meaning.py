# SPDX-License-Identifier: Apache-2.0
"""Whether the documents of a learnware mean something, alone and together.

Rules
-----
* Runs after the digests: what it refuses was signed as it is, so the publisher wrote nonsense or lies.
* The publisher runs the same checks on a draft, so nobody signs what nobody would accept.
* Claims that cannot be checked here (figures, agreement) are only checked for being possible.
* The specification judges its own card and points, in `lwnode.specification`.

Called by `lwnode.archive.verify`.  Pure.
"""

from __future__ import annotations

from lwnode.documents import Card, Input, Manifest, Profile, Semantic, SpecificationCard
from lwnode.documents.semantic import check
from lwnode.errors import ArchiveError

INPUT_LIMIT = 10_000  # columns of one model
CLASS_LIMIT = 10_000
NAME_LIMIT = 400  # characters of a column's, a level's or a class's name
TEXT_LIMIT = 8_000  # characters of a note
_TASKS = {"Classification": "classification", "Regression": "regression", "Feature Extraction": "feature extraction"}
_HINT = "the publisher made a faulty learnware: tell it, and use another"


def check_meaning(
    manifest: Manifest, profile: Profile, semantic: Semantic, card: Card, specification: SpecificationCard
) -> None:
    """Return where the documents of one learnware agree with each other and with themselves.

    Raises
    ------
    ArchiveError
        They do not; the message says what.
    """
    if not profile.id == manifest.profile == specification.profile:
        _refuse("manifest, specification and profile file name different profiles")
    for finding in check(semantic):
        if finding.severity == "refuse":
            _refuse(f"its semantic specification: {finding.message}")
    if _TASKS.get(semantic.task, card.task) != card.task:
        _refuse(f"it is described as {semantic.task} and its model is for {card.task}")
    _check_card(card)


def _check_card(card: Card) -> None:
    if not 1 <= len(card.inputs) <= INPUT_LIMIT:
        _refuse("its model takes no input, or too many")
    _check_names("inputs", [column.name for column in card.inputs])
    for column in card.inputs:
        _check_input(column)
    if card.task == "classification":
        if not 2 <= len(card.classes) <= CLASS_LIMIT:
            _refuse("its model is a classifier without classes")
        _check_names("classes", list(card.classes))
    elif card.classes:
        _refuse("its model names classes and is not a classifier")
    _check_names("figures", [figure.name for figure in card.figures])
    if not all(figure.low <= figure.value <= figure.high for figure in card.figures):
        _refuse("a figure lies outside its own interval")
    if not (0 <= card.probe_agreement <= 1 and card.probe_difference >= 0):
        _refuse("its conversion figures cannot be")
    if not card.family.strip() or max(len(text) for text in (card.family, card.target)) > NAME_LIMIT:
        _refuse("its card names no model family, or with too long a name")
    if max(len(card.note), len(card.figures_note)) > TEXT_LIMIT:
        _refuse("a note on its card is too long")


def _check_input(column: Input) -> None:
    if column.type == "category":
        if not column.levels:
            _refuse("a category among its inputs has no levels")
        _check_names("levels", list(column.levels))
    elif column.levels:
        _refuse("a number among its inputs has levels")


def _check_names(what: str, names: list[str]) -> None:
    if len(set(names)) != len(names) or not all(0 < len(name) <= NAME_LIMIT for name in names):
        _refuse(f"its {what} are not named, or named twice")


def _refuse(what: str) -> None:
    raise ArchiveError(f"the learnware contradicts itself: {what}", hint=_HINT)
