"""Opens the encrypted content of a notification, step by step as Graph's documentation describes it.

Shares no code with the tenant, and opens the real sample as well.
"""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def open_content(private_key: rsa.RSAPrivateKey, encrypted: dict[str, str]) -> dict[str, Any]:
    """The resource inside; raises ValueError for a wrong key, InvalidSignature for a wrong signature."""
    sha1 = hashes.SHA1()
    symmetric = private_key.decrypt(
        base64.b64decode(encrypted["dataKey"]),
        padding.OAEP(mgf=padding.MGF1(algorithm=sha1), algorithm=sha1, label=None),
    )
    data = base64.b64decode(encrypted["data"])
    signature = hmac.HMAC(symmetric, hashes.SHA256())
    signature.update(data)
    signature.verify(base64.b64decode(encrypted["dataSignature"]))
    decryptor = Cipher(algorithms.AES256(symmetric), modes.CBC(symmetric[:16])).decryptor()
    padded = decryptor.update(data) + decryptor.finalize()
    opened: dict[str, Any] = json.loads(padded[: -padded[-1]])
    return opened
