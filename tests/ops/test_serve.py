"""`cairn serve`: the host alone on given settings, its health, and a shutdown that is clean."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest

from local.clock import SystemClock
from local.stage import APP_ID
from local.tenant.tenant import Tenant

ROOT = Path(__file__).parents[2]


async def served(tenant: Tenant, folder: Path, **settings: str) -> tuple[asyncio.subprocess.Process, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "CAIRN_TENANT_ID": tenant.id,
        "CAIRN_APP_ID": APP_ID,
        "CAIRN_APP_SECRET": "right",
        "CAIRN_CLIENT_STATE_SECRET": "0123456789abcdef",
        "CAIRN_PUBLIC_URL": "https://cairn.example.com",
        "CAIRN_GRAPH_URL": f"{tenant.url}/graph/v1.0",
        "CAIRN_LOGIN_URL": f"{tenant.url}/login",
        "CAIRN_CONNECTOR_URL": f"{tenant.url}/connector",
        "CAIRN_STORE_PATH": str(folder / "cairn.sqlite"),
        "CAIRN_QUEUE_PATH": str(folder / "queues.sqlite"),
        "CAIRN_CERTIFICATE_PATH": str(folder / "certificate.pem"),
    } | settings
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "ops", "serve", "--port", "0"),
        cwd=ROOT,
        env=environment,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said = ""
    while "health:" not in said:
        line = (await asyncio.wait_for(process.stderr.readline(), 30)).decode()
        assert line, said
        said += line.strip() + " "
    return process, said.split("health: ")[1].split("/api/health")[0]


@pytest.mark.parametrize(
    ("settings", "status", "part", "named"),
    [
        ({}, 200, "graph", "ok"),
        ({"CAIRN_APP_SECRET": "wrong"}, 503, "graph", "CAIRN_APP_SECRET"),
        ({"CAIRN_PAUSED": "true"}, 200, "capture", "CAIRN_PAUSED"),
    ],
)
async def test_health_names_the_setting_to_mend(
    tmp_path: Path, settings: dict[str, str], status: int, part: str, named: str
) -> None:
    async with Tenant(clock=SystemClock(), app_id=APP_ID, app_secret="right") as tenant:
        process, url = await served(tenant, tmp_path, **settings)
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{url}/api/health")
        assert answer.status_code == status
        assert named in answer.json()["parts"][part]
        assert "wrong" not in json.dumps(answer.json())
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0
