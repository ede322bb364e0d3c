# SPDX-License-Identifier: Apache-2.0
"""A set of texts with their labels, and the table that its encoder makes of it.

Rules
-----
* Texts are kept as they are; a text that is empty is a text, one that is missing is not.
* Errors and the representation tell counts, never a text or a label.

Called by scripts, the command line and whatever takes a data set.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from numpy.typing import ArrayLike

from lwnode.errors import DataError
from lwnode.training.columns import Parsed
from lwnode.training.encoded import digests, encoded_table, labels_of
from lwnode.training.table import Table
from lwnode.types import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Texts:
    """A set of texts; make it with `from_lists`.

    Parameters
    ----------
    name : str
        What a person calls it.
    texts : tuple of str
    labels : Parsed or None
        What is to be predicted, one for each text.
    target : str
        Name of the labels.
    """

    name: str
    texts: tuple[str, ...]
    labels: Parsed | None = None
    target: str = "target"

    def __repr__(self) -> str:
        labelled = f", labels '{self.target}'" if self.labels is not None else ""
        return f"<Texts '{self.name}': {len(self)}{labelled}>"

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def from_lists(
        cls, texts: Iterable[str], y: ArrayLike | None = None, *, name: str = "texts", target: str = "target"
    ) -> Texts:
        """Make a set of texts.

        Parameters
        ----------
        texts : iterable of str
        y : (n,), optional
            Labels or values to predict.
        name : str
        target : str
            What the labels are called.

        Raises
        ------
        DataError
            Something that is not a text, no text, or not one label for each.
        """
        if isinstance(texts, str):
            raise DataError("one text is not a set of texts", hint="give a list of str")
        kept = tuple(str(text) if isinstance(text, str) else text for text in texts)
        if strange := sum(not isinstance(text, str) for text in kept):
            raise DataError(
                f"{strange} of {len(kept)} texts are not texts", hint="give a list of str; leave missing ones out"
            )
        if not kept:
            raise DataError("there are no texts", hint="give at least one text")
        return cls(name=name, texts=kept, labels=labels_of(y, len(kept), "texts"), target=target)

    def table(
        self, encoder: str = "lwnode.texts/1", *, folder: Path | None = None, progress: Progress = silent
    ) -> Table:
        """Return the texts as the rows of an encoder, with the labels as target.

        Parameters
        ----------
        encoder : str
            ``lwnode.texts/1``, or ``sentence-transformers/<name>`` for a sentence model that is on this computer.
        folder : Path, optional
            Of the sentence model; default: its library's local cache.
        progress : callable

        Raises
        ------
        DataError
            The encoder is not for texts.
        SettingsError
            There is no such encoder, or it is not on this computer.

        Notes
        -----
        About 30 µs of CPU for a text of a dozen words.
        """
        from lwnode.specification.encoders import encode, kind_of  # loads the specification's room

        if kind_of(encoder) != "texts":
            raise DataError(f"encoder '{encoder}' is not for texts", hint="leave it out to take lwnode.texts/1")
        rows = encode(encoder, self.texts, folder=folder, progress=progress)
        items = digests(text.encode("utf-8", "surrogatepass") for text in self.texts)
        return encoded_table(rows, encoder, items, self.labels, name=self.name, target=self.target)
