"""The key pairs that Graph encrypts message content for.

A private key is shown by no `repr`, can't be pickled or copied, and no exception that leaves this adapter
holds one. What Python can't promise: bytes that were read from a file or vault, and the symmetric keys
inside notifications, can't be wiped from memory; they stay until that memory is used again. So whoever can
read this process's memory can read the keys. A process that holds one writes no core file.
"""

import base64
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NoReturn

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

VALID_FOR = timedelta(days=730)
_BACKDATED = timedelta(days=1)
"""For clocks that disagree."""


@dataclass(frozen=True, repr=False, eq=False)
class EncryptionKey:
    """A private key with the certificate that Graph is given."""

    private_key: RSAPrivateKey
    certificate: x509.Certificate

    @cached_property
    def id(self) -> str:
        """How notifications name it: the certificate's SHA-256 fingerprint, hexadecimal (64 characters)."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @cached_property
    def thumbprint(self) -> str:
        """What notifications say beside it: the certificate's SHA-1 fingerprint, hexadecimal, in capitals."""
        return self.certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - the protocol's choice

    @property
    def public_base64(self) -> str:
        """The certificate as a subscription carries it: base64 of its DER form."""
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()

    @property
    def made_at(self) -> datetime:
        """When it was made."""
        return self.certificate.not_valid_before_utc + _BACKDATED

    @property
    def ends_at(self) -> datetime:
        """When its certificate is no longer valid."""
        return self.certificate.not_valid_after_utc

    def __repr__(self) -> str:
        return f"EncryptionKey({self.id[:8]}…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is neither pickled nor copied")


class UnusableKey(Exception):
    """A PEM holds no RSA key with its certificate; says nothing of what it holds."""


def made_key(now: datetime) -> EncryptionKey:
    """A new RSA key of 2,048 bits with a self-signed certificate; takes a good part of a second."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cairn message content")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + VALID_FOR)
        .sign(key, hashes.SHA256())
    )
    return EncryptionKey(key, certificate)


def read_key(pem: bytes) -> EncryptionKey:
    """The key pair in a PEM: private key and certificate. Raises `UnusableKey`."""
    _write_no_core_files()
    key: object = None
    with contextlib.suppress(ValueError, TypeError):
        key = serialization.load_pem_private_key(pem, password=None)
        certificate = x509.load_pem_x509_certificate(pem)
        if isinstance(key, RSAPrivateKey) and key.public_key() == certificate.public_key():
            return EncryptionKey(key, certificate)
    # Outside of any handler, so that the exception's chain holds nothing.
    raise UnusableKey("there is no RSA key with its certificate")


def written_key(key: EncryptionKey) -> bytes:
    """The PEM of a key pair: the private key in the clear, then the certificate."""
    private = key.private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + key.certificate.public_bytes(serialization.Encoding.PEM)


def _write_no_core_files() -> None:
    try:
        import resource
    except ImportError:  # Windows has neither
        return
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
