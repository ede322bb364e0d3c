# SPDX-License-Identifier: Apache-2.0
"""What Python users hold: records with something to do.

A handle knows its record and the backend that can act on it; everything it does is an action.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lwnode.documents import Figure
from lwnode.errors import NothingFitsError, ReuseError
from lwnode.market import Found, LabelFit, Match
from lwnode.node.actions.market import SearchResult
from lwnode.node.data import DataRef, refer
from lwnode.node.records import JobInfo, LeaderRow, ModelInfo, Predictions, Reused, ReuseReport, Ware
from lwnode.store import Spelt
from lwnode.types import Matrix, Progress, silent

Call = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a user needs: rows, words and tags, any of them.

    Parameters
    ----------
    data : path, Table, Images, Texts, array, frame or name of a registered data set, optional
        The user's own rows, without labels; they stay on this computer.
    semantic : mapping, optional
        Any of data, task, model, library, scenario, license, tags, name, description.
    text : str
        Words.
    """

    data: Any = None
    semantic: dict[str, str | tuple[str, ...]] | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A trained or adopted model of this node."""

    info: ModelInfo
    _call: Call = field(repr=False)

    @property
    def id(self) -> str:
        """SHA-256 of the model's file."""
        return self.info.id

    @property
    def metrics(self) -> dict[str, Figure]:
        """Figures on rows that were held out, by name, each with a 95 % interval."""
        return {figure.name: figure for figure in self.info.figures}

    @property
    def leaderboard(self) -> tuple[LeaderRow, ...]:
        """Every candidate that was trained, the best first."""
        return self.info.leaderboard

    def predict_proba(self, data: Any, *, progress: Progress = silent) -> Matrix:
        """Return (n, classes) probabilities, or (n, 1) values of a regression."""
        answer: Predictions = self._call("predict", {"model": self.id, "data": refer(data)}, progress)
        return answer.values

    def predict(self, data: Any, *, progress: Progress = silent) -> np.ndarray[Any, Any]:
        """Return (n,) labels of a classifier, or values of a regression."""
        answer: Predictions = self._call("predict", {"model": self.id, "data": refer(data)}, progress)
        return decide(answer)


