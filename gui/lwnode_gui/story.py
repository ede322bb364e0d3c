# SPDX-License-Identifier: Apache-2.0
"""A made-up circle of three hospitals and a clinic, as a node's answers: only screenshots and tests import it.

The node is the clinic's.  Its admissions look like two of the hospitals' data together; its sports injuries look like
nobody's.  Every name and number is invented, and they belong together: what one screen says, no other contradicts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from lwnode.documents import Card, Column, Figure, Semantic
from lwnode.errors import NotFoundError
from lwnode.market.results import Certificate, Coverage, Fold, Found, Match, Multiple, Skipped, Uncovered
from lwnode.node.records import (
    DataSetInfo,
    HubLink,
    IslandInfo,
    IslandMap,
    JobInfo,
    MapPoint,
    OutboxInfo,
    OutboxRow,
    PartnerInfo,
    Status,
    Ware,
)
from lwnode.specification.accounting import attacker_auc, default_delta, mu_for
from lwnode.store import Spelt
from lwnode.types import Progress, Verdict
from lwnode_gui.story_catalogue import COPY, INPUTS, ISLANDS, PLACES, PLANS, STAY, TRUST, Plan

MOMENT = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
ROWS, INJURIES = 1_906, 412
MISSPELT = "hopsital"

_NAMES = {
    "clinic": ("Riverside Clinic", "江畔诊所"),
    "general": ("General Hospital", "市综合医院"),
    "maternity": ("Maternity Hospital", "市妇产医院"),
    "geriatric": ("Geriatric Hospital", "市老年医院"),
    "hub": ("City Health Circle", "城市医疗联盟"),
}


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


class Story:
    """The records of the story, and a node that answers with them.

    Parameters
    ----------
    language : str
        ``zh_CN`` gives names and descriptions in Chinese; the window translates none of them.
    empty : bool
        A node on its first day: nothing in the catalogue, nothing left.
    copies : bool
        Somebody has published the general hospital's first learnware again.
    """

    def __init__(self, language: str = "en", *, empty: bool = False, copies: bool = False) -> None:
        self._at = 1 if language.startswith("zh") else 0
        self._plans = (*PLANS, COPY) if copies else PLANS
        self.wares = () if empty else self._wares()
        self.datasets = () if empty else (self._dataset("admissions", ROWS), self._dataset("sports_injuries", INJURIES))
        self.outbox = self._outbox(empty=empty)
        self.calls: list[str] = []

    def name(self, who: str) -> str:
        """Return the name of an organisation."""
        return _NAMES[who][self._at]

    # ------------------------------------------------------------- the backend of a node
    def call(self, action: str, arguments: Mapping[str, Any], progress: Progress) -> Any:
        """Answer an action as a node would."""
        self.calls.append(action)
        if action == "catalogue":
            text = str(arguments.get("text", "")).replace(MISSPELT, "")
            return tuple(ware for ware in self.wares if self._mentions(ware, text))
        if action == "spelling":
            return (Spelt(asked=MISSPELT, taken=("hospital",)),) if MISSPELT in arguments["text"] else ()
        if action == "search":
            from lwnode.node.actions.market import SearchResult

            for step in range(1, 4):
                progress(step / 4, "comparing")
            return SearchResult(found=self.found(arguments["data"].name or "sports_injuries"), listed=self.wares)
        if action == "map":
            return self.map(str(arguments.get("island", "")), arguments.get("data"))
        answers: dict[str, Any] = {
            "status": self.status(),
            "datasets": self.datasets,
            "outbox": self.outbox,
            "partners": self.partners() if self.wares else (),
            "keys": {"organisation": self.name("clinic"), "readable": _readable("clinic")},
        }
        if action not in answers:
            raise NotFoundError(f"the story has no answer to '{action}'")
        return answers[action]

    def close(self) -> None:
        """Nothing to close."""

    def _mentions(self, ware: Ware, text: str) -> bool:
        assert ware.semantic is not None
        whole = f"{ware.name} {ware.organisation} {ware.semantic.description} {ware.semantic.task}".casefold()
        return all(word in whole for word in text.casefold().split())

    # ------------------------------------------------------------- the node
    def status(self) -> Status:
        """Return the node at a glance."""
        link = HubLink(
            hub=_digest("hub"), name=self.name("hub"), address="hub.example:7443", connected=True, waiting=0, problem=""
        )
        return Status(
            version="0.1.0",
            organisation=self.name("clinic"),
            publisher=_digest("clinic"),
            short=_readable("clinic")[:15],
            home="/home/clinic/lwnode",
            daemon=True,
            catalogue=len(self.wares),
            own=sum(ware.own for ware in self.wares),
            partners=3 if self.wares else 0,
            hubs=(link,) if self.wares else (),
            hub=None,
            left=sum(self.outbox.totals.values()),
            running=(),
        )

    def running(self, share: float | None) -> JobInfo:
        """Return a job that runs."""
        return JobInfo(
            id="7", kind="sync", state="running", share=share, doing="", error="", started=MOMENT, finished=None
        )

    def partners(self) -> tuple[PartnerInfo, ...]:
        """Return the hospitals."""
        states = (("general", "pinned"), ("geriatric", "pinned"), ("maternity", "introduced"))
        return tuple(
            PartnerInfo(
                publisher=_digest(who),
                short=_readable(who)[:15],
                organisation=self.name(who),
                state=state,
                hub=_digest("hub"),
                since=MOMENT - timedelta(days=40 - 6 * at),
                learnwares=sum(ware.publisher == _digest(who) for ware in self.wares),
            )
            for at, (who, state) in enumerate(states)
        )

    def _dataset(self, name: str, rows: int) -> DataSetInfo:
        columns = tuple(
            Column(name=item.name, type="number", low=0.0, high=100.0) for item in STAY if item.type == "number"
        )
        return DataSetInfo(
            name=name,
            path=f"/data/{name}.csv",
            target="readmitted" if name == "admissions" else "weeks_off",
            rows=rows,
            rejected=0,
            rows_per_person=1,
            columns=columns,
            content=_digest(name),
            epsilon_spent=0.0,
            epsilon_cap=4.0,
            added=MOMENT - timedelta(days=12),
        )

    def _outbox(self, *, empty: bool) -> OutboxInfo:
        sent = (
            ("keys document", "", 1_380, None, 0),
            ("profile", ("Admissions, common columns", "入院数据，公共列")[self._at], 2_210, None, 1),
            ("manifest", "manifest.json", 2_240, None, 1),
            ("file", "semantic.json", 1_911, None, 1),
            ("file", "card.json", 3_105, None, 1),
            ("file", "specification.safetensors", 8_460, None, 1),
            ("file", "model.onnx", 412_907, None, 1),
        )
        ware = _digest("wait")
        rows = tuple(
            OutboxRow(
                number=at + 1,
                time=MOMENT - timedelta(days=11 - later, minutes=14 - 2 * at),
                kind=kind,
                to=_digest("hub"),
                what=what,
                digest=_digest(what or kind),
                size=size,
                epsilon=epsilon,
                who=("Li Na", "李娜")[self._at] if later else ("node", "节点")[self._at],
                learnware=ware if later and kind in ("manifest", "file") else "",
            )
            for at, (kind, what, size, epsilon, later) in enumerate(() if empty else sent)
        )
        totals: dict[str, int] = {}
        for row in rows:
            totals[row.kind] = totals.get(row.kind, 0) + row.size
        return OutboxInfo(
            entries=rows[::-1],
            count=len(rows),
            totals=totals,
            broken_at=None,
            wire_sent=sum(totals.values()) + 61_204 * bool(rows),
            wire_received=4_810_331 * bool(rows),
            rows_left=0,
        )

    # ------------------------------------------------------------- the catalogue
    def _wares(self) -> tuple[Ware, ...]:
        return tuple(self._ware(plan, at) for at, plan in enumerate(self._plans))

    def _ware(self, plan: Plan, at: int) -> Ware:
        classes = ("no", "yes") if plan.task == "Classification" else ()
        clinical = plan.who in ("general", "geriatric")
        semantic = Semantic(
            name=plan.name[self._at],
            description=plan.description[self._at],
            data="Table",
            task=plan.task,
            library="Scikit-learn",
            scenario=("Health",),
            license="CC-BY-4.0" if plan.who == "maternity" else "MIT",
            intended_use=("Planning what follows a stay.", "用于安排住院后的随访。")[self._at] if clinical else "",
            limits=("Not for children.", "不用于儿童。")[self._at] if clinical else "",
            period="2021-01 – 2025-12",
        )
        card = Card(
            family="histogram boosting",
            task="classification" if classes else "regression",
            inputs=INPUTS[plan.like or plan.who],
            classes=classes,
            target=plan.target,
            figures=(Figure(name=plan.figure, value=plan.value[0], low=plan.value[1], high=plan.value[2]),),
        )
        delta = default_delta(plan.rows)
        return Ware(
            id=_digest(plan.key),
            name=semantic.name,
            organisation=self.name(plan.who),
            publisher=_digest(plan.who),
            state="ready",
            reason="",
            trust=TRUST[plan.who],
            own=plan.who == "clinic",
            audience="consortium",
            size=plan.size,
            created=MOMENT - timedelta(days=31 - 3 * at),
            received=MOMENT - timedelta(days=10),
            semantic=semantic,
            card=card,
            rows=plan.rows,
            privacy=plan.privacy,
            epsilon=plan.epsilon if plan.privacy == "private" else None,
            profile=_digest(f"profile of {plan.who}"),
            previous="",
            delta=delta if plan.privacy == "private" else None,
            attacker=attacker_auc(mu_for(plan.epsilon, delta)) if plan.privacy == "private" else None,
        )

    # ------------------------------------------------------------- the maps
    def map(self, island: str, data: Any) -> IslandMap:
        """Return the map of an island, the admissions' without a name, and where the data lie on that one."""
        if not self.wares:
            raise NotFoundError("there is nothing to draw yet", hint="join a hub with `lwnode join`, or publish")
        counts = {key: sum(plan.who in of for plan in self._plans) for key, (_, of) in ISLANDS.items()}
        infos = tuple(
            IslandInfo(id=_digest(key), name=names[self._at], learnwares=counts[key])
            for key, (names, _) in ISLANDS.items()
        )
        chosen = next((info for info in infos if info.id.startswith(island)), infos[0])
        on_it = next(of for key, (_, of) in ISLANDS.items() if _digest(key) == chosen.id)
        points = tuple(
            MapPoint(
                id=ware.id,
                name=ware.name,
                organisation=ware.organisation,
                publisher=ware.publisher,
                x=PLACES[plan.key][0],
                y=PLACES[plan.key][1],
                own=ware.own,
            )
            for plan, ware in zip(self._plans, self.wares, strict=True)
            if plan.who in on_it and plan.key in PLACES
        )
        return IslandMap(
            island=chosen,
            points=points,
            yours=None if data is None else (0.0, 0.0) if data.name == "admissions" else (0.14, 0.1),
            explained=0.83,
            kept=1.0,
            settled=True,
            islands=infos,
        )

    # ------------------------------------------------------------- the searches
    def found(self, dataset: str) -> Found:
        """Return what a search with a data set finds."""
        return self._nothing() if dataset == "sports_injuries" else self._together()

    def _together(self) -> Found:
        general = self._match("readmission", 0.084, 0.031, "partly", "partly", match=0.84, covered=0.71, n=ROWS)
        older = self._match("readmission-65", 0.142, 0.036, "partly", "partly", match=0.62, covered=0.27, n=ROWS)
        falls = self._match("falls", 0.297, 0.052, "nothing fits", "far", covered=0.11, n=ROWS)
        stay = self._match("stay", 0.318, 0.034, "nothing fits", "columns-alike", covered=0.08, n=ROWS)
        rows = np.arange(ROWS) % 50 != 0
        multiple = Multiple(
            members=((_digest("readmission"), 0.71), (_digest("readmission-65"), 0.29)),
            distance=0.037,
            floor=0.033,
            match=0.95,
            covered=Coverage(share=0.98, rows=rows),
            dependence="seen",
            coarse=False,
            verdict="fits",
            reason_code="together",
            reason="Together they look like your data: each of them knows a part of your rows.",
            why="",
        )
        return Found(
            verdict="fits",
            reason_code="together",
            reason=multiple.reason,
            single=(general, older),
            multiple=multiple,
            nearest=(general, older, falls, stay),
            uncovered=Uncovered(share=0.02, rows=~rows),
            certificate=Certificate(method="exhaustive", compared=4, rows=1_000),
            considered=4,
            skipped=self._skipped(),
            folds=tuple(
                Fold(
                    id=_digest(COPY.key),
                    under=_digest("readmission"),
                    copy=True,
                    checked=False,
                    reason="a copy by another publisher",
                )
                for plan in self._plans
                if plan is COPY
            ),
        )

    def _nothing(self) -> Found:
        nearest = (
            self._match("readmission", 0.312, 0.041, "nothing fits", "columns-alike", covered=0.18, n=INJURIES),
            self._match("stay", 0.361, 0.044, "nothing fits", "far", covered=0.09, n=INJURIES),
            self._match("falls", 0.447, 0.058, "nothing fits", "far", covered=0.02, n=INJURIES),
            self._match("readmission-65", 0.503, 0.047, "nothing fits", "far", covered=0.01, n=INJURIES),
        )
        return Found(
            verdict="nothing fits",
            reason_code="nothing-fits",
            reason="None of the models on offer was trained on data like yours.",
            single=(),
            multiple=None,
            nearest=nearest,
            uncovered=Uncovered(share=1.0, rows=np.ones(INJURIES, dtype=bool)),
            certificate=Certificate(method="exhaustive", compared=4, rows=INJURIES),
            considered=4,
            skipped=self._skipped(),
        )

    def _skipped(self) -> tuple[Skipped, ...]:
        columns = ("gestation_week", "parity", "referral")
        return (
            Skipped(code="missing-columns", reason="It needs columns that you do not have.", count=3, columns=columns),
        )

    def _match(
        self,
        key: str,
        distance: float,
        floor: float,
        verdict: Verdict,
        code: str,
        *,
        covered: float,
        n: int,
        match: float | None = None,
    ) -> Match:
        ware = next(ware for ware in self.wares if ware.id == _digest(key))
        return Match(
            learnware=ware.id,
            name=ware.name,
            organisation=ware.organisation,
            distance=distance,
            floor=floor,
            match=match,
            match_low=match - 0.04 if match is not None else None,
            match_high=match + 0.03 if match is not None else None,
            covered=Coverage(share=covered, rows=np.arange(n) < covered * n),
            dependence="seen" if match is not None else "not testable",
            coarse=False,
            verdict=verdict,
            reason_code=code,
            reason="",
            why="",
            ranked=distance,
        )


def _readable(who: str) -> str:
    from lwnode.trust import readable

    return readable(_digest(who))
