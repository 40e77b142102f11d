"""Encrypted content opens with the right key alone, and says plainly why it doesn't open otherwise."""

import base64
import hmac
import json
import os
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import pkcs12

from shared.adapters.graph.certificates import EncryptionKey, load_or_create
from shared.adapters.graph.decryption import open_content
from shared.errors import Misconfigured, Refused

REAL = Path(__file__).parents[3] / "../shared/data/graph/encrypted-chatmessage.json"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> EncryptionKey:
    return load_or_create(tmp_path_factory.mktemp("certificate") / "certificate.pem")


def encrypted(key: EncryptionKey, plain: bytes, *, key_id: str | None = None) -> dict[str, Any]:
    """Content as Graph encrypts it (Microsoft Learn, change notifications with resource data)."""
    symmetric = os.urandom(32)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(symmetric), modes.CBC(symmetric[:16])).encryptor()
    data = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    oaep = OAEP(mgf=MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
    return {
        "data": base64.b64encode(data).decode(),
        "dataSignature": base64.b64encode(hmac.digest(symmetric, data, "sha256")).decode(),
        "dataKey": base64.b64encode(key.private_key.public_key().encrypt(symmetric, oaep)).decode(),
        "encryptionCertificateId": key_id or key.id,
    }


def code_of(raised: pytest.ExceptionInfo[Refused]) -> str:
    return raised.value.code


def test_what_was_encrypted_for_us_opens(key: EncryptionKey) -> None:
    message = {"id": "1", "body": {"content": "Grüße"}}
    content = encrypted(key, json.dumps(message).encode())
    assert open_content(content, {key.id: key}) == message


def test_a_real_notification_of_graphs_opens() -> None:
    if not REAL.exists():
        pytest.skip("../shared/data/graph is not here, so the real notification can't be opened")
    real = json.loads(REAL.read_text())
    private, certificate, _ = pkcs12.load_key_and_certificates(
        base64.b64decode(real["pkcs12_base64"]), real["pkcs12_password"].encode()
    )
    theirs = EncryptionKey(private, certificate)  # type: ignore[arg-type]
    opened = open_content(real["encryptedContent"], {real["encryptedContent"]["encryptionCertificateId"]: theirs})
    assert opened == real["decrypted"]


def test_content_for_another_certificate_is_refused(key: EncryptionKey) -> None:
    with pytest.raises(Refused) as raised:
        open_content(encrypted(key, b"{}", key_id="other"), {key.id: key})
    assert code_of(raised) == "unknown_key"


def test_content_under_another_key_is_refused(key: EncryptionKey, tmp_path: Path) -> None:
    other = load_or_create(tmp_path / "other.pem")
    with pytest.raises(Refused) as raised:
        open_content(encrypted(other, b"{}", key_id=key.id), {key.id: key})
    assert code_of(raised) == "unknown_key"


@pytest.mark.parametrize("name", ["data", "dataSignature"])
def test_tampered_content_is_refused_before_it_is_decrypted(key: EncryptionKey, name: str) -> None:
    content = encrypted(key, b'{"id": "1"}')
    raw = bytearray(base64.b64decode(content[name]))
    raw[-1] ^= 1
    with pytest.raises(Refused) as raised:
        open_content(content | {name: base64.b64encode(bytes(raw)).decode()}, {key.id: key})
    assert code_of(raised) == "bad_signature"


@pytest.mark.parametrize("damage", [{"data": "not base64!"}, {"dataKey": None}, {"dataSignature": 7}])
def test_damaged_content_is_refused(key: EncryptionKey, damage: dict[str, object]) -> None:
    with pytest.raises(Refused) as raised:
        open_content(encrypted(key, b"{}") | damage, {key.id: key})
    assert code_of(raised) == "bad_content"


@pytest.mark.parametrize("plain", [b"not json", b"[1]", b"\xff\xfe"])
def test_content_that_is_no_object_is_refused(key: EncryptionKey, plain: bytes) -> None:
    with pytest.raises(Refused) as raised:
        open_content(encrypted(key, plain), {key.id: key})
    assert code_of(raised) == "bad_content"


def test_the_key_pair_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "made" / "certificate.pem"
    assert load_or_create(path).id == load_or_create(path).id
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_holds_no_key_names_its_setting(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pem"
    path.write_text("nothing")
    with pytest.raises(Misconfigured, match="CAIRN_CERTIFICATE_PATH"):
        load_or_create(path)


def test_no_repr_shows_the_private_key(key: EncryptionKey) -> None:
    assert "RSAPrivateKey" not in repr(key)