def decide(answer: Predictions) -> np.ndarray[Any, Any]:
    """Return the label with the highest probability, or the value."""
    if not answer.classes:
        return answer.values[:, 0]
    labels: np.ndarray[Any, Any] = np.array(answer.classes)[answer.values.argmax(1)]
    return labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which learnwares a search recommends to reuse.

    Parameters
    ----------
    members : tuple of str
        Ids, the best first.
    weights : dict, optional
        Their shares, where they are a mixture.
    across : bool
        Whether some of them are reached through a map of columns only.
    maps : dict, optional
        Pairs of that map (own column → a learnware's) that a person confirmed.
    """

    members: tuple[str, ...]
    weights: dict[str, float] | None = None
    across: bool = False
    maps: dict[str, str] | None = None


class Search:
    """What a search found: the market's answer, and what it was asked.

    Attributes are those of `lwnode.market.Found`; without data they are empty and ``listed`` holds the learnwares that
    match the words and tags.
    """

    def __init__(
        self, result: SearchResult, requirement: Requirement, *, maps: Mapping[str, str] | None = None
    ) -> None:
        self._result = result
        self.requirement = requirement
        self.maps = dict(maps or {})

    @property
    def found(self) -> Found | None:
        """The market's answer by data; None where the requirement had none."""
        return self._result.found

    @property
    def listed(self) -> tuple[Ware, ...]:
        """Learnwares that match the words and tags."""
        return self._result.listed

    @property
    def imported(self) -> tuple[Match, ...]:
        """What was imported of the learnware package, the nearest first; compared only, as none of it is ever run."""
        return self._result.imported

    @property
    def labels(self) -> tuple[LabelFit, ...]:
        """How the labels of the learnwares shown agree with those of the data, where both have them."""
        return self._result.labels

    @property
    def spelt(self) -> tuple[Spelt, ...]:
        """Words that no learnware says, and the similar ones that were taken for them."""
        return self._result.spelt

    @property
    def choice(self) -> Choice:
        """Which learnwares to reuse by default.

        A mixture that describes the rows better than any single learnware is taken with its shares.  Otherwise every
        compatible learnware takes part, each where its own data were, the best single one first.

        Raises
        ------
        ReuseError
            The search had no data.
        NothingFitsError
            Nothing that was found fits.
        """
        found = self._result.found
        if found is None:
            raise ReuseError("the search had no data", hint="search with data, or give ids")
        if found.verdict in ("nothing fits", "too little data"):
            raise NothingFitsError(
                f"{found.verdict}: {found.reason}", hint="to insist, name the learnwares by their ids"
            )
        if found.multiple is not None:
            weights = dict(found.multiple.members)
            return Choice(members=tuple(weights), weights=weights)
        best = found.single[0].learnware
        return Choice(members=(best, *(other for other in self.compatible if other != best)))

    @property
    def choice_across(self) -> Choice:
        """Which learnwares to reuse where a person asks for those beyond a map of columns too.

        All that fit or partly fit on the columns that both sides have, the best first, behind what fits by name.

        Raises
        ------
        ReuseError
            The search had no data, or did not look across islands.
        NothingFitsError
            Nothing fits, neither by name nor through a map.
        """
        found = self._result.found
        if found is None or not (found.islands or found.across):
            raise ReuseError(
                "the search did not reach anything through a map of columns", hint="search with across first (--across)"
            )
        fitting = [match for match in found.across if match.verdict in ("fits", "partly")]
        by_name = () if found.verdict in ("nothing fits", "too little data") else self.choice.members
        if not fitting and not by_name:
            raise NothingFitsError(
                f"{found.verdict}: {found.reason} Nothing fits through a map of columns either.",
                hint="confirm more columns with a map, or insist by naming the learnwares by their ids",
            )
        used = {pair for match in fitting for pair in match.columns.items()}
        members = dict.fromkeys((*by_name, *(match.learnware for match in fitting)))
        confirmed = {own: other for own, other in self.maps.items() if own == other or (own, other) in used}
        return Choice(members=tuple(members), across=True, maps=confirmed)

    @property
    def compatible(self) -> tuple[str, ...]:
        """Ids of learnwares whose columns the user has; the default reuse weighs them all."""
        return self._result.elsewhere

    def __getattr__(self, name: str) -> Any:
        """Return a field of the market's answer."""
        found = object.__getattribute__(self, "_result").found
        if found is None:
            if name in ("single", "nearest", "islands", "across", "held", "folds"):
                return ()
            if name in ("multiple", "uncovered", "verdict"):
                return None
            raise AttributeError(name)
        return getattr(found, name)

    def __dir__(self) -> list[str]:
        """Name the market's fields too."""
        return [*object.__dir__(self), *Found.__dataclass_fields__]


class Reuse:
    """A combination of learnwares, ready to predict."""

    def __init__(
        self,
        call: Call,
        members: tuple[str, ...],
        method: str,
        reference: DataRef | None,
        labelled: DataRef | None,
        progress: Progress,
        weights: dict[str, float] | None = None,
        across: bool = False,
        maps: Mapping[str, str] | None = None,
    ) -> None:
        self._call = call
        self.members = members
        self.method = method
        self._reference = reference
        self._labelled = labelled
        self._weights = weights
        self._across: dict[str, Any] = {"across": True, "maps": dict(maps or {})} if across or maps else {}
        self._last: Reused | None = None
        if reference is not None:
            self._run(reference, progress)

    def _run(self, data: DataRef, progress: Progress) -> Reused:
        arguments: dict[str, Any] = {"members": self.members, "data": data, "method": self.method}
        if self._reference is not None and data is not self._reference:
            arguments["reference"] = self._reference
        if self._labelled is not None:
            arguments["labelled"] = self._labelled
        if self._weights is not None:
            arguments["weights"] = self._weights
        self._last = self._call("reuse", arguments | self._across, progress)
        if self._reference is None:
            self._reference = data
        return self._last

    def _answer(self, data: Any, progress: Progress) -> Predictions:
        return self._run(refer(data), progress).predictions

    @property
    def reference(self) -> DataRef | None:
        """The rows that weigh the learnwares; None before there were any."""
        return self._reference

    @property
    def weights(self) -> dict[str, float] | None:
        """Shares of a multiple recommendation, where the learnwares come from one."""
        return self._weights

    @property
    def across(self) -> bool:
        """Whether learnwares are asked through a map of columns."""
        return bool(self._across)

    @property
    def report(self) -> ReuseReport | None:
        """How the last predictions came about; None before the first."""
        return self._last.report if self._last is not None else None

    @property
    def predictions(self) -> Predictions | None:
        """The last predictions; None before the first."""
        return self._last.predictions if self._last is not None else None

    @property
    def classes_(self) -> tuple[str, ...]:
        """Labels in the order of the probabilities; empty for a regression or before the first predictions."""
        return self._last.predictions.classes if self._last is not None else ()

    def predict_proba(self, data: Any, *, progress: Progress = silent) -> Matrix:
        """Return (n, classes) probabilities, or (n, 1) values of a regression."""
        return self._answer(data, progress).values

    def predict(self, data: Any, *, progress: Progress = silent) -> np.ndarray[Any, Any]:
        """Return (n,) labels of a classifier, or values of a regression."""
        return decide(self._answer(data, progress))


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of long work."""

    info: JobInfo
    _call: Call = field(repr=False)

    @property
    def id(self) -> str:
        """The job's id."""
        return self.info.id

    def cancel(self) -> None:
        """End it; nothing half-made is kept."""
        self._call("cancel", {"job": self.info.id}, silent)
