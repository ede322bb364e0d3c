# SPDX-License-Identifier: Apache-2.0
"""``lwnode train``, ``adopt``, ``models``, ``predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lwnode.cli.options import Session, command


def attach(root: click.Group) -> None:
    """Hang the commands into the tree."""
    command(root, "train")(train)
    command(root, "adopt")(adopt)
    command(root, "models")(models)
    command(root, "predict")(predict)


def _shown(session: Session, model: Any) -> None:
    if session.out.record(model.info):
        return
    session.out.say(f"{model.info.name} ({model.id[:12]})")
    for figure in model.metrics.values():
        session.out.say(f"  {figure.name} {figure.value:g} ({figure.low:g} to {figure.high:g}, 95 %)")
    rows = [
        (
            r.family,
            r.figure,
            "–" if r.value is None else f"{r.value:.3f}",
            "–" if r.low is None else f"{r.low:.3f} to {r.high:.3f}",
            f"{r.seconds:.1f}",
            r.note,
        )
        for r in model.leaderboard
    ]
    if rows:
        session.out.table(("model", "figure", ">value", "95 %", ">seconds", ""), rows, empty="")


@click.argument("data")
@click.option("--target", default="", help="Column to predict, for a file.")
@click.option("--task", type=click.Choice(["classification", "regression"]), help="Default: from the target.")
@click.option("--preset", type=click.Choice(["quick", "balanced", "thorough"]), default="balanced", show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--start", default="", help="Id of a found learnware: train its model further on the labels of DATA.")
@click.option("--private-epsilon", type=float, help="Train one private model; the ε is charged to the data set.")
@click.option(
    "--family", type=click.Choice(["linear", "network", "images"]), help="Of a private model; default: linear."
)
@click.option("--class", "classes", multiple=True, help="A public class of a private model's target; once for each.")
@click.option("--bounds", type=(float, float), help="Public bounds of a private model's target.")
def train(
    session: Session,
    data: str,
    target: str,
    task: Any,
    preset: Any,
    seed: int,
    start: str,
    private_epsilon: float | None,
    family: Any,
    classes: tuple[str, ...],
    bounds: tuple[float, float] | None,
) -> None:
    """Train models on DATA (a registered name or a file) and keep the best; or one private model; or a start."""
    from lwnode.node.privacy import Budget

    with session.node() as node:
        model = node.train(
            data,
            target=target,
            task=task or "",
            preset=preset,
            seed=seed,
            privacy=Budget(epsilon=private_epsilon) if private_epsilon is not None else None,
            family=family or "",
            classes=classes,
            bounds=bounds,
            start=start,
            progress=session.progress(),
        )
    _shown(session, model)


@click.argument("file", type=click.Path(path_type=Path))
@click.argument("data")
@click.option("--class", "classes", multiple=True, help="Labels in the order of the model's probabilities.")
@click.option(
    "--task", type=click.Choice(["classification", "regression", "feature extraction"]), default="classification"
)
def adopt(session: Session, file: Path, data: str, classes: tuple[str, ...], task: Any) -> None:
    """Keep an ONNX FILE of your own that was trained on DATA."""
    with session.node() as node:
        model = node.adopt(file, data, classes=classes, task=task, progress=session.progress())
    _shown(session, model)


def models(session: Session) -> None:
    """List this node's models."""
    with session.node() as node:
        found = node.models()
        records = tuple(model.info for model in found)
    if session.out.record(records):
        return
    rows = [
        (m.id[:12], m.name, m.task, ", ".join(f"{f.name} {f.value:g}" for f in m.figures[:2]), f"{m.created:%Y-%m-%d}")
        for m in records
    ]
    session.out.table(
        ("id", "name", "task", "figures", "made"), rows, empty="no model yet; make one with `lwnode train`"
    )


@click.argument("model")
@click.argument("data")
@click.option("--text-column", default="", help="Column of texts in DATA, for a model of texts.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="CSV file for the predictions.")
def predict(session: Session, model: str, data: str, text_column: str, out: Path) -> None:
    """Predict the rows of DATA (a registered name, a table, a .npz of images) with one of this node's own models."""
    from lwnode.cli.item_data import text_data
    from lwnode.cli.output_file import check_output
    from lwnode.cli.predictions import write_predictions

    check_output(out)
    with session.node() as node:
        rows = text_data(data, text_column)
        values = node.model(model).predict_proba(rows, progress=session.progress())
        classes = node.model(model).info.card.classes
    write_predictions(out, values, classes)
    session.out.record({"out": str(out), "rows": len(values)})
    session.out.say(f"{len(values)} predictions in {out}")
