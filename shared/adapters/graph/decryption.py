"""Open what Graph encrypted for us.

Protocol: Microsoft Learn, "Set up change notifications that include resource data": the symmetric key
comes under RSA-OAEP (SHA-1 and MGF1-SHA-1); an HMAC-SHA-256 over the data under that key is checked
before anything is decrypted; the data is AES-256-CBC with PKCS7, its IV the key's first 16 bytes.

Nothing that is refused says more than its code: a wrong key and a wrong signature look the same, and so do
all ways in which signed content can be unreadable.
"""

import base64
import contextlib
import hmac
import json
import os
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from shared.adapters.graph.certificates import EncryptionKey
from shared.errors import Refused

MOST_BYTES = 4 * 1024 * 1024
"""Of content that is opened; Graph leaves content of more than about 1 MB out."""
_SYMMETRIC_BYTES = 32
_SIGNATURE_BYTES = 32

# SHA-1 is the protocol's choice; within OAEP its known weaknesses are no attack.
_OAEP = OAEP(mgf=MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303


def certificate_id(encrypted: Mapping[str, Any]) -> str:
    """Which certificate the content says it is encrypted for; empty when it says none."""
    named = encrypted.get("encryptionCertificateId")
    return named if isinstance(named, str) else ""


def open_content(encrypted: Mapping[str, Any], key: EncryptionKey | None) -> Mapping[str, Any]:
    """The resource inside a notification's `encryptedContent`.

    `key` is ours by the content's certificate id, None when there is none. Raises `Refused` and nothing
    else: `unknown_key` when it is for no certificate of ours, `bad_signature` when it was tampered with or
    encrypted for another, `bad_content` when it is damaged.
    """
    if key is None or not _names(encrypted, key):
        raise Refused("the content is encrypted for a certificate that is not ours", code="unknown_key")
    data = _decoded(encrypted, "data", most=MOST_BYTES)
    signature = _decoded(encrypted, "dataSignature", most=_SIGNATURE_BYTES)
    data_key = _decoded(encrypted, "dataKey", most=key.private_key.key_size // 8)
    symmetric = _symmetric(key, data_key)
    if not hmac.compare_digest(hmac.digest(symmetric, data, "sha256"), signature):
        raise Refused("the content is not what was signed for our certificate", code="bad_signature")
    return _parsed(symmetric, data)


def _names(encrypted: Mapping[str, Any], key: EncryptionKey) -> bool:
    """Whether the thumbprint, which goes along with the id, is the certificate's; it may be left out."""
    thumbprint = encrypted.get("encryptionCertificateThumbprint")
    return thumbprint is None or (isinstance(thumbprint, str) and thumbprint.upper() == key.thumbprint)


def _decoded(encrypted: Mapping[str, Any], name: str, *, most: int) -> bytes:
    """A field's bytes. Base64 in another spelling than its own (RFC 4648, 3.5) is refused too."""
    text = encrypted.get(name)
    if isinstance(text, str) and len(text) <= (most + 2) // 3 * 4:
        with contextlib.suppress(ValueError):
            raw = base64.b64decode(text, validate=True)
            if base64.b64encode(raw).decode() == text:
                return raw
    raise Refused(f"the content's {name} is missing, too large or not base64", code="bad_content")


def _symmetric(key: EncryptionKey, data_key: bytes) -> bytes:
    """The symmetric key; one that nobody knows when there is none for us, so that the signature can't be right."""
    with contextlib.suppress(ValueError):
        symmetric = key.private_key.decrypt(data_key, _OAEP)
        if len(symmetric) == _SYMMETRIC_BYTES:
            return symmetric
    return os.urandom(_SYMMETRIC_BYTES)


def _parsed(symmetric: bytes, data: bytes) -> Mapping[str, Any]:
    with contextlib.suppress(ValueError, RecursionError):
        decryptor = Cipher(algorithms.AES(symmetric), modes.CBC(symmetric[:16])).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        padded = decryptor.update(data) + decryptor.finalize()
        resource = json.loads(unpadder.update(padded) + unpadder.finalize())
        if isinstance(resource, dict):
            return resource
    raise Refused("the signed content can't be read", code="bad_content")
