"""Encrypted content opens with the right key alone, and whatever else is tried is refused, and only refused."""

import base64
import hmac
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.graph.certificates import EncryptionKey, made_key
from shared.adapters.graph.decryption import MOST_BYTES, certificate_id, open_content
from shared.errors import Refused

REAL = Path(__file__).parents[3] / "../shared/data/graph/encrypted-chatmessage.json"
FIELDS = ["data", "dataSignature", "dataKey", "encryptionCertificateId", "encryptionCertificateThumbprint"]
MESSAGE = {"id": "1", "body": {"content": "Grüße"}}


@pytest.fixture(scope="module")
def key() -> EncryptionKey:
    return made_key(datetime(2026, 3, 2, tzinfo=UTC))


@pytest.fixture(scope="module")
def other() -> EncryptionKey:
    return made_key(datetime(2026, 3, 3, tzinfo=UTC))


def padded(plain: bytes) -> bytes:
    padder = padding.PKCS7(128).padder()
    return padder.update(plain) + padder.finalize()


def encrypted(key: EncryptionKey, blocks: bytes, *, symmetric: bytes | None = None) -> dict[str, Any]:
    """Padded content as Graph encrypts it (Microsoft Learn, change notifications with resource data)."""
    symmetric = symmetric or os.urandom(32)
    encryptor = Cipher(algorithms.AES(symmetric), modes.CBC(symmetric[:16])).encryptor()
    data = encryptor.update(blocks) + encryptor.finalize()
    oaep = OAEP(mgf=MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
    return {
        "data": base64.b64encode(data).decode(),
        "dataSignature": base64.b64encode(hmac.digest(symmetric, data, "sha256")).decode(),
        "dataKey": base64.b64encode(key.private_key.public_key().encrypt(symmetric, oaep)).decode(),
        "encryptionCertificateId": key.id,
        "encryptionCertificateThumbprint": key.thumbprint,
    }


def a_notification(key: EncryptionKey, message: object = MESSAGE) -> dict[str, Any]:
    return encrypted(key, padded(json.dumps(message).encode()))


def opened(content: Mapping[str, Any], *keys: EncryptionKey) -> Mapping[str, Any]:
    return open_content(content, {key.id: key for key in keys}.get(certificate_id(content)))


def refusal(content: Mapping[str, Any], *keys: EncryptionKey) -> tuple[str, str]:
    """The code and the words with which content is refused."""
    with pytest.raises(Refused) as raised:
        opened(content, *keys)
    assert raised.value.__context__ is None, "what was tried is nobody's business"
    return raised.value.code, str(raised.value)


def test_what_was_encrypted_for_us_opens(key: EncryptionKey) -> None:
    assert opened(a_notification(key), key) == MESSAGE


def test_a_thumbprint_may_be_left_out_or_be_in_small_letters(key: EncryptionKey) -> None:
    content = a_notification(key)
    assert opened(content | {"encryptionCertificateThumbprint": key.thumbprint.lower()}, key) == MESSAGE
    del content["encryptionCertificateThumbprint"]
    assert opened(content, key) == MESSAGE


def test_a_real_notification_of_graphs_opens() -> None:
    if not REAL.exists():
        pytest.skip("../shared/data/graph is not here, so the real notification can't be opened")
    real = json.loads(REAL.read_text())
    private, certificate, _ = pkcs12.load_key_and_certificates(
        base64.b64decode(real["pkcs12_base64"]), real["pkcs12_password"].encode()
    )
    theirs = EncryptionKey(private, certificate)  # type: ignore[arg-type]
    assert open_content(real["encryptedContent"], theirs) == real["decrypted"]


@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), bit=st.integers(0, 6))
def test_a_bit_flipped_in_a_fields_text_is_refused(key: EncryptionKey, name: str, place: int, bit: int) -> None:
    content = a_notification(key)
    text = content[name]
    place %= len(text)
    flipped = text[:place] + chr(ord(text[place]) ^ (1 << bit)) + text[place + 1 :]
    if name == "encryptionCertificateThumbprint" and flipped.upper() == text:
        return  # a small letter is the same digit
    refusal(content | {name: flipped}, key)


