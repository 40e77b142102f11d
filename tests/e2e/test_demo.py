"""The scenario, played through everything: what must be true at its end is."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(200)
def test_the_demo_checks_out() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ops", "demo", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert done.stdout.count("✓") > 40
