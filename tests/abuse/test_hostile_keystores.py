# SPDX-License-Identifier: Apache-2.0
"""Key files that were exchanged, cut, opened to others or replaced by something else: refused, and left as they are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lwnode.errors import TrustError
from lwnode.trust import KeyStore
from lwnode.trust.encryption import private_pem
from tests.support.trust import NOW, operational, organisation, root

pytestmark = pytest.mark.skipif(os.name != "posix", reason="file modes of POSIX")
HUB = "hub one"


def use(place: Path) -> None:
    """Do everything that a node does with its keys."""
    store = KeyStore.open(place, passphrase=None)
    store.node_key(HUB)
    store.node_key("hub two")
    store.tls_certificate(["localhost"], NOW)
    store.renew(NOW + timedelta(days=1))


def node_file(place: Path, hub: str) -> Path:
    import hashlib

    return place / f"node-{hashlib.sha256(hub.encode()).hexdigest()[:32]}.pem"


def write(name: str, data: bytes) -> Callable[[Path, Path], object]:
    return lambda place, other: (place / name).write_bytes(data)


def copied(name: str, source: str | None = None) -> Callable[[Path, Path], object]:
    """Put another organisation's file in the place of one."""
    return lambda place, other: shutil.copy(other / (source or name), place / name)


def swapped(first: str, second: str) -> Callable[[Path, Path], object]:
    def spoil(place: Path, other: Path) -> None:
        one, two = (place / first).read_bytes(), (place / second).read_bytes()
        (place / first).write_bytes(two)
        (place / second).write_bytes(one)

    return spoil


def mode(name: str, bits: int) -> Callable[[Path, Path], object]:
    return lambda place, other: (place / name).chmod(bits)


def linked(name: str) -> Callable[[Path, Path], object]:
    def spoil(place: Path, other: Path) -> None:
        (place / name).rename(place.parent / "elsewhere")
        (place / name).symlink_to(place.parent / "elsewhere")

    return spoil


def pipe(name: str) -> Callable[[Path, Path], object]:
    def spoil(place: Path, other: Path) -> None:
        (place / name).unlink()
        os.mkfifo(place / name, 0o600)

    return spoil


def folder(name: str) -> Callable[[Path, Path], object]:
    def spoil(place: Path, other: Path) -> None:
        (place / name).unlink()
        (place / name).mkdir(mode=0o700)

    return spoil


def cut(name: str) -> Callable[[Path, Path], object]:
    return lambda place, other: (place / name).write_bytes((place / name).read_bytes()[:-30])


def gone(name: str) -> Callable[[Path, Path], object]:
    return lambda place, other: (place / name).unlink()


