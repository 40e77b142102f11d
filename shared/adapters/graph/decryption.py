"""Open what Graph encrypted for us.

Protocol: Microsoft Learn, "Set up change notifications that include resource data": the symmetric key
comes under RSA-OAEP (SHA-1 and MGF1-SHA-1); an HMAC-SHA-256 over the data under that key is checked
before anything is decrypted; the data is AES-256-CBC with PKCS7, its IV the key's first 16 bytes.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from shared.adapters.graph.certificates import EncryptionKey
from shared.errors import Refused

# SHA-1 is the protocol's choice; within OAEP its known weaknesses are no attack.
_OAEP = OAEP(mgf=MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303


def open_content(encrypted: Mapping[str, Any], keys: Mapping[str, EncryptionKey]) -> Mapping[str, Any]:
    """The resource inside a notification's `encryptedContent`.

    `keys` are ours, by certificate id. Raises `Refused`: `unknown_key` when it is for none of them,
    `bad_signature` when it was tampered with, `bad_content` when it is damaged.
    """
    key = keys.get(str(encrypted.get("encryptionCertificateId")))
    if key is None:
        raise Refused("the content is encrypted for a certificate that is not ours", code="unknown_key")
    data, signature, data_key = (_decoded(encrypted, name) for name in ("data", "dataSignature", "dataKey"))
    try:
        symmetric = key.private_key.decrypt(data_key, _OAEP)
    except ValueError as error:
        raise Refused("the content's key is not encrypted for our certificate", code="unknown_key") from error
    if not hmac.compare_digest(hmac.digest(symmetric, data, "sha256"), signature):
        raise Refused("the content's signature is wrong", code="bad_signature")
    return _parsed(_decrypted(symmetric, data))


def _decoded(encrypted: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(encrypted[name], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise Refused(f"the content's {name} is not base64", code="bad_content") from error


def _decrypted(symmetric: bytes, data: bytes) -> bytes:
    try:
        decryptor = Cipher(algorithms.AES(symmetric), modes.CBC(symmetric[:16])).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        padded = decryptor.update(data) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise Refused("the content can't be decrypted", code="bad_content") from error


def _parsed(text: bytes) -> Mapping[str, Any]:
    try:
        resource = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("the decrypted content is not JSON", code="bad_content") from error
    if not isinstance(resource, dict):
        raise Refused("the decrypted content is not an object", code="bad_content")
    return resource
