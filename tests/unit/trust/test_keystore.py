# SPDX-License-Identifier: Apache-2.0
"""Private keys on disk: what is made, what is kept, and what is refused."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from lwnode.documents import Manifest
from lwnode.errors import LwnodeError, SettingsError, TrustError
from lwnode.trust import KeyStore, fingerprint, open_manifest, seal_manifest, spki, verify_keys
from lwnode.trust import encryption as encryption_module
from lwnode.trust import keyfile as keyfile_module
from lwnode.trust.encryption import load_private_pem, private_pem
from tests.support.trust import NOW, manifest_of, operational, organisation, root

SECRET = "correct horse 马".encode()


@pytest.fixture
def place(tmp_path):
    return tmp_path / "home" / "keys"


def make(place, passphrase=None):
    return KeyStore.create(place, organisation="Alpha Hospital", passphrase=passphrase, now=NOW)


def number(key) -> int:
    return key.private_numbers().private_value


def contents(place) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.iterdir()}


def test_create_and_open(place):
    store = make(place)
    again = KeyStore.open(place, passphrase=None)
    assert not again.encrypted
    assert again.keys == store.keys
    assert number(again.release_key) == number(store.release_key)
    assert verify_keys(store.keys_document, known=None, now=NOW) == store.keys
    assert store.publisher == store.keys.publisher
    assert store.keys.organisation == "Alpha Hospital"
    assert store.keys.version == 1
    assert store.keys.expires == NOW + timedelta(days=730)


def test_what_it_signs_can_be_opened(place):
    store = make(place)
    manifest: Manifest = replace(manifest_of(organisation(), {"a.json": b"1"}), publisher=store.publisher)
    assert open_manifest(seal_manifest(manifest, store.release_key), store.keys) == manifest


def test_files_are_private(place):
    umask = os.umask(0)
    try:
        store = make(place)
        store.node_key("hub")
        store.tls_certificate(["localhost"], NOW)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o600}
    assert [path.name for path in place.parent.iterdir()] == ["keys"]


def test_two_organisations_differ(tmp_path):
    assert make(tmp_path / "a").publisher != make(tmp_path / "b").publisher


def test_name_is_normalised_and_checked(place):
    assert KeyStore.create(place, organisation=" Fu\u0308ssen ", passphrase=None, now=NOW).keys.organisation == "Füssen"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\u202eb", "x" * 121])
def test_names_that_cannot_be(place, name):
    with pytest.raises(SettingsError):
        KeyStore.create(place, organisation=name, passphrase=None, now=NOW)
    assert not place.exists()


@pytest.mark.parametrize("passphrase", [b"", b"x" * 1001])
def test_passphrases_that_cannot_be(place, passphrase):
    with pytest.raises(SettingsError):
        make(place, passphrase)
    assert not place.exists()


def test_an_empty_directory_is_filled(place):
    place.mkdir(parents=True, mode=0o755)
    make(place)
    assert KeyStore.open(place, passphrase=None)


@pytest.mark.parametrize("name", ["release.pem", "something"])
def test_keys_that_are_there_are_never_replaced(place, name):
    place.mkdir(parents=True)
    (place / name).write_bytes(b"precious")
    with pytest.raises(TrustError, match="already"):
        make(place)
    assert contents(place) == {name: b"precious"}


def test_creating_twice_changes_nothing(place):
    make(place)
    before = contents(place)
    with pytest.raises(TrustError, match="already"):
        make(place)
    assert contents(place) == before


def test_a_full_disk_leaves_nothing(place, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keyfile_module.os, "fsync", full)
    with pytest.raises(TrustError, match="No space left"):
        make(place)
    assert not place.exists()
    assert list(place.parent.iterdir()) == []


def test_a_passphrase_protects_every_key(place):
    store = make(place, SECRET)
    node, tls = store.node_key("hub"), store.tls_key()
    for path in place.glob("*.pem"):
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in path.read_bytes()
    again = KeyStore.open(place, passphrase=SECRET)
    assert again.encrypted
    assert number(again.node_key("hub")) == number(node)
    assert number(again.tls_key()) == number(tls)
    before = contents(place)
    for wrong in (b"correct horse", SECRET + b" ", None):
        with pytest.raises(TrustError, match="passphrase") as caught:
            KeyStore.open(place, passphrase=wrong)
        assert caught.value.hint
    assert contents(place) == before


def test_a_passphrase_where_none_is_needed(place):
    make(place)
    with pytest.raises(TrustError, match="not protected"):
        KeyStore.open(place, passphrase=SECRET)


def test_protected_keys_are_standard_and_slow_to_guess(tmp_path):
    data = private_pem(operational("a"), SECRET)
    assert data != private_pem(operational("a"), SECRET)  # salted
    key = load_pem_private_key(data, SECRET)
    assert number(key) == number(operational("a"))
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl on this computer")
    (tmp_path / "key.pem").write_bytes(data)
    parsed = subprocess.run(
        [openssl, "asn1parse", "-in", "key.pem"], cwd=tmp_path, capture_output=True, check=True, text=True
    ).stdout
    assert "PBES2" in parsed
    assert "scrypt" in parsed
    assert "aes-256-cbc" in parsed
    opened = subprocess.run(
        [openssl, "pkey", "-in", "key.pem", "-passin", "stdin", "-pubout"],
        cwd=tmp_path,
        input=SECRET + b"\n",
        capture_output=True,
        check=False,
    )
    assert opened.returncode == 0, opened.stderr


@pytest.mark.parametrize("key", [root("a"), operational("a")], ids=["root", "operational"])
@pytest.mark.parametrize("passphrase", [None, b"p", SECRET], ids=["plain", "short", "unicode"])
def test_pem_round_trip(key, passphrase):
    again = load_private_pem(private_pem(key, passphrase), passphrase)
    assert spki(again.public_key()) == spki(key.public_key())


def test_scrypt_costs_what_the_docstring_says():
    memory = 128 * encryption_module._N * encryption_module._R
    assert memory == 16 * 2**20  # bytes
    assert encryption_module._P >= 5


def test_node_keys_are_made_once_for_each_hub(place):
    store = make(place)
    one, two = store.node_key("hub one"), store.node_key("hub two")
    assert number(one) != number(two)
    assert number(store.node_key("hub one")) == number(one)
    assert number(KeyStore.open(place, passphrase=None).node_key("hub one")) == number(one)
    assert len({number(key) for key in (one, two, store.tls_key(), store.release_key)}) == 4


@pytest.mark.parametrize("hub", ["../../etc/passwd", "/tmp/x", "a\\b", "nul", "", "x" * 5000, "医院", "a\0b"])
def test_hub_names_never_become_paths(place, hub):
    store = make(place)
    before = set(place.iterdir())
    store.node_key(hub)
    (new,) = set(place.iterdir()) - before
    assert new.name.startswith("node-")
    assert len(new.name) == len("node-.pem") + 32
    assert [path.name for path in place.parent.iterdir()] == ["keys"]


def test_a_crash_between_key_and_index_loses_nothing(place, monkeypatch):
    store = make(place)
    monkeypatch.setattr(KeyStore, "_remember", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        store.node_key("hub")
    monkeypatch.undo()
    (left,) = place.glob("node-*.pem")
    key = KeyStore.open(place, passphrase=None).node_key("hub")
    assert private_pem(key, None) == left.read_bytes()


def test_renew(place):
    store = make(place)
    first = store.keys
    later = NOW + timedelta(days=700)
    renewed = store.renew(later)
    assert renewed.version == 2
    assert renewed.expires == later + timedelta(days=730)
    assert renewed.release == first.release
    assert verify_keys(store.keys_document, known=first, now=later) == renewed
    assert KeyStore.open(place, passphrase=None).keys == renewed


def test_daily_use_needs_no_root(place, tmp_path):
    store = make(place)
    (place / "root.pem").rename(tmp_path / "safe.pem")
    again = KeyStore.open(place, passphrase=None)
    again.node_key("hub")
    with pytest.raises(TrustError, match=r"root\.pem"):
        again.renew(NOW)
    assert again.keys == store.keys


def test_renew_refuses_another_root(place, tmp_path):
    store = make(place)
    other = make(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "root.pem", place / "root.pem")
    with pytest.raises(TrustError, match="not the organisation's root"):
        store.renew(NOW)
    assert other.publisher != store.publisher


def test_errors_hold_no_key_material(place):
    make(place)
    body = (place / "release.pem").read_text().splitlines()[1]
    (place / "release.pem").write_text((place / "release.pem").read_text()[:-40])
    with pytest.raises(LwnodeError) as caught:
        KeyStore.open(place, passphrase=None)
    assert body not in f"{caught.value} {caught.value.hint}"


def test_fingerprint_of_release_is_announced(place):
    store = make(place)
    import base64

    announced = [fingerprint(base64.b64decode(key)) for key in store.keys.release]
    assert announced == [fingerprint(spki(store.release_key.public_key()))]
