# SPDX-License-Identifier: Apache-2.0
"""Whatever is killed at whatever moment: what was acknowledged is there again after a restart, once."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import lwnode
from lwnode import settings
from lwnode.cli.demo.processes import Fleet
from lwnode.errors import LwnodeError
from lwnode.node.facade import Node
from tests.support.homes import SAMPLE, TARGET, semantic

pytestmark = [pytest.mark.e2e, pytest.mark.federation, pytest.mark.slow, pytest.mark.timeout(1_800)]

KILLS = int(os.environ.get("KILLS", "8"))  # `make soak`: 100


def until(what: str, fleet: Fleet, name: str, holds: Callable[[Node], object], seconds: float = 60) -> None:
    """Wait until ``holds(node)`` is true; the daemon may be restarting meanwhile."""
    end = time.monotonic() + seconds
    while True:
        try:
            with fleet.node(name) as node:
                if holds(node):
                    return
        except LwnodeError:
            pass
        assert time.monotonic() < end, what
        time.sleep(0.1)


def test_nothing_acknowledged_is_lost_whoever_is_killed(tmp_path: Path) -> None:
    rng = random.Random(20261124)
    acknowledged: set[str] = set()
    with Fleet(tmp_path) as fleet:
        for name in ("hub", "hospital", "clinic"):
            fleet.create(name, f"the {name}")
            settings.write(fleet.home(name).settings, "audit_seconds", "0")
            fleet.start(name, *(["--hub"] if name == "hub" else []))
        with fleet.node("hub") as hub, fleet.node("hospital") as hospital, fleet.node("clinic") as clinic:
            hub.add_profile(lwnode.read_profile(SAMPLE / "profile.json"), share=True)
            hospital.join(hub.invite())
            clinic.join(hub.invite())
        until("the profile arrives", fleet, "hospital", lambda node: node.profiles())
        with fleet.node("hospital") as hospital:
            model = hospital.train(SAMPLE / "hospital_c_geriatric.csv", target=TARGET, preset="quick").id

        for number in range(KILLS):
            victim = rng.choice(("hub", "hospital", "clinic"))
            moment = rng.uniform(0.0, 0.6)
            begin = time.monotonic()
            try:
                with fleet.node("hospital") as hospital:
                    draft = hospital.draft(model, semantic(f"Number {number}"))
                    if time.monotonic() - begin > moment:
                        fleet.kill(victim)
                    else:
                        acknowledged.add(hospital.publish(draft).id)
                        time.sleep(max(0.0, moment - (time.monotonic() - begin)))
                        fleet.kill(victim)
                    if victim != "hospital":
                        acknowledged.add(hospital.publish(draft).id)
            except LwnodeError:
                pass  # the hospital itself was killed in the middle: nothing was acknowledged
            fleet.restart(victim)
        assert len(acknowledged) >= KILLS // 2

        def has_all(node: Node) -> bool:
            return acknowledged <= {ware.id for ware in node.catalogue()}

        until("everything acknowledged arrives at the clinic", fleet, "clinic", has_all)
        with fleet.node("hospital") as hospital:
            assert has_all(hospital)
            spent = hospital.budget("hospital_c_geriatric")
            outbox = hospital.outbox(limit=100_000)
        with fleet.node("clinic") as clinic:
            wares = [ware.id for ware in clinic.catalogue(everything=True)]
            found = clinic.search(lwnode.Requirement(data=SAMPLE / "new_clinic_unlabelled.csv"))
    assert len(wares) == len(set(wares))
    assert found.verdict == "fits"
    assert len(spent.charges) == 1, "one draw was charged once, however often the draft was made"
    assert outbox.broken_at is None
    announced = [row.digest for row in outbox.entries if row.kind == "manifest"]
    assert len(announced) == len(set(announced))
