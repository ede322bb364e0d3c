# SPDX-License-Identifier: Apache-2.0
"""What the organisations of the demo do, step by step."""

from __future__ import annotations

import shutil
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from lwnode.cli.demo.processes import Fleet
from lwnode.cli.demo.report import Clinic, Report, print_report
from lwnode.cli.predictions import write_predictions
from lwnode.cli.sample import sample
from lwnode.documents import Semantic
from lwnode.errors import SettingsError
from lwnode.node.facade import Node
from lwnode.node.handles import Requirement, Search
from lwnode.node.profile_file import read_profile
from lwnode.node.records import Draft, Ware
from lwnode.training import Table, accuracy, auc, read_table
from lwnode.types import Vector

SAMPLE = sample()
TARGET = "readmitted_30d"
_MARK = ".lwnode-demo"
_LABELS = 50  # rows that a clinic labels itself, for comparison


@dataclass(frozen=True, slots=True)
class Hospital:
    """One that publishes."""

    key: str
    organisation: str
    file: str
    patients: str


HOSPITALS = (
    Hospital("general", "Hefei General Hospital", "hospital_a_general.csv", "adults of a general hospital"),
    Hospital(
        "maternity", "Anhui Maternity Hospital", "hospital_b_maternity_young.csv", "young women in a maternity hospital"
    ),
    Hospital(
        "geriatric", "Lu'an Geriatric Hospital", "hospital_c_geriatric.csv", "old patients of a geriatric hospital"
    ),
)
CLINICS = (("clinic", "New Clinic", "new_clinic"), ("regional", "Regional Clinic", "regional_clinic"))


@dataclass(slots=True)
class Clock:
    """Wall seconds by step."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        begin = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - begin, 2)


def prepare(out: Path) -> None:
    """Empty a former demo's directory; refuse to touch any other.

    Raises
    ------
    SettingsError
        The directory holds something else.
    """
    if out.exists() and any(out.iterdir()) and not (out / _MARK).exists():
        raise SettingsError(f"{out} is not empty and not a demo's", hint="choose another --out")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / _MARK).touch()


def semantic_of(hospital: Hospital) -> Semantic:
    """Return what a hospital says of its model."""
    return Semantic(
        name=f"Readmission within 30 days, {hospital.key}",
        description=f"Chance that a discharged patient comes back within 30 days, from {hospital.patients}.",
        scenario=("Health",),
        license="MIT",
        intended_use="Planning of follow-up calls.",
        limits="Patients unlike those it was trained on; never for a decision about a single patient.",
        tags=("readmission", "再入院"),
    )


def publish_one(fleet: Fleet, hospital: Hospital, preset: Any) -> tuple[Draft, Ware, float]:
    """Train, draft at ε = 1, publish; return the draft, the learnware and the ε spent."""
    with fleet.node(hospital.key) as node:
        data = node.add(SAMPLE / hospital.file, name="discharges", target=TARGET)
        model = node.train(data, preset=preset)
        draft = node.draft(model, semantic_of(hospital))
        ware = node.publish(draft)
        return draft, ware, node.budget("discharges").epsilon_spent


def _ranking(found: Search) -> tuple[tuple[str, float], ...]:
    return tuple((match.learnware, match.distance) for match in found.nearest)


def _content(node: Node) -> int:
    """Entries of the outbox and documents that wait: what a search must not change."""
    return node.outbox(limit=1).count + sum(link.waiting for link in node.links())


def _split(truth: Table) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return masks of the rows the clinic labels itself and of the rest, on which everything is judged."""
    order = np.random.default_rng(0).permutation(truth.rows)
    own = np.zeros(truth.rows, dtype=bool)
    own[order[:_LABELS]] = True
    return own, ~own


def visit(fleet: Fleet, key: str, stem: str, hospitals: int, out: Path, clock: Clock) -> Clinic:
    """Sync, search with unlabelled rows, reuse; compare with the answers; search once more without a network."""
    rows = SAMPLE / f"{stem}_unlabelled.csv"
    with fleet.node(key) as node:
        with clock.step(f"{key}: sync"):
            end = time.monotonic() + 60
            while node.sync(seconds=5).ready < hospitals:
                if time.monotonic() > end:
                    raise SettingsError("the learnwares did not arrive", hint=f"see {out}/{key}.log")
        before = _content(node)
        with clock.step(f"{key}: search"):
            found = node.search(Requirement(data=rows, semantic={"task": "classification"}))
        sent = _content(node) - before
        truth = read_table(SAMPLE / f"{stem}_answers.csv", target=TARGET)
        own, rest = _split(truth)
        answers = (truth.labels() == 1).astype(float)
        scores: dict[str, Vector] = {}
        with clock.step(f"{key}: reuse"):
            use = node.reuse(found)
            values = use.predict_proba(rows) if use.predictions is None else use.predictions.values
            positive = use.classes_.index("1")
            scores["combined"] = values[:, positive]
        report = use.report
        for match in found.nearest:
            single = node.reuse([match.learnware], data=rows, method="top-1").predictions
            assert single is not None
            scores[match.learnware] = single.values[:, positive]
        with clock.step(f"{key}: own training on {_LABELS} labels"):
            labelled = node.add(truth.select(own), name=f"{_LABELS} labels")
            mine = node.train(labelled, preset="quick")
            scores[f"self{_LABELS}"] = mine.predict_proba(rows)[:, mine.info.card.classes.index("1")]
        top = found.single[0].learnware if found.single else found.nearest[0].learnware
        scores["top1"] = scores[top]
        names = {match.learnware: match.name for match in found.nearest}
        judged = {names.get(name, name): value for name, value in scores.items()}
        predictions = out / f"{key}-predictions.csv"
        write_predictions(predictions, values, use.classes_, report.covered if report is not None else None)
    with clock.step(f"{key}: search again, network off"):
        fleet.restart(key, "--offline")
        with fleet.node(key) as node:
            offline = _ranking(node.search(Requirement(data=rows, semantic={"task": "classification"})))
    return Clinic(
        found=found,
        ranking_offline=offline,
        sent_by_search=sent,
        auc={name: round(auc(answers[rest], value[rest]), 4) for name, value in judged.items()},
        accuracy={name: round(accuracy(answers[rest], value[rest] > 0.5), 4) for name, value in judged.items()},
        predictions=predictions,
    )


