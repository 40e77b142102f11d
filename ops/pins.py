"""Compile requirements.txt (what Azure deploys) and requirements-dev.txt from pyproject.toml, or check that they agree.

python -m ops.pins           compile both anew, with hashes and without naming any index
python -m ops.pins --check   exit 1 when a requirement of pyproject.toml is not met by the pins
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
_COMPILE = (
    "-m uv pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header"
)


def compile_pins() -> None:
    """Write both files; the second is bound by the first, so that tests run on what is deployed."""
    command = [sys.executable, *_COMPILE.split(), "pyproject.toml"]
    subprocess.run([*command, "-o", "requirements.txt"], cwd=ROOT, check=True)  # noqa: S603 - our own words
    dev = ["--extra", "dev", "-c", "requirements.txt", "-o", "requirements-dev.txt"]
    subprocess.run([*command, *dev], cwd=ROOT, check=True)  # noqa: S603 - our own words


def faults() -> list[str]:
    """What doesn't agree, a sentence each; empty when all is well."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    deployed, dev = _pins("requirements.txt"), _pins("requirements-dev.txt")
    found = _unmet(project["dependencies"], deployed, "requirements.txt")
    found += _unmet([*project["dependencies"], *extras["local"], *extras["dev"]], dev, "requirements-dev.txt")
    found += [
        f"{name} is {version} in requirements.txt and {dev.get(name, 'absent')} in requirements-dev.txt"
        for name, version in deployed.items()
        if dev.get(name) != version
    ]
    for file in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / file).read_text()
        if text.count("--hash=") < len(_PIN.findall(text)):
            found.append(f"{file} has pins without hashes")
        if "://" in text or "--index" in text:
            found.append(f"{file} names an address")
    return found


def _pins(file: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in _PIN.findall((ROOT / file).read_text())}


def _unmet(wanted: list[str], pins: dict[str, str], file: str) -> list[str]:
    found = []
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if name == "cairn":
            continue
        if name not in pins:
            found.append(f"{name} of pyproject.toml is not pinned in {file}")
        elif not requirement.specifier.contains(pins[name], prereleases=True):
            found.append(f"{file} pins {name} {pins[name]}, and pyproject.toml wants {requirement.specifier}")
    return found


def main(arguments: list[str]) -> int:
    """Compile, or check with `--check`; returns the exit code."""
    if arguments != ["--check"]:
        compile_pins()
    found = faults()
    for fault in found:
        print(f"{fault}; run `make pins`", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
