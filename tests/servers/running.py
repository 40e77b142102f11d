"""Servers that stand in for Azure: Node programs from `package.json`, started when a test first asks, one a session.

Each is a child process that ends with its standard input, so that none outlives the tests however they end.
"""

import atexit
import functools
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# The emulator's key, which Microsoft publishes for everybody:
# https://learn.microsoft.com/azure/cosmos-db/emulator#authentication
COSMOS_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs on this machine."""

    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it and wait until it has ended; twice is fine."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def kill(self) -> None:
        """End it as a power cut does: whatever it was about to answer stays unanswered."""
        self.process.kill()
        self.stop()


def start(script: str, *arguments: str) -> Server:
    """Run a script of this folder, which prints the port that it took as its first line.

    Installs the packages first where they are missing. Skips the test where there is no Node at all.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node isn't installed, and the servers that stand in for Azure need it")
    if not (HERE / "node_modules").exists():
        subprocess.run([npm, "ci"], cwd=HERE, check=True, capture_output=True)
    process = subprocess.Popen(
        [node, script, *arguments], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.strip().isdigit(), f"{script} did not start: {line!r}"
    server = Server(int(line), process)
    atexit.register(server.stop)
    return server


@functools.cache
def cosmos() -> Server:
    """A Cosmos DB account in memory, the same for the whole session."""
    return start("cosmos.cjs")


def kept_cosmos(journal: Path, *, port: int = 0) -> Server:
    """A Cosmos DB account of one's own that is kept in a file, so that it can be killed and started again."""
    return start("cosmos.cjs", str(port), str(journal))
