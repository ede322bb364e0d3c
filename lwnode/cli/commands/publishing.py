# SPDX-License-Identifier: Apache-2.0
"""``lwnode publish``, ``withdraw``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lwnode.cli.options import Session, command
from lwnode.cli.output_file import write_output
from lwnode.cli.render import size_of

if TYPE_CHECKING:
    from lwnode.node.records import Draft


def attach(root: click.Group) -> None:
    """Hang the commands into the tree."""
    command(root, "publish")(publish)
    command(root, "drafts")(drafts)
    command(root, "withdraw")(withdraw)


def _whom(draft: Draft) -> str:
    """Return whom the guarantee is about."""
    return "rows" if draft.rows_per_person == 1 else f"people with up to {draft.rows_per_person} rows each"


def _of_100(auc: float) -> int:
    """Return right answers of a hundred at most: rounded up."""
    return math.ceil(round(100.0 * auc, 6))


def show_draft(session: Session, draft: Draft) -> None:
    """Print exactly what would leave, and what the audit found."""
    session.out.say(f"What would leave ({draft.audience}), {size_of(draft.size)} in {len(draft.files)} files:")
    rows = [(f.name, f.what, size_of(f.size), f.sha256[:16]) for f in draft.files]
    session.out.table(("file", "holds", ">size", "sha256"), rows, empty="")
    if draft.epsilon is not None and draft.attacker is not None:
        session.out.say(
            f"The sketch is private: of two {_whom(draft)}, one in your table and one not, an attacker who knows all "
            f"the rest picks the right one at most {_of_100(draft.attacker)} times in 100 (a coin: 50)."
        )
        session.out.say(
            f"Budget of '{draft.dataset}': ε {draft.epsilon_before:.2f} before, {draft.epsilon_spent:.2f} after this "
            f"draft, {draft.epsilon_cap:g} at most; all of it together: at most {_of_100(draft.attacker_of_all)} in 100"
        )
    else:
        session.out.say(f"The sketch carries no privacy guarantee (mode {draft.mode}).")
    session.out.say(
        "The model was trained without privacy noise: ε says nothing of it."
        if draft.model_epsilon is None
        else f"The model is private on its own: ε {draft.model_epsilon:g}."
    )
    session.out.table(("said of your data", "protected"), [(s.what, s.how) for s in draft.said], empty="")
    for finding in draft.findings:
        session.out.say(f"  {finding.severity}: {finding.message}")
        if finding.hint:
            session.out.say(f"    {finding.hint}")
    if draft.refused:
        session.out.say("Refused as it is; nothing has left.")
    elif not draft.published:
        session.out.say(f"Nothing has left yet. To sign exactly these bytes: lwnode publish {draft.digest[:16]}")


@click.argument("what")
@click.option("--preview", is_flag=True, help="Make and show the draft of model WHAT; nothing leaves.")
@click.option("--name", default="", help="Name of the learnware.")
@click.option("--description", default="", help="What it does, for a person who searches.")
@click.option("--scenario", multiple=True, help="One or more, such as Health.")
@click.option(
    "--license", "license_", default="", help="Default: MIT, or that of the learnwares which the model was made from."
)
@click.option("--tag", "tags", multiple=True)
@click.option("--language", "languages", multiple=True, help="Of the texts, such as en or zh.")
@click.option("--intended-use", default="")
@click.option("--limits", default="", help="Where it must not be trusted.")
@click.option("--epsilon", type=float, help="ε of the sketch (default: the setting's, 1).")
@click.option("--no-noise", is_flag=True, help="A sketch without copies and without a guarantee.")
@click.option("--public-data", is_flag=True, help="The data are public: an exact sketch.")
@click.option("--labelled", is_flag=True, help="Points carry the classes of their rows.")
@click.option("--no-shares", is_flag=True, help="Do not say how common each class is.")
@click.option("--no-figures", is_flag=True, help="Do not say how good the model was on rows that were held out.")
@click.option("--no-temperature", is_flag=True, help="Do not say a classifier's temperature.")
@click.option("--audience", type=click.Choice(["private", "consortium", "public"]))
@click.option("--profile", default="", help="Id of the profile (default: the one that matches).")
@click.option("--previous", default="", help="Id of the learnware that this one replaces.")
@click.option("--override", default="", help="A reason to publish in spite of refusals; it goes into the card.")
def publish(
    session: Session,
    what: str,
    preview: bool,
    name: str,
    description: str,
    scenario: tuple[str, ...],
    license_: str,
    tags: tuple[str, ...],
    languages: tuple[str, ...],
    intended_use: str,
    limits: str,
    epsilon: float | None,
    no_noise: bool,
    public_data: bool,
    labelled: bool,
    no_shares: bool,
    no_figures: bool,
    no_temperature: bool,
    audience: str | None,
    profile: str,
    previous: str,
    override: str,
) -> int:
    """Publish: with --preview draft model WHAT and show what would leave, else sign the draft of digest WHAT."""
    from lwnode.documents import Semantic
    from lwnode.errors import SettingsError
    from lwnode.node.privacy import Budget

    if not preview:
        with session.node() as node:
            ware = node.publish(what)
            hubs = node.links()
        if not session.out.record(ware):
            session.out.say(f"signed and published: '{ware.name}' ({ware.id[:16]}), for {ware.audience}")
            if not hubs:
                session.out.say("This node has joined no hub, so nobody receives it yet; join one with `lwnode join`.")
        return 0
    if no_noise and (public_data or epsilon is not None):
        raise SettingsError("choose one of --epsilon, --no-noise and --public-data")
    privacy = Budget(epsilon=epsilon) if epsilon is not None else None
    with session.node() as node:
        made = node.model(what).info.card.origin
        semantic = Semantic(
            name=name,
            description=description,
            scenario=scenario,
            license=license_ or ("MIT" if made is None else ""),
            tags=tags,
            languages=languages,
            intended_use=intended_use,
            limits=limits,
        )
        draft = node.draft(
            what,
            semantic,
            privacy="no-noise" if no_noise else "public" if public_data else privacy,
            audience=audience or "",  # type: ignore[arg-type]  # click checks the choice
            profile=profile,
            previous=previous,
            labelled=labelled,
            shares=not no_shares,
            figures=not no_figures,
            temperature=not no_temperature,
            override=override,
            progress=session.progress(),
        )
    if not session.out.record(draft):
        show_draft(session, draft)
    return 3 if draft.refused and not override else 0


@click.option("--file", "name", default="", help="Write this file of the draft, byte for byte.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write it.")
@click.argument("digest", required=False)
def drafts(session: Session, digest: str | None, name: str, out: Path | None) -> None:
    """List the drafts, or show one; any of its files can be written out and looked at."""
    from lwnode.errors import NotFoundError

    with session.node() as node:
        found = node.drafts()
        if digest is not None:
            found = tuple(draft for draft in found if draft.digest.startswith(digest))
        if digest is not None and not found:
            raise NotFoundError("no draft has a digest that begins like this", hint="`lwnode drafts` lists them")
        if digest is not None and name and out is not None:
            write_output(out, node.draft_file(found[0].digest, name))
            session.out.say(f"{name} of {found[0].digest[:16]} in {out}")
            return
    if session.out.record(found):
        return
    if digest is not None and len(found) == 1:
        show_draft(session, found[0])
        return
    rows = [
        (
            d.digest[:16],
            d.name,
            d.audience,
            f"{d.epsilon:g}" if d.epsilon else "–",
            size_of(d.size),
            "yes" if d.published else "no",
        )
        for d in found
    ]
    session.out.table(
        ("digest", "name", "audience", ">ε", ">size", "published"),
        rows,
        empty="no draft; make one with `lwnode publish --preview MODEL`",
    )


@click.argument("learnware")
@click.option("--reason", required=True, help="Why; partners will read it.")
def withdraw(session: Session, learnware: str, reason: str) -> None:
    """Take a published learnware back with a signed withdrawal."""
    with session.node() as node:
        ware = node.withdraw(learnware, reason=reason)
    if not session.out.record(ware):
        session.out.say(f"withdrawn: '{ware.name}' ({ware.id[:16]}); partners are told at their next sync")
