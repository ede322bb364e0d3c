# SPDX-License-Identifier: Apache-2.0
"""The node's settings: a TOML file, then ``LWNODE_*`` variables, then flags.

Rules
-----
* Settings are one frozen object that is passed on, never a global.
* A later source wins; an unknown key is an error that suggests the nearest known one.
* A variable is the key in capitals with ``LWNODE_`` before it: ``LWNODE_EPSILON_CAP=2``.  ``LWNODE_HOME``,
  ``LWNODE_PASSPHRASE``, ``LWNODE_PASSPHRASE_FILE`` and ``LWNODE_DEBUG`` belong to other rooms and are passed over.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_type_hints

from lwnode.errors import SettingsError

_ELSEWHERE = frozenset({"LWNODE_HOME", "LWNODE_PASSPHRASE", "LWNODE_PASSPHRASE_FILE", "LWNODE_DEBUG"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a person may set.

    Parameters
    ----------
    epsilon_cap : float
        Most that one data set may spend in all (ε); a draft beyond it is refused.
    epsilon_default : float
        ε of a draft where none is asked for.
    audience : {"private", "consortium", "public"}
        Audience of a draft where none is asked for.
    reduced_set_size : int
        Points of a specification, 1 to 100.
    bundle_limit : int
        Bytes of a learnware up to which its files are fetched with the catalogue; larger models wait until they
        are asked for.
    worker_memory : int
        Bytes of address space a worker process may use.
    worker_seconds : int
        Seconds of CPU time a foreign model may use for one call.
    audit_seconds : float
        Seconds of CPU time for the attacks that are rehearsed on each draft, after the scans for copies and rare
        values; with 0 one is, and what could not be measured is said.
    hub_address : str
        Host and port on which a hub listens, ``127.0.0.1:0`` for any free port.
    log_level : {"debug", "info", "warning", "error"}
        Lowest level that is logged.
    """

    epsilon_cap: float = 4.0
    epsilon_default: float = 1.0
    audience: Literal["private", "consortium", "public"] = "consortium"
    reduced_set_size: int = 50
    bundle_limit: int = 64 * 2**20  # bytes
    worker_memory: int = 4 * 2**30  # bytes
    worker_seconds: int = 120
    audit_seconds: float = 2.5
    hub_address: str = "127.0.0.1:0"
    log_level: Literal["debug", "info", "warning", "error"] = "warning"


def _known() -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(Settings))


def _refuse_unknown(key: str, source: str) -> None:
    near = difflib.get_close_matches(key, _known(), n=1)
    hint = f"did you mean '{near[0]}'?" if near else "known settings: " + ", ".join(_known())
    raise SettingsError(f"unknown setting '{key}' in {source}", hint=hint)


def _convert(key: str, value: object, source: str) -> Any:
    """Bring ``value`` to the type of the setting ``key``, or say what was expected."""
    kind = get_type_hints(Settings)[key]
    try:
        if kind is float and not isinstance(value, bool):
            return float(value)  # type: ignore[arg-type]
        if kind is int and not isinstance(value, bool):
            if isinstance(value, float) and not value.is_integer():
                raise ValueError(value)
            return int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError) as error:
        raise SettingsError(f"setting '{key}' in {source} must be a number") from error
    if kind is str:
        return str(value)
    choices = kind.__args__ if hasattr(kind, "__args__") else ()
    if value in choices:
        return value
    raise SettingsError(f"setting '{key}' in {source} must be one of: " + ", ".join(map(str, choices)))


def _meaning(settings: Settings) -> Settings:
    limits = {
        "epsilon_cap": (0.0, 100.0),
        "epsilon_default": (0.0, 100.0),
        "reduced_set_size": (1, 100),
        "bundle_limit": (0, 2**40),
        "worker_memory": (2**28, 2**40),
        "worker_seconds": (1, 86_400),
        "audit_seconds": (0.0, 86_400.0),
    }
    for key, (low, high) in limits.items():
        value = getattr(settings, key)
        if not low <= value <= high or (key.startswith("epsilon") and value <= 0):
            raise SettingsError(f"setting '{key}' is {value}, outside {low} to {high}")
    return settings


def load(file: Path | None, environ: Mapping[str, str], flags: Mapping[str, object] | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    file : Path or None
        TOML file; a missing file is an empty one.
    environ : mapping
        Environment variables.
    flags : mapping, optional
        Settings from the command line; None values are not set.

    Raises
    ------
    SettingsError
        A key is unknown, a value has the wrong type or range, or the file is not TOML.
    """
    values: dict[str, Any] = {}
    if file is not None and file.exists():
        try:
            found = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file.name} is not valid TOML: {error}", hint="correct or remove the file") from error
        for key, value in found.items():
            if key not in _known():
                _refuse_unknown(key, file.name)
            values[key] = _convert(key, value, file.name)
    for name, text in environ.items():
        if not name.startswith("LWNODE_") or name in _ELSEWHERE:
            continue
        key = name.removeprefix("LWNODE_").lower()
        if key not in _known():
            _refuse_unknown(key, f"the environment ({name})")
        values[key] = _convert(key, text, name)
    for key, value in (flags or {}).items():
        if value is None:
            continue
        if key not in _known():
            _refuse_unknown(key, "the flags")
        values[key] = _convert(key, value, "the flags")
    return _meaning(Settings(**values))


def write(file: Path, key: str, value: str) -> Settings:
    """Set one key in the settings file and return the new settings.

    Raises
    ------
    SettingsError
        As :func:`load`.
    """
    current: dict[str, Any] = {}
    if file.exists():
        load(file, {})
        current = tomllib.loads(file.read_text(encoding="utf-8"))
    if key not in _known():
        _refuse_unknown(key, "the command")
    current[key] = _convert(key, value, "the command")
    settings = load(None, {}, current)
    lines = [f'{k} = "{v}"' if isinstance(v, str) else f"{k} = {v}" for k, v in current.items()]
    temporary = file.with_suffix(".new")
    temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    temporary.replace(file)
    return settings
