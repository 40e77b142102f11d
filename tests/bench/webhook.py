"""How quickly the webhook answers a batch of 50 encrypted items, through the host over HTTP."""

import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from shared.domain.notifications import client_state
from tests.bench import empty_app
from tests.bench.figure import Figure, at_most, plain

ROOT = Path(__file__).parent.parent.parent
SECRET = "a secret of sixteen"
ITEMS = 50
REQUESTS = 300
WARM_UP = 30


def measure() -> Iterator[Figure]:
    """p50 and p99 in milliseconds (goal: p99 at most 50), and p50 as a ratio to an empty function's."""
    body = _batch()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        (base / "app").mkdir()
        (base / "ours").mkdir()
        (base / "theirs").mkdir()
        with _host(ROOT, base / "ours") as ours, _host(empty_app.write(base / "app"), base / "theirs") as theirs:
            samples = _in_turn(ours, theirs, body)
    our, their = samples
    yield plain("webhook.p50", statistics.median(our), "ms")
    yield at_most("webhook.p99", statistics.quantiles(our, n=100)[98], "ms", 50)
    yield plain("webhook.empty_function_p50", statistics.median(their), "ms")
    yield plain("webhook.ratio_to_empty_function", statistics.median(our) / statistics.median(their), "ratio")


def _in_turn(ours: str, theirs: str, body: bytes) -> tuple[list[float], list[float]]:
    with httpx.Client(timeout=10) as client:
        found: tuple[list[float], list[float]] = ([], [])
        for number in range(REQUESTS + WARM_UP):
            for column, url in zip(found, (ours, theirs), strict=True):
                began = time.perf_counter()
                response = client.post(f"{url}/api/notifications", content=body)
                elapsed = 1000 * (time.perf_counter() - began)
                assert response.status_code == 202, response.text
                if number >= WARM_UP:
                    column.append(elapsed)
    return found


def _batch() -> bytes:
    """As Graph sends it: content of about 2.5 KB each, one validation token of the usual length."""
    content = {
        "data": base64.b64encode(os.urandom(1900)).decode(),
        "dataKey": base64.b64encode(os.urandom(256)).decode(),
        "dataSignature": base64.b64encode(os.urandom(32)).decode(),
        "encryptionCertificateId": "a" * 64,
        "encryptionCertificateThumbprint": "B" * 40,
    }
    item = {
        "subscriptionId": "76222963-cc7b-42d2-882d-8aaa69cb2ba3",
        "clientState": client_state(SECRET, "0" * 32, "1" * 24),
        "changeType": "created",
        "resource": "teams('t')/channels('19:c@thread.tacv2')/messages('1612289992105')",
        "tenantId": "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64",
        "encryptedContent": content,
    }
    return json.dumps({"value": [item] * ITEMS, "validationTokens": ["x" * 1500]}).encode()


@contextmanager
def _host(app: Path, folder: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.host_process", str(app), str(folder)],
        cwd=ROOT,
        env=os.environ | {"CAIRN_CLIENT_STATE_SECRET": SECRET},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(timeout=30)
