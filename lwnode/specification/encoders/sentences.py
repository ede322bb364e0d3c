# SPDX-License-Identifier: Apache-2.0
"""``sentence-transformers/<name>``: texts through a local sentence model, an optional extra.

Rules
-----
* Nothing is ever downloaded: the model comes from a folder that the caller names or from the local cache, and the
  library is told three times to stay off the network (two variables and an argument).
* No code of a model's author runs, and weights come from safetensors files alone.
* The model's vector, at length 1, is projected by public signs to 32 numbers: the profile is then the same for every
  model, and narrow enough for a private sketch of a thousand texts.  Profiles of two models are two islands.
* The numbers are the same on any machine as far as the model's are: about 1e-4.

Called by the registry.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from lwnode.errors import DataError, SettingsError
from lwnode.specification.encoders.public_bits import signs
from lwnode.types import Matrix, Progress, silent

PREFIX = "sentence-transformers/"
WIDTH = 32

_BATCH = 256  # texts
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def encode_sentences(
    encoder_id: str, texts: Sequence[str], *, folder: Path | None = None, progress: Progress = silent
) -> Matrix:
    """Return the rows of texts under a local sentence model.

    Parameters
    ----------
    encoder_id : str
        ``sentence-transformers/<name>``.
    texts : sequence of str
    folder : Path, optional
        Of the model; default: the local cache.
    progress : callable

    Returns
    -------
    (n, WIDTH) float64, raw

    Raises
    ------
    SettingsError
        The extra is not installed, or the model is not on this computer.
    DataError
        Something that is not a text.
    """
    if not all(isinstance(text, str) for text in texts):
        raise DataError("something among the texts is not a text", hint="give a list of str; a missing text is ''")
    with _offline():
        model = _model(encoder_id, folder)
        out = np.zeros((len(texts), WIDTH))
        for start in range(0, len(texts), _BATCH):
            progress(start / len(texts), "encoding the texts")
            part = list(texts[start : start + _BATCH])
            vectors = np.asarray(model.encode(part, convert_to_numpy=True, show_progress_bar=False), dtype=np.float64)
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
            out[start : start + len(part)] = vectors @ signs(f"{PREFIX} projection", vectors.shape[1], WIDTH)
    return out


def _model(encoder_id: str, folder: Path | None) -> Any:
    """Return the model, from this computer alone."""
    name = encoder_id.removeprefix(PREFIX)
    try:
        library = import_module("sentence_transformers")
    except ImportError as error:
        raise SettingsError(
            f"encoder {encoder_id} needs the extra 'sentences', which is not installed",
            hint="install lwnode[sentences], or use lwnode.texts/1, which every node has",
        ) from error
    try:
        return library.SentenceTransformer(
            str(folder) if folder is not None else encoder_id,
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingsError(
            f"the sentence model '{name}' is not on this computer, or not as safetensors",
            hint="put its folder there yourself and name it, or use lwnode.texts/1; lwnode downloads no model",
        ) from error


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """Tell the libraries to stay off the network while the block runs."""
    before = {name: os.environ.get(name) for name in _OFFLINE}
    os.environ.update(dict.fromkeys(_OFFLINE, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
