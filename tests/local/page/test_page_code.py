"""The page's own code: linted, typed, and in the colours that Fluent's tokens have today."""

import shutil
import subprocess

import pytest

from local.page.server import HERE

NODE = shutil.which("node")
TOOLS = HERE / "node_modules"

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(not (TOOLS / "eslint").exists(), reason="`npm ci --prefix local/page` has not been run"),
]


@pytest.mark.parametrize(
    "arguments",
    [
        ["node_modules/eslint/bin/eslint.js", "--max-warnings", "0", "."],
        ["node_modules/typescript/bin/tsc", "--project", "."],
        ["tokens.mjs", "--check"],
    ],
    ids=["eslint", "types", "tokens"],
)
def test_the_pages_code_passes(arguments: list[str]) -> None:
    done = subprocess.run([NODE or "", *arguments], cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lock_file_names_no_registry() -> None:
    text = (HERE / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert "registry" not in text
