# SPDX-License-Identifier: Apache-2.0
"""Who signed what: keys, signed bytes, and private keys on disk.

A tour, from the inside out:

* `identity`: two kinds of public key, one byte form each, fingerprints, and ids that people can read out.
* `signature`, `envelope`: one signature; bytes in a DSSE envelope, verified before anybody parses them.
* `keyring`: keys documents, which root keys sign, and how one version may follow another.
* `bundle`, `signed`: manifests in Sigstore bundles; others in plain envelopes.  Release keys sign both.
* `claim`: whose signature bytes claim to carry, so that the right keys can be looked up before they are verified.
* `keystore` (with `keyfile`, `encryption`, `certificate`): an organisation's private keys on this computer.

Everything but the keystore and its files is pure: bytes and objects in, objects out, the time as an argument.

A publisher seals, a partner opens::

    mine = KeyStore.open(home.keys, passphrase=None)
    data = seal_manifest(manifest, mine.release_key)              # one byte form, always the same

    keys = verify_keys(their_keys_document, known=pinned, now=now)
    manifest = open_manifest(data, keys)                          # size, signature, canonical form, meaning
"""

from lwnode.trust.bundle import open_manifest, seal_manifest
from lwnode.trust.claim import peek_document_publisher, peek_publisher, peek_signers
from lwnode.trust.envelope import ENVELOPE_LIMIT, open_envelope, pae, seal
from lwnode.trust.identity import (
    PrivateKey,
    PublicKey,
    by_fingerprint,
    fingerprint,
    from_readable,
    public_key,
    readable,
    spki,
)
from lwnode.trust.keyring import (
    check_fresh,
    open_keys,
    release_keys,
    root_keys,
    seal_keys,
    stored_keys,
    verify_keys,
)
from lwnode.trust.keystore import KeyStore
from lwnode.trust.signed import open_document, seal_document

__all__ = [
    "ENVELOPE_LIMIT",
    "KeyStore",
    "PrivateKey",
    "PublicKey",
    "by_fingerprint",
    "check_fresh",
    "fingerprint",
    "from_readable",
    "open_document",
    "open_envelope",
    "open_keys",
    "open_manifest",
    "pae",
    "peek_document_publisher",
    "peek_publisher",
    "peek_signers",
    "public_key",
    "readable",
    "release_keys",
    "root_keys",
    "seal",
    "seal_document",
    "seal_keys",
    "seal_manifest",
    "spki",
    "stored_keys",
    "verify_keys",
]
