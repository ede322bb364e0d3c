# SPDX-License-Identifier: Apache-2.0
"""Files that an earlier version wrote must be read for ever: one folder for each version of the formats.

Made by ``tests/support/make_vectors.py``.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lwnode.archive import FILES, build_archive, embedded_keys, read_archive, read_files
from lwnode.archive.container import open_container
from lwnode.documents import Manifest, Profile, Withdrawal, decode, encode
from lwnode.errors import RollbackError, SignatureError
from lwnode.trust import from_readable, open_document, open_manifest, peek_publisher, readable, verify_keys
from tests.support.trust import NOW

HERE = Path(__file__).parent
VERSIONS = sorted(path.name for path in HERE.iterdir() if (path / "facts.json").exists())


@pytest.fixture(params=VERSIONS)
def golden(request):
    folder = HERE / request.param
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def facts(golden):
    return json.loads(golden["facts.json"])


@pytest.fixture
def keys(golden):
    return verify_keys(golden["keys.json"], known=None, now=NOW)


def test_there_is_a_golden_version():
    assert "v1" in VERSIONS


def test_keys(golden, facts, keys):
    assert keys.publisher == facts["publisher"]
    assert readable(keys.publisher) == facts["readable"]
    assert from_readable(facts["readable"]) == keys.publisher


def test_rotated_keys(golden, keys):
    rotated = verify_keys(golden["keys-rotated.json"], known=keys, now=NOW)
    assert rotated.version == 2
    assert rotated.root != keys.root
    with pytest.raises((RollbackError, SignatureError)):
        verify_keys(golden["keys.json"], known=rotated, now=NOW)


def test_manifest(golden, facts, keys):
    manifest = open_manifest(golden["manifest.sig"], keys)
    assert manifest.id == facts["learnware"]
    assert manifest.to_bytes() == golden["manifest.json"]
    assert manifest == Manifest.from_bytes(golden["manifest.json"])
    assert peek_publisher(golden["manifest.sig"]) == facts["publisher"]


def test_archive(golden, facts, keys):
    ware = read_archive(golden["learnware.zip"], {keys.publisher: keys}.__getitem__)
    assert ware.id == facts["learnware"]
    assert ware.profile.id == facts["profile"]
    assert ware.specification.points.shape == (6, ware.profile.width)
    assert ware.card.classes == ("no", "yes")
    assert embedded_keys(golden["learnware.zip"]) == golden["keys.json"]
    container = open_container(golden["learnware.zip"])
    files = {name: container.read(name) for name in FILES}
    assert read_files(golden["manifest.sig"], files, keys) == ware
    assert build_archive(golden["manifest.sig"], files, keys=golden["keys.json"]) == golden["learnware.zip"]


def test_profile(golden, facts, keys):
    profile = decode(golden["profile.json"], Profile)
    assert (profile.id, profile.schema_id) == (facts["profile"], facts["schema"])
    assert encode(profile) == golden["profile.json"]
    assert open_document(golden["profile.signed.json"], Profile, keys) == profile


def test_withdrawal(golden, facts, keys):
    withdrawal = open_document(golden["withdrawal.signed.json"], Withdrawal, keys)
    assert withdrawal.learnware == facts["learnware"]


def test_what_is_written_today_is_the_newest_version():
    """A change of any format shows here: then it needs a new version and a new folder."""
    from tests.support.make_vectors import golden_files

    newest = HERE / VERSIONS[-1]
    assert {path.name: path.read_bytes() for path in newest.iterdir()} == golden_files()