def pem(key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class Row:
    """What happened to the keystore: told the directory, and another organisation's."""

    name: str
    spoil: Callable[[Path, Path], object]


NODE = node_file(Path(), HUB).name
NODE_TWO = node_file(Path(), "hub two").name
EVERY = ["release.pem", "keys.json", "index.json", "root.pem", "tls.pem", "tls.crt", NODE]
ROWS = [
    *(Row(f"{name} cut short", cut(name)) for name in EVERY),
    *(Row(f"{name} empty", write(name, b"")) for name in EVERY),
    *(Row(f"{name} gone", gone(name)) for name in EVERY),
    *(Row(f"{name} of another organisation", copied(name)) for name in EVERY),
    *(Row(f"{name} readable by the group", mode(name, 0o640)) for name in EVERY),
    *(Row(f"{name} readable by all", mode(name, 0o604)) for name in EVERY),
    *(Row(f"{name} writable by all", mode(name, 0o602)) for name in EVERY),
    *(Row(f"{name} a link", linked(name)) for name in EVERY),
    *(Row(f"{name} a pipe", pipe(name)) for name in EVERY),
    *(Row(f"{name} a folder", folder(name)) for name in EVERY),
    *(Row(f"{name} too long", write(name, b"x" * 2**20)) for name in EVERY),
    *(Row(f"{name} a pickle", write(name, b"\x80\x04cposix\nsystem\nX\x02\x00\x00\x00id\x85R.")) for name in EVERY),
    Row("the directory open to others", lambda place, other: place.chmod(0o755)),
    Row("the directory gone", lambda place, other: shutil.rmtree(place)),
    Row("the directory a file", lambda place, other: (shutil.rmtree(place), place.write_bytes(b"x"))),
    Row("the directory a link", lambda place, other: (place.rename(place.parent / "e"),
                                                      place.symlink_to(place.parent / "e"))),
    Row("two hubs' keys exchanged", swapped(NODE, NODE_TWO)),
    Row("TLS and release exchanged", swapped("tls.pem", "release.pem")),
    Row("root and release exchanged", swapped("root.pem", "release.pem")),
    Row("a root as TLS key", write("tls.pem", private_pem(root("x"), None))),
    Row("another P-256 key as release", write("release.pem", private_pem(operational("x"), None))),
    Row("another root", write("root.pem", private_pem(root("x"), None))),
    Row("release on another curve", write("release.pem", pem(ec.generate_private_key(ec.SECP384R1())))),
    Row("release of RSA", write("release.pem", pem(rsa.generate_private_key(65537, 1024)))),
    Row("release suddenly protected", write("release.pem", private_pem(operational("x"), b"secret"))),
    Row("keys.json unsigned", write("keys.json", b"{}")),
    Row("keys.json of a stranger", write("keys.json", organisation("stranger").document)),
    Row("another organisation's release key and index", lambda place, other: [
        shutil.copy(other / name, place / name) for name in ("release.pem", "index.json")]),
    Row("a whole other organisation but the release key", lambda place, other: [
        shutil.copy(other / name, place / name) for name in EVERY if name != "release.pem"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """Two organisations' keystores with every kind of file in them."""
    folder = tmp_path_factory.mktemp("pristine")
    for name in ("mine", "other"):
        store = KeyStore.create(folder / name, organisation=name, passphrase=None, now=NOW)
        store.node_key(HUB)
        store.node_key("hub two")
        store.tls_certificate(["localhost"], NOW)
    return folder


def state(place: Path) -> dict[str, object]:
    if not place.is_dir() or place.is_symlink():
        return {}
    return {path.name: path.read_bytes() if path.is_file() else oct(path.lstat().st_mode) for path in place.iterdir()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_refused_and_left_as_it_is(row, pristine, tmp_path):
    place = tmp_path / "keys"
    shutil.copytree(pristine / "mine", place)
    row.spoil(place, pristine / "other")
    before = state(place)
    with pytest.raises(TrustError) as caught:
        use(place)
    assert caught.value.hint
    assert "PRIVATE KEY" not in str(caught.value)
    assert state(place) == before  # nothing was repaired, nothing made anew


def test_the_table_spoils_a_good_one(pristine, tmp_path):
    shutil.copytree(pristine / "mine", tmp_path / "keys")
    use(tmp_path / "keys")


@pytest.mark.parametrize("name", ["root.pem", "release.pem", "tls.pem", NODE])
def test_an_open_file_is_noticed_before_it_is_needed(name, pristine, tmp_path):
    shutil.copytree(pristine / "mine", tmp_path / "keys")
    (tmp_path / "keys" / name).chmod(0o644)
    with pytest.raises(TrustError, match="open to other accounts") as caught:
        KeyStore.open(tmp_path / "keys", passphrase=None)
    assert "chmod 600" in caught.value.hint


def test_a_release_key_that_was_not_announced_is_refused_at_once(pristine, tmp_path):
    """Also with the index that belongs to it, so that nothing else gives it away."""
    shutil.copytree(pristine / "mine", tmp_path / "keys")
    for name in ("release.pem", "index.json"):
        shutil.copy(pristine / "other" / name, tmp_path / "keys" / name)
    with pytest.raises(TrustError, match="announced"):
        KeyStore.open(tmp_path / "keys", passphrase=None)


def test_another_accounts_file_is_refused(pristine, tmp_path, monkeypatch):
    place = tmp_path / "keys"
    shutil.copytree(pristine / "mine", place)
    monkeypatch.setattr("lwnode.trust.keyfile.os.geteuid", lambda: os.getuid() + 1)
    with pytest.raises(TrustError, match="another account"):
        KeyStore.open(place, passphrase=None)
