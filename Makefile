# Two commands matter: `make demo` (set up, import a real shop, find its segments, serve it) and `make test` (everything).
PYTHON ?= python3
SHOP ?= complete-journey
BIN := .venv/bin

.PHONY: demo console test lint lock bench docs clean

demo: .venv/.run console
	$(BIN)/dangol demo --shop $(SHOP) $(if $(filter no,$(SERVE)),--no-serve,)

# Built when something changed; where npm's registry cannot be reached it says so, and everything else goes on.
console: .venv/.run
	@scripts/console demo

test: .venv/.test
	scripts/java
	scripts/test

lint: .venv/.test
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/mypy

bench: .venv/.test
	$(BIN)/python -m bench

docs: .venv/.test
	$(BIN)/python -m tests.docs.generate

# Pins and hashes, for every platform; no index address is written down.
UVFLAGS := --generate-hashes --no-header --no-annotate --no-emit-index-url --universal --python-version 3.11 -q
lock: .venv/.run
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile pyproject.toml requirements/build.in --extra demo $(UVFLAGS) -o requirements/run.txt
	$(BIN)/uv pip compile pyproject.toml requirements/build.in requirements/test.in --extra demo --extra spark --extra frames --extra postgres --extra nats -c requirements/run.txt $(UVFLAGS) -o requirements/test.txt

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "dangol needs Python 3.11 or newer; say which with: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.run: .venv/bin/pip requirements/run.txt
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test: .venv/.run requirements/test.txt
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

clean:
	rm -rf .venv build dist demo
