"""What is heavy is imported when it is first needed, and not before."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
HEAVY = (
    "msgraph",
    "msgraph_core",
    "kiota_abstractions",
    "kiota_http",
    "azure.identity",
    "azure.keyvault",
    "msal",
    "aiohttp",
)
ADAPTER = (
    "from shared.adapters.graph import graph, key_vault, key_files; from shared.adapters.identity import credentials"
)


def loaded_by(statement: str) -> set[str]:
    shown = f"import sys; {statement}; print(*(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", shown], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_graph_adapter_imports_no_sdk() -> None:
    assert loaded_by(ADAPTER) == set()


def test_the_check_sees_the_sdks() -> None:
    first_use = "from shared.adapters.graph import pipeline; from shared.adapters.identity import entra"
    assert loaded_by(first_use) == set(HEAVY) - {"azure.keyvault"}
