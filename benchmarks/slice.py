# SPDX-License-Identifier: Apache-2.0
"""The one real path, measured: the demo, twenty noise draws, the round trip, what left, the import, the exporter."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

import lwnode
from benchmarks.harness import Row, at_least, at_most
from lwnode.cli.demo.processes import Fleet
from lwnode.cli.demo.story import HOSPITALS, SAMPLE, TARGET
from lwnode.documents import Card, Semantic

CANARY = (61.5, 29.375, 144.25, 85.125, 6.4375, 153.5, 131.75, 7.25, 3.0625, 14.40625)
HEAVY = ("torch", "sklearn", "flwr", "PySide6", "onnxruntime", "sqlite_utils")


def measure(*, quick: bool) -> list[Row]:
    """Return all rows."""
    with tempfile.TemporaryDirectory(prefix="lwnode-bench-") as folder:
        root = Path(folder)
        rows = demo(root / "demo")
        rows += draws(3 if quick else 20)
        rows += federation(root / "federation", 5 if quick else 20)
        rows += light_import(5 if quick else 15)
        rows += boosting()
    return rows


# -------------------------------------------------------------------- the demo
def demo(out: Path) -> list[Row]:
    """Run the demo in processes of its own and read its summary."""
    begin = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "lwnode", "demo", "--out", str(out), "--json"], check=True, capture_output=True
    )
    wall = time.monotonic() - begin
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text())
    auc, regional = summary["auc"], summary["regional"]["auc"]
    reused = ("combined", "top1", "self50")
    unsuitable = [value for name, value in auc.items() if name not in reused and not name.endswith("geriatric")]
    singles = [value for name, value in regional.items() if name not in reused]
    return [
        at_most("demo, second run", "s", wall, 60.0),
        at_least("clinic: reuse above the unsuitable models", "AUC", auc["combined"] - max(unsuitable), 0.1, auc=auc),
        at_least("clinic: reuse above 50 own labels", "AUC", auc["combined"] - auc["self50"], 0.05),
        at_least(
            "regional: combination above every single one",
            "AUC",
            regional["combined"] - max(singles),
            0.05,
            auc=regional,
        ),
        at_most("content queued or sent by a search", "entries", summary["search_sent"], 0),
        at_least("ranking with the network off is identical", "", float(summary["ranking_offline_identical"]), 1),
        at_most("raw rows that left", "rows", summary["rows_left"], 0),
    ]


# -------------------------------------------------------------------- noise draws
def draws(count: int) -> list[Row]:
    """Draw the hospitals' specifications again and again and count what the clinic is told."""
    from lwnode.market import Entry, search
    from lwnode.node.engine import secret_generator
    from lwnode.specification import default_delta, raw_matrix, specify

    profile = lwnode.read_profile(SAMPLE / "profile.json")
    names = tuple(column.name for column in profile.features)
    tables = {h.key: lwnode.read_table(SAMPLE / h.file, target=TARGET) for h in HOSPITALS}
    clinic = lwnode.read_table(SAMPLE / "new_clinic_unlabelled.csv").features(names)
    regional = lwnode.read_table(SAMPLE / "regional_clinic_unlabelled.csv").features(names)
    seen: Counter[str] = Counter()
    for _ in range(count):
        entries = []
        for key, table in tables.items():
            raw = raw_matrix(profile, table.features(names))
            spec = specify(
                raw, profile, privacy="private", epsilon=1.0, delta=default_delta(len(raw)), rng=secret_generator()
            )
            card = Card(family="none", task="classification", inputs=(), classes=("0", "1"))
            entries.append(
                Entry(id=key, name=key, organisation=key, semantic=Semantic(), card=card, specification=spec)
            )
        found = search(clinic, entries, top=3)
        verdicts = {match.learnware: match.verdict for match in found.nearest}
        seen["nearest"] += found.nearest[0].learnware == "geriatric" and verdicts["geriatric"] == "fits"
        seen["nothing"] += verdicts["maternity"] == "nothing fits"
        together = search(regional, entries, top=3)
        seen["regional"] += together.multiple is not None and together.multiple.verdict == "fits"
    bar = 0.95 * count
    return [
        at_least("draws: geriatric is nearest and fits", f"of {count}", seen["nearest"], bar),
        at_least("draws: maternity fits nothing", f"of {count}", seen["nothing"], bar),
        at_least("draws: regional mixture fits", f"of {count}", seen["regional"], bar),
    ]