def found_hub(fleet: Fleet) -> None:
    """Bring the hub and its profile up, and let everybody join with a one-time invite."""
    with fleet.node("hub") as hub:
        hub.add_profile(read_profile(SAMPLE / "profile.json"), share=True)
        names = [hospital.key for hospital in HOSPITALS] + [key for key, _, _ in CLINICS]
        invites = {name: hub.invite(hours=1, note=name) for name in names}

    def one(name: str) -> None:
        with fleet.node(name) as node:
            node.join(invites[name])
            end = time.monotonic() + 60
            while not node.profiles():
                node.sync(seconds=1)
                if time.monotonic() > end:
                    raise SettingsError(f"{name} received no profile from the hub", hint="see its log")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, names))


def tls_version(address: str) -> str:
    """Return the version of TLS that a hub speaks, from a handshake; its certificate is the nodes' business."""
    host, _, port = address.rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((host, int(port)), timeout=5) as plain, context.wrap_socket(plain) as wrapped:
        return wrapped.version() or "none"


def play(fleet: Fleet, out: Path, say: Callable[[str], None], preset: Any = "quick") -> Report:
    """Run the whole story in running homes and return what came out."""
    clock = Clock()
    with clock.step("start"):
        fleet.create("hub", "Anhui Readmission Consortium")
        for hospital in HOSPITALS:
            fleet.create(hospital.key, hospital.organisation)
        for key, organisation, _ in CLINICS:
            fleet.create(key, organisation)
        fleet.start("hub", "--hub")
        for name in [hospital.key for hospital in HOSPITALS] + [key for key, _, _ in CLINICS]:
            fleet.start(name)
        fleet.node("hub").close()
    say("A hub and five nodes are up, each a process with its own home.")
    with clock.step("join"):
        found_hub(fleet)
    say("All have joined with one-time invites and hold the consortium's public profile.")
    with clock.step("train, draft, publish"), ThreadPoolExecutor(3) as pool:
        published = list(pool.map(lambda hospital: publish_one(fleet, hospital, preset), HOSPITALS))
    clinics: dict[str, Clinic] = {}
    for key, _, stem in CLINICS:
        clinics[key] = visit(fleet, key, stem, len(HOSPITALS), out, clock)
    left: dict[str, dict[str, int]] = {}
    rows_left = 0
    for name in ["hub", *(hospital.key for hospital in HOSPITALS), *(key for key, _, _ in CLINICS)]:
        with fleet.node(name) as node:
            outbox = node.outbox(limit=1)
            left[name] = dict(outbox.totals)
            rows_left += outbox.rows_left + (outbox.broken_at is not None)
    with fleet.node("hub") as node:
        hub = node.hub()
    with fleet.node("clinic") as node:
        verified = sum(ware.state == "ready" for ware in node.catalogue())
    return Report(
        published=tuple(
            (hospital.organisation, draft, ware, spent)
            for hospital, (draft, ware, spent) in zip(HOSPITALS, published, strict=True)
        ),
        clinics=clinics,
        left=left,
        rows_left=rows_left,
        verified=verified,
        nodes=1 + len(HOSPITALS) + len(CLINICS),
        engine=hub.engine,
        tls=tls_version(hub.address),
        seconds=clock.seconds,
        out=out,
    )


def run_demo(out: Path, *, as_json: bool = False, keep: bool = False) -> int:
    """Run the demo into ``out`` and print what happened; ends its processes whatever happens."""
    import click

    out = out.absolute()
    prepare(out)

    def interrupted(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupted)

    def say(text: str) -> None:
        if not as_json:
            click.echo(text)

    begin = time.monotonic()
    with Fleet(out) as fleet:
        secret = out / "passphrase"  # of the demo's own keys, so that its homes can be opened afterwards
        secret.touch(mode=0o600)
        secret.write_text(fleet.passphrase + "\n", encoding="utf-8")
        report = play(fleet, out, say)
        total = round(time.monotonic() - begin, 2)
        report.seconds["total"] = total
        print_report(report, say)
        report.write(out / "summary.json")
        if as_json:
            click.echo((out / "summary.json").read_text())
        if keep:
            say("The daemons go on until Ctrl-C.")
            signal.pause()
    return 0
