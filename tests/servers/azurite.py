"""Azurite, Microsoft's stand-in for Azure Storage, as a child process on free ports of this machine."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from shared.adapters.queues.storage_address import ByConnection, emulator

_SCRIPT = Path(__file__).parent / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
# Its input ends when this process does, however it ends: no server outlives its tests.
_RUN = """
process.stdin.resume().on("end", () => process.exit());
process.on("SIGTERM", () => process.stdin.destroy());
process.argv.splice(1, 0, "azurite");
require({script});
"""
_LISTENING = re.compile(rb"Azurite (\w+) service is successfully listening at http://127\.0\.0\.1:(\d+)")
_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Azurite:
    """A running server."""

    blob_port: int
    queue_port: int

    @property
    def address(self) -> ByConnection:
        """Where it is, for `StorageService`; `address.text` is the connection string."""
        return emulator(blob_port=self.blob_port, queue_port=self.queue_port)


def why_not() -> str:
    """Why Azurite can't run here, and what to do; empty when it can."""
    if shutil.which("node") is None:
        return "Azurite needs Node 20 or newer (node was not found)"
    if not _SCRIPT.exists():
        return "Azurite is not installed: npm ci --prefix tests/servers"
    return ""


@contextmanager
def azurite(*, folder: Path | None = None, blob_port: int = 0, queue_port: int = 0) -> Iterator[Azurite]:
    """Run a server, empty and in memory; with a `folder` it keeps everything there, and goes on from it.

    A port of 0 is any free one. It writes to its folder every few seconds, and when it is stopped in the end.
    """
    where = ["--inMemoryPersistence"] if folder is None else ["--location", str(folder)]
    ports = ["--blobPort", str(blob_port), "--queuePort", str(queue_port), "--tablePort", "0"]
    command = ["node", "-e", _RUN.replace("{script}", json.dumps(str(_SCRIPT))), "--", *where, *ports]
    process = subprocess.Popen(
        [*command, "--silent", "--skipApiVersionCheck", "--disableTelemetry"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        listening = _ports(process)
        yield Azurite(blob_port=listening["Blob"], queue_port=listening["Queue"])
    finally:
        if folder is None:
            process.kill()
        else:
            process.terminate()
            process.wait(_SECONDS)
        process.communicate()


def _ports(process: "subprocess.Popen[bytes]") -> dict[str, int]:
    """The port of each service, once all three listen; being silent, it says nothing more after that."""
    assert process.stdout is not None
    late = Timer(_SECONDS, process.kill)
    late.start()
    found: dict[str, int] = {}
    said = b""
    try:
        while len(found) < 3:
            line = process.stdout.readline()
            said += line
            if not line:
                raise RuntimeError(f"Azurite did not start: {said.decode(errors='replace')}")
            if listening := _LISTENING.search(line):
                found[listening[1].decode()] = int(listening[2])
    finally:
        late.cancel()
    return found
