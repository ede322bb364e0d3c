# SPDX-License-Identifier: Apache-2.0
"""Keys documents: a table of what is accepted as the first or the next version, and what is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lwnode.documents import Keys, encode
from lwnode.errors import DocumentError, LwnodeError, RollbackError, SignatureError, TrustError
from lwnode.trust import check_fresh, open_keys, release_keys, root_keys, seal, seal_keys, verify_keys
from lwnode.trust.identity import spki_text
from lwnode.trust.keyring import PAYLOAD_TYPE
from tests.support.trust import NOW, operational, organisation, root, successor

ALPHA, BETA = organisation("alpha"), organisation("beta")
OLD, NEW, THIRD = root("alpha"), root("alpha 2"), root("alpha 3")


def text(key: Ed25519PrivateKey) -> str:
    return spki_text(key.public_key())


FRESH = spki_text(operational("fresh").public_key())
ROTATED = successor(ALPHA.keys, root=(text(NEW),))
TWO_OF_THREE = successor(ALPHA.keys, root=(text(OLD), text(NEW), text(THIRD)), threshold=2)


def sealed(keys: Keys, *signers: Ed25519PrivateKey) -> bytes:
    """Seal without looking at the meaning, as an attacker would."""
    return seal(PAYLOAD_TYPE, encode(keys), *signers)


def test_first_version():
    assert verify_keys(ALPHA.document, known=None, now=NOW) == ALPHA.keys
    assert len(root_keys(ALPHA.keys)) == len(release_keys(ALPHA.keys)) == 1


def test_the_same_version_again():
    assert verify_keys(ALPHA.document, known=ALPHA.keys, now=NOW) == ALPHA.keys


def test_expiry():
    last = ALPHA.keys.expires - timedelta(microseconds=1)
    assert verify_keys(ALPHA.document, known=None, now=last) == ALPHA.keys
    with pytest.raises(TrustError, match="expired") as caught:
        verify_keys(ALPHA.document, known=None, now=ALPHA.keys.expires)
    assert caught.value.hint
    assert open_keys(ALPHA.document, known=None) == ALPHA.keys  # left to the caller
    with pytest.raises(TrustError):
        check_fresh(ALPHA.keys, now=ALPHA.keys.expires)


def test_now_needs_a_zone():
    with pytest.raises(TypeError):
        verify_keys(ALPHA.document, known=None, now=NOW.replace(tzinfo=None))


@dataclass(frozen=True, kw_only=True)
class Step:
    """A later version that arrives, who signed it, and what becomes of it."""

    name: str
    keys: Keys
    signers: tuple[Ed25519PrivateKey, ...]
    known: Keys | None = ALPHA.keys
    expect: type[LwnodeError] | None = None
    match: str | None = None


STEPS = [
    Step(name="new release key", keys=successor(ALPHA.keys, release=(FRESH,)), signers=(OLD,)),
    Step(name="new release key, nothing known", keys=successor(ALPHA.keys, release=(FRESH,)), signers=(OLD,),
         known=None),
    Step(name="version skipped", keys=successor(ALPHA.keys, version=7), signers=(OLD,)),
    Step(name="root rotated, signed by old and new", keys=ROTATED, signers=(OLD, NEW)),
    Step(name="root rotated, signed by new only", keys=ROTATED, signers=(NEW,), expect=SignatureError),
    Step(name="root rotated, signed by old only", keys=ROTATED, signers=(OLD,), expect=SignatureError),
    Step(name="root rotated, signed by a stranger", keys=ROTATED, signers=(THIRD,), expect=SignatureError),
    Step(name="root rotated, nothing known", keys=ROTATED, signers=(OLD, NEW), known=None, expect=TrustError,
         match="exchanged"),
    Step(name="after the rotation", keys=successor(ROTATED), signers=(NEW,), known=ROTATED),
    Step(name="after the rotation, by the old root", keys=successor(ROTATED), signers=(OLD,), known=ROTATED,
         expect=SignatureError),
    Step(name="threshold raised", keys=TWO_OF_THREE, signers=(OLD, THIRD)),
    Step(name="threshold raised, too few of its own", keys=TWO_OF_THREE, signers=(OLD,), expect=SignatureError),
    Step(name="threshold raised, without the old root", keys=TWO_OF_THREE, signers=(NEW, THIRD),
         expect=SignatureError),
    Step(name="two of three", keys=successor(TWO_OF_THREE), signers=(NEW, THIRD), known=TWO_OF_THREE),
    Step(name="one of three", keys=successor(TWO_OF_THREE), signers=(NEW,), known=TWO_OF_THREE,
         expect=SignatureError),
    Step(name="threshold lowered by one of three", keys=successor(TWO_OF_THREE, threshold=1), signers=(NEW,),
         known=TWO_OF_THREE, expect=SignatureError),
    Step(name="older than known", keys=ALPHA.keys, signers=(OLD,), known=successor(ALPHA.keys),
         expect=RollbackError),
    Step(name="older than known, after a rotation", keys=ALPHA.keys, signers=(OLD,), known=ROTATED,
         expect=SignatureError),
    Step(name="two contents of one version", keys=replace(ALPHA.keys, organisation="other name"), signers=(OLD,),
         expect=TrustError, match="two different"),
    Step(name="another publisher", keys=successor(ALPHA.keys, publisher=BETA.keys.publisher), signers=(OLD,),
         expect=TrustError, match="another publisher"),
    Step(name="another publisher's document", keys=BETA.keys, signers=(root("beta"),), expect=SignatureError),
    Step(name="a later version in another's name", keys=successor(BETA.keys, publisher=ALPHA.keys.publisher),
         signers=(root("beta"),), known=None, expect=TrustError, match="exchanged"),
    Step(name="a first version in another's name", keys=replace(BETA.keys, publisher=ALPHA.keys.publisher),
         signers=(root("beta"),), known=None, expect=TrustError, match="publisher"),
    Step(name="signed by the release key", keys=ALPHA.keys, signers=(operational("alpha"),), known=None,  # type: ignore[arg-type]
         expect=SignatureError),
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_versions(step):
    data = sealed(step.keys, *step.signers)
    if step.expect is None:
        assert verify_keys(data, known=step.known, now=NOW) == step.keys
        return
    with pytest.raises(step.expect, match=step.match):
        verify_keys(data, known=step.known, now=NOW)


P256 = ALPHA.keys.release[0]
MEANINGLESS = {
    "publisher": {"publisher": "alpha"},
    "empty name": {"organisation": ""},
    "blank name": {"organisation": "  "},
    "name with blanks around": {"organisation": " alpha"},
    "long name": {"organisation": "x" * 121},
    "two lines": {"organisation": "alpha\nbeta"},
    "right to left": {"organisation": "alpha\u202ebeta"},
    "zero width": {"organisation": "al\u200bpha"},
    "byte order mark": {"organisation": "\ufeffalpha"},
    "line separator": {"organisation": "alpha\u2028"},
    "version 0": {"version": 0},
    "version -1": {"version": -1},
    "huge version": {"version": 2**31},
    "naive time": {"created": NOW.replace(tzinfo=None)},
    "another zone": {"expires": (NOW + timedelta(days=9)).astimezone(timezone(timedelta(hours=8)))},
    "expired before it was made": {"expires": NOW},
    "no root": {"root": ()},
    "root twice": {"root": (text(OLD), text(OLD))},
    "root is P-256": {"root": (text(OLD), P256)},
    "many roots": {"root": tuple(text(root(f"r{n}")) for n in range(9))},
    "root is no key": {"root": ("AAAA",)},
    "threshold 0": {"threshold": 0},
    "threshold beyond the roots": {"threshold": 2},
    "no release key": {"release": ()},
    "release twice": {"release": (P256, P256)},
    "release is Ed25519": {"release": (text(NEW),)},
    "the root as release key": {"release": (P256, text(OLD))},
    "many release keys": {"release": tuple(spki_text(operational(f"p{n}").public_key()) for n in range(65))},
    "release key not base64": {"release": ("not base64!",)},
}


@pytest.mark.parametrize("changes", MEANINGLESS.values(), ids=MEANINGLESS.keys())
def test_keys_without_meaning(changes):
    keys = replace(ALPHA.keys, **changes)
    with pytest.raises(TrustError):
        open_keys(sealed(keys, OLD), known=None)
    with pytest.raises(TrustError):
        seal_keys(keys, OLD)


@pytest.mark.parametrize("name", ["合肥市第一人民医院", "Klinikum Füssen", "می\u200cخواهم", "O'Brien; DROP TABLE x --"])
def test_names_of_all_peoples(name):
    keys = replace(ALPHA.keys, organisation=name)
    assert open_keys(seal_keys(keys, OLD), known=None).organisation == name


def test_a_manifest_is_no_keys_document():
    data = seal("application/vnd.in-toto+json", encode(ALPHA.keys), OLD)
    with pytest.raises(SignatureError, match="another kind"):
        open_keys(data, known=None)
    with pytest.raises(SignatureError, match="another kind"):
        open_keys(data, known=ALPHA.keys)


@pytest.mark.parametrize("payload", [b"", b"{}", b"null", encode(ALPHA.keys) + b" "])
def test_signed_nonsense(payload):
    with pytest.raises(DocumentError):
        open_keys(seal(PAYLOAD_TYPE, payload, OLD), known=ALPHA.keys)
