# SPDX-License-Identifier: Apache-2.0
"""Actions of `Node`: what leaves: drafts, publication, withdrawal."""

from __future__ import annotations

from typing import Literal

from lwnode.documents import Profile, Semantic
from lwnode.node.facade.calls import Calls
from lwnode.node.handles import Model
from lwnode.node.privacy import Budget, PrivacyChoice
from lwnode.node.records import Draft, Ware
from lwnode.types import Progress, silent

Privacy = Budget | Literal["no-noise", "public"]


class PublishingCalls(Calls):
    """What leaves: drafts, publication, withdrawal."""

    def draft(
        self,
        model: Model | str,
        semantic: Semantic,
        *,
        privacy: Privacy | None = None,
        audience: Literal["", "private", "consortium", "public"] = "",
        profile: Profile | str = "",
        previous: str = "",
        lineage: tuple[str, ...] = (),
        labelled: bool = False,
        shares: bool = True,
        figures: bool = True,
        temperature: bool = True,
        override: str = "",
        progress: Progress = silent,
    ) -> Draft:
        """Make exactly what would leave, audit it and keep it; nothing leaves.

        Parameters
        ----------
        model : Model or id
        semantic : Semantic
        privacy : Budget, "no-noise" or "public"
            Default: private at the default ε.
        audience : str
            Default: the setting's, consortium.
        profile : Profile or id
            Default: the known profile that matches the columns.
        previous : str
            Id of the learnware that this one replaces.
        labelled : bool
            Whether points carry the classes of their rows (or the bins of a target with public bounds); what each class
            weighs is then said as well.
        shares : bool
            Whether the shares of the classes are said; they take 2 % of a private draft's budget.
        figures, temperature : bool
            Whether the model's validation figures and a classifier's temperature are said.
        override : str
            A typed reason to publish in spite of the audit's refusals; it goes into the card.
        """
        if isinstance(profile, Profile):
            profile = self._call("add_profile", {"profile": profile, "share": False}).id
        choice = PrivacyChoice()
        if isinstance(privacy, Budget):
            choice = PrivacyChoice(mode="private", epsilon=privacy.epsilon, delta=privacy.delta)
        elif privacy is not None:
            choice = PrivacyChoice(mode=privacy)
        identity = model.id if isinstance(model, Model) else model
        return self._call(
            "draft",
            {
                "model": identity,
                "semantic": semantic,
                "privacy": choice,
                "audience": audience,
                "profile": profile,
                "previous": previous,
                "lineage": lineage,
                "labelled": labelled,
                "shares": shares,
                "figures": figures,
                "temperature": temperature,
                "override": override,
            },
            progress,
        )

    def drafts(self) -> tuple[Draft, ...]:
        """List the drafts."""
        return self._call("drafts", {})

    def draft_file(self, digest: str, name: str) -> bytes:
        """Return one file of a draft, byte for byte as it would leave."""
        return self._call("draft_file", {"digest": digest, "name": name})

    def publish(self, draft: Draft | str) -> Ware:
        """Sign a draft that was shown and queue it for its audience."""
        return self._call("publish", {"digest": draft.digest if isinstance(draft, Draft) else draft})

    def withdraw(self, id: str, *, reason: str) -> Ware:
        """Take a published learnware back with a signed withdrawal."""
        return self._call("withdraw", {"id": id, "reason": reason})
