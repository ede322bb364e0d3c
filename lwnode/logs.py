# SPDX-License-Identifier: Apache-2.0
"""Logging for the faces: human lines on a terminal, JSON lines otherwise.

Rules
-----
* The library only calls ``logging.getLogger(__name__)``; the faces call :func:`configure` once.
* Never a data value, a row, an array or key material: call sites log names, counts, digests and codes, and
  :class:`Redactor` cuts anything that looks like an array or a private key all the same.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

_SECRETS = re.compile(
    r"-----BEGIN[^-]*PRIVATE KEY-----.*?(-----END[^-]*-----|$)|(array|tensor|DataFrame)\(.*",
    re.DOTALL,
)


class Redactor(logging.Filter):
    """Cut private keys and array dumps from every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message; never drop it."""
        text = record.getMessage()
        if _SECRETS.search(text):
            record.msg, record.args = _SECRETS.sub("[cut]", text), None
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message and, for errors, the error's type and code."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        out: dict[str, str] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            out["error"] = record.exc_info[0].__name__
            out["code"] = getattr(record.exc_info[0], "code", "")
        return json.dumps(out, ensure_ascii=False)


def configure(level: str = "warning", *, stream: TextIO | None = None, file: Path | None = None) -> None:
    """Send the log of this process to ``stream`` (default: standard error) or to ``file``.

    Parameters
    ----------
    level : {"debug", "info", "warning", "error"}
        Lowest level that is written.
    stream : text stream, optional
        Written to as human lines where it is a terminal, as JSON lines otherwise.
    file : Path, optional
        Written to as JSON lines, mode 0600, in place of the stream.
    """
    handler: logging.Handler
    if file is not None:
        file.touch(mode=0o600, exist_ok=True)
        handler = logging.FileHandler(file, encoding="utf-8")
        handler.setFormatter(JsonLines())
    else:
        target = stream if stream is not None else sys.stderr
        handler = logging.StreamHandler(target)
        human = target.isatty()
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s") if human else JsonLines())
    handler.addFilter(Redactor())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
