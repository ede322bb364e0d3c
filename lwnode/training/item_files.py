# SPDX-License-Identifier: Apache-2.0
"""Reading images and texts from files: a ``.npz`` with ``images`` and perhaps ``labels``, a table's column of text.

Rules
-----
* Nothing is unpickled.  Each array's size is checked against its own header and a limit before it is read, so a small
  file cannot ask for more memory than it may.
* The file is only read.  Messages name files, arrays, columns and counts, never a value.

Called by the node's data, `lwnode.training.as_table` and the command line.
"""

from __future__ import annotations

import math
import os
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lwnode.errors import DataError
from lwnode.training.images import Images
from lwnode.training.reading import read_table
from lwnode.training.texts import Texts

SUFFIX = ".npz"
BYTE_LIMIT = 4 << 30  # of one array
_HOW = "write it with numpy.savez(file, images=X, labels=y), X as uint8 of (n, height, width) or with channels"


def read_images(
    path: str | os.PathLike[str], *, target: str | None = None, name: str | None = None, limit: int = BYTE_LIMIT
) -> Images:
    """Read a ``.npz`` file of images.

    Parameters
    ----------
    path : path
        With the array ``images`` and perhaps ``labels``; other arrays are not read.
    target : str, optional
        What the labels are called; default ``label``.
    name : str, optional
        Default: the file's name without its ending.
    limit : bytes
        Largest array.

    Raises
    ------
    DataError
        No such file, not a ``.npz`` file, damaged, too large, no images, or a target without labels.
    """
    file = Path(path)
    try:
        with zipfile.ZipFile(file) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
            found: dict[str, NDArray[Any]] = {}
            for array in ("images", "labels"):
                if f"{array}.npy" in sizes:
                    with archive.open(f"{array}.npy") as stream:
                        found[array] = _array(stream, sizes[f"{array}.npy"], limit, file, array)
    except FileNotFoundError as error:
        raise DataError(f"there is no file {file}", hint="check the name and the folder") from error
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{file} is not a usable {SUFFIX} file", hint=_HOW) from error
    if "images" not in found:
        raise DataError(f"{file} has no array 'images'", hint=_HOW)
    if target and "labels" not in found:
        raise DataError(f"{file} has no array 'labels' to be the target '{target}'", hint=_HOW)
    return Images.from_arrays(
        found["images"], found.get("labels"), name=file.stem if name is None else name, target=target or "label"
    )


def read_texts(
    path: str | os.PathLike[str],
    column: str,
    *,
    target: str | None = None,
    name: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Texts:
    """Read the texts of one column of a CSV or Parquet file.

    Parameters
    ----------
    path : path
    column : str
        That holds the texts; rows without one are left out.
    target : str, optional
        Column to predict.
    name, encoding, delimiter
        As for `lwnode.training.read_table`.

    Raises
    ------
    DataError
        As `lwnode.training.read_table`; a column that is not there or holds no text, or is the target as well.
    """
    if column == target:
        raise DataError(f"column '{column}' is named as the text and as the target", hint="name another column")
    table = read_table(
        path, target=target, types={column: "text"}, roles={column: "ignored"}, name=name, encoding=encoding,
        delimiter=delimiter,
    )  # fmt: skip
    values = table.features([column])[column]
    there = np.array([value is not None for value in values.tolist()], dtype=bool)
    if not there.any():
        raise DataError(f"column '{column}' holds no text", hint="name the column with the texts")
    labels = table.columns[table.target][there] if table.target is not None else None
    return Texts.from_lists(values[there].tolist(), labels, name=table.name, target=table.target or "target")


def _array(stream: IO[bytes], size: int, limit: int, file: Path, name: str) -> NDArray[Any]:
    """Return a member's array: bytes, numbers or text, as large as its header says and no larger than the limit."""
    if size > limit:
        raise DataError(f"{file}: '{name}' is larger than {limit >> 20} MiB", hint="split the file")
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError("another form of .npy")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    if dtype.hasobject or dtype.kind not in "biufU":
        raise DataError(f"{file}: '{name}' holds something else than numbers or text", hint=_HOW)
    if any(side < 0 for side in shape) or math.prod(shape) * dtype.itemsize > size:
        raise ValueError("an array of another size than it says")
    data = stream.read(math.prod(shape) * dtype.itemsize)
    return np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C")