# -------------------------------------------------------------------- round trip and canaries
def federation(root: Path, repeats: int) -> list[Row]:
    """Publish from one node through a hub and see it at another; then look for planted rows in all that left."""
    root.mkdir()
    source = (SAMPLE / "hospital_b_maternity_young.csv").read_text()
    planted = "".join(f"Z-{i},Maternity,{','.join(map(str, CANARY))},{i % 2}\n" for i in range(2))
    (root / "discharges.csv").write_text(source + planted)
    seconds = []
    with Fleet(root) as fleet:
        for name in ("hub", "a", "b"):
            fleet.create(name, name)
            fleet.start(name, *(["--hub"] if name == "hub" else []))
        with fleet.node("hub") as hub, fleet.node("a") as a, fleet.node("b") as b:
            a.join(hub.invite())
            b.join(hub.invite())
            a.add_profile(lwnode.read_profile(SAMPLE / "profile.json"))
            model = a.train(root / "discharges.csv", target=TARGET, preset="quick")
            drafts = [
                a.draft(model, Semantic(name=f"Number {i}", description="x", scenario=("Health",), license="MIT"))
                for i in range(repeats + 1)
            ]
            b.sync(seconds=5)
            for draft in drafts:
                begin = time.monotonic()
                a.publish(draft)
                while not any(ware.id == draft.digest for ware in b.catalogue()):
                    if time.monotonic() - begin > 30:
                        raise SystemExit("an announcement did not arrive within 30 s")
                    time.sleep(0.005)
                seconds.append(time.monotonic() - begin)
                time.sleep(0.2)
            model_file = a.draft_file(drafts[0].digest, "model.onnx")
        fleet.stop("hub")
        stored = b"".join(p.read_bytes() for p in fleet.home("hub").root.rglob("*") if p.is_file())
    if model_file not in stored:
        raise SystemExit("what left cannot be looked into: the model that left is not found in it")
    needles = [np.array(CANARY, dtype=kind).tobytes() for kind in (np.float32, np.float64)]
    needles += [np.array(CANARY[:4], dtype=kind).tobytes() for kind in (np.float32, np.float64)]
    needles += [",".join(map(str, CANARY[:3])).encode(), str(CANARY[9]).encode(), b"Z-0"]
    hits = sum(needle in stored for needle in needles)
    seconds = sorted(seconds[1:])
    return [
        at_most(
            "round trip: published at one node, ready at another",
            "s, p50",
            statistics.median(seconds),
            0.3,
            p95=round(seconds[int(0.95 * len(seconds))], 3),
            n=len(seconds),
        ),
        at_most("canary rows in all bytes that left", "hits", hits, 0, bytes=len(stored)),
    ]


# -------------------------------------------------------------------- import
def light_import(repeats: int) -> list[Row]:
    """Compare whole processes: import lwnode against doing nothing."""

    def cpu(code: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)

    pairs = [(cpu("import lwnode"), cpu("pass")) for _ in range(repeats)]
    ours, base = (statistics.median(side) for side in zip(*pairs, strict=True))
    code = f"import sys, lwnode; print(sum(name in sys.modules for name in {HEAVY!r}))"
    loaded = int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
    ratio = ours / base
    return [
        Row(
            name="import lwnode against an empty program",
            unit="x CPU",
            ours=ratio,
            bar="<= 8",
            holds=ratio <= 8,
            peer=base,
            ratio=ratio,
        ),
        at_most("heavy libraries that the import loads", "modules", loaded, 0),
    ]


# -------------------------------------------------------------------- histogram boosting
def _cases() -> list[tuple[str, Any, np.ndarray[Any, Any]]]:
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
    from sklearn.ensemble import HistGradientBoostingClassifier as Classifier
    from sklearn.ensemble import HistGradientBoostingRegressor as Regressor

    rng = np.random.default_rng(0)
    cancer, iris, diabetes = load_breast_cancer(), load_iris(), load_diabetes()
    missing = cancer.data.copy()
    missing[rng.random(missing.shape) < 0.1] = np.nan
    mixed = np.column_stack([rng.integers(0, 12, 2000), rng.normal(size=(2000, 4)), rng.integers(0, 5, 2000)]).astype(
        float
    )
    mixed[rng.random(mixed.shape) < 0.05] = np.nan
    label = (np.nan_to_num(mixed[:, 0]) % 3 + mixed[:, 5] * 0.0 + rng.normal(size=2000) * 0.1 > 0.9).astype(int)
    label = np.where(np.isnan(mixed[:, 0]), 0, label)
    return [
        ("cancer", Classifier(random_state=0).fit(cancer.data.astype("f4"), cancer.target), cancer.data),
        ("cancer, 10 % missing", Classifier(random_state=0).fit(missing.astype("f4"), cancer.target), missing),
        ("iris, three classes", Classifier(random_state=0).fit(iris.data.astype("f4"), iris.target), iris.data),
        (
            "categories and missing values",
            Classifier(random_state=0, categorical_features=[0, 5]).fit(mixed.astype("f4"), label),
            mixed,
        ),
        (
            "diabetes, regression",
            Regressor(random_state=0).fit(diabetes.data.astype("f4"), diabetes.target),
            diabetes.data,
        ),
    ]


def boosting() -> list[Row]:
    """Compare exported histogram boosting with the estimator it came from."""
    from lwnode.models import Worker, to_onnx

    worst, same = 0.0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = _cases()
    for _, estimator, data in cases:
        rows = data.astype(np.float32)
        with Worker(to_onnx(estimator, width=rows.shape[1])) as worker:
            (answer,) = worker.predict(rows).values()
        if hasattr(estimator, "predict_proba"):
            truth = estimator.predict_proba(rows)
            same.append(float((answer.argmax(1) == truth.argmax(1)).mean()))
            worst = max(worst, float(np.abs(answer - truth).max()))
        else:
            truth = estimator.predict(rows)
            worst = max(worst, float(np.abs(answer[:, 0] - truth).max() / np.abs(truth).max()))
    return [
        at_least("histogram boosting exported: labels equal", "share", min(same), 1.0, sets=len(cases)),
        at_most("histogram boosting exported: largest difference", "probability", worst, 1e-5),
    ]


__all__ = ["measure"]
