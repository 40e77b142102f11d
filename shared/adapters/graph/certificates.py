"""The key pair that Graph encrypts message content for."""

import base64
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

from shared.errors import Misconfigured


@dataclass(frozen=True, slots=True, repr=False)
class EncryptionKey:
    """A private key with the certificate that Graph is given. It has no `repr`, so that no log shows it."""

    private_key: RSAPrivateKey
    certificate: x509.Certificate

    @property
    def id(self) -> str:
        """How notifications name it: the certificate's SHA-256 fingerprint, hexadecimal (64 characters)."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def public_base64(self) -> str:
        """The certificate as a subscription carries it: base64 of its DER form."""
        return base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()


def load_or_create(path: Path) -> EncryptionKey:
    """The key pair in a PEM file (private key, then certificate); made on first use, readable by the owner alone.

    Raises `Misconfigured` when the file is there and holds something else.
    """
    if not path.exists():
        _write(path, _created())
    try:
        pem = path.read_bytes()
        key = serialization.load_pem_private_key(pem, password=None)
        certificate = x509.load_pem_x509_certificate(pem)
    except (ValueError, OSError) as error:
        raise Misconfigured(f"CAIRN_CERTIFICATE_PATH: {path.name} holds no usable key and certificate") from error
    if not isinstance(key, RSAPrivateKey):
        raise Misconfigured("CAIRN_CERTIFICATE_PATH: Graph needs an RSA key")
    return EncryptionKey(key, certificate)


def _created() -> EncryptionKey:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cairn message content")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=730))
        .sign(key, hashes.SHA256())
    )
    return EncryptionKey(key, certificate)


def _write(path: Path, made: EncryptionKey) -> None:
    pem = made.private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.certificate.public_bytes(serialization.Encoding.PEM)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process was faster; its key is the one
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
