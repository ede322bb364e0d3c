# SPDX-License-Identifier: Apache-2.0
"""Building an archive and reading it again; reading files that came one by one."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from lwnode.archive import (
    FILES,
    LIMITS,
    Limits,
    build_archive,
    check_files,
    check_manifest,
    embedded_keys,
    read_archive,
    read_files,
)
from lwnode.errors import ArchiveError, NotFoundError, SignatureError, TrustError
from lwnode.trust import verify_keys
from tests.support import archive as example
from tests.support.trust import NOW, manifest_of, organisation

GOOD = example.signed()
ALPHA, BETA = organisation("alpha"), organisation("beta")


def lookup(publisher):
    return {each.keys.publisher: each.keys for each in (ALPHA, BETA)}[publisher]


def test_archive_round_trip():
    ware = read_archive(GOOD.archive, lookup)
    assert ware.id == GOOD.manifest.id
    assert ware.bundle == GOOD.bundle
    assert ware.manifest == GOOD.manifest
    assert ware.semantic == example.SEMANTIC
    assert ware.card == example.CARD
    assert ware.profile == example.PROFILE
    assert ware.model == example.MODEL
    np.testing.assert_array_equal(ware.specification.points, example.points())
    np.testing.assert_array_equal(ware.specification.weights, example.weights())


def test_files_one_by_one_give_the_same():
    ware = read_files(GOOD.bundle, GOOD.files, ALPHA.keys)
    assert ware == read_archive(GOOD.archive, lookup)
    assert ware != read_files((other := example.signed(publisher=BETA)).bundle, other.files, BETA.keys)
    assert build_archive(ware.bundle, GOOD.files) == build_archive(GOOD.bundle, GOOD.files)


def test_same_input_same_bytes():
    backwards = dict(reversed(GOOD.files.items()))
    assert build_archive(GOOD.bundle, backwards) == build_archive(GOOD.bundle, GOOD.files)


def test_any_zip_tool_reads_it():
    with zipfile.ZipFile(io.BytesIO(GOOD.archive)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted([*FILES, "manifest.sig", "keys.json"])
        assert {name: archive.read(name) for name in FILES} == GOOD.files
        assert archive.read("manifest.sig") == GOOD.bundle


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_python_packs_is_read(method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in {**GOOD.files, "manifest.sig": GOOD.bundle}.items():
            archive.writestr(name, data)
    assert read_archive(out.getvalue(), lookup).id == GOOD.manifest.id


def test_keys_travel_along():
    assert embedded_keys(GOOD.archive) == ALPHA.document
    assert verify_keys(embedded_keys(GOOD.archive), known=None, now=NOW) == ALPHA.keys
    assert embedded_keys(build_archive(GOOD.bundle, GOOD.files)) == b""


def test_embedded_keys_are_not_believed():
    """An archive cannot bring its own trust: only the keys that the caller looks up open it."""
    forged = example.signed(example.files(semantic=replace(example.SEMANTIC, name="Forged")), publisher=BETA)
    data = build_archive(GOOD.bundle, forged.files, keys=BETA.document)
    with pytest.raises(TrustError):
        read_archive(data, lookup)
    with pytest.raises(SignatureError):
        read_archive(forged.archive, lambda publisher: ALPHA.keys)


def test_an_unknown_publisher_is_the_callers_business():
    def nobody(publisher):
        raise NotFoundError(f"no partner {publisher}")

    with pytest.raises(NotFoundError):
        read_archive(GOOD.archive, nobody)


def test_the_model_may_come_later():
    catalogue = {name: data for name, data in GOOD.files.items() if name != "model.onnx"}
    ware = read_files(GOOD.bundle, catalogue, ALPHA.keys, model_required=False)
    assert ware.model is None
    assert ware.id == GOOD.manifest.id
    with pytest.raises(TrustError):
        read_files(GOOD.bundle, catalogue, ALPHA.keys)


def test_a_model_that_came_is_checked_even_where_it_is_not_required():
    with pytest.raises(TrustError, match="model"):
        read_files(GOOD.bundle, {**GOOD.files, "model.onnx": b"other"}, ALPHA.keys, model_required=False)


def test_a_draft_passes_the_same_checks():
    ware = check_files(GOOD.manifest, GOOD.files)
    assert ware.bundle == b""
    assert ware.id == GOOD.manifest.id


@pytest.mark.parametrize("name", FILES)
def test_all_files_are_needed(name):
    fewer = {key: data for key, data in GOOD.files.items() if key != name}
    with pytest.raises(TrustError, match="missing"):
        read_files(GOOD.bundle, fewer, ALPHA.keys)
    with pytest.raises(ArchiveError):
        build_archive(GOOD.bundle, fewer)


def test_no_file_is_added():
    with pytest.raises(TrustError, match="added"):
        read_files(GOOD.bundle, {**GOOD.files, "extra.json": b"{}"}, ALPHA.keys)
    with pytest.raises(ArchiveError):
        build_archive(GOOD.bundle, {**GOOD.files, "extra.json": b"{}"})


def test_files_cannot_change_places():
    swapped = {**GOOD.files, "card.json": GOOD.files["semantic.json"], "semantic.json": GOOD.files["card.json"]}
    with pytest.raises(TrustError, match="not the file that was signed"):
        read_files(GOOD.bundle, swapped, ALPHA.keys)


def test_a_size_that_was_signed_wrong_is_noticed():
    files = tuple(replace(entry, size=entry.size + (entry.name == "model.onnx")) for entry in GOOD.manifest.files)
    with pytest.raises(TrustError, match=r"model\.onnx is not the file"):
        check_files(replace(GOOD.manifest, files=files), GOOD.files)


def test_parts_of_two_versions_do_not_mix():
    newer = example.signed(
        example.files(semantic=replace(example.SEMANTIC, name="Second version"), model_onnx=b"second model")
    )
    mixed = {**GOOD.files, "semantic.json": newer.files["semantic.json"]}
    for bundle in (GOOD.bundle, newer.bundle):
        with pytest.raises(TrustError):
            read_files(bundle, mixed, ALPHA.keys)


@pytest.mark.parametrize("names", [("card.json",), (*FILES, "zzz.json"), (*FILES[:-1], "other.safetensors")])
def test_a_manifest_lists_the_layout(names):
    with pytest.raises(ArchiveError, match="other files"):
        check_manifest(manifest_of(ALPHA, dict.fromkeys(names, b"x")))


@pytest.mark.parametrize(
    "limits",
    [
        Limits(model=len(example.MODEL) - 1),
        Limits(points=len(GOOD.files["specification.safetensors"]) - 1),
        Limits(document=len(GOOD.files["semantic.json"]) - 1),
    ],
)
def test_limits_hold_for_what_is_declared(limits):
    with pytest.raises(ArchiveError, match="allowed"):
        check_manifest(GOOD.manifest, limits)
    with pytest.raises(ArchiveError, match="allowed"):
        read_files(GOOD.bundle, GOOD.files, ALPHA.keys, limits)
    with pytest.raises(ArchiveError, match="allowed"):
        read_archive(GOOD.archive, lookup, limits)


def test_the_archives_own_limit():
    assert read_archive(GOOD.archive, lookup, Limits(archive=len(GOOD.archive)))
    with pytest.raises(ArchiveError, match="allowed"):
        read_archive(GOOD.archive, lookup, Limits(archive=len(GOOD.archive) - 1))


def test_all_files_together_have_a_limit():
    large = example.signed(example.files(model_onnx=bytes(range(256)) * 400))
    data = example.zip_of(example.entries_of(large, method=8))
    assert len(data) < 100_000 < len(large.files["model.onnx"])
    with pytest.raises(ArchiveError, match="together"):
        read_archive(data, lookup, Limits(archive=100_000))


def test_limits_know_every_name():
    assert all(LIMITS.of(name) > 0 for name in (*FILES, "manifest.sig", "keys.json"))
    assert LIMITS.of("anything.else") == 0


def test_reading_takes_the_archive_and_its_files():
    """Nothing is held twice beside the archive that the caller has."""
    large = example.signed(example.files(model_onnx=bytes(range(256)) * 2**16))  # 16 MiB
    data = large.archive
    read_archive(data, lookup)
    tracemalloc.start()
    ware = read_archive(data, lookup)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ware.model is not None
    assert peak < 1.1 * len(ware.model)


def test_an_unsigned_archive_is_not_unpacked():
    """What nobody signed costs its manifest, not its model."""
    forged = example.signed(example.files(model_onnx=bytes(2**22)), publisher=BETA)
    data = example.zip_of(example.entries_of(forged, method=8))
    tracemalloc.start()
    with pytest.raises(SignatureError):
        read_archive(data, lambda publisher: ALPHA.keys, Limits(ratio=2_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_importing_is_light():
    probe = "import sys, lwnode.archive, lwnode.trust; print({'torch', 'sklearn', 'onnx', 'flwr'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
