# SPDX-License-Identifier: Apache-2.0
"""`Node`: one organisation's node as a Python object.

Every method is one action; the same methods stand behind the local API's routes and the commands.  A node is opened in
this process, or, where a daemon holds the home, through its local API: the interface is the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from lwnode.documents import Column, Invite, Profile, Semantic
from lwnode.errors import SettingsError
from lwnode.node.backend import Backend, LocalBackend
from lwnode.node.data import refer
from lwnode.node.engine import Engine, create_engine, open_engine
from lwnode.node.handles import Choice, Job, Model, Requirement, Reuse, Search
from lwnode.node.imports import ImportedWare
from lwnode.node.passphrase import passphrase_from
from lwnode.node.port import StorePort
from lwnode.node.privacy import Budget, PrivacyChoice
from lwnode.node.profile_records import NextProfile, PrivateProfile, ProfileMatch
from lwnode.node.records import (
    Archive,
    BudgetInfo,
    Check,
    DataSetInfo,
    Draft,
    HubInfo,
    HubLink,
    OutboxInfo,
    PartnerInfo,
    ProfileInfo,
    Status,
    SyncInfo,
    Verified,
    Ware,
)
from lwnode.node.transport import Port, Transport
from lwnode.paths import Home, expanded, home_at
from lwnode.settings import load
from lwnode.types import Progress, silent

MakeTransport = Callable[[Port, Home], Transport]
Privacy = Budget | Literal["no-noise", "public"]
Words = Mapping[str, str | tuple[str, ...]]


class Node:
    """One organisation's node.  Make or open it with `create` and `open`; it is a context manager."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    # ---------------------------------------------------------------- opening
    @classmethod
    def create(
        cls,
        home: Path | str | None = None,
        *,
        organisation: str,
        passphrase: str | None = None,
        transport: MakeTransport | None = None,
    ) -> Self:
        """Make a node: its home, its keys, its store.  Touches no network.

        Parameters
        ----------
        home : path, optional
            Default: ``LWNODE_HOME`` or the platform's directory.
        organisation : str
            The name that partners see.
        passphrase : str, optional
            Encrypts the keys at rest; default: ``LWNODE_PASSPHRASE`` or ``LWNODE_PASSPHRASE_FILE``, else none.
        transport : callable, optional
            Makes the transport for `join` and `sync`; the daemon and the commands bring Flower's.

        Raises
        ------
        SettingsError
            There is a node already, or the home cannot be made.
        """
        place = home_at(home)
        secret = passphrase_from(passphrase, os.environ)
        settings = load(None, os.environ)
        engine = create_engine(place, settings, organisation=organisation, passphrase=secret)
        return cls._over(engine, transport)

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        *,
        passphrase: str | None = None,
        transport: MakeTransport | None = None,
    ) -> Self:
        """Open a node, in this process or through the daemon that holds its home.  Touches no network by itself.

        Raises
        ------
        SettingsError
            There is no node.
        LockedError
            Another process has it open and offers no local API.
        TrustError
            Wrong passphrase.
        """
        place = home_at(home)
        if place.socket.exists():
            from lwnode.errors import StoreError
            from lwnode.node.remote import RemoteBackend

            try:
                return cls(RemoteBackend(place.socket))
            except StoreError:
                pass  # a socket that a killed daemon left behind
        settings = load(place.settings, os.environ)
        secret = passphrase_from(passphrase, os.environ)
        return cls._over(open_engine(place, settings, passphrase=secret), transport)

    @classmethod
    def _over(cls, engine: Engine, transport: MakeTransport | None) -> Self:
        try:
            if transport is not None:
                engine.connect(transport(StorePort(engine), engine.home))
        except BaseException:
            engine.close()
            raise
        return cls(LocalBackend(engine))

    def close(self) -> None:
        """Give up the home, or the connection to the daemon."""
        self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, action: str, arguments: Mapping[str, Any], progress: Progress = silent) -> Any:
        return self._backend.call(action, arguments, progress)

    # ---------------------------------------------------------------- data
    def add(
        self,
        data: Any,
        *,
        name: str = "",
        target: str = "",
        rows_per_person: int = 1,
        profile: str = "",
        columns: Mapping[str, str] | None = None,
        accept_map: bool = False,
        person: str = "",
    ) -> DataSetInfo:
        """Register a data set: its budget and its roles; the rows stay where they are.

        Parameters
        ----------
        data : path, Table, Images, Texts, array or frame
        name : str
            Default: the table's own.
        target : str
            Column to predict, for a path.
        rows_per_person : int
            Most rows that one person has; the privacy guarantee is for the person.
        profile : str
            Id of the island profile to read types and units from.
        columns : mapping, optional
            Column of the table → column of the profile, where they differ; units are converted.
        accept_map : bool
            Take every pair that `match_profiles` is sure of.
        person : str
            Column that names the person; rows beyond ``rows_per_person`` of one are left out.
        """
        return self._call(
            "add",
            {
                "data": refer(data, target=target),
                "name": name,
                "rows_per_person": rows_per_person,
                "profile": profile,
                "columns": dict(columns) if columns else None,
                "accept_map": accept_map,
                "person": person,
            },
        )

    def datasets(self) -> tuple[DataSetInfo, ...]:
        """List the registered data sets."""
        return self._call("datasets", {})

    def dataset(self, name: str) -> DataSetInfo:
        """Show one registered data set."""
        return self._call("dataset", {"name": name})

    def budget(self, dataset: str) -> BudgetInfo:
        """Show a data set's privacy ledger."""
        return self._call("budget", {"dataset": dataset})

    def add_profile(self, profile: Profile, *, share: bool = False) -> ProfileInfo:
        """Keep an island profile; ``share`` signs it and sends it to the hubs that were joined."""
        return self._call("add_profile", {"profile": profile, "share": share})

    def profiles(self) -> tuple[ProfileInfo, ...]:
        """List the island profiles that this node knows."""
        return self._call("profiles", {})

    def profile(self, id: str) -> Profile:
        """Return one island profile, whole."""
        return self._call("profile", {"id": id})

    def private_profile(
        self,
        data: Any,
        *,
        epsilon: float,
        delta: float | None = None,
        name: str = "",
        target: str = "",
        typed: tuple[Column, ...] = (),
        share: bool = False,
    ) -> PrivateProfile:
        """Make a profile whose bounds are drawn from a data set with (ε, δ)-differential privacy, charged once.

        Parameters
        ----------
        data : DataSetInfo, name, path, Table or frame
        epsilon, delta : float
            Of all columns together; the same call again gives the same profile and costs nothing.
        name : str
            Default: after the data set.
        typed : tuple of Column
            Columns whose bounds or levels are public and typed; they are not drawn.
        share : bool
            Sign it and send it to the hubs that were joined.
        """
        arguments = {
            "data": refer(data, target=target),
            "epsilon": epsilon,
            "delta": delta,
            "name": name,
            "typed": typed,
            "share": share,
        }
        return self._call("private_profile", arguments)

    def next_profile(self, id: str, *, share: bool = False) -> NextProfile:
        """Propose the next version of a profile from what is published; ``share`` keeps, signs and sends it."""
        return self._call("next_profile", {"id": id, "share": share})

    def match_profiles(self, data: Any, *, profile: str = "") -> tuple[ProfileMatch, ...]:
        """Show how a table would be read under each known profile, or one: the proposed map and what is missing."""
        return self._call("match_profiles", {"data": refer(data), "profile": profile})

    # ---------------------------------------------------------------- models
    def train(
        self,
        data: Any,
        *,
        task: Literal["", "classification", "regression"] = "",
        preset: Literal["quick", "balanced", "thorough"] = "balanced",
        target: str = "",
        seed: int = 0,
        privacy: Budget | None = None,
        family: Literal["", "linear", "network", "images"] = "",
        classes: tuple[str, ...] = (),
        bounds: tuple[float, float] | None = None,
        progress: Progress = silent,
    ) -> Model:
        """Train models on a data set, in a process of their own, and keep the best; or one private model.

        Parameters
        ----------
        data : DataSetInfo, name, path, Table, array or frame
            A plain table is registered by its name.
        task : str
            Default: from the target column.
        preset : {"quick", "balanced", "thorough"}
        privacy : Budget, optional
            Makes the model itself (ε, δ)-private and charges the data set's budget, once: the same call again returns
            the same model.  It needs a profile with public bounds, and takes neither preset nor seed.
        family : {"", "linear", "network", "images"}
            Of a private model; default: linear, which needs the fewest rows, and images for a table of plain pixels.
        classes : tuple of str, optional
        bounds : (low, high), optional
            Public description of a private model's target, where the profile gives none.
        """
        arguments = {
            "data": refer(data, target=target),
            "task": task,
            "preset": preset,
            "seed": seed,
            "privacy": PrivacyChoice(epsilon=privacy.epsilon, delta=privacy.delta) if privacy is not None else None,
            "family": family,
            "classes": classes,
            "bounds": bounds,
        }
        return Model(self._call("train", arguments, progress), self._call)

    def adopt(
        self,
        model: Any,
        data: Any,
        *,
        inputs: tuple[str, ...] | None = None,
        classes: tuple[str, ...] = (),
        task: Literal["", "classification", "regression", "feature extraction"] = "",
        progress: Progress = silent,
    ) -> Model:
        """Keep a model of one's own: a fitted estimator, or an ONNX file (path or bytes).

        Parameters
        ----------
        model : estimator, path or bytes
            Converted in this process; only ONNX is kept.
        data : DataSetInfo, name, path, Table or frame
            The rows it was trained on; needed for the specification and the copy scan.
        inputs : tuple of str, optional
            Columns in the order the model takes them; default: the data's features.
        """
        from lwnode.node.adopting import adopted

        arguments = adopted(model, refer(data), inputs=inputs, classes=classes, task=task, call=self._call)
        return Model(self._call("adopt", arguments, progress), self._call)

    def models(self) -> tuple[Model, ...]:
        """List this node's models."""
        return tuple(Model(info, self._call) for info in self._call("models", {}))

    def model(self, id: str) -> Model:
        """Show one of this node's models."""
        return Model(self._call("model", {"id": id}), self._call)

    def predict(self, model: str, data: Any, *, progress: Progress = silent) -> np.ndarray[Any, Any]:
        """Predict with one of this node's own models."""
        return self.model(model).predict(data, progress=progress)

    # ---------------------------------------------------------------- publishing
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
            profile = self.add_profile(profile).id
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

    # ---------------------------------------------------------------- market
    def search(self, requirement: Requirement | None = None, *, top: int = 10, progress: Progress = silent) -> Search:
        """Search the catalogue on this computer; nothing is sent.

        Parameters
        ----------
        requirement : Requirement
        top : int
            At most this many in each list.
        """
        asked = requirement if requirement is not None else Requirement()
        arguments: dict[str, Any] = {"semantic": dict(asked.semantic or {}), "text": asked.text, "top": top}
        if asked.data is not None:
            arguments["data"] = refer(asked.data)
        return Search(self._call("search", arguments, progress), asked)

    def catalogue(self, *, text: str = "", semantic: Words | None = None, everything: bool = False) -> tuple[Ware, ...]:
        """List the catalogue, all of it or what matches words and tags."""
        return self._call("catalogue", {"text": text, "semantic": dict(semantic or {}), "everything": everything})

    def show(self, id: str) -> Ware:
        """Show one learnware by its id or the beginning of it."""
        return self._call("show", {"id": id})

    def fetch(self, id: str, *, seconds: float = 60.0, progress: Progress = silent) -> Ware:
        """Get the files of an announced learnware, whatever its size."""
        return self._call("fetch", {"id": id, "seconds": seconds}, progress)

    def reuse(
        self,
        found: Any,
        *,
        data: Any = None,
        method: str = "auto",
        labelled: Any = None,
        progress: Progress = silent,
    ) -> Reuse:
        """Combine learnwares into predictions for one's own rows; each runs in a process of its own.

        Parameters
        ----------
        found : Search, Choice, or ids
            A search's own `choice` is taken; ids are taken at their word.
        data : optional
            Rows that weigh the learnwares; default: the search's.
        method : str
            ``auto``, ``top-1``, ``average``, ``vote``, ``mix``.
        labelled : optional
            Rows with labels, to compare with training on them alone.

        Raises
        ------
        NothingFitsError
            The search found nothing that fits.
        """
        weights: dict[str, float] | None = None
        if isinstance(found, Search):
            choice = found.choice
            members, weights = choice.members, choice.weights
            data = found.requirement.data if data is None else data
            if method == "top-1":
                members, weights = ((found.single or found.nearest)[0].learnware,), None
        elif isinstance(found, Choice):
            members, weights = found.members, found.weights
        else:
            members = tuple([found] if isinstance(found, str) else found)
        reference = refer(data) if data is not None else None
        rows = refer(labelled) if labelled is not None else None
        return Reuse(self._call, members, method, reference, rows, progress, weights)

    def export(self, id: str) -> Archive:
        """Return a learnware as one signed file."""
        return self._call("export", {"id": id})

    def verify(self, archive: bytes | Path | str) -> Verified:
        """Check everything about a learnware file, and keep nothing."""
        return self._call("verify", {"data": _bytes_of(archive)})

    def import_(self, archive: bytes | Path | str, *, trust: bool = False) -> Ware:
        """Take a learnware file into the catalogue."""
        return self._call("import", {"data": _bytes_of(archive), "trust": trust})

    def import_package(self, file: bytes | Path | str, *, profile: Profile | str = "", name: str = "") -> ImportedWare:
        """Take in a learnware zip, or a specification's JSON, of the `learnware` package; nothing of it is ever run.

        Parameters
        ----------
        file : path or bytes
        profile : Profile or id
            Whose features, in order, its points' coordinates are; without one it may only be kept.
        name : str
            Default: what the file says.
        """
        if isinstance(profile, Profile):
            profile = self.add_profile(profile).id
        return self._call("import_package", {"data": _bytes_of(file), "profile": profile, "name": name})

    def imported(self) -> tuple[ImportedWare, ...]:
        """List what was imported of the `learnware` package."""
        return self._call("imported", {})

    def forget_imported(self, id: str) -> ImportedWare:
        """Remove an imported learnware, its files included."""
        return self._call("forget_imported", {"id": id})

    def export_package(self, id: str, *, form: Literal["learnware", "json"] = "learnware") -> tuple[Archive, ...]:
        """Return a learnware in the `learnware` package's forms: the zip, or the specification's JSON and its frame."""
        return self._call("export_package", {"id": id, "form": form})

    # ---------------------------------------------------------------- partners
    def invite(self, *, hours: float = 24.0, note: str = "") -> Invite:
        """Make a one-time invite to the hub that this node serves."""
        return self._call("invite", {"hours": hours, "note": note})

    def hub(self) -> HubInfo:
        """Show the hub that this node serves."""
        return self._call("hub", {})

    def join(self, invite: Invite | str) -> HubLink:
        """Join a hub with a one-time invite."""
        return self._call("join", {"invite": invite.to_text() if isinstance(invite, Invite) else invite})

    def links(self) -> tuple[HubLink, ...]:
        """List the hubs that were joined and whether they are connected."""
        return self._call("links", {})

    def partners(self) -> tuple[PartnerInfo, ...]:
        """List the organisations whose keys this node holds."""
        return self._call("partners", {})

    def set_partner(self, publisher: str, state: Literal["pinned", "introduced", "blocked"]) -> PartnerInfo:
        """Pin a partner whose fingerprint was compared, or block one."""
        return self._call("set_partner", {"publisher": publisher, "state": state})

    def sync(self, *, seconds: float = 10.0, progress: Progress = silent) -> SyncInfo:
        """Exchange documents with every hub until nothing is waiting, at most ``seconds``."""
        return self._call("sync", {"seconds": seconds}, progress)

    # ---------------------------------------------------------------- the node itself
    def status(self) -> Status:
        """Show this node at a glance."""
        return self._call("status", {})

    def outbox(self, *, limit: int = 100) -> OutboxInfo:
        """Show what has left this node, and check the chain."""
        return self._call("outbox", {"limit": limit})

    def jobs(self) -> tuple[Job, ...]:
        """List the long work of this node, the newest first."""
        return tuple(Job(info, self._call) for info in self._call("jobs", {}))

    def cancel(self, job: str) -> None:
        """End a running job; nothing half-made is kept."""
        self._call("cancel", {"job": job})

    def config(self, key: str = "", value: str = "") -> dict[str, str]:
        """Show the settings, or set one."""
        return self._call("config", {"key": key, "value": value})

    def keys(self) -> dict[str, str]:
        """Show the fingerprint that partners compare."""
        return self._call("keys", {})

    def doctor(self) -> tuple[Check, ...]:
        """Check the home, the chains, the disk and the worker process."""
        return self._call("doctor", {})


def _bytes_of(archive: bytes | Path | str) -> bytes:
    """Return the bytes of an archive that is given as a path or as bytes.

    Raises
    ------
    SettingsError
        No such file, or larger than any archive may be.
    """
    if isinstance(archive, bytes):
        return archive
    from lwnode.archive import Limits

    path = expanded(archive)
    if not path.is_file():
        raise SettingsError(f"there is no file {path}", hint="check the path")
    if path.stat().st_size > Limits().archive:
        raise SettingsError("the file is larger than any learnware may be")
    return path.read_bytes()
