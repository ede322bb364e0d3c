# SPDX-License-Identifier: Apache-2.0
"""One changed byte anywhere is noticed, and what is sealed opens again."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lwnode.archive import read_archive, read_files
from lwnode.documents import Profile
from lwnode.errors import ArchiveError, DocumentError, TrustError
from lwnode.trust import (
    by_fingerprint,
    from_readable,
    open_document,
    open_envelope,
    open_keys,
    open_manifest,
    readable,
    seal,
    seal_document,
)
from lwnode.trust.encryption import load_private_pem, private_pem
from lwnode.trust.identity import spki
from lwnode.trust.signature import sign, verify
from tests.support import archive as example
from tests.support.trust import operational, organisation, root

TYPED = (TrustError, ArchiveError, DocumentError)
GOOD = example.signed()
ALPHA = organisation()
PROFILE = seal_document(example.PROFILE, ALPHA.release)
names = st.sampled_from(["a", "b", "c"])


def flip(data: bytes, position: int, mask: int) -> bytes:
    changed = bytearray(data)
    changed[position] ^= mask
    return bytes(changed)


def every_byte(data: bytes):
    """Yield the data with each byte changed once, by masks that follow from the position."""
    masks = np.random.default_rng(7).integers(1, 256, size=len(data))
    for position, mask in enumerate(masks):
        yield flip(data, position, int(mask))


@pytest.mark.parametrize(
    ("data", "reader"),
    [
        (GOOD.bundle, lambda data: open_manifest(data, ALPHA.keys)),
        (ALPHA.document, lambda data: open_keys(data, known=None)),
        (ALPHA.document, lambda data: open_keys(data, known=ALPHA.keys)),
        (PROFILE, lambda data: open_document(data, Profile, ALPHA.keys)),
    ],
    ids=["manifest", "first keys", "known keys", "profile"],
)
def test_every_byte_of_a_signed_document_counts(data, reader):
    reader(data)
    for changed in every_byte(data):
        with pytest.raises((TrustError, DocumentError)):
            reader(changed)


@pytest.mark.parametrize("name", sorted(GOOD.files))
@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_every_byte_of_a_file_counts(name, share, mask):
    data = GOOD.files[name]
    changed = {**GOOD.files, name: flip(data, int(share * len(data)), mask)}
    with pytest.raises(TrustError):
        read_files(GOOD.bundle, changed, ALPHA.keys)


CONTENT = {**GOOD.files, "manifest.sig": GOOD.bundle}
ARCHIVE = example.zip_of(example.entries_of(GOOD))
PACKED = example.zip_of(example.entries_of(GOOD, method=8))


def lookup(publisher):
    if publisher != ALPHA.keys.publisher:
        raise TrustError("not a partner")
    return ALPHA.keys


@pytest.mark.parametrize("source", [ARCHIVE, PACKED], ids=["stored", "deflated"])
@settings(max_examples=400, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_a_changed_byte_of_an_archive_is_noticed_or_means_nothing(source, share, mask):
    """Dates and creator versions of the container are not signed; whatever is accepted is the very same learnware."""
    changed = flip(source, int(share * len(source)), mask)
    try:
        ware = read_archive(changed, lookup)
    except TYPED:
        return
    assert (ware.id, ware.bundle, ware.model) == (GOOD.manifest.id, GOOD.bundle, example.MODEL)
    with zipfile.ZipFile(io.BytesIO(changed)) as other:  # another reader sees the same files
        assert {name: other.read(name) for name in other.namelist()} == CONTENT


@pytest.mark.parametrize("name", sorted(CONTENT))
@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_every_content_byte_of_an_archive_counts(name, share, mask):
    """As above, where the container itself is rebuilt around the changed file, so that its checksums agree."""
    data = CONTENT[name]
    entries = [
        example.Entry(
            name=each.encode(),
            data=flip(data, int(share * len(data)), mask) if each == name else CONTENT[each],
        )
        for each in sorted(CONTENT)
    ]
    with pytest.raises(TYPED):
        read_archive(example.zip_of(entries), lookup)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300))
def test_noise_is_refused(data):
    for reader in (
        lambda: read_archive(data, lookup),
        lambda: open_manifest(data, ALPHA.keys),
        lambda: open_keys(data, known=None),
        lambda: open_envelope(data, "x", {}),
    ):
        with pytest.raises(TYPED):
            reader()


@settings(max_examples=200, deadline=None)
@given(cut=st.integers(0, len(ARCHIVE) - 1))
def test_half_an_archive_is_refused(cut):
    with pytest.raises(TYPED):
        read_archive(ARCHIVE[:cut], lookup)


@settings(deadline=None)
@given(payload=st.binary(max_size=2_000), kind=st.text(max_size=60), signers=st.sets(names, min_size=1))
def test_seal_and_open(payload, kind, signers):
    keys = [operational(name) for name in sorted(signers)]
    named = by_fingerprint(key.public_key() for key in keys)
    try:
        data = seal(kind, payload, *keys)
    except DocumentError:  # a type that is no text of a document
        return
    assert open_envelope(data, kind, named, threshold=len(keys)) == payload
    with pytest.raises(TrustError):
        open_envelope(data, kind + "x", named)
    with pytest.raises(TrustError):
        open_envelope(data, kind, by_fingerprint([operational("stranger").public_key()]))


@settings(deadline=None)
@given(message=st.binary(max_size=200), name=names, other=st.binary(max_size=200))
def test_signatures(message, name, other):
    for key in (root(name), operational(name)):
        signature = sign(key, message)
        verify(key.public_key(), signature, message)
        if other != message:
            with pytest.raises(TrustError):
                verify(key.public_key(), signature, other)


@settings(deadline=None)
@given(digest=st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_readable_ids(digest):
    assert from_readable(readable(digest)) == digest


@settings(deadline=None)
@given(digest=st.binary(min_size=32, max_size=32).map(bytes.hex), position=st.integers(0, 54))
def test_readable_ids_notice_exchanged_neighbours(digest, position):
    typed = readable(digest).replace("-", "")
    one, two = typed[position], typed[position + 1]
    # the Luhn check is blind for pairs whose values double to the same remainder: A (0) and 7 (31)
    if one == two or {one, two} == {"A", "7"} or (position + 1) % 14 == 0:
        return
    with pytest.raises(TrustError):
        from_readable(typed[:position] + two + one + typed[position + 2 :])


@settings(max_examples=5, deadline=None)
@given(passphrase=st.binary(min_size=1, max_size=40), name=names)
def test_private_keys_at_rest(passphrase, name):
    for key in (root(name), operational(name)):
        again = load_private_pem(private_pem(key, passphrase), passphrase)
        assert spki(again.public_key()) == spki(key.public_key())


@settings(max_examples=100, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=12,
    )
)
def test_no_json_is_a_manifest(value):
    with pytest.raises((TrustError, DocumentError)):
        open_manifest(json.dumps(value).encode(), ALPHA.keys)
