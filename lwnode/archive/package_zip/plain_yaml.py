# SPDX-License-Identifier: Apache-2.0
"""A ``learnware.yaml`` as plain values: texts, numbers, lists and mappings, and nothing that YAML can otherwise do.

The package reads this file with a loader of its own and then imports what it names.  Here PyYAML's safe loader, which
comes with Flower, makes plain values of it, after a pass over its events has refused whatever makes YAML dangerous.

Rules
-----
* No anchors, aliases, tags or merge keys, so that a value is as large as its text.
* One document; bounded length, number of events and depth; keys are texts, each once.

Called by `lwnode.archive.package_zip.reading`.
"""

from __future__ import annotations

from typing import Any, Final

from lwnode.errors import ArchiveError

YAML_LIMIT: Final = 16 * 1024  # bytes
_EVENTS: Final = 2_000
_DEPTH: Final = 8
_HINT: Final = "the zip is no learnware of the learnware package, or an unusual one"


def load_yaml(data: bytes) -> dict[str, Any]:
    """Return the mapping in a YAML file.

    Raises
    ------
    ArchiveError
        Too long, not YAML, not a mapping, or with anything beyond plain values.
    """
    import yaml  # type: ignore[import-untyped, unused-ignore]

    if len(data) > YAML_LIMIT:
        raise ArchiveError(f"learnware.yaml has {len(data)} bytes, {YAML_LIMIT} allowed", hint=_HINT)
    try:
        text = data.decode("utf-8")
        _check_events(yaml.parse(text, Loader=yaml.SafeLoader))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        _check_keys(node)
        plain = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise ArchiveError("learnware.yaml cannot be read", hint=_HINT) from error
    if not isinstance(plain, dict):
        raise ArchiveError("learnware.yaml does not describe a learnware", hint=_HINT)
    return plain


def _check_events(events: Any) -> None:
    """Refuse what can grow, refer or construct; ends at the first of it."""
    import yaml

    depth = 0
    for number, event in enumerate(events):
        if number > _EVENTS:
            raise ArchiveError("learnware.yaml says too much", hint=_HINT)
        if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
            raise ArchiveError("learnware.yaml uses anchors, aliases or tags", hint=_HINT)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEPTH:
                raise ArchiveError("learnware.yaml nests too deep", hint=_HINT)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_keys(node: Any) -> None:
    """Refuse a key that is no text, that merges, or that stands twice; the depth was bounded."""
    import yaml

    if isinstance(node, yaml.SequenceNode):
        for part in node.value:
            _check_keys(part)
    elif isinstance(node, yaml.MappingNode):
        keys = [key.value if key.tag == "tag:yaml.org,2002:str" else None for key, _ in node.value]
        if None in keys or len(set(keys)) != len(keys):
            raise ArchiveError("learnware.yaml has a key twice, or one that is no text", hint=_HINT)
        for _, value in node.value:
            _check_keys(value)
