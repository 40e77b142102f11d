# Everything starts here: `make demo` shows Cairn at work, `make test` runs every test.
# The first target that needs it builds .venv (hashed pins) and local/page/node_modules (lock file).
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
NODE_STAMP := local/page/node_modules/.package-lock.json
SERVERS := tests/servers/node_modules/.package-lock.json

# A Python 3.13, wherever this machine keeps it; asked for only when .venv has to be made.
FIND_PYTHON = for p in python3.13 python3 python $$HOME/.pyenv/versions/3.13*/bin/python3.13 /opt/python/3.13*/bin/python3.13; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null && { echo "$$p"; exit 0; }; done; \
	echo "Cairn needs Python 3.13, and none was found. Install it and call make again." >&2; exit 1

.PHONY: help demo test bench soak check format pins train judge browser clean
help:  ## what can be asked for
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/.ready: requirements-dev.txt pyproject.toml
	@python="$$( $(FIND_PYTHON) )" && test -n "$$python" && "$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(NODE_STAMP): local/page/package-lock.json local/page/package.json .npmrc
	@command -v npm >/dev/null || { echo "Cairn's page needs Node 20 or newer (npm was not found)." >&2; exit 1; }
	@npm ci --prefix local/page --userconfig .npmrc --silent && touch $@

# The Cosmos server and Azurite, which the tests start and stop by themselves.
$(SERVERS): tests/servers/package-lock.json tests/servers/package.json
	@npm ci --prefix tests/servers --userconfig .npmrc --silent && touch $@

demo: $(BIN)/.ready $(NODE_STAMP)  ## play the scenario and open the page (ARGS=--check: play, check, exit)
	@$(BIN)/cairn demo $(ARGS)

test: $(BIN)/.ready $(NODE_STAMP) $(SERVERS) browser  ## every test
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

bench: $(BIN)/.ready $(NODE_STAMP)  ## measurements, a JSON line each
	@$(BIN)/python -m tests.bench $(ARGS)

soak: $(BIN)/.ready  ## weeks of talk in minutes, with everything going wrong
	@$(BIN)/python -m tests.soak

check: $(BIN)/.ready  ## lint, format, types, and that the pins match pyproject.toml
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m ops.pins --check

format: $(BIN)/.ready  ## put the code in shape
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

pins: $(BIN)/.ready  ## compile requirements*.txt from pyproject.toml anew
	@$(BIN)/python -m ops.pins

train: $(BIN)/.ready  ## refit the judgement's small models (needs ../shared/data)
	@$(BIN)/python -m training

judge: $(BIN)/.ready  ## the judgement's figures on the evaluation files (needs ../shared/data)
	@$(BIN)/python -m training.judge

# Chromium for the page's tests; Debian's, because a browser cannot come with the Python packages.
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		echo "Installing Debian's chromium for the page's tests ..." && \
		apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || \
		echo "No chromium here: the page's tests will say so and skip (install Debian's package 'chromium')."

clean:  ## remove what make has built
	@rm -rf $(VENV) local/page/node_modules tests/servers/node_modules var
