# SPDX-License-Identifier: Apache-2.0
"""Actions of `Node`: a reused combination is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from lwnode.documents import decode
from lwnode.documents.recipe import Recipe
from lwnode.errors import ReuseError, SettingsError
from lwnode.node.data import refer
from lwnode.node.facade.calls import Calls
from lwnode.node.handles import Choice, Reuse, Search
from lwnode.node.records import Frozen, Reused
from lwnode.types import Progress, silent


class FreezingCalls(Calls):
    """A reused combination is kept."""

    def freeze(
        self,
        found: Any,
        *,
        data: Any = None,
        form: Literal["model", "recipe", "student"] = "model",
        method: str = "auto",
        preset: Literal["quick", "balanced", "thorough"] = "balanced",
        seed: int = 0,
        progress: Progress = silent,
    ) -> Frozen:
        """Keep a combination of learnwares: as one model file, as a recipe, or as a student that it taught.

        Parameters
        ----------
        found : Reuse, Search, Choice, or ids
            What was reused, or what `reuse` takes.
        data : optional
            Rows that weigh the learnwares, are compared with the result, and teach a student; default: the search's.
        form : {"model", "recipe", "student"}
            One file that answers exactly as the combination; a small document to be replayed while the learnwares are
            here; or one small model that agrees with it nearly, and says how nearly.
        method : str
            As for `reuse`; a `Reuse` brings its own.
        preset, seed
            Of a student.

        Raises
        ------
        ReuseError, ModelError
            The combination cannot be of this form; the hint says which it can be of.
        """
        weights: dict[str, float] | None = None
        if isinstance(found, (Reuse, Choice)) and found.across:
            raise ReuseError(
                "a combination through a map of columns cannot be kept: a file has one set of columns",
                hint="register the table under the learnwares' profile: `lwnode data add DATA --profile ID --map …`",
            )
        if isinstance(found, Reuse):
            members, weights, method = found.members, found.weights, found.method
        elif isinstance(found, Search):
            members, weights = found.choice.members, found.choice.weights
            data = found.requirement.data if data is None else data
        elif isinstance(found, Choice):
            members, weights = found.members, found.weights
        else:
            members = tuple([found] if isinstance(found, str) else found)
        if data is None and isinstance(found, Reuse) and found.reference is not None:
            rows = found.reference
        elif data is None:
            raise SettingsError("a combination is frozen on rows of one's own", hint="give data=")
        else:
            rows = refer(data)
        arguments: dict[str, Any] = {"members": members, "data": rows, "form": form, "method": method}
        arguments |= {"preset": preset, "seed": seed, "weights": weights}
        return self._call("freeze", arguments, progress)

    def replay(self, recipe: Recipe | Path | str | bytes, data: Any, *, progress: Progress = silent) -> Reused:
        """Predict with a recipe: the same learnwares, the same weights, whatever the rows are.

        Parameters
        ----------
        recipe : Recipe, its bytes, or the path of its file
        data : rows to predict
        """
        if not isinstance(recipe, Recipe):
            if not isinstance(recipe, bytes):
                path = Path(recipe).expanduser()
                if not path.is_file():
                    raise SettingsError(f"there is no file {path}", hint="check the path")
                recipe = path.read_bytes()
            recipe = decode(recipe, Recipe)
        return self._call("replay", {"recipe": recipe, "data": refer(data)}, progress)
