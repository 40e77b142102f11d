"""Encrypts the content of a rich change notification as Microsoft Graph does.

Source: "Set up change notifications that include resource data" in Microsoft Graph's documentation.
"""

import base64
import functools
import hashlib
import hmac
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from local.tenant.model import JsonObject

CONTENT_LIMIT = 1_048_576
"""Bytes of JSON above which Graph leaves the content out."""

_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303


class CertificateError(ValueError):
    """The certificate of a subscription can't be used; the message says why."""


class Recipient:
    """A subscription's certificate, ready to encrypt for its owner."""

    def __init__(self, certificate: str, certificate_id: str) -> None:
        """Read a base64 DER X.509 certificate with an RSA key; raises CertificateError."""
        try:
            der = base64.b64decode(certificate, validate=True)
            parsed = x509.load_der_x509_certificate(der)
        except ValueError as error:
            raise CertificateError("The encryption certificate is not a base64 encoded X.509.") from error
        key = parsed.public_key()
        if not isinstance(key, rsa.RSAPublicKey) or not 2048 <= key.key_size <= 4096:
            raise CertificateError("The encryption certificate's key must be RSA of 2048 to 4096 bits.")
        self._key = key
        self._id = certificate_id
        self._thumbprint = parsed.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303

    def encrypt(self, content: bytes, *, tampered: bool = False, wrong_key: bool = False) -> JsonObject:
        """The `encryptedContent` of a notification item for `content`, under a fresh key.

        Data is AES-256-CBC with PKCS7 padding and the key's first 16 bytes as IV, its signature HMAC-SHA256
        under the same key, the key itself RSA-OAEP (SHA-1). `tampered` spoils the signature; `wrong_key`
        encrypts the key for a certificate that nobody holds.
        """
        key = os.urandom(32)
        padder = PKCS7(128).padder()
        padded = padder.update(content) + padder.finalize()
        cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
        data = cipher.update(padded) + cipher.finalize()
        signature = bytearray(hmac.new(key, data, hashlib.sha256).digest())
        if tampered:
            signature[0] ^= 0xFF
        public = _nobodys_key() if wrong_key else self._key
        return {
            "data": _base64(data),
            "dataKey": _base64(public.encrypt(key, _OAEP)),
            "dataSignature": _base64(bytes(signature)),
            "encryptionCertificateId": self._id,
            "encryptionCertificateThumbprint": self._thumbprint,
        }


@functools.cache
def _nobodys_key() -> rsa.RSAPublicKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