@pytest.mark.parametrize("name", ["data", "dataSignature", "dataKey"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_bit_flipped_in_a_fields_bytes_is_a_wrong_signature(
    key: EncryptionKey, name: str, place: int, bit: int
) -> None:
    content = a_notification(key)
    raw = bytearray(base64.b64decode(content[name]))
    raw[place % len(raw)] ^= 1 << bit
    code, _ = refusal(content | {name: base64.b64encode(bytes(raw)).decode()}, key)
    assert code == "bad_signature"


@pytest.mark.parametrize("name", ["data", "dataSignature", "dataKey"])
def test_a_field_of_another_notification_is_refused(key: EncryptionKey, name: str) -> None:
    one, two = a_notification(key), a_notification(key, {"id": "2"})
    assert refusal(one | {name: two[name]}, key)[0] == "bad_signature"


def test_a_field_of_a_notification_for_another_certificate_is_refused(key: EncryptionKey, other: EncryptionKey) -> None:
    one, two = a_notification(key), a_notification(other)
    for name in FIELDS:
        refusal(one | {name: two[name]}, key, other)


def test_content_under_another_key_looks_like_content_that_was_tampered_with(
    key: EncryptionKey, other: EncryptionKey
) -> None:
    """An error that told a wrong key from a wrong signature would tell about the key (Manger's attack on OAEP)."""
    named = {name: a_notification(key)[name] for name in FIELDS[3:]}
    wrong_key = a_notification(other) | named
    wrong_signature = a_notification(key) | {"dataSignature": base64.b64encode(bytes(32)).decode()}
    assert refusal(wrong_key, key) == refusal(wrong_signature, key)


@pytest.mark.parametrize("size", [16, 24, 31, 33, 64])
def test_a_symmetric_key_of_another_length_is_refused(key: EncryptionKey, size: int) -> None:
    symmetric, data = os.urandom(size), bytes(32)
    oaep = OAEP(mgf=MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
    changed = {
        "data": base64.b64encode(data).decode(),
        "dataSignature": base64.b64encode(hmac.digest(symmetric, data, "sha256")).decode(),
        "dataKey": base64.b64encode(key.private_key.public_key().encrypt(symmetric, oaep)).decode(),
    }
    assert refusal(a_notification(key) | changed, key)[0] == "bad_signature"


PADDINGS = {
    "none": b"x" * 32,
    "zero": b"x" * 31 + b"\x00",
    "too long": b"x" * 31 + b"\x11",
    "inconsistent": b"x" * 30 + b"\x01\x02",
    "nothing but padding": b"\x10" * 16,
    "not json": padded(b"not json"),
    "no object": padded(b"[1]"),
    "not utf-8": padded(b"\xff\xfe\xfa"),
    "deep": padded(b"[" * 200_000),
    "a huge number": padded(b'{"id": ' + b"9" * 10_000 + b"}"),
    "empty": b"",
}


def test_all_ways_in_which_signed_content_can_be_unreadable_look_the_same(key: EncryptionKey) -> None:
    refusals = {refusal(encrypted(key, blocks), key) for blocks in PADDINGS.values()}
    assert [code for code, _ in refusals] == ["bad_content"]


def test_data_that_is_no_whole_number_of_blocks_looks_the_same_too(key: EncryptionKey) -> None:
    symmetric, data = os.urandom(32), b"seventeen bytes.."
    content = encrypted(key, bytes(16), symmetric=symmetric) | {
        "data": base64.b64encode(data).decode(),
        "dataSignature": base64.b64encode(hmac.digest(symmetric, data, "sha256")).decode(),
    }
    assert refusal(content, key) == refusal(encrypted(key, PADDINGS["none"]), key)


@pytest.mark.parametrize("name", FIELDS[:4])
def test_a_missing_field_is_refused(key: EncryptionKey, name: str) -> None:
    content = a_notification(key)
    del content[name]
    refusal(content, key)


ODD: list[object] = [
    None,
    7,
    1.5,
    True,
    [],
    {},
    ["x"],
    b"bytes",
    "",
    " ",
    "not base64!",
    "AAA",
    "Ä" * 8,
    "\ud800",
    "A" * 4 + "\n",
]


@pytest.mark.parametrize("name", FIELDS[:4])
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_a_field_of_another_making_is_refused(key: EncryptionKey, name: str, value: object) -> None:
    refusal(a_notification(key) | {name: value}, key)


@pytest.mark.parametrize("value", [7, [], "", "00", "g" * 40])
def test_another_thumbprint_is_another_certificate(key: EncryptionKey, value: object) -> None:
    assert refusal(a_notification(key) | {"encryptionCertificateThumbprint": value}, key)[0] == "unknown_key"


@pytest.mark.parametrize("name", FIELDS)
def test_a_giant_field_is_refused_unread(key: EncryptionKey, name: str) -> None:
    giant = "A" * (4 * (MOST_BYTES // 3) + 400)
    assert refusal(a_notification(key) | {name: giant}, key)[0] in ("bad_content", "unknown_key")


def test_an_empty_or_foreign_content_is_refused(key: EncryptionKey) -> None:
    assert refusal({}, key)[0] == "unknown_key"
    assert refusal(a_notification(key))[0] == "unknown_key"
